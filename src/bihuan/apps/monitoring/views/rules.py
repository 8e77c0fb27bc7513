"""The alarm rules of a machine: the template's limits, and those set for it alone."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bihuan.apps.assets.views.common import asset_at, head, now_and_person
from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.actions.limits import end_limit, set_limit
from bihuan.apps.monitoring.catalogue import template_for
from bihuan.apps.monitoring.models import Alarm, Limit
from bihuan.apps.monitoring.queries.trials import days, on_trial
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.errors import BadInput, Refusal
from bihuan.base.texts import in_language
from bihuan.lib.machines import Rule, Template, Watch

THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")


@needs("monitoring.see")
@require_GET
def rules(request: HttpRequest, asset: int) -> HttpResponse:
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.see")
    template = template_for(machine)
    if template is None:
        raise Http404
    own = {
        row.rule: row
        for row in Limit.objects.filter(asset=machine, ended_at=None).select_related("by")
    }
    trial = on_trial(template)
    counts: dict[str, int] = {}
    for code in Alarm.objects.filter(
        asset=machine, raised_at__gte=now - timedelta(days=days(now))
    ).values_list("rule", flat=True):
        counts[code] = counts.get(code, 0) + 1
    context = head(request, machine, "monitoring-rules", now) | {
        "days": days(now), "template_title": in_language(template.title), "template_code": template.code, "may_change": may(person, "monitoring.limits", machine),
        "lines": [line_of(rule, template, own.get(rule.code), counts.get(rule.code, 0), trial) for rule in template.rules]
        + [watch_of(each, template, own.get(each.code), counts.get(each.code, 0), trial) for each in template.watches],
    }  # fmt: skip
    return render(request, "monitoring/rules.html", context)


def line_of(
    rule: Rule, template: Template, own: Limit | None, times: int, trial: Collection[str]
) -> dict[str, Any]:
    point = template.points[rule.point]
    return {
        "code": rule.code, "title": in_language(rule.title), "klass": words.title(words.KLASS, rule.klass), "colour": words.KLASS_COLOUR.get(rule.klass, "grey"), "observe": rule.code in trial, **_time(rule, own),
        "point": in_language(point.title), "unit": point.unit + (_("/分钟") if rule.rate else ""),
        "of": in_language(template.points[rule.of].title) if rule.of is not None else "", "upward": rule.upward,
        "edge": f"{rule.edge:g}", "clear": f"{rule.clear:g}", "often": rule.times if rule.times > 1 else 0, "within": span(rule.within), "own": own,
        "own_value": f"{own.value:g}" if own and own.value is not None else "", "times": times,
        "states": [in_language(template.states[each].title) for each in sorted(rule.states)],
    }  # fmt: skip


def watch_of(
    each: Watch, template: Template, own: Limit | None, times: int, trial: Collection[str]
) -> dict[str, Any]:
    """As a line of the rules; its limit is so many times the ordinary spread."""
    titles = [in_language(template.points[place].title) for place in each.points]
    return {
        "code": each.code, "title": in_language(each.title), "klass": words.title(words.KLASS, each.klass), "colour": words.KLASS_COLOUR.get(each.klass, "grey"), "observe": each.code in trial,
        "point": _("、").join(titles), "unit": _("倍"), "of": "", "upward": True, "edge": f"{each.beyond:g}",
        **_time(each, own), "often": 0, "within": "", "own": own, "times": times, "watched": True,
        "own_value": f"{own.value:g}" if own and own.value is not None else "",
        "states": [in_language(template.states[place].title) for place in sorted(each.states)],
    }  # fmt: skip


def _time(rule: Rule | Watch, own: Limit | None) -> dict[str, Any]:
    """How long it must stand beyond its limit: as it holds here, and the template's where that is another."""
    here = rule.lasting if own is None or own.lasting is None else own.lasting
    counted = isinstance(rule, Rule) and rule.times > 1
    return {
        "lasting": span(here), "minutes": f"{here / 60:.10g}", "timed": not counted,
        "template_lasting": (span(rule.lasting) or span(0.0)) if here != rule.lasting else "",
    }  # fmt: skip


def span(seconds: float) -> str:
    """A time as people say it; empty for none."""
    if not seconds:
        return ""
    if seconds >= 120 and seconds % 60 == 0:
        if seconds % 3600 == 0:
            return _("%(n)s 小时") % {"n": round(seconds / 3600)}
        return _("%(n)s 分钟") % {"n": round(seconds / 60)}
    return _("%(n)s 秒") % {"n": round(seconds)}


@needs("monitoring.limits")
@require_POST
def change(request: HttpRequest, asset: int) -> HttpResponse:
    """Set a limit, switch the rule off, or go back to the template's."""
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.limits")
    rule, why, deed = (request.POST.get(name, "") for name in ("rule", "why", "deed"))
    try:
        if deed == "back":
            end_limit(asset=machine, rule=rule, why=why, by=person, now=now)
        else:
            off, minutes = deed == "off", request.POST.get("minutes", "")
            set_limit(
                asset=machine, rule=rule, value=None if off else number(request.POST.get("value", "")), why=why, by=person, now=now,
                lasting=None if off or not minutes.strip() else round(60 * number(minutes, _("持续时间要写数字，例如 5。")), 3),
            )  # fmt: skip
    except BadInput as refusal:
        messages.error(request, " ".join(refusal.fields.values()))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已改，几秒内生效。"))
    return redirect("monitoring:rules", machine.pk)


def number(text: str, otherwise: str = "") -> float:
    """A comma is taken between thousands alone: "5,2" must not become 52, a limit ten times higher."""
    said = text.strip()
    if THOUSANDS.fullmatch(said):
        said = said.replace(",", "")
    try:
        return float(said)
    except ValueError:
        raise BadInput({"value": otherwise or _("限值要写数字，例如 4.5。")}) from None
