"""What the public views share: who knocks, how a refusal looks, which headers go out."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from bihuan.apps.assets.queries.page import service_line
from bihuan.apps.portal import guard, links
from bihuan.apps.portal.models import Link
from bihuan.apps.portal.refusals import LinkGone, StaffOnlyLooks
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import Refusal

View = Callable[..., HttpResponseBase]
HEADERS = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "strict-origin",  # `no-referrer` would send forms with a null origin
    "Cache-Control": "no-store",
}


def for_customers(view: View) -> View:
    """A refusal is a page of the customer's kind; no cache, index or next site learns the address."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            answer = view(request, *args, **kwargs)
        except Refusal as refusal:
            answer = refused(request, refusal)
        for name, value in HEADERS.items():
            answer.headers[name] = value
        return answer

    return wrapped


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """One plain sentence and a number to call; a part of a page gets the sentence alone."""
    if request.headers.get("HX-Request"):
        part = render(request, "ui/parts/refusal.html", {"refusal": refusal}, status=refusal.status)
        if isinstance(refusal, LinkGone):  # an open page whose link ended shows that it did
            part["HX-Refresh"] = "true"
        return part
    context = {"refusal": refusal, "line": service_line("")}
    return render(request, "portal/refused.html", context, status=refusal.status)


def staff_of(request: HttpRequest) -> User | None:
    """The member of staff who is signed in; a customer's own account is a customer."""
    person = request.user
    return person if isinstance(person, User) and person.customer_id is None else None


def held(request: HttpRequest, token: str) -> tuple[Link, datetime]:
    """The living link of this address. Raises LinkGone, TooOften."""
    now = clock.now()
    link = links.opened(token, now)
    if link is None:
        raise guard.wrong("track", now)
    guard.check("open", str(link.pk), guard.MINUTE, "opens_minute", now)
    return link, now


def by_customer(request: HttpRequest, token: str) -> tuple[Link, datetime]:
    """The link for a deed: no member of staff acts for the customer. Raises StaffOnlyLooks too."""
    link, now = held(request, token)
    if (person := staff_of(request)) is not None:
        log("portal.staff_refused", by=person, now=now, thing=link)
        raise StaffOnlyLooks
    guard.check("deed", str(link.pk), guard.HOUR, "messages_hour", now)
    return link, now


def new_key() -> str:
    """A fresh key for one sending."""
    return str(uuid.uuid4())
