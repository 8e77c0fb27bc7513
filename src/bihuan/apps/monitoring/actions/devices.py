"""A machine gets credentials to report with, and loses them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring.actions.common import subjects
from bihuan.apps.monitoring.catalogue import template_for
from bihuan.apps.monitoring.enums import Agreed
from bihuan.apps.monitoring.keys import hash_of, new_key
from bihuan.apps.monitoring.models import Alarm, Device, Latest
from bihuan.apps.monitoring.queries.consents import refused
from bihuan.apps.monitoring.refusals import (
    AlreadyReplaced,
    AlreadyRevoked,
    NoTemplate,
    ReasonMissing,
)
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.facts.actions import tell


def register(
    *, asset: Asset, by: User | None, now: datetime, instead_of: int | None = None
) -> tuple[Device, str]:
    """New credentials for a machine, and the key: shown once, only its hash is kept. Those that it
    had are revoked. `instead_of` are those that the asker saw (0: none); a page that is sent again
    makes nothing. Raises NoTemplate, AlreadyReplaced.
    """
    template = template_for(asset)
    if template is None:
        raise NoTemplate
    key = new_key()
    with transaction.atomic():
        Asset.objects.select_for_update(of=("self",), no_key=True).get(pk=asset.pk)
        held = list(Device.objects.filter(asset=asset, revoked_at=None))
        if instead_of is not None and instead_of != sum(each.pk for each in held):
            raise AlreadyReplaced
        for old in held:
            _revoke(old, why="REPLACED", by=by, now=now)
        device = Device.objects.create(
            asset=asset, key_hash=hash_of(key), template=template.code, made_at=now, made_by=by
        )
        Asset.objects.filter(pk=asset.pk).update(connected=True)
        log("device.register", by=by, now=now, thing=asset, after={"device": device.code})
    return device, key


def revoke(*, device: Device, why: str, by: User | None, now: datetime) -> None:
    """From now on it may not sign in, its connection is ended within seconds and what still comes is
    refused. Raises ReasonMissing, AlreadyRevoked.
    """
    if not why.strip():
        raise ReasonMissing
    with transaction.atomic():
        if not _revoke(device, why=why.strip()[:200], by=by, now=now):
            raise AlreadyRevoked
        if not Device.objects.filter(asset=device.asset_id, revoked_at=None).exists():
            Asset.objects.filter(pk=device.asset_id).update(connected=False)


def let_go(device: Device, *, by: User | None, now: datetime) -> None:
    """Nobody watches its values any more: what stood open is over."""
    clear(Alarm.objects.filter(device=device), by=by, now=now)
    Latest.objects.filter(device=device).update(memory={})


def let_go_late(now: datetime) -> int:
    """A tick: what a batch or a watch on its way raised after that is over too."""
    standing = Alarm.objects.filter(cleared_at=None)
    assets = set(standing.values_list("asset", flat=True))
    no = [asset for asset, what in refused(assets, now).items() if Agreed.DATA in what]
    late = standing.filter(Q(device__revoked_at__isnull=False) | Q(asset__in=no))
    if not late.exists():
        return 0
    with transaction.atomic():
        return clear(late, by=None, now=now)


def clear(alarms: QuerySet[Alarm], *, by: User | None, now: datetime) -> int:
    """What stands open of these is over: no value is judged by their rule any more."""
    done = 0
    rows = alarms.filter(cleared_at=None).select_related("asset")
    for alarm in rows.select_for_update(of=("self",)):
        done += Alarm.objects.filter(pk=alarm.pk).update(cleared_at=max(now, alarm.raised_at))
        if not alarm.hushed:
            tell(
                "alarm.cleared", at=now, now=now, by=by, subjects=subjects(alarm.asset), data={"alarm": alarm.number},
                key=f"alarm:{alarm.number}:cleared:{alarm.times}",
            )  # fmt: skip
    return done


def _revoke(device: Device, *, why: str, by: User | None, now: datetime) -> int:
    done = Device.objects.filter(pk=device.pk, revoked_at=None).update(
        revoked_at=now, revoked_by=by, why_revoked=why
    )
    if done:
        let_go(device, by=by, now=now)
        log(
            "device.revoke",
            by=by,
            now=now,
            thing=device.asset,
            after={"device": device.code, "why": why},
        )
    return done
