"""The board of a month, and the duties behind one of its cells."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bihuan.apps.compliance import queries
from bihuan.apps.compliance.counting import step, this_month
from bihuan.apps.compliance.enums import Definition
from bihuan.apps.compliance.queries import Asked
from bihuan.apps.obligations.rows import for_rows, rows_of, tier_names
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.ui.paging import paged

EARLIEST = date(2000, 1, 1)  # before it no company kept its duties here
SHOWS = ("missed", "kept", "waived")


@needs("compliance.see")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    now, person = clock.now(), request.user
    asked = _asked(request, now)
    shown = queries.board(person, asked, now)
    context: dict[str, Any] = {
        "asked": asked, "board": shown, "now": now,
        "definitions": _definitions(asked), "earlier": _link(asked, month=f"{step(asked.first, -1):%Y-%m}"),
        "later": _link(asked, month=f"{step(asked.first, 1):%Y-%m}") if asked.first < this_month(now) else "",
    }  # fmt: skip
    if asked.clause:
        found = queries.behind(person, asked, now)
        counts = queries.counts_behind(found)
        page = paged(request, for_rows(found[asked.show]))
        titles = {"missed": _("没做到"), "kept": _("做到了"), "waived": _("豁免")}
        context |= {
            "page": page, "rows": rows_of(page.object_list, now, tier_names(now)),
            "shows": [
                {
                    "title": titles[code], "count": counts[code], "current": code == asked.show,
                    "url": _link(asked, show=code, clause=asked.clause, who=asked.department),
                }
                for code in SHOWS
            ],
            "line": next((each for each in shown.lines if each.clause == asked.clause), None),
        }  # fmt: skip
    return render(request, "compliance/board.html", context)


def _asked(request: HttpRequest, now: datetime) -> Asked:
    """What the query string asks for; a wrong part is as if it were not there."""
    get = request.GET
    try:
        first = date.fromisoformat(f"{get.get('month', '')}-01")
    except ValueError:
        first = this_month(now)
    known = {each.value: each for each in Definition}
    show = get.get("show", "")
    return Asked(
        first=max(min(first, this_month(now)), EARLIEST), by=known.get(get.get("as", ""), Definition.ON_TIME),
        clause=get.get("clause", ""), department=get.get("who", ""),
        show=show if show in SHOWS else "missed",
    )  # fmt: skip


def _definitions(asked: Asked) -> list[dict[str, object]]:
    return [
        {"title": title, "current": each is asked.by, "url": _link(asked, **{"as": each.value})}
        for each, title in queries.definition_words().items()
    ]


def _link(asked: Asked, **change: str) -> str:
    kept = {"month": f"{asked.first:%Y-%m}", "as": asked.by.value} | change
    return "?" + urlencode({name: value for name, value in kept.items() if value})
