"""The page of visits that knowledge could have spared."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bihuan.apps.tickets.figures_page import asked_of
from bihuan.apps.tickets.lessons import spared
from bihuan.apps.tickets.views.common import now_and_who
from bihuan.base.access.policy import needs
from bihuan.base.ui.paging import paged

HOUR = timedelta(hours=1)


@needs("tickets.see")
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """A fixed number of queries: the sums, the rows of the page, what was known of each."""
    now, person = now_and_who(request)
    asked, context = asked_of(request, now)
    rows = spared.visits(person, asked)
    sums = spared.counted(rows)
    known = rows.filter(known__isnull=False).select_related("customer", "engineer", "asset__model")
    shown = paged(request, known.order_by("-solved_at", "-pk"), total=sums.spared)
    context |= {
        "sums": sums, "hours": hours(sums.on_site), "page": shown,
        "lines": [
            {"each": each, "hours": hours(each.stayed) if each.stayed else ""}
            for each in spared.lines(shown.object_list, person)
        ],
    }  # fmt: skip
    return render(request, "tickets/lessons/spared.html", context)


def hours(span: timedelta) -> str:
    return _("%(n)s 小时") % {"n": f"{span / HOUR:.1f}"}
