"""What the gateway of terminals did not take, for people to see."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from bihuan.apps.monitoring.actions.refusing import RAW, Refusals, raw_of
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.models import Device
from bihuan.apps.monitoring.queries.consents import refused
from bihuan.base import clock
from bihuan.lib.machines import Cause


class LeftOut:
    """Counted here and written together from time to time: garbage without end keeps no database busy.
    What came last of a cause is kept.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[int | None, str, Cause], tuple[int, bytes]] = {}

    def add(self, device: Device | None, phone: str, cause: Cause, raw: bytes) -> None:
        key = (None, phone, cause) if device is None else (device.pk, "", cause)
        times, _raw = self._found.get(key, (0, b""))
        self._found[key] = times + 1, raw[:RAW]

    def taken(self) -> LeftOut:
        """All until now; it begins anew here."""
        found = LeftOut()
        found._found, self._found = self._found, {}
        return found

    def __bool__(self) -> bool:
        return bool(self._found)

    def write(self) -> None:
        """All numbers that nobody registered are one line: a stranger fills no table."""
        pks = {pk for pk, _phone, _cause in self._found if pk is not None}
        phones = {phone for _pk, phone, _cause in self._found}
        known = dict(Device.objects.in_bulk(pks))
        rows = Device.objects.filter(terminal__phone__in=phones, revoked_at=None)
        of = {device.terminal.phone: device for device in rows.select_related("terminal")}
        refusals, now = Refusals(), clock.now()
        no = refused({each.asset_id for each in (*known.values(), *of.values())}, now)
        for (pk, phone, cause), (times, raw) in self._found.items():
            device = of.get(phone) if pk is None else known[pk]
            if device is None:
                refusals.add("JT808", cause, raw, times=times)
                continue
            said = no.get(device.asset_id, frozenset())
            seen = raw_of(raw, said, templates().get(device.template))
            refusals.add(device.code, cause, seen, device=device.pk, times=times)
        with transaction.atomic():
            refusals.write(now)


def left_out(device: Device | None, phone: str, cause: Cause, raw: bytes) -> None:
    """One thing alone."""
    found = LeftOut()
    found.add(device, phone, cause, raw)
    found.write()


def turned_away(times: Mapping[str, int]) -> None:
    """One line a day for all addresses, with the last of them."""
    refusals = Refusals()
    for address, count in times.items():
        refusals.add("JT808", Cause.ADDRESS, address.encode(), times=count)
    with transaction.atomic():
        refusals.write(clock.now())
