"""Packed days in a Delta table, for analysis beside the database and for keeping longer than it.

A row is one value; a day is one partition. Where a machine is does not go in while its customer does
not want that known, and what is in already goes out; of the days of an owner of before who did not, for
ever. A day is written whole, in one version of the table:
written twice, broken off in the middle or written anew after late samples, it is there once. Needs
the requirements of the part `archive`; what they bring is imported late.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from bihuan.apps.monitoring.models import (
    ArchivedDay,
    Block,
    Device,
    Hour,
    Late,
    Layout,
)
from bihuan.apps.monitoring.queries import consents
from bihuan.apps.monitoring.store import keeping
from bihuan.apps.monitoring.store.packing import Packed, unpack
from bihuan.apps.monitoring.store.shelf import installed, place
from bihuan.base.errors import Refusal

if TYPE_CHECKING:
    import pyarrow as pa

AFTER = timedelta(hours=2)
"""A day is written so long after its end; what comes later writes it anew."""
AT_ONCE = 50
"""Devices of one row group: 50 of 12 points every 10 s are five million values."""
BACK = timedelta(days=30)
"""A day brought back stays so long, however old it is."""
_DAY = timedelta(days=1)
Away = Mapping[int, frozenset[str]]
"""Device -> the points of it that are left out."""


class NotInstalled(Refusal):
    code = "archive.not_installed"
    message = _("没有安装归档所需的部分。请运行 make install-archive，其余功能不受影响。")


class NotArchived(Refusal):
    code = "archive.no_such_day"
    message = _("这一天不在归档里。")


class Empty(Refusal):
    code = "archive.empty"
    message = _("归档里还没有一天：一天结束两小时后写入，或现在运行 bihuan archive run。")


class Differs(Refusal):
    """What was read back is not what the database holds; the day does not count as archived."""

    code = "archive.differs"
    message = _("归档里这一天的数据与数据库不一致，没有记为已归档。请重新运行 bihuan archive run。")


class Fewer(Refusal):
    code = "archive.fewer"
    message = _("归档里这一天比数据库里的多，没有覆盖。请先恢复这一天（bihuan archive restore）。")


class NotUnderstood(Refusal):
    """`why` are DuckDB's own words."""

    code = "archive.not_understood"
    message = _("查询不成立。")

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class Busy(Refusal):
    code = "archive.busy"
    message = _("另一个进程正在打包或归档，请稍后再试。")


def due(now: datetime) -> list[date]:
    """Days that are over and packed, and not in the archive as they are now; oldest first."""
    last = (now - AFTER).astimezone(UTC).date() - _DAY
    done = ArchivedDay.objects.filter(stale=False).values_list("day", flat=True)
    hours = Hour.objects.filter(hour__lt=_start(last + _DAY))
    days = {day.date() for day in hours.datetimes("hour", "day", tzinfo=UTC)} - set(done)
    late = {mark.astimezone(UTC).date() for mark in Late.objects.values_list("hour", flat=True)}
    return sorted(days - late)


def write(day: date, now: datetime) -> ArchivedDay:
    """Put a day into the archive, read it back, and note that it is there.

    Nobody packs meanwhile. Raises NotInstalled, Busy, Fewer, Differs; OSError where the place
    cannot be written.
    """
    if not installed():
        raise NotInstalled
    import pyarrow as pa
    import pyarrow.parquet as pq

    with transaction.atomic(), tempfile.TemporaryDirectory(prefix="bihuan-archive-") as folder:
        if not keeping.alone():
            raise Busy
        known, away = ArchivedDay.objects.filter(day=day).first(), consents.away(now).on(day)
        values = _held(day, away)
        if known is not None and values < known.values and values < count(day, away):
            raise Fewer
        with pq.ParquetFile(_spooled(day, away, Path(folder) / "day.parquet")) as file:
            reader = pa.RecordBatchReader.from_batches(schema(), file.iter_batches())
            version = put_day(day, reader)
        if count(day) != values:
            raise Differs
        row, _made = ArchivedDay.objects.update_or_create(
            day=day, defaults={"values": values, "version": version, "at": now, "stale": False}
        )
    return row


