"""Makers for our tests and those of higher apps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.tests.factories import NOW, machine
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring.actions.common import next_number
from bihuan.apps.monitoring.actions.devices import register
from bihuan.apps.monitoring.actions.events import _raised
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.models import Alarm, Layout, PastTest, Refused
from bihuan.base import clock
from bihuan.base.facts.actions import tell_all
from bihuan.base.testing.people import make_person
from bihuan.base.testing.routes import Canary

VALUES = {
    "SPEED": 4200.0, "SET_SPEED": 4200.0, "VIBRATION": 5.2, "BEARING_TEMP": 66.4, "CHAMBER_TEMP": 4.1, "CURRENT": 18.6,
}  # fmt: skip


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
        tell_all([_raised(row, asset, now)], now=now, by=None, source="machine")
    return row


def refused(now: datetime = NOW, **values: Any) -> Refused:
    """Something that was not taken."""
    given = {"code": "qq7device234", "cause": "GARBAGE", "times": 3, "raw": b"<script>x</script>"}
    return Refused.objects.create(
        day=now.date(), first_at=now - timedelta(hours=1), last_at=now, **given | values
    )


def canaries(now: datetime) -> Sequence[Canary]:
    """An alarm and what was refused of a machine beyond everybody's reach."""
    asset = machine(customer("远方有设备的客户有限公司", region="R9", now=now), now=now)
    row = alarm(asset, now, note="金丝雀报警备注", title={"zh": "金丝雀报警", "en": "金丝雀报警"})
    own, _key = device(asset=asset, now=now)
    refused(now, device=own, code=own.code, raw="金丝雀原文".encode())
    refused(now, code="canaryunknown", raw="金丝雀野设备".encode())
    tried = PastTest.objects.create(
        asset=asset, rule="vibration.notice", value=5, lasting=30, from_at=now, to_at=now, asked_at=now, done_at=now,
        by=make_person("remote_specialist"),
        found=[{"asset": asset.pk, "since": 0, "at": 0, "over": 1, "value": 5, "peak": 5, "times": 1, "alarm": None, "verdict": ""}],
    )  # fmt: skip
    pages: list[tuple[str, list[Any]]] = [
        ("monitoring:consents", [asset.pk]), ("monitoring:say", [asset.pk]), ("monitoring:try", [asset.pk]), ("monitoring:past", [tried.pk]), ("monitoring:past_chart", [tried.pk, 0]),
        ("monitoring:alarms", []), ("monitoring:alarm", [row.pk]), ("monitoring:alarm_deed", [row.pk, "note"]),
        ("monitoring:live", [asset.pk]), ("monitoring:tiles", [asset.pk]), ("monitoring:chart", [asset.pk]),
        ("monitoring:rules", [asset.pk]), ("monitoring:connect", [asset.pk]), ("monitoring:make", [asset.pk]),
        ("monitoring:limit", [asset.pk]), ("monitoring:revoke", [own.pk]),
        ("monitoring:alarms_of_asset", [asset.pk]), ("monitoring:alarms_of_customer", [asset.customer_id]),
    ]  # fmt: skip
    left_out: list[tuple[str, list[Any]]] = [("monitoring:refused", [])]
    return [
        Canary("金丝雀报警", "monitoring.see", pages),
        Canary("金丝雀原文", "monitoring.devices", left_out),
        Canary("金丝雀野设备", "monitoring.devices", left_out),
    ]


__all__ = ["NOW", "alarm", "canaries", "device", "refused"]
