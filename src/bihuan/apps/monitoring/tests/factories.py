"""Makers for our tests and those of higher apps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.tests.factories import NOW, machine
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring.actions.common import next_number
from bihuan.apps.monitoring.actions.devices import register
from bihuan.apps.monitoring.actions.events import raised
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import CommandState
from bihuan.apps.monitoring.models import (
    Alarm,
    Command,
    CommandStep,
    Condition,
    Expected,
    History,
    Layout,
    MachineDay,
    PastTest,
    Refused,
)
from bihuan.apps.monitoring.store import keeping, writing
from bihuan.base import clock
from bihuan.base.facts.actions import tell_all
from bihuan.base.testing.people import make_person
from bihuan.base.testing.routes import Canary

VALUES = {
    "SPEED": 4200.0, "SET_SPEED": 4200.0, "VIBRATION": 5.2, "BEARING_TEMP": 66.4, "CHAMBER_TEMP": 4.1, "CURRENT": 18.6,
}  # fmt: skip


def no_samples():
    """Not even a day for them, of a test of real transactions: an hour of it that is over would count
    as packed.
    """
    with connection.cursor() as cursor:
        for day in keeping.days():
            cursor.execute(f"DROP TABLE monitoring_hot_{day:%Y%m%d}")
    writing.forget_days()


def add_samples(device, ts, received, layout, values, *, fresh):
    """As a worker stores a batch; returns how many were new."""
    with writing.adding() as samples:
        samples.add(device, ts, received, layout, values, fresh=fresh)
    return samples.stored


def device(*, asset=None, now=None):
    """A device of a centrifuge, and its key."""
    asset = asset or machine(customer())
    return register(asset=asset, by=None, now=now or clock.now())


def alarm(asset: Asset, now: datetime = NOW, **values: Any) -> Alarm:
    """An alarm as the worker writes it, a moment ago; told unless it is hushed."""
    template = templates()["centrifuge"]
    rule = template.alarm(values.setdefault("rule", "vibration.notice"))
    assert rule is not None
    codes = [point.code for point in template.points]
    layout, _new = Layout.objects.get_or_create(template=template.code, points=codes)
    given = {
        "kind": rule.kind, "klass": rule.klass, "title": dict(rule.title), "point": template.points[rule.point].code,
        "unit": template.points[rule.point].unit, "limit": 4.5, "value": 5.2, "peak": 5.6, "machine_state": "AT_SPEED",
        "layout": layout, "snapshot": [VALUES.get(code) for code in codes], "since": now - timedelta(minutes=2),
        "raised_at": now - timedelta(minutes=1), "told_at": now,
    } | values  # fmt: skip
    row = Alarm.objects.create(number=next_number(now), asset=asset, **given)
    if not row.hushed:
        tell_all([raised(row, asset, now)], now=now, by=None, source="machine")
    return row


def condition(asset: Asset, now: datetime = NOW, **values: Any) -> Condition:
    """How a machine is, as an assessment writes it, with two days before."""
    today = timezone.localdate(now)
    for back in (2, 1):
        MachineDay.objects.create(
            asset=asset, day=today - timedelta(days=back), template="centrifuge", samples=1000, seen_s=36000, run_s=28800, starts=3,
            states={"AT_SPEED": 27000, "RUN_UP": 1800, "IDLE": 7200}, totals={"HOURS": 3412.0}, gained={"HOURS": 8.0, "CYCLES": 3.0},
            points={"VIBRATION": [27000, 2.2, 1.9, 2.6, 3.0]}, worn={"BEARING": 8.0}, used={"ENERGY": 40.5}, alarms={"HIGH": 1},
            health=80.0, folded_at=now,
        )  # fmt: skip
    given = {
        "template": "centrifuge", "index": 72.0, "confidence": 0.9, "grade": "FAIR", "hours": 3412.0, "hours_a_day": 8.0, "last_day": today,
        "why": {"shares": [{"name": "values", "weight": 0.4, "level": 60.0, "lost": 16.0, "reasons": [{"point": "VIBRATION", "value": 5.2, "limit": 4.5, "level": 60}]}], "unknown": ["drift"], "ceiling": 100.0, "because": {}},
        "lives": [{"part": "BEARING", "unit": "h", "since": None, "serial": "", "used": 3400.0, "limit": 12000.0, "wear": 0.28, "wear_low": 0.2, "wear_high": 0.36, "left": 8600.0, "left_low": 6000.0, "left_high": 14000.0, "on": "2029-10-01", "on_first": "2028-12-01", "on_last": "2031-01-01", "by_age": False, "measured": None, "measured_at": None, "a_day": 8.0, "told": None}, {"part": "FILTER"}],
        "services": [{"code": "S1000", "number": 4, "at": 4000.0, "total": 3412.0, "left": 588.0, "unit": "h", "on": "2027-02-10"}],
        "worst_wear": 0.28, "latitude": 31.23, "longitude": 121.47, "at": now,
    } | values  # fmt: skip
    return Condition.objects.create(asset=asset, **given)


def refused(now: datetime = NOW, **values: Any) -> Refused:
    """Something that was not taken."""
    given = {"code": "qq7device234", "cause": "GARBAGE", "times": 3, "raw": b"<script>x</script>"}
    return Refused.objects.create(
        day=now.date(), first_at=now - timedelta(hours=1), last_at=now, **given | values
    )


def history(device, now: datetime = NOW, **values: Any) -> History:
    """A table of a machine's past, uploaded."""
    plan = {
        "time": 0, "zone": "Asia/Shanghai", "columns": [["时间", "", ""], ["转速", "SPEED", "r/min"]],
    }  # fmt: skip
    given = {
        "file_name": "past.csv",
        "sha256": "0" * 64,
        "size": 10,
        "head_at": 1,
        "plan": plan,
        "at": now,
    }
    return History.objects.create(asset=device.asset, device=device, **given | values)


