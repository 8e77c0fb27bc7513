"""A sensitive step asks again who is there, unless that was shown within five minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

FRESH_SECONDS = 300


def is_fresh(request: HttpRequest) -> bool:
    """Whether a password, code or passkey was given in this session within five minutes."""
    if not request.user.is_authenticated:
        return False
    records = get_authentication_records(request, request.user)
    latest = max((record["at"] for record in records), default=0)
    return time.time() - latest < FRESH_SECONDS


def sensitive(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorates a view: a POST waits for the password or code and then goes on by itself."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or is_fresh(request):
            return view(request, *args, **kwargs)
        if request.headers.get("HX-Request"):
            back = request.headers.get("HX-Current-URL", "/")
            query = urlencode({"next": _path(back)})
            return HttpResponse(
                status=200, headers={"HX-Redirect": f"{reverse('account_reauthenticate')}?{query}"}
            )
        suspended: HttpResponse = suspend_request(request, reverse("account_reauthenticate"))
        return suspended

    return wrapped


def _path(address: str) -> str:
    """The local part of an address: never somebody else's site."""
    rest = address.split("://", 1)[-1]
    return "/" + rest.split("/", 1)[1] if "/" in rest else "/"
