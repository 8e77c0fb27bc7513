"""The figures of the archive; every number opens its rows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bihuan.apps.demands import classes, words
from bihuan.apps.demands.enums import State
from bihuan.apps.demands.queries import figures
from bihuan.apps.demands.queries.figures import Line
from bihuan.apps.demands.views.common import now_and_who
from bihuan.base.access.policy import needs


@needs("demands.see")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Counts of a year (`?year=`) by class and by source."""
    now, person = now_and_who(request)
    years = figures.years(person, now)
    text = request.GET.get("year", "")
    year = int(text) if text.isdecimal() and int(text) in years else years[0]
    topics = {**classes.titles(), "none": _("未分类")}
    lines = figures.lines(person, {"topic": topics, "source": dict(words.SOURCE)}, year)
    whole = figures.total(lines["topic"])
    tables = [
        {"title": _("按类别"), "rows": [_row("topic", line, year) for line in lines["topic"]]},
        {"title": _("按来源"), "rows": [_row("source", line, year) for line in lines["source"]]},
    ]
    return render(
        request, "demands/figures.html",
        {
            "year": year, "years": [{"title": each, "url": f"?year={each}", "current": each == year} for each in years],
            "tables": tables, "states": list(words.STATE.values()), "whole": _row("", whole, year),
            "pace": {"kept": whole.pace.get("kept", 0), "all": sum(whole.pace.values())},
        },
    )  # fmt: skip


def _row(name: str, line: Line, year: int) -> dict[str, Any]:
    here = {name: line.code} if name else {}

    def to(view: str = "all", **more: str) -> str:
        return (
            f"{reverse('demands:list')}?{urlencode({'view': view, 'year': year, **here, **more})}"
        )

    return {
        "line": line, "url": to(),
        "states": [
            {"n": line.states.get(str(state), 0), "url": to(state=str(state)), "title": words.title(words.STATE, state)}
            for state in State
        ],
        "untold": {"n": line.untold, "url": to("tell")},
        "unanswered": {"n": line.unanswered, "url": to("answer")},
        "pace": [
            {"n": line.pace.get(code, 0), "url": to(pace=code), "title": title}
            for code, title in (("kept", _("方案按时")), ("late", _("方案超时")), ("open", _("还没出方案")))
        ],
    }  # fmt: skip
