"""Hours that are over are packed; days that are packed are dropped; what is too old goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.models import (
    ArchivedDay,
    Block,
    Hour,
    Late,
    Latest,
    Layout,
    Refused,
)
from bihuan.apps.monitoring.store import folding, shelf, spread, writing
from bihuan.apps.monitoring.store.packing import Packed, pack, unpack

HOUR = timedelta(hours=1)
AFTER = timedelta(minutes=10)
"""An hour is packed so long after its end; half of it later, whatever still comes is marked
(`Late`), so that nothing falls between the packing and a worker's open transaction.
"""
AT_ONCE = 500
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('bihuan.monitoring.keep'))"
_DAYS = """
    SELECT substring(inhrelid::regclass::text FROM '[0-9]{8}$') FROM pg_inherits
    WHERE inhparent = 'monitoring_hot'::regclass ORDER BY 1
"""
_ROWS = """
    SELECT device_id, layout_id, (extract(epoch FROM at) * 1000)::bigint, "values" FROM monitoring_hot
    WHERE device_id = ANY(%s) AND at >= %s AND at < %s ORDER BY device_id, at
"""
_MARK = """
    INSERT INTO monitoring_late (device_id, hour)
    SELECT DISTINCT * FROM unnest(%s::bigint[], %s::timestamptz[]) ON CONFLICT DO NOTHING
"""


_HOURS = 2**21
"""More than there are hours since 1970 for two hundred years."""


def mark_late(device: NDArray[np.int64], ts: NDArray[np.float64], now: datetime) -> None:
    """Samples of hours that may be packed already; in the transaction that stores them."""
    late = (ts // 3600 + 1) * 3600 + AFTER.total_seconds() / 2 <= now.timestamp()
    if late.any():
        found = np.unique(device[late] * _HOURS + (ts[late] // 3600).astype(np.int64))
        devices, hours = np.divmod(found, _HOURS)
        moments = [datetime.fromtimestamp(hour * 3600, UTC) for hour in hours.tolist()]
        with connection.cursor() as cursor:
            cursor.execute(_MARK, [devices.tolist(), moments])


def keep(now: datetime) -> int:
    """Pack the hours that are over, merge what came late, drop what need not stay unpacked;
    returns the blocks written. One process at a time does it; twice is once.
    """
    packed = 0
    gone: set[int | None] = set()
    known = days()
    hot = timedelta(days=1 + figures.number("hot_days", now))
    for day in known:
        if _start(day) + hot <= now:
            continue  # history that came late: marked, merged and dropped below
        done = set(
            Hour.objects.filter(
                hour__gte=_start(day), hour__lt=_start(day) + 24 * HOUR
            ).values_list("hour", flat=True)
        )
        for number in range(24):
            hour = _start(day) + number * HOUR
            if hour not in done and hour + HOUR + AFTER <= now:
                packed += _pack_hour(hour, now, gone)
    packed += _merge_late(gone, now, now - hot)
    with spread.waiting(None, gone):
        for day in known:
            if _start(day) + hot <= now and not gone:
                packed += drop_day(day, now)
        if not gone:
            _drop_blocks(now - timedelta(days=figures.number("keep_days", now)), now)
    refused = now - timedelta(days=figures.number("refused_days", now))
    Refused.objects.filter(last_at__lt=refused).delete()
    return packed


def _drop_blocks(before: datetime, now: datetime) -> None:
    """Hours that are old enough to go; where there is an archive only those that are in it."""
    old = Block.objects.filter(hour__lt=before)
    if shelf.wanted():
        first = old.order_by("hour").values_list("hour", flat=True).first()
        if first is None:
            return
        day, last = first.astimezone(UTC).date(), before.astimezone(UTC).date()
        kept = ArchivedDay.objects.filter(day__gte=day, day__lte=last, stale=False)
        gone = kept.exclude(back_until__gt=now)
        for each in gone.values_list("day", flat=True):
            old.filter(hour__gte=_start(each), hour__lt=_start(each) + 24 * HOUR).delete()
    else:
        old.delete()


def days() -> list[date]:
    """The days that lie unpacked, or packed and not dropped yet."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS)
        return [datetime.strptime(name, "%Y%m%d").date() for (name,) in cursor.fetchall()]  # noqa: DTZ007 - a day


