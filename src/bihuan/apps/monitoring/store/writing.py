"""Samples into the table of the last days: COPY in PostgreSQL's binary form, built as one array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import orjson
from django.db import connection
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Columns = tuple[NDArray[Any], ...]
_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TAIL = b"\xff\xff"
_EPOCH = 946_684_800
"""PostgreSQL counts microseconds from 2000-01-01."""
_FLOAT8 = 701
HOT = "monitoring_hot"
ARRIVING = "monitoring_arriving"
_COPY = 'COPY {} (device_id, at, received_at, layout_id, "values") FROM STDIN (FORMAT binary)'
_ONCE = "INSERT INTO monitoring_hot SELECT * FROM monitoring_arriving ON CONFLICT DO NOTHING"
_AT_ONCE = 2000
"""Rows that are made in one piece: they stay in the processor's cache until they are sent."""
_days: set[date] = set()


def micros(ts: Floats) -> Ints:
    """Epoch seconds as PostgreSQL's microseconds, to the millisecond that devices tell."""
    return (np.rint(ts * 1000).astype(np.int64) - _EPOCH * 1000) * 1000


def make_days(ts: Floats) -> None:
    """The partitions for samples of these times; in a transaction of its own."""
    if not len(ts):
        return
    for number in np.unique(ts // 86400).astype(int).tolist():
        day = datetime.fromtimestamp(number * 86400, UTC).date()
        if day not in _days:
            with connection.cursor() as cursor:
                cursor.execute("SELECT monitoring_hot_day(%s)", [day])
            _days.add(day)


def forget_days() -> None:
    """After a partition was dropped, or the database is another."""
    _days.clear()


@contextmanager
def adding() -> Iterator[Adding]:
    """Store samples that become known one lot after the other: the database takes one in while the next
    is reckoned. It can be asked nothing else meanwhile.
    """
    with connection.cursor() as cursor:
        with connection.wrap_database_errors, cursor.copy(_COPY.format(HOT)) as copy:
            copy.write(_HEAD)
            samples = Adding(copy)
            yield samples
            copy.write(_TAIL)
        samples.add_late(cursor)


class Adding:
    """Rows newer than all that is known of their device (`fresh`) go straight in; of the others those
    that are there already are left out, at the end. The caller owns the devices (`Checkpoint`).
    `stored` tells then how many were new.
    """

    def __init__(self, copy: Any) -> None:
        self.copy, self.stored = copy, 0
        self._late: list[Columns] = []

    def add(
        self, device: Ints, ts: Floats, received: Floats, layout: Ints, values: Floats, *, fresh: NDArray[np.bool_]
    ) -> None:  # fmt: skip
        """Of machines of one template."""
        columns: Columns = (device, ts, received, layout, values)
        if not fresh.all():
            self._late.append(tuple(each[~fresh] for each in columns))
            columns = tuple(each[fresh] for each in columns)
        self.stored += len(columns[0])
        for begin in range(0, len(columns[0]), _AT_ONCE):
            self.copy.write(_rows(*(each[begin : begin + _AT_ONCE] for each in columns)).tobytes())

    def add_late(self, cursor: Any) -> None:
        if not self._late:
            return
        cursor.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {ARRIVING} (LIKE {HOT}) ON COMMIT DELETE ROWS"
        )
        with connection.wrap_database_errors, cursor.copy(_COPY.format(ARRIVING)) as copy:
            copy.write(_HEAD)
            for columns in self._late:
                copy.write(_rows(*columns).tobytes())
            copy.write(_TAIL)
        cursor.execute(_ONCE)
        self.stored += cursor.rowcount
        cursor.execute(f"TRUNCATE {ARRIVING}")


def _rows(*columns: NDArray[Any]) -> NDArray[Any]:
    device, ts, received, layout, values = columns
    wide = values.shape[1]
    cell = np.dtype([("length", ">i4"), ("value", ">f8")])
    rows = np.zeros(
        len(device),
        np.dtype(
            [
                ("fields", ">i2"), ("l1", ">i4"), ("device", ">i8"), ("l2", ">i4"), ("at", ">i8"),
                ("l3", ">i4"), ("received", ">i8"), ("l4", ">i4"), ("layout", ">i2"), ("l5", ">i4"),
                ("dimensions", ">i4"), ("nulls", ">i4"), ("of", ">i4"), ("wide", ">i4"), ("first", ">i4"),
                ("values", cell, (wide,)),
            ]
        ),
    )  # fmt: skip
    rows["fields"] = 5
    rows["l1"] = rows["l2"] = rows["l3"] = 8
    rows["l4"] = 2
    rows["l5"] = 20 + 12 * wide
    rows["device"], rows["layout"] = device, layout
    rows["at"], rows["received"] = micros(ts), micros(received)
    rows["dimensions"], rows["of"], rows["wide"], rows["first"] = 1, _FLOAT8, wide, 1
    rows["values"]["length"], rows["values"]["value"] = 8, values
    return rows


_LATEST = """
INSERT INTO monitoring_latest (device_id, layout_id, at, received_at, "values", state, memory, boot, acked, heard)
SELECT device_id, layout_id, 'epoch'::timestamptz + at * interval '1 ms', 'epoch'::timestamptz + received_at * interval '1 ms',
    "values", state, memory, boot, acked, heard FROM monitoring_said ON CONFLICT (device_id) DO UPDATE SET
    layout_id = excluded.layout_id, at = excluded.at, received_at = excluded.received_at,
    "values" = excluded."values", state = excluded.state, memory = excluded.memory,
    boot = excluded.boot, acked = excluded.acked, heard = excluded.heard
"""


def put_latest(rows: Sequence[str]) -> None:
    """Lines of `latest_line`, one a device."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS monitoring_said (device_id bigint, layout_id smallint, at bigint, "
            'received_at bigint, "values" float8[], state text, memory jsonb, boot text, acked bigint, heard boolean) '
            "ON COMMIT DELETE ROWS"
        )
        with (
            connection.wrap_database_errors,
            cursor.copy("COPY monitoring_said FROM STDIN") as copy,
        ):
            copy.write("".join(rows))
        cursor.execute(_LATEST)
        cursor.execute("TRUNCATE monitoring_said")


def latest_line(
    device: int, layout: int, at: float, received: float, values: Sequence[float], state: str, memory: str,
    boot: str, acked: int, *, heard: bool,
) -> str:  # fmt: skip
    """A line of COPY; none of its texts can hold a tab, a backslash or a line's end."""
    told = orjson.dumps(values).decode()[1:-1]  # a value that is none becomes null
    return (
        f"{device}\t{layout}\t{round(at * 1000)}\t{round(received * 1000)}\t{{{told}}}\t{state}\t{memory}\t{boot}\t"
        f"{acked}\t{heard}\n"
    )
