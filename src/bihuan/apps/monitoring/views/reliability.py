"""Whether first opinions are as often right as they say."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bihuan.apps.assets.views.common import now_and_person
from bihuan.apps.monitoring.queries import reliability as queries
from bihuan.base.access.policy import needs
from bihuan.lib.diagnosis.calibration import EDGES

SHOWN = 100


@needs("monitoring.see")
@require_GET
def reliability(request: HttpRequest) -> HttpResponse:
    """The table, of all machines or of one kind; a row of it opens into its alarms."""
    now, person = now_and_person(request)
    kinds = queries.kinds(person)
    asked = request.GET.get("kind", "")
    kind = asked if asked in dict(kinds) else ""
    row = request.GET.get("row", "")
    number = int(row) if row.isascii() and row.isdigit() and len(row) < 3 else -1
    opened = 0 <= number < len(EDGES) - 1
    return render(
        request, "monitoring/reliability.html",
        {
            "table": queries.table(person, now, kind), "kinds": kinds, "kind": kind, "row": number if opened else None,
            "behind": queries.behind(person, now, kind, number)[:SHOWN] if opened else [],
        },
    )  # fmt: skip
