"""The rehearsal of the first weeks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bihuan.apps.obligations.rehearsal import rehearse
from bihuan.apps.obligations.words import duty_word, role_word
from bihuan.apps.policy.queries import NoPackInForce
from bihuan.base import clock
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may


@needs("golive.rehearse")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The frame; the weeks come when they are worked out."""
    return render(
        request, "obligations/rehearsal.html", {"may_set": may(request.user, "people.manage")}
    )


@needs("golive.rehearse")
@require_safe
def weeks(request: HttpRequest) -> HttpResponse:
    """The twelve weeks and the first Monday."""
    try:
        found = rehearse(clock.now())
    except NoPackInForce:
        return render(request, "obligations/parts/rehearsed.html", {"found": None})
    most = max((week.count for week in found.weeks), default=0)
    return render(
        request, "obligations/parts/rehearsed.html",
        {
            "found": found, "most": most,
            "open": [(duty_word(x.kind), role_word(x.role), x.count) for x in found.open],
            "people": [(x, role_word(x.role)) for x in found.people],
            "weeks": [
                (
                    week, [(duty_word(x.kind), role_word(x.role), x.count) for x in week.lines],
                    [(x, role_word(x.role)) for x in week.loads],
                )
                for week in found.weeks
            ],
            "total": sum(week.count for week in found.weeks),
            "excess": sum(week.excess for week in found.weeks),
            "unstated": sum(week.unstated for week in found.weeks),
        },
    )  # fmt: skip
