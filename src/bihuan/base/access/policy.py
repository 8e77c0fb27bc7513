"""
Every route says who may enter; what says nothing is closed.

@needs("customers.see")     somebody with this right (rows are still narrowed by `visible`)
@signed_in                  anybody who is signed in
@public("why")              everybody; the reason is kept and shown by the route walk
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.deprecation import MiddlewareMixin

from bihuan.base.access.rights import RIGHTS
from bihuan.base.access.scope import must
from bihuan.base.access.sessions import to_sign_in
from bihuan.base.errors import NotAllowed
from bihuan.base.ui.refusals import answer

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC, SIGNED_IN = "public", "signed_in"

# Views of libraries: they know their own door keeping.
OF_LIBRARIES = ("allauth.", "django.views.i18n", "django.views.static", "ninja.")


def needs(verb: str) -> Callable[[View], View]:
    if verb not in RIGHTS:
        raise KeyError(verb)

    def mark(view: View) -> View:
        view.policy = verb  # type: ignore[attr-defined]
        return view

    return mark


def signed_in(view: View) -> View:
    view.policy = SIGNED_IN  # type: ignore[attr-defined]
    return view


def public(why: str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.policy = PUBLIC  # type: ignore[attr-defined]
        view.policy_reason = why  # type: ignore[attr-defined]
        return view

    return mark


def policy_of(view: Callable[..., Any]) -> str | None:
    """The policy a view declares; libraries' views answer `library`."""
    if isinstance(view, partial):  # how ninja binds its own pages
        return policy_of(view.func)
    found: str | None = getattr(view, "policy", None)
    if found is None and getattr(view, "__module__", "").startswith(OF_LIBRARIES):
        return "library"
    return found


class PolicyMiddleware(MiddlewareMixin):
    """Closes every route to whom its policy does not admit."""

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        policy = policy_of(view)
        if policy is None:
            raise RuntimeError(f"route without a declared policy: {request.path}")
        if policy in (PUBLIC, "library"):
            return None
        if not request.user.is_authenticated:
            if request.headers.get("HX-Request"):
                return HttpResponse(status=401, headers={"HX-Redirect": to_sign_in(request)})
            return redirect(to_sign_in(request))
        if policy == SIGNED_IN:
            return None
        try:
            must(request.user, policy)
        except NotAllowed as refusal:
            return answer(request, refusal)
        return None
