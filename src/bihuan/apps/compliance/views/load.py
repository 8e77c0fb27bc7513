"""What lies ahead and behind: load by week, overdue duties by age."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from bihuan.apps.compliance import load as loads
from bihuan.apps.compliance.views.frame import asked, page, who
from bihuan.apps.obligations.rows import for_rows, rows_of, tier_names
from bihuan.base import clock
from bihuan.base.access.policy import needs
from bihuan.base.ui.paging import paged


@needs("compliance.see")
@require_GET
def load(request: HttpRequest) -> HttpResponse:
    now, person = clock.now(), who(request)
    forecast = loads.forecast(person, now)
    context = {"forecast": forecast, "now": now, "open": asked(request, "who")}
    week = _number(request, "week")
    if week is not None and week <= loads.WEEKS:
        found = loads.owed(
            person,
            now,
            department=asked(request, "who"),
            user_id=_number(request, "person"),
            week=week,
        )
        shown = paged(request, for_rows(found))
        context |= {
            "week": week, "asked_week": forecast.weeks[week - 1] if week else None, "page": shown,
            "rows": rows_of(shown.object_list, now, tier_names(now)),
        }  # fmt: skip
    return page(request, "load", context)


@needs("compliance.see")
@require_GET
def overdue(request: HttpRequest) -> HttpResponse:
    now, person = clock.now(), who(request)
    band, department = _number(request, "band"), asked(request, "who")
    found = loads.overdue(person, now, band=band, department=department)
    shown = paged(request, for_rows(found))
    context = {
        "ageing": loads.ageing(person, now), "band": band, "department": department, "now": now,
        "page": shown, "rows": rows_of(shown.object_list, now, tier_names(now)),
    }  # fmt: skip
    return page(request, "overdue", context)


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