def verify(day: date, now: datetime) -> tuple[int, int | None]:
    """Values in the archive, and those in the database (None: no longer there) that belong into it.
    Raises NotInstalled, NotArchived.
    """
    if not installed():
        raise NotInstalled
    if not ArchivedDay.objects.filter(day=day).exists():
        raise NotArchived
    return count(day), _held(day, consents.away(now).on(day)) or None


def restore(day: date, now: datetime) -> int:
    """Bring a day's packed hours back from the archive, for some time; returns how many. What the
    database holds of them stays. Raises NotInstalled, NotArchived, Busy.
    """
    if not installed():
        raise NotInstalled
    with transaction.atomic():
        if not keeping.alone():
            raise Busy
        if not ArchivedDay.objects.filter(day=day).update(back_until=now + BACK):
            raise NotArchived
        return sum(keeping.put_back(*each) for each in _read_back(day))


def query(sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Names and rows of a DuckDB query; the archive is the table `samples`. Raises NotInstalled,
    Empty, NotUnderstood.
    """
    if not installed():
        raise NotInstalled
    import duckdb

    if not ArchivedDay.objects.exists():
        raise Empty
    with duckdb.connect(config={"enable_external_access": False}) as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.register("samples", table().to_pyarrow_dataset())
        try:
            found = engine.execute(sql)
            return [column[0] for column in found.description or ()], found.fetchall()
        except duckdb.Error as error:
            raise NotUnderstood(str(error)) from error


def count(day: date, away: Away | None = None) -> int:
    """Values of a day that the archive holds, but for these."""
    import pyarrow.dataset as ds

    which = ds.field("day") == day
    if away:
        which &= ~of(away)
    held: int = table().to_pyarrow_dataset().count_rows(filter=which)
    return held


def of(away: Away) -> Any:
    """A condition for the dataset: the values of these points of these devices."""
    import pyarrow.dataset as ds

    ways: dict[frozenset[str], list[int]] = {}
    for device, points in away.items():
        ways.setdefault(points, []).append(device)
    found = [
        ds.field("device").isin(devices) & ds.field("point").isin(sorted(points))
        for points, devices in ways.items()
    ]
    return reduce(or_, found)


def table() -> Any:
    from deltalake import DeltaTable

    return DeltaTable(place())


def _held(day: date, away: Away) -> int:
    query = """SELECT coalesce(sum(one::bigint), 0) FROM monitoring_block, unnest(summary[:][4:4]) AS one
               WHERE hour >= %s AND hour < %s"""
    with connection.cursor() as cursor:
        cursor.execute(query, [_start(day), _start(day) + _DAY])
        every = int(cursor.fetchone()[0])
    layouts = {row.pk: row.points for row in Layout.objects.all()}
    rows = Block.objects.filter(device__in=away, hour__gte=_start(day), hour__lt=_start(day) + _DAY)
    return every - sum(
        int(number or 0)
        for device, layout, summary in rows.values_list("device", "layout", "summary")
        for point, (_low, _high, _mean, number) in zip(layouts[layout], summary, strict=True)
        if point in away[device]
    )


def schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        [
            ("day", pa.date32()), ("device", pa.int64()), ("code", pa.string()), ("layout", pa.int16()),
            ("point", pa.string()), ("ts", pa.timestamp("us", "UTC")), ("value", pa.float64()),
        ]
    )  # fmt: skip


def _spooled(day: date, away: Away, path: Path) -> Path:
    """The day in a file of our own, a few devices at a time: it need not fit into memory."""
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, schema(), compression="zstd") as writer:
        for batch in _batches(day, away):
            writer.write_batch(batch)
    return path


def _batches(day: date, away: Away) -> Iterator[pa.RecordBatch]:
    layouts = {row.pk: row.points for row in Layout.objects.all()}
    within = {"hour__gte": _start(day), "hour__lt": _start(day) + _DAY}
    devices = sorted(set(Block.objects.filter(**within).values_list("device", flat=True)))
    codes = {row.pk: row.code for row in Device.objects.filter(pk__in=devices)}
    for first in range(0, len(devices), AT_ONCE):
        blocks = Block.objects.filter(device__in=devices[first : first + AT_ONCE], **within)
        rows = blocks.order_by("device", "hour").values_list("device", "layout", "payload")
        columns = [
            part for device, layout, payload in rows
            for part in _columns(device, layout, layouts[layout], payload, away.get(device, frozenset()))
        ]  # fmt: skip
        if columns:
            yield _batch(day, columns, codes)


def _columns(
    device: int,
    layout: int,
    points: Sequence[str],
    payload: bytes | memoryview,
    away: frozenset[str],
) -> Iterator[tuple[int, int, str, Any, Any]]:
    rows = unpack(bytes(payload))
    for place_, point in enumerate(points):
        known = ~np.isnan(rows.values[:, place_])
        if point not in away and known.any():
            yield device, layout, point, rows.millis[known], rows.values[known, place_]


def _batch(day: date, columns: list[tuple[int, int, str, Any, Any]], codes: dict[int, str]) -> Any:
    import pyarrow as pa

    columns.sort(key=lambda part: (part[0], part[2]))  # stable: the hours stay in order
    lengths = [len(part[3]) for part in columns]
    whole = sum(lengths)

    def spread(values: Sequence[Any], kind: Any) -> Any:
        return pa.array(values, kind).take(pa.array(np.repeat(np.arange(len(values)), lengths)))

    return pa.RecordBatch.from_arrays(
        [
            pa.array(np.full(whole, np.datetime64(day))), spread([part[0] for part in columns], pa.int64()),
            spread([codes[part[0]] for part in columns], pa.string()), spread([part[1] for part in columns], pa.int16()),
            spread([part[2] for part in columns], pa.string()),
            pa.array(np.concatenate([part[3] for part in columns]) * 1000, pa.timestamp("us", "UTC")),
            pa.array(np.concatenate([part[4] for part in columns])),
        ],
        schema=schema(),
    )  # fmt: skip


def put_day(day: date, reader: pa.RecordBatchReader) -> int:
    """One version of the table in which this day is what is read; returns its number."""
    from deltalake import DeltaTable, write_deltalake

    where = place()
    if "://" not in where:
        Path(where).mkdir(parents=True, exist_ok=True)
    before = set(DeltaTable(where).file_uris()) if DeltaTable.is_deltatable(where) else None
    write_deltalake(
        where, reader, mode="overwrite", partition_by=["day"],
        predicate=None if before is None else f"day = '{day}'",
    )  # fmt: skip
    written = DeltaTable(where)
    if "://" not in where:
        _to_disk(Path(where), set(written.file_uris()) - (before or set()))
    return int(written.version())


def _to_disk(table: Path, files: set[str]) -> None:
    """The library itself leaves that to the kernel: a power cut would lose what we are about to
    call archived.
    """
    log = table / "_delta_log"
    paths = [Path(file.removeprefix("file://")) for file in files] + list(log.iterdir())
    for path in (*paths, *{path.parent for path in paths}, table, table.parent):
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _read_back(day: date) -> Iterator[tuple[int, datetime, int, Packed]]:
    """(device, hour, layout, samples) of a day, device by device."""
    import pyarrow.dataset as ds

    data = table().to_pyarrow_dataset()
    of_day = ds.field("day") == day
    points = {row.pk: row.points for row in Layout.objects.all()}
    devices = data.to_table(["device"], filter=of_day)["device"].unique().to_pylist()
    for device in sorted(devices):
        found = data.to_table(
            ["layout", "point", "ts", "value"], filter=of_day & (ds.field("device") == device)
        )
        millis = found["ts"].cast("int64").to_numpy() // 1000
        layouts, names = found["layout"].to_numpy(), np.array(found["point"].to_pylist())
        values, hours = found["value"].to_numpy(), millis // 3_600_000
        for hour in np.unique(hours).tolist():
            mine = hours == hour
            layout = int(layouts[mine][0])
            times, row = np.unique(millis[mine], return_inverse=True)
            order = points[layout]
            column = np.array([order.index(name) for name in names[mine]])
            whole = np.full((len(times), len(order)), np.nan)
            whole[row, column] = values[mine]
            yield device, datetime.fromtimestamp(hour * 3600, UTC), layout, Packed(times, whole)


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
