"""The staff's side: which links of a ticket live; one made for the customer, one ended."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.apps.portal import figures
from bihuan.apps.portal import links as tokens
from bihuan.apps.portal.models import Link
from bihuan.apps.portal.rules import ended
from bihuan.apps.tickets.actions.ending import independent
from bihuan.apps.tickets.models import Ticket
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may, must
from bihuan.base.ui.addresses import outward


def _who(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def address_of(request: HttpRequest, token: str) -> str:
    """As customers reach it: from the setting, never from a header where the setting stands."""
    return outward(reverse("portal:track", args=[token]), request)


@needs("tickets.see")
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest, pk: int) -> HttpResponse:
    """The list; a POST makes a link whose address is shown this once."""
    now, person = clock.now(), _who(request)
    ticket = door(Ticket.objects.all(), person, pk, "tickets.see")
    made, shown = None, ""
    if request.method == "POST":
        must(person, "tickets.do", ticket)
        made, token = tokens.make(ticket=ticket, own=True, by=person, now=now)
        shown = address_of(request, token)
    over = ended(tokens.end_of(ticket), figures.whole("link_days", now), now)
    context = {
        "ticket": ticket, "made": made, "shown": shown, "over": over, "now": now,
        "rows": ticket.links_out.select_related("made_by", "revoked_by").order_by("-pk")[:20],
        "may_do": may(person, "tickets.do", ticket),
        "may_answer": independent(ticket, person, now), "days": figures.whole("link_days", now),
    }  # fmt: skip
    inside = bool(request.headers.get("HX-Request"))
    answer = render(request, f"portal/links{'_panel' if inside else ''}.html", context)
    answer["Referrer-Policy"] = "strict-origin"
    return answer


@needs("tickets.do")
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """It opens no more."""
    person = _who(request)
    link = door(Link.objects.select_related("ticket"), person, pk, "tickets.do")
    tokens.revoke(link=link, by=person, now=clock.now())
    messages.success(request, _("已停用，客户打不开了。"))
    return redirect("portal:links", link.ticket_id)