def change(asset: Asset, own: Any, now: datetime, **values: Any) -> Command:
    """A remote change that was proposed and waits for its customer."""
    given = {
        "number": f"TC-{now:%Y%m%d}-{own.pk:06d}", "setting": "temperature.set", "title": {"zh": "设定温度", "en": "Set temperature"},
        "point": "SET_TEMP", "unit": "℃", "dangerous": False, "before": 4.0, "value": 6.0, "keep_s": 1800, "ticket_number": "WX-1",
        "reason": "样品怕冷", "state": CommandState.PROPOSED, "proposed_at": now,
    } | values  # fmt: skip
    row = Command.objects.create(asset=asset, device=own, **given)
    CommandStep.objects.create(command=row, state=row.state, at=now, text=row.reason)
    return row


def canaries(now: datetime) -> Sequence[Canary]:
    """An alarm and what was refused of a machine beyond everybody's reach."""
    asset = machine(customer("远方有设备的客户有限公司", region="R9", now=now), now=now)
    row = alarm(asset, now, note="金丝雀报警备注", title={"zh": "金丝雀报警", "en": "金丝雀报警"})
    own, _key = device(asset=asset, now=now)
    refused(now, device=own, code=own.code, raw="金丝雀原文".encode())
    row_change = change(asset, own, now, reason="金丝雀调参", ticket_number="WX-CANARY")
    refused(now, code="canaryunknown", raw="金丝雀野设备".encode())
    past = history(own, now, file_name="金丝雀报警.csv")
    tried = PastTest.objects.create(
        asset=asset, rule="vibration.notice", value=5, lasting=30, from_at=now, to_at=now, asked_at=now, done_at=now,
        by=make_person("remote_specialist"),
        found=[{"asset": asset.pk, "since": 0, "at": 0, "over": 1, "value": 5, "peak": 5, "times": 1, "alarm": None, "verdict": ""}],
    )  # fmt: skip
    quiet = Expected.objects.create(
        asset=asset, reason="OTHER", text="金丝雀报警时段", from_at=now, until_at=now + timedelta(hours=1), at=now,
    )  # fmt: skip
    pages: list[tuple[str, list[Any]]] = [
        ("monitoring:calls", []), ("monitoring:reliability", []), ("monitoring:expected", [asset.pk]), ("monitoring:expect", [asset.pk]), ("monitoring:expected_end", [quiet.pk]),
        ("monitoring:consents", [asset.pk]), ("monitoring:say", [asset.pk]), ("monitoring:try", [asset.pk]), ("monitoring:past", [tried.pk]), ("monitoring:past_chart", [tried.pk, 0]),
        ("monitoring:alarms", []), ("monitoring:alarm", [row.pk]), ("monitoring:alarm_deed", [row.pk, "note"]),
        ("monitoring:live", [asset.pk]), ("monitoring:tiles", [asset.pk]), ("monitoring:chart", [asset.pk]),
        ("monitoring:rules", [asset.pk]), ("monitoring:connect", [asset.pk]), ("monitoring:make", [asset.pk]),
        ("monitoring:limit", [asset.pk]), ("monitoring:revoke", [own.pk]),
        ("monitoring:history", [past.pk]), ("monitoring:history_check", [past.pk]), ("monitoring:history_take", [past.pk]),
        ("monitoring:history_upload", [asset.pk]), ("monitoring:terminal", [own.pk]),
        ("monitoring:alarms_of_asset", [asset.pk]), ("monitoring:alarms_of_customer", [asset.customer_id]),
    ]  # fmt: skip
    plain = condition(asset, now)
    plain.lives[0]["serial"] = "金丝雀转子"
    plain.save(update_fields=["lives"])
    pages += [
        ("monitoring:condition", [asset.pk]),
        ("monitoring:part_replace", [asset.pk, "BEARING"]),
        ("monitoring:part_measure", [asset.pk, "BEARING"]),
        ("monitoring:reports", [asset.pk]),
        ("monitoring:report_ask", [asset.pk]),
    ]
    pages_change: list[tuple[str, list[Any]]] = [
        ("monitoring:commands", []), ("monitoring:command", [row_change.pk]), ("monitoring:command_deed", [row_change.pk, "cancel"]),
        ("monitoring:command_approve", [row_change.pk]), ("monitoring:command_ask", [row_change.pk]),
        ("monitoring:commands_of_asset", [asset.pk]), ("monitoring:permit", [asset.pk]),
        ("monitoring:command_new", [asset.pk, "temperature.set"]), ("monitoring:command_try", [asset.pk, "temperature.set"]),
    ]  # fmt: skip
    left_out: list[tuple[str, list[Any]]] = [("monitoring:refused", [])]
    return [
        Canary("金丝雀报警", "monitoring.see", pages),
        Canary("金丝雀调参", "monitoring.see", pages_change),
        Canary("金丝雀转子", "monitoring.see", [("monitoring:condition", [asset.pk])]),
        Canary("金丝雀原文", "monitoring.devices", left_out),
        Canary("金丝雀野设备", "monitoring.devices", left_out),
    ]


__all__ = ["NOW", "alarm", "canaries", "change", "condition", "device", "history", "refused"]
