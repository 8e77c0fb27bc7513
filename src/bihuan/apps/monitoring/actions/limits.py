"""A limit of its own for one machine, or a rule switched off for it; always with the reason."""

from __future__ import annotations

import math
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring.catalogue import template_for
from bihuan.apps.monitoring.models import Limit
from bihuan.apps.monitoring.refusals import NoSuchRule, ReasonMissing
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput
from bihuan.base.texts import in_language
from bihuan.lib.machines import Rule, Template, Watch

BEYOND = (1.0, 100.0)
"""Of a watch: so many times the ordinary spread."""
LASTING_S = (0.0, 86400.0)
HOURLY_S = (3600.0, 30 * 86400.0)
"""Of a watch that judges hours: one of them at least."""


def set_limit(
    *, asset: Asset, rule: str, value: float | None, why: str, by: User | None, now: datetime, lasting: float | None = None,
) -> Limit:  # fmt: skip
    """What holds for this machine from now on: a limit, and (`lasting`, seconds) how long it must stand beyond it; None
    leaves the duration to the template. `value` None switches the rule off. What it had is ended.

    Raises NoSuchRule, ReasonMissing, BadInput (beyond what the sensor can tell, or the notice would
    come after the danger; a duration beyond sense, or of a rule that counts times).
    """
    _check(asset, rule, why)
    template = template_for(asset)
    found = template.alarm(rule) if template else None
    if template is None or found is None:
        raise NoSuchRule
    if value is not None:
        possible(template, found, value)
        if lasting is not None:
            possible_time(found, lasting)
    own = None if value is None or lasting == found.lasting else lasting
    with transaction.atomic():
        Asset.objects.select_for_update(of=("self",), no_key=True).get(pk=asset.pk)
        if value is not None:
            _in_order(template, found, value, asset)
        before = Limit.objects.filter(asset=asset, rule=rule, ended_at=None).first()
        Limit.objects.filter(asset=asset, rule=rule, ended_at=None).update(ended_at=now)
        row = Limit.objects.create(
            asset=asset, rule=rule, value=_own_value(found, value, own), lasting=own, why=why.strip()[:200], by=by, at=now,
        )  # fmt: skip
        log(
            "alarm.limit", by=by, now=now, thing=asset,
            before={"rule": rule, "value": before.value, "lasting": before.lasting} if before else None,
            after={"rule": rule, "value": row.value, "lasting": row.lasting, "why": row.why},
        )  # fmt: skip
    return row


def _own_value(rule: Rule | Watch, value: float | None, lasting: float | None) -> float | None:
    """With a duration of its own a limit that is the template's stays the template's, also when that changes."""
    edge = rule.beyond if isinstance(rule, Watch) else rule.edge
    return None if lasting is not None and value == edge else value


def end_limit(*, asset: Asset, rule: str, why: str, by: User | None, now: datetime) -> bool:
    """Back to the template's limit. Raises NoSuchRule, ReasonMissing."""
    _check(asset, rule, why)
    with transaction.atomic():
        done = Limit.objects.filter(asset=asset, rule=rule, ended_at=None).update(ended_at=now)
        if done:
            log(
                "alarm.limit",
                by=by,
                now=now,
                thing=asset,
                before={"rule": rule},
                after={"why": why.strip()[:200]},
            )
    return bool(done)


def _in_order(template: Template, rule: Rule | Watch, value: float, asset: Asset) -> None:
    """The graver of two alarms of one value comes later. Raises BadInput."""
    if isinstance(rule, Watch):
        return
    own = dict(Limit.objects.edges().filter(asset=asset).values_list("rule", "value"))
    for other in template.rules:
        alike = (other.point, other.of, other.rate, other.upward) == (
            rule.point, rule.of, rule.rate, rule.upward,
        )  # fmt: skip
        edge = own.get(other.code, other.edge)
        if not alike or edge is None:
            continue
        room = (value - edge) * (1 if rule.upward else -1)
        title = in_language(other.title)
        if other.code == rule.parent and room >= 0:
            raise BadInput({"value": _("这个限值要先于“%(title)s”（%(edge)s）到，不然它从不报警。") % {"title": title, "edge": f"{edge:g}"}})  # fmt: skip
        if other.parent == rule.code and room <= 0:
            raise BadInput({"value": _("“%(title)s”（%(edge)s）要先到：这个限值应当更严重。") % {"title": title, "edge": f"{edge:g}"}})  # fmt: skip


def possible(template: Template, rule: Rule | Watch, value: float) -> None:
    """A limit lies within what the sensor can tell, a watch's within sense. Raises BadInput."""
    if isinstance(rule, Watch):
        low, high = BEYOND
    elif rule.of is None and not rule.rate:
        low, high = template.points[rule.point].low, template.points[rule.point].high
    else:
        low, high = -math.inf, math.inf
    if not low < value < high:
        said = {"low": f"{low:g}", "high": f"{high:g}"}
        raise BadInput({"value": _("限值应在 %(low)s 到 %(high)s 之间。") % said})


def possible_time(rule: Rule | Watch, lasting: float) -> None:
    """A duration within sense, of a rule that has one. Raises BadInput."""
    if isinstance(rule, Rule) and rule.times > 1:
        raise BadInput({"lasting": _("这条规则数次数，没有持续时间。")})
    low, high = HOURLY_S if isinstance(rule, Watch) and not rule.quick else LASTING_S
    if not low <= lasting <= high:
        said = {"low": f"{low / 60:g}", "high": f"{high / 60:g}"}
        raise BadInput({"lasting": _("持续时间应在 %(low)s 到 %(high)s 分钟之间。") % said})


def _check(asset: Asset, rule: str, why: str) -> None:
    template = template_for(asset)
    if template is None or template.alarm(rule) is None:
        raise NoSuchRule
    if not why.strip():
        raise ReasonMissing
