"""The fleet on a map with its list, and a measure compared among the machines of a model."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from bihuan.apps.assets.models import Model
from bihuan.apps.assets.views.common import now_and_person
from bihuan.apps.monitoring.queries import fleets as queries
from bihuan.apps.monitoring.queries.fleets import Asked
from bihuan.base.access.policy import needs
from bihuan.base.ui.paging import paged

PAGE = 50


@needs("monitoring.see")
@require_GET
def fleet(request: HttpRequest) -> HttpResponse:
    """Circles for the machines of a cell, the worst on top; the list beside it, the worst first."""
    now, person = now_and_person(request)
    choices = queries.choices(person)
    chosen = {name: request.GET.get(name, "") for name in choices}
    known = {name: value if value in dict(choices[name]) else "" for name, value in chosen.items()}
    asked = Asked(
        **known, text=request.GET.get("q", "").strip()[:80], box=_box(request.GET.get("box", ""))
    )
    found = queries.rows(person, asked, now)
    drawing = queries.drawn(found, dict(choices["region"]), now)
    page = paged(request, queries.worst_first(found), total=drawing.totals["all"])
    return render(
        request, "monitoring/fleet.html",
        {
            "asked": asked, "map": drawing, "page": page, "rows": queries.shown(list(page.object_list)),
            "filters": [{"name": name, "value": known[name], "choices": choices[name]} for name in choices],
            "narrowed": any(known.values()) or asked.text or asked.box,
        },
    )  # fmt: skip


def _box(text: str) -> tuple[float, float, float, float] | None:
    try:
        south, west, north, east = (float(each) for each in text.split(","))
    except ValueError:
        return None
    sane = -90 <= south < north <= 90.5 and -181 <= west < east <= 181
    return (south, west, north, east) if sane else None


@needs("monitoring.see")
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """The ranking of a model's machines by one measure, with the band in which four of five lie."""
    now, person = now_and_person(request)
    models = queries.models(person)
    asked = request.GET.get("model", "")
    pk = next((pk for pk, _title in models if str(pk) == asked), models[0][0] if models else None)
    context: dict[str, object] = {"models": models, "model": pk}
    if pk is not None:
        model = Model.objects.get(pk=pk)
        measures = queries.measures(model)
        code, title, unit = next(
            (each for each in measures if each[0] == request.GET.get("of", "")), measures[0]
        )
        pairs = queries.compared(person, model, code, timezone.localdate(now))
        values = [value for _pk, value in pairs]
        band = queries.band_of(values)
        page = Paginator(pairs, PAGE).get_page(request.GET.get("page"))
        context |= {
            "measures": measures, "code": code, "title": title, "unit": unit, "band": band, "page": page,
            "rows": queries.ranked(list(page.object_list), values, band, page.start_index()) if values else [],
            "point": code not in queries.OWN,
        }  # fmt: skip
    return render(request, "monitoring/compare.html", context)
