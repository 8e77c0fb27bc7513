"""The service calendar and its feed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bihuan.apps.obligations.agenda import agenda, feed, feed_token, whose_feed
from bihuan.apps.obligations.rows import tier_names
from bihuan.apps.obligations.views.workbench import who
from bihuan.base import clock
from bihuan.base.access.policy import needs, public
from bihuan.base.errors import NoSuchThing
from bihuan.base.ui.addresses import outward


@needs("home.see")
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    person = who(request)
    found = agenda(person, now, request.GET.dict(), tier_names(now))
    url = outward(reverse("obligations:feed", args=[feed_token(person)]), request)
    return render(request, "obligations/calendar.html", {"agenda": found, "now": now, "feed": url})


@public("a calendar program has no login; the signed token in the address is the key")
@require_safe
def ical(request: HttpRequest, token: str) -> HttpResponse:
    person = whose_feed(token)
    if person is None:
        raise NoSuchThing
    text = feed(person, clock.now(), outward("/", request).rstrip("/"))
    return HttpResponse(
        text, content_type="text/calendar; charset=utf-8", headers={"Cache-Control": "no-store"}
    )