def _pack_hour(hour: datetime, now: datetime, gone: set[int | None]) -> int:
    """Some devices at a time; an hour that was broken off is packed again, which changes nothing.

    Where a server of the history is away, the hour of its machines is one that is to be merged.
    """
    devices = list(Latest.objects.filter(at__gte=hour).order_by("pk").values_list("pk", flat=True))
    packed = 0
    for server, lot in spread.lots(devices, AT_ONCE):
        if server not in gone:
            with spread.waiting(server, gone), transaction.atomic():
                if not alone():
                    return packed
                packed += _pack(lot, hour)
        if server in gone:
            with connection.cursor() as cursor:
                cursor.execute(_MARK, [lot, [hour] * len(lot)])
    Hour.objects.get_or_create(hour=hour, defaults={"packed_at": now})
    return packed


def _merge_late(gone: set[int | None], now: datetime, hot: datetime) -> int:
    packed = last = 0
    while True:
        marks = dict(
            Late.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "device")[:AT_ONCE]
        )
        for server, lot in spread.lots(set(marks.values()), AT_ONCE):
            if server in gone:
                continue
            with spread.waiting(server, gone), transaction.atomic():
                if not alone():
                    return packed
                mine = [pk for pk, device in marks.items() if device in lot]
                packed += _merge(mine, now, hot)
        if len(marks) < AT_ONCE:
            return packed
        last = max(marks)


def _merge(marks: list[int], now: datetime, hot: datetime) -> int:
    """Hours of days from before `hot` are packed by nothing else."""
    rows = list(Late.objects.select_for_update().filter(pk__in=marks).order_by("hour", "device"))
    packed = sum(
        _pack([mark.device_id for mark in group], hour)
        for hour, group in groupby(rows, key=lambda mark: mark.hour)
    )
    Late.objects.filter(pk__in=marks).delete()
    _note({row.hour for row in rows if row.hour.astimezone(UTC).replace(hour=0) <= hot}, now)
    return packed


def _note(hours: Iterable[datetime], now: datetime) -> None:
    """These are packed: the archive asks for their days."""
    Hour.objects.bulk_create(
        [Hour(hour=hour, packed_at=now) for hour in hours], ignore_conflicts=True
    )


