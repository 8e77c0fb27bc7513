"""What was not taken of a device's messages: counted by day and cause, the last kept as it came."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from bihuan.apps.monitoring.enums import Agreed
from bihuan.lib.machines import Cause, Template

RAW = 2048
_PUT = """
INSERT INTO monitoring_refused (day, code, cause, device_id, times, first_at, last_at, raw)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (day, code, cause) DO UPDATE SET
    times = monitoring_refused.times + excluded.times, last_at = excluded.last_at, raw = excluded.raw,
    device_id = coalesce(excluded.device_id, monitoring_refused.device_id)
"""


@dataclass
class _Count:
    device: int | None
    times: int
    raw: bytes


def raw_of(data: bytes, refused: Collection[str], template: Template | None) -> bytes:
    """What may be kept of a message as it came: not a byte where its owner refuses data (`refused`
    are `enums.Agreed`), or its place and the message can tell that.
    """
    no = Agreed.DATA in refused or (refused and tells_place(template))
    return b"" if no else data


def tells_place(template: Template | None) -> bool:
    """Whether a message may tell where its machine is."""
    return template is None or any(point.position for point in template.points)


class Refusals:
    """Collects what a batch leaves out."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, Cause], _Count] = {}

    def add(
        self, code: str, cause: Cause, raw: bytes, *, device: int | None = None, times: int = 1
    ) -> None:
        key = (code[:60], cause)
        found = self._counts.setdefault(key, _Count(device, 0, raw[:RAW]))
        found.times += times
        found.raw = raw[:RAW]

    def write(self, now: datetime) -> None:
        day = timezone.localdate(now)
        rows = [
            (day, code, str(cause), each.device, each.times, now, now, each.raw)
            for (code, cause), each in sorted(self._counts.items())
        ]
        if rows:
            with connection.cursor() as cursor:
                cursor.executemany(_PUT, rows)
