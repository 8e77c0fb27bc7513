"""What pages are asked and sent holds no sign that the database cannot keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.deprecation import MiddlewareMixin

from bihuan.base.storable import storable

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class KeptMiddleware(MiddlewareMixin):
    """Nobody types such a sign: it is taken out, as a browser would not have let it in. Doors for
    programs (`csrf_exempt`) read and refuse by themselves.
    """

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _words: Any
    ) -> None:
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = _kept(request.GET)  # type: ignore[assignment]
        if (
            request.method == "POST"
            and request.content_type in FORMS
            and not getattr(view, "csrf_exempt", False)
        ):
            request.POST = _kept(request.POST)  # type: ignore[assignment]


def _kept(given: QueryDict) -> QueryDict:
    lists = dict(given.lists())
    if not any("\x00" in text for name, texts in lists.items() for text in (name, *texts)):
        return given
    made = QueryDict(mutable=True)
    for name, texts in lists.items():
        made.setlist(storable(name), storable(texts))
    return made
