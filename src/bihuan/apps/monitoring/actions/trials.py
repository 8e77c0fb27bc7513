"""Trying a rule on the past, and putting one into use that ran without telling anybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.limits import possible, possible_time
from bihuan.apps.monitoring.catalogue import template_for, templates
from bihuan.apps.monitoring.models import Alarm, Device, Hour, Limit, PastTest, Trial
from bihuan.apps.monitoring.refusals import AlreadySo, NoSuchRule, NothingPacked, ReasonMissing
from bihuan.apps.monitoring.tasks import past_later
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.audit.actions import log
from bihuan.lib.machines import Template

MOST_SHOWN = 300
NEAR_S = 600.0
"""An alarm of then and one of the test are the same if they began so close together."""


def ask(
    *, asset: Asset, rule: str, value: float, lasting: float, whole_model: bool, by: User, now: datetime
) -> PastTest:  # fmt: skip
    """Have a limit (and a duration in seconds) tried on the last packed month, in the background.

    Raises NoSuchRule, BadInput, NothingPacked.
    """
    template = template_for(asset)
    found = template.rule(rule) if template else None
    if template is None or found is None:
        raise NoSuchRule
    possible(template, found, value)
    possible_time(found, lasting)
    last = Hour.objects.order_by("-hour").values_list("hour", flat=True).first()
    if last is None:
        raise NothingPacked
    end = last + timedelta(hours=1)
    with transaction.atomic():
        row = PastTest.objects.create(
            asset=asset, whole_model=whole_model, rule=rule, value=value, lasting=lasting, from_at=end - timedelta(days=figures.number("try_days", now)), to_at=end,
            by=by, asked_at=now,
        )  # fmt: skip
        log(
            "alarm.try", by=by, now=now, thing=asset,
            after={"rule": rule, "value": value, "lasting": lasting, "model": whole_model},
        )  # fmt: skip
        past_later(row.pk)
    return row


def work(pk: int, *, now: datetime) -> None:
    """Run it; one that is done is left alone."""
    from bihuan.apps.monitoring.store.replaying import replay

    row = PastTest.objects.select_related("asset__model", "by").get(pk=pk)
    template = template_for(row.asset)
    rule = template.rule(row.rule) if template else None
    if row.done_at is not None or template is None or rule is None:
        return
    assets = machines_of(row, template)
    again = 60 * figures.number("again_min", now)
    mine = Limit.objects.filter(asset__in=assets, rule=row.rule)
    own = dict(mine.edges().values_list("asset", "value"))
    longer = mine.durations()
    tried = replay(
        template, rule, dict.fromkeys(assets, row.value), row.from_at, row.to_at, lasting=row.lasting, again=again
    )  # fmt: skip
    held = {pk: own.get(pk, rule.edge) for pk in assets}
    present = []
    for lasting in {longer.get(pk, rule.lasting) for pk in assets}:
        alike = {
            pk: value for pk, value in held.items() if value is not None and longer.get(pk, rule.lasting) == lasting
        }  # fmt: skip
        present += replay(template, rule, alike, row.from_at, row.to_at, lasting=lasting, again=again)  # fmt: skip
    tried.sort(key=lambda each: -each["at"])
    PastTest.objects.filter(pk=pk, done_at=None).update(
        done_at=now, machines=len(assets), times=len(tried), now_times=len(present),
        found=_with_alarms(tried, row)[:MOST_SHOWN],
    )  # fmt: skip


def machines_of(row: PastTest, template: Template) -> list[int]:
    """The machine, or all of its model that the asker sees and that report by this template."""
    if not row.whole_model:
        return [row.asset_id]
    rows = visible(Asset.objects.filter(model=row.asset.model_id), row.by, "monitoring.see")
    reporting = Device.objects.filter(template=template.code, asset__in=rows)
    return sorted(set(reporting.values_list("asset", flat=True)) | {row.asset_id})


def _with_alarms(found: Sequence[dict[str, Any]], row: PastTest) -> list[dict[str, Any]]:
    """The alarm that was raised then, by the limit of then, and what people said of it."""
    alarms = Alarm.objects.filter(
        asset__in={each["asset"] for each in found}, rule=row.rule, raised_at__gte=row.from_at - timedelta(days=1),
        raised_at__lt=row.to_at + timedelta(days=1),
    )  # fmt: skip
    of: dict[int, list[Alarm]] = {}
    for alarm in alarms.order_by("raised_at"):
        of.setdefault(alarm.asset_id, []).append(alarm)
    for each in found:
        end = each["over"] or row.to_at.timestamp()
        near = next(
            (alarm for alarm in of.get(each["asset"], ()) if _touches(alarm, each["since"], end)),
            None,
        )
        each["alarm"], each["verdict"] = (near.pk, near.verdict) if near else (None, "")
    return list(found)


def _touches(alarm: Alarm, since: float, end: float) -> bool:
    over = alarm.cleared_at or datetime.max.replace(tzinfo=UTC)
    return alarm.since.timestamp() <= end + NEAR_S and over.timestamp() >= since - NEAR_S


def give_up(pk: int, problem: str) -> None:
    PastTest.objects.filter(pk=pk, done_at=None).update(problem=problem[:200], done_at=_asked(pk))


def _asked(pk: int) -> datetime:
    return PastTest.objects.values_list("asked_at", flat=True).get(pk=pk)


def put(*, template: str, rule: str, observe: bool, why: str, by: User, now: datetime) -> Trial:
    """Into use (`observe` False), or on trial again, for all machines of a template.

    Raises NoSuchRule, ReasonMissing, AlreadySo.
    """
    if not why.strip():
        raise ReasonMissing
    of = templates().get(template)
    found = of.alarm(rule) if of else None
    if found is None:
        raise NoSuchRule
    with transaction.atomic():
        before = (
            Trial.objects.select_for_update()
            .filter(template=template, rule=rule, ended_at=None)
            .first()
        )
        if (before.observe if before else found.observe) == observe:
            raise AlreadySo
        Trial.objects.filter(template=template, rule=rule, ended_at=None).update(ended_at=now)
        row = Trial.objects.create(
            template=template, rule=rule, observe=observe, why=why.strip()[:200], by=by, at=now
        )
        log(
            "alarm.trial", by=by, now=now, thing=row,
            before={"observe": not observe}, after={"observe": observe, "why": row.why, "rule": rule},
        )  # fmt: skip
    return row
