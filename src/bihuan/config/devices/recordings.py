"""A rig's recordings sent as if they were measured now, through a device's own connection."""

from __future__ import annotations

import asyncio
import csv
import json
import secrets
import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bihuan.config.devices.line import Address, Line
from bihuan.config.words import Halt

if TYPE_CHECKING:
    from bihuan.apps.assets.models import Asset
    from bihuan.lib.machines import Template

AT_ONCE = 200
"""Samples of one message."""
TICK = 0.25
PATIENCE = 60.0
"""Seconds until what was sent must be committed."""
# What a recording's column measures: the point of a template, which must have this unit.
COLUMNS = {
    "Accelerometer1RMS": ("VIBRATION_1", "g"), "Accelerometer2RMS": ("VIBRATION_2", "g"), "Current": ("CURRENT", "A"),
    "Pressure": ("PRESSURE", "bar"), "Temperature": ("MOTOR_TEMP", "℃"), "Thermocouple": ("FLUID_TEMP", "℃"),
    "Voltage": ("VOLTAGE", "V"), "Volume Flow RateRMS": ("FLOW", "L/min"),
}  # fmt: skip


@dataclass(frozen=True)
class Recording:
    """`rows` are seconds since the first one, then a value a column; `fault` is when the first row
    labelled a fault comes, None where there is none.
    """

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[float, ...]]
    fault: float | None

    @property
    def lasts(self) -> float:
        return self.rows[-1][0]


def recordings(place: Path) -> list[Recording]:
    """A file, or all those of a folder in order of name. Raises Halt."""
    paths = [place] if place.is_file() else sorted(place.rglob("*.csv"))
    if not paths:
        raise Halt("no_recording", f"{place} 里没有 CSV 记录。", f"There is no CSV recording in {place}.")  # fmt: skip
    return [read(path) for path in paths]


def read(path: Path) -> Recording:
    """Columns by semicolons: `datetime`, measured ones, and labels (`anomaly`, `changepoint`). Raises Halt."""
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, delimiter=";")
            names = tuple(each for each in table.fieldnames or () if each in COLUMNS)
            rows: list[tuple[float, ...]] = []
            fault, start = None, 0.0
            for row in table:
                number = table.line_num
                at = datetime.fromisoformat(row["datetime"]).replace(tzinfo=UTC).timestamp()
                start = start or at
                if rows and at - start <= rows[-1][0]:
                    raise ValueError("time")
                rows.append((at - start, *(float(row[name]) for name in names)))
                if fault is None and float(row.get("anomaly") or 0) > 0:
                    fault = at - start
    except (OSError, UnicodeDecodeError) as error:
        raise Halt("no_recording", f"读不了 {path}：{error}", f"{path} cannot be read: {error}") from None  # fmt: skip
    except (ValueError, KeyError, TypeError, csv.Error):
        raise Halt(
            "bad_recording",
            f"{path} 第 {number} 行看不懂：要有 datetime 列，时间逐行增大，其余是数字，用分号隔开。",
            f"{path}, line {number} is not understood: a column `datetime` that rises, numbers, semicolons between.",
        ) from None
    if not rows or not names:
        raise Halt(
            "bad_recording",
            f"{path} 里没有认得的测量列（{'、'.join(COLUMNS)}）。",
            f"{path} has none of the columns {', '.join(COLUMNS)}.",
        )
    return Recording(f"{path.parent.name}/{path.stem}", names, rows, fault)


def places(recording: Recording, template: Template) -> dict[str, int]:
    """Point -> place in a row, of the columns that the machine has a point for, in the same unit."""
    found = {}
    for place, name in enumerate(recording.columns, 1):
        code, unit = COLUMNS[name]
        if code in template.places and template.point(code).unit == unit:
            found[code] = place
    return found


def begins(recording: Recording, speed: float, now: float, last: float | None) -> float:
    """The time that the first row is given: so that the last one is of the moment at which it is
    sent, and later than all that the machine has said before.
    """
    start = now - recording.lasts * (1 - 1 / speed)
    return start if last is None else max(start, last + 1)


def messages(
    rows: Sequence[Sequence[float]], taken: Mapping[str, int], start: float
) -> Iterator[dict[str, object]]:
    """Rows as a device says them."""
    for first in range(0, len(rows), AT_ONCE):
        yield {
            "p": list(taken),
            "r": [
                [round((start + row[0]) * 1000), *(row[place] for place in taken.values())]
                for row in rows[first : first + AT_ONCE]
            ],
        }


async def replay(
    recording: Recording, taken: Mapping[str, int], where: Address, code: str, key: str, *, speed: float, start: float
) -> None:  # fmt: skip
    """Send it, `speed` seconds of it a second and none before its time; ends when all is committed. Raises Halt."""
    line = Line([where], code, key, boot=secrets.token_hex(4))
    running = asyncio.create_task(line.run())
    begun, sent = time.time(), 0
    try:
        while sent < len(recording.rows):
            due = min((time.time() - begun) * speed, time.time() - start)
            upto = bisect_right(recording.rows, due, key=lambda row: row[0])
            for message in messages(recording.rows[sent:upto], taken, start):
                line.put(message)
            sent = upto
            await asyncio.sleep(TICK)
        if line.open:
            await asyncio.wait_for(line.confirmed.wait(), PATIENCE)
    except TimeoutError:
        raise Halt(
            "not_taken",
            f"还有 {line.open} 条消息没有得到确认。请看 bihuan up 是否在运行、这台设备的凭据是否被停用。",
            f"{line.open} messages were not confirmed. Is bihuan up running, were the machine's credentials revoked?",
        ) from None
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def credentials(asset: Asset, kept: Path, now: datetime) -> tuple[str, str]:
    """Code and key by which the recordings report for a machine: those of the last time, else new ones. Raises Halt."""
    from bihuan.apps.monitoring.actions.devices import register
    from bihuan.apps.monitoring.models import Device

    known: dict[str, list[str]] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    own = known.get(str(asset.pk))
    living = Device.objects.filter(asset=asset, revoked_at=None).values_list("code", flat=True)
    if own is not None and own[0] in living:
        return own[0], own[1]
    if living:
        raise Halt(
            "own_device",
            f"{asset.serial} 已有别的装置在上报。请换一台设备，或先在它的“接入”页停用那个装置。",
            f"Another device reports for {asset.serial}. Choose another machine, or revoke that device on its Connect page.",
        )
    device, key = register(asset=asset, by=None, now=now)
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(known | {str(asset.pk): [device.code, key]}), encoding="utf-8")
    return device.code, key