def drop_day(day: date, now: datetime) -> int:
    """Drop a day's partition once every sample in it is in a block; returns the blocks written.

    No worker writes into it meanwhile (the lock); what comes later finds a partition made anew.
    """
    name = f"monitoring_hot_{day:%Y%m%d}"
    with transaction.atomic(), connection.cursor() as cursor:
        if not alone():
            return 0
        start, end = _start(day), _start(day) + 24 * HOUR
        # Before the lock: a server that does not answer must not hold up who writes.
        held = sum(
            Block.objects.filter(hour__gte=start, hour__lt=end).values_list("samples", flat=True)
        )
        cursor.execute(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(f"SELECT count(*) FROM {name}")  # noqa: S608 - our own name
        unpacked = cursor.fetchone()[0]
        packed = 0
        if held < unpacked or Late.objects.filter(hour__gte=start, hour__lt=end).exists():
            query = f"SELECT date_trunc('hour', at, 'UTC'), array_agg(DISTINCT device_id) FROM {name} GROUP BY 1"  # noqa: S608
            cursor.execute(query)
            found = cursor.fetchall()
            packed = sum(
                _pack(devices[place : place + AT_ONCE], hour)
                for hour, devices in found
                for place in range(0, len(devices), AT_ONCE)
            )
            _note([hour for hour, _devices in found], now)
            Late.objects.filter(hour__gte=start, hour__lt=end).delete()
        cursor.execute("SELECT monitoring_drop_day(%s)", [day])
    writing.forget_days()
    return packed


def alone() -> bool:
    """Whether nobody else packs, drops or archives, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        return bool(cursor.fetchone()[0])


def _pack(devices: Sequence[int], hour: datetime) -> int:
    """Blocks of one hour; what a block holds already is merged with what lies unpacked."""
    layouts = {row.pk: row.points for row in Layout.objects.all()}
    held = {row.device_id: row for row in Block.objects.filter(device__in=devices, hour=hour)}
    blocks = []
    for device, layout, rows in _series(list(devices), hour, layouts):
        parts, block = [rows], held.get(device)
        if block is not None:
            old = unpack(bytes(block.payload))
            parts.insert(0, _brought(old, layouts[block.layout_id], layouts[layout]))
        blocks.append(block_of(device, hour, layout, _joined(parts)))
    _stale(hour)
    # Not by ON CONFLICT: the table may have parts on other servers, which know of none.
    written = [block.device_id for block in blocks]
    Block.objects.filter(device__in=written, hour=hour).delete()
    Block.objects.bulk_create(blocks)
    folding.mark(written, hour)
    return len(blocks)


def put_back(device: int, hour: datetime, layout: int, rows: Packed) -> int:
    """An hour from the archive, unless one is there; returns how many were written."""
    if Block.objects.filter(device=device, hour=hour).exists():
        return 0
    block_of(device, hour, layout, rows).save(force_insert=True)
    return 1


def _stale(hour: datetime) -> None:
    """The archive is to hear of what changed in a day that it has already."""
    day = hour.astimezone(UTC).date()
    ArchivedDay.objects.filter(day=day, stale=False).update(stale=True)


def _series(
    devices: list[int], hour: datetime, layouts: dict[int, list[str]]
) -> Iterator[tuple[int, int, Packed]]:
    """The unpacked rows of each device, in the order of points that it had last."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [devices, hour, hour + HOUR])
        found = cursor.fetchall()
    for device, of_device in groupby(found, key=lambda row: row[0]):
        parts = []
        layout = 0
        for layout, same in groupby(of_device, key=lambda row: row[1]):
            rows = list(same)
            values = np.array([row[3] for row in rows], float)
            parts.append((layout, Packed(np.array([row[2] for row in rows], np.int64), values)))
        brought = [_brought(part, layouts[of], layouts[layout]) for of, part in parts]
        yield device, layout, _joined(brought)


def _brought(rows: Packed, points: list[str], into: list[str]) -> Packed:
    """The same samples in another order of points."""
    if points == into:
        return rows
    places = {code: place for place, code in enumerate(points)}
    values = np.full((len(rows.millis), len(into)), np.nan)
    for place, code in enumerate(into):
        if code in places:
            values[:, place] = rows.values[:, places[code]]
    return Packed(rows.millis, values)


def _joined(parts: Sequence[Packed]) -> Packed:
    """In the order of time; of two samples of one time the first part's."""
    if len(parts) == 1:
        return parts[0]
    millis = np.concatenate([part.millis for part in parts])
    values = np.concatenate([part.values for part in parts])
    _, first = np.unique(millis, return_index=True)
    return Packed(millis[first], values[first])


def block_of(device: int, hour: datetime, layout: int, rows: Packed) -> Block:
    """An hour's row, not saved: summaries of each point, and the samples packed."""
    return Block(
        device_id=device, hour=hour, layout_id=layout, samples=len(rows.millis), summary=_summary(rows.values),
        payload=pack(rows),
    )  # fmt: skip


def _summary(values: NDArray[np.float64]) -> list[list[float | None]]:
    known = ~np.isnan(values)
    number = known.sum(axis=0)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        found = np.stack(
            [
                np.where(known, values, np.inf).min(axis=0),
                np.where(known, values, -np.inf).max(axis=0),
                np.where(known, values, 0).sum(axis=0) / number,
                number,
            ],
            axis=1,
        ).astype(np.float32)  # here, for the database refuses what is too small for it
    return [row if row[-1] else [None, None, None, 0.0] for row in found.tolist()]


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
