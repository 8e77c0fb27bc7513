"""What pages are asked holds no sign that the database cannot keep."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict
from django.utils.deprecation import MiddlewareMixin

from bihuan.base.storable import storable


class KeptMiddleware(MiddlewareMixin):
    """A question to a page has such signs taken out: nobody types them. What is sent in a form is
    refused by the form, never made into something else that was not said.
    """

    def process_request(self, request: HttpRequest) -> None:
        if "%00" in request.META.get("QUERY_STRING", ""):
            made = QueryDict(mutable=True)
            for name, texts in request.GET.lists():
                made.setlist(storable(name), storable(texts))
            request.GET = made  # type: ignore[assignment]
