"""The queue, and the tabs of a customer and a machine."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.queries.lists import region_names
from bihuan.apps.obligations.rows import tier_names
from bihuan.apps.tickets import words
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.queries import lists
from bihuan.apps.tickets.queries.lists import Filters
from bihuan.apps.tickets.views.common import now_and_who, said
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may
from bihuan.base.ui.paging import paged

TAB = 20


@needs("tickets.see")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Saved views with their counts, filters, and the next clock of each row."""
    now, person = now_and_who(request)
    view = request.GET.get("view", "")
    asked = Filters(
        kind=_one_of(request, "kind", words.KIND), severity=_one_of(request, "severity", words.SEVERITY),
        region=request.GET.get("region", "")[:20], query=request.GET.get("q", "")[:80],
    )  # fmt: skip
    chosen = view if view in lists.VIEWS else "open"
    rows, counts = lists.queue(person, now, chosen, asked)
    found = paged(request, rows, total=counts.get(chosen))
    clocks = lists.next_clocks(list(found), now)
    return render(
        request, "tickets/queue.html",
        {
            "now": now, "page": found, "rows": [said(row, clocks.get(row.number)) for row in found],
            "views": _views(request, chosen, counts), "filters": _filters(request, asked),
            "keep": {name: request.GET[name] for name in ("view", "kind", "severity", "region") if request.GET.get(name)},
            "query": asked.query, "tiers": tier_names(now), "may_add": may(person, "tickets.do"),
        },
    )  # fmt: skip


def _one_of(request: HttpRequest, name: str, known: words.Words) -> str:
    text = request.GET.get(name, "")
    return text if text in known else ""


def _views(request: HttpRequest, chosen: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    titles = {
        "mine": _("我负责"), "line": _("我这一线"), "new": _("没人受理"), "late": _("已超时"),
        "waiting": _("等待中"), "confirm": _("待反馈确认"), "open": _("全部未结"), "ended": _("已结束"),
    }  # fmt: skip
    keep = {k: v for k, v in request.GET.items() if k in ("kind", "severity", "region", "q") and v}
    return [
        {
            "title": title, "url": f"{reverse('tickets:queue')}?{urlencode({'view': name} | keep)}",
            "current": name == chosen, "count": counts.get(name), "hot": name in ("late", "new"),
        }
        for name, title in titles.items()
    ]  # fmt: skip


def _filters(request: HttpRequest, asked: Filters) -> list[dict[str, Any]]:
    regions = region_names()
    return [
        _filter(request, "kind", _("种类"), asked.kind, {k: str(v) for k, v in words.KIND.items()}),
        _filter(request, "severity", _("紧急程度"), asked.severity, {k: str(v) for k, v in words.SEVERITY.items()}),
        _filter(request, "region", _("区域"), asked.region, regions),
    ]  # fmt: skip


def _filter(
    request: HttpRequest, name: str, label: str, value: str, titles: dict[str, str]
) -> dict[str, Any]:
    def url(to: str) -> str:
        given = {k: v for k, v in request.GET.items() if k not in (name, "page") and v}
        return "?" + urlencode(given | ({name: to} if to else {}))

    options = [{"title": title, "url": url(code)} for code, title in titles.items()]
    return {
        "label": label, "value": titles.get(value, value) if value else _("全部"),
        "clear_url": url("") if value else "", "options": options,
    }  # fmt: skip


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
