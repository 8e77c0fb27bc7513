"""A machine that says nothing any more: a tick raises the alarm and ends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction

from bihuan.apps.assets.enums import Status
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.common import SOURCE, next_number, subjects
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import Agreed, Hushed, Klass
from bihuan.apps.monitoring.models import Alarm, Checkpoint, Device, Latest
from bihuan.apps.monitoring.queries.consents import refused
from bihuan.apps.monitoring.queries.expected import expecting
from bihuan.base.facts.actions import tell

RULE = "offline"
TITLE = {"zh": "设备没有上报", "en": "The machine does not report"}
AT_ONCE = 500


def watch(now: datetime) -> int:
    """Raise for machines that have been silent for longer than their template allows, while somebody
    listened; end for those that report again or whose device was revoked. Twice is once.
    """
    ended, since = _end(now), _listening(now)
    if since is None:
        return ended
    return ended + sum(
        _raise(code, template.silent, now)
        for code, template in templates().items()
        if now - since > timedelta(seconds=template.silent)
    )


def _listening(now: datetime) -> datetime | None:
    """Since when every partition is read without a break; None while one is not. When we were deaf
    no machine was silent.
    """
    rows = list(Checkpoint.objects.values_list("until", "since"))
    if any(until is None or until < now for until, _since in rows):
        return None
    return max((since or now for _until, since in rows), default=datetime.min.replace(tzinfo=UTC))


def _raise(template: str, silent: float, now: datetime) -> int:
    open_ones = Alarm.objects.filter(rule=RULE, cleared_at=None)
    rows = (
        Latest.objects.filter(
            device__template=template, device__revoked_at=None, heard=True, received_at__lt=now - timedelta(seconds=silent)
        )
        .exclude(device__asset__in=open_ones.values("asset")).select_related("device__asset").order_by("pk")
    )  # fmt: skip
    begun, after = 0, 0
    while begun < AT_ONCE and (found := list(rows.filter(pk__gt=after)[:AT_ONCE])):
        after = found[-1].pk
        no = refused([row.device.asset_id for row in found], now)
        begun += sum(
            _one(row, silent, now)
            for row in found
            if Agreed.DATA not in no.get(row.device.asset_id, ())
        )
    return begun


def _one(row: Latest, silent: float, now: datetime) -> int:
    asset = row.device.asset
    at = row.received_at + timedelta(seconds=silent)
    quiet = Klass.LOW in figures.classes("expected_classes", now)
    hushed = (
        Hushed.REPAIR if asset.status == Status.UNDER_REPAIR
        else Hushed.EXPECTED if quiet and expecting([asset.pk], at)
        else ""
    )  # fmt: skip
    try:
        with transaction.atomic():
            alarm = Alarm.objects.create(
                number=next_number(now), asset=asset, device=row.device, rule=RULE, kind="OFFLINE", klass=Klass.LOW,
                title=TITLE, limit=silent, since=row.received_at, raised_at=at, told_at=now, layout_id=row.layout_id,
                snapshot=row.values, machine_state=row.state, hushed=hushed,
            )  # fmt: skip
            if not hushed:
                data = {"alarm": alarm.number, "class": alarm.klass, "kind": alarm.kind}
                tell(
                    "alarm.raised", at=now, now=now, by=None, subjects=subjects(asset), data=data,
                    key=f"alarm:{alarm.number}:raised", source=SOURCE,
                )  # fmt: skip
    except IntegrityError:  # another clock process was first
        return 0
    return 1


def _end(now: datetime) -> int:
    ended = 0
    open_ones = Alarm.objects.filter(rule=RULE, cleared_at=None).select_related("asset", "device")
    latest = dict(
        Latest.objects.filter(device__in=open_ones.values("device")).values_list(
            "device", "received_at"
        )
    )
    revoked = set(
        Device.objects.filter(pk__in=latest, revoked_at__isnull=False).values_list("pk", flat=True)
    )
    for alarm in open_ones:
        heard = latest.get(alarm.device_id or 0)
        back = heard is not None and heard > alarm.since
        if not back and alarm.device_id not in revoked:
            continue
        with transaction.atomic():
            at = max(heard, alarm.raised_at) if back and heard else now
            done = Alarm.objects.filter(pk=alarm.pk, cleared_at=None).update(cleared_at=at)
            if done and not alarm.hushed:
                tell(
                    "alarm.cleared", at=now, now=now, by=None, subjects=subjects(alarm.asset),
                    data={"alarm": alarm.number}, key=f"alarm:{alarm.number}:cleared:{alarm.times}", source=SOURCE,
                )  # fmt: skip
            ended += done
    return ended
