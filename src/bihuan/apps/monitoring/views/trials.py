"""Trying a rule on the past, and the rules that are on trial."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.views.common import asset_at, head, now_and_person
from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.actions import trials as actions
from bihuan.apps.monitoring.catalogue import template_for
from bihuan.apps.monitoring.models import PastTest
from bihuan.apps.monitoring.queries.trials import days, trials
from bihuan.apps.monitoring.views.rules import number, span
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may, visible
from bihuan.base.errors import BadInput, Refusal
from bihuan.base.texts import in_language


@needs("monitoring.see")
@require_POST
def ask(request: HttpRequest, asset: int) -> HttpResponse:
    """Have a limit tried on stored data."""
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.see")
    given = request.POST
    try:
        row = actions.ask(
            asset=machine, rule=given.get("rule", ""), value=number(given.get("value", "")),
            lasting=60 * number(given.get("minutes") or "0"), whole_model=bool(given.get("model")), by=person, now=now,
        )  # fmt: skip
    except BadInput as refusal:
        messages.error(request, " ".join(refusal.fields.values()))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        return redirect("monitoring:past", row.pk)
    return redirect("monitoring:rules", machine.pk)


@needs("monitoring.see")
@require_GET
def past(request: HttpRequest, pk: int) -> HttpResponse:
    """What came of it: the times, each with its chart; asked again until it is done."""
    now, person = now_and_person(request)
    row = door(
        PastTest.objects.select_related("asset__model", "asset__customer", "by"),
        person,
        pk,
        "monitoring.see",
    )
    template = template_for(row.asset)
    rule = template.rule(row.rule) if template else None
    if template is None or rule is None:
        raise Http404
    reach = visible(Asset.objects.all(), person, "monitoring.see")
    known = reach.in_bulk({each["asset"] for each in row.found})
    lines = [
        _line(number, each, known[each["asset"]]) for number, each in enumerate(row.found) if each["asset"] in known
    ]  # fmt: skip
    point = template.points[rule.point]
    context: dict[str, Any] = head(request, row.asset, "monitoring-rules", now) | {
        "test": row, "days": (row.to_at - row.from_at).days, "lines": lines, "rule_title": in_language(rule.title), "point": in_language(point.title),
        "minutes": f"{row.lasting / 60:.10g}", "timed": rule.times == 1, "unit": point.unit + (_("/分钟") if rule.rate else ""), "upward": rule.upward, "lasting": span(row.lasting),
        "value": f"{row.value:g}", "edge": f"{rule.edge:g}", "may_change": may(person, "monitoring.limits", row.asset),
        "real": sum(each["verdict"] == "REAL" for each in row.found), "false": sum(each["verdict"] == "FALSE" for each in row.found),
    }  # fmt: skip
    inside = bool(request.headers.get("HX-Request")) and row.done_at is None
    return HttpResponse(status=204) if inside else render(request, "monitoring/past.html", context)


def _line(number: int, each: dict[str, Any], asset: Asset) -> dict[str, Any]:
    return {
        "number": number, "asset": asset, "at": datetime.fromtimestamp(each["at"], UTC), "times": each["times"],
        "over": datetime.fromtimestamp(each["over"], UTC) if each["over"] else None, "peak": f"{each['peak']:.4g}",
        "lasted": span(round((each["over"] or each["at"]) - each["since"])), "alarm": each["alarm"],
        "verdict": words.title(words.VERDICT, each["verdict"]),
    }  # fmt: skip


@needs("monitoring.see")
@require_GET
def past_chart(request: HttpRequest, pk: int, place: int) -> HttpResponse:
    """The chart of one of the times (a fragment)."""
    from bihuan.apps.monitoring.queries.around import in_the_past

    _now, person = now_and_person(request)
    row = door(PastTest.objects.all(), person, pk, "monitoring.see")
    if place < len(row.found):
        door(Asset.objects.all(), person, row.found[place]["asset"], "monitoring.see")
    found = in_the_past(row, place)
    if found is None:
        raise Http404
    return render(request, "monitoring/parts/around.html", {"around": found})


@needs("monitoring.see")
@require_GET
def on_trial(request: HttpRequest) -> HttpResponse:
    """Rules that run without telling anybody, with what they would have told."""
    now, person = now_and_person(request)
    return render(
        request, "monitoring/trials.html",
        {"rows": trials(person, now), "days": days(now), "may_change": may(person, "monitoring.limits"), "now": now},
    )  # fmt: skip


@needs("monitoring.limits")
@require_POST
def put(request: HttpRequest) -> HttpResponse:
    """A rule into use, or on trial again."""
    now, person = now_and_person(request)
    given = request.POST
    try:
        actions.put(
            template=given.get("template", ""), rule=given.get("rule", ""), observe=given.get("deed") == "trial",
            why=given.get("why", ""), by=person, now=now,
        )  # fmt: skip
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已改，几秒内生效。"))
    asset = given.get("asset", "")
    return (
        redirect("monitoring:rules", int(asset))
        if asset.isdecimal()
        else redirect("monitoring:trials")
    )
