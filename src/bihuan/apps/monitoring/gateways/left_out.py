"""What the gateway of terminals did not take, for people to see."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from bihuan.apps.monitoring.actions.refusing import Refusals, raw_of
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.models import Device
from bihuan.apps.monitoring.queries.consents import refused
from bihuan.base import clock
from bihuan.lib.machines import Cause


def left_out(device: Device | None, phone: str, cause: Cause, raw: bytes) -> None:
    """All numbers that nobody registered are one line: a stranger fills no table."""
    if device is None:
        device = Device.objects.filter(terminal__phone=phone, revoked_at=None).first()
    refusals, now = Refusals(), clock.now()
    if device is not None:
        no = refused([device.asset_id], now).get(device.asset_id, frozenset())
        raw = raw_of(raw, no, templates().get(device.template))
    refusals.add(
        device.code if device else "JT808", cause, raw, device=device.pk if device else None
    )
    with transaction.atomic():
        refusals.write(now)


def turned_away(times: Mapping[str, int]) -> None:
    """One line a day for all addresses, with the last of them."""
    refusals = Refusals()
    for address, count in times.items():
        refusals.add("JT808", Cause.ADDRESS, address.encode(), times=count)
    with transaction.atomic():
        refusals.write(clock.now())
