"""The queue, and the tabs of a customer and a machine."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import Customer
from bihuan.apps.tickets.lists import LIST
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.queries import lists
from bihuan.apps.tickets.queries.lists import QueueRow
from bihuan.apps.tickets.views.common import Frame, line, now_and_who, said, with_chip
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may
from bihuan.base.lists.page import show

TAB = 20


@needs("tickets.see")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Views with their counts, conditions, and the next clock of each row."""
    now, person = now_and_who(request)
    found = show(LIST, request, now)
    shown = [QueueRow(*row) for row in found.page.object_list]
    clocks = lists.next_clocks(shown, now)
    frame = Frame(tuple(name for name, on in found.shows.items() if on), bool(found.deeds))
    return render(
        request, "tickets/queue.html",
        {
            "now": now, "today": timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0),
            "list": found, "may_add": may(person, "tickets.do"),
            "rows": [with_chip(line(row, frame), clocks.get(row.number), now) for row in shown],
        },
    )  # fmt: skip


@needs("tickets.see")
@require_GET
def of_customer(request: HttpRequest, pk: int) -> HttpResponse:
    """The tab of the customer page (a fragment)."""
    _now, person = now_and_who(request)
    door(Customer.objects.all(), person, pk, "customers.see")
    return _tab(request, lists.last_of(person, customer_id=pk), f"customer={pk}")


@needs("tickets.see")
@require_GET
def of_asset(request: HttpRequest, pk: int) -> HttpResponse:
    """The tab of the machine page (a fragment)."""
    _now, person = now_and_who(request)
    door(Asset.objects.all(), person, pk, "assets.see")
    return _tab(request, lists.last_of(person, asset_id=pk), f"asset={pk}")


def _tab(request: HttpRequest, rows: Any, about: str) -> HttpResponse:
    now, person = now_and_who(request)
    shown: list[Ticket] = list(rows[:TAB])
    clocks = lists.next_clocks(shown, now)
    return render(
        request, "tickets/tab.html",
        {
            "now": now, "rows": [said(row, clocks.get(row.number)) for row in shown],
            "new_url": f"{reverse('tickets:new')}?{about}" if may(person, "tickets.do") else "",
        },
    )  # fmt: skip
