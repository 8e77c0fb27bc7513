"""The work on a table: counted, then handed into the pipe lot by lot, each committed before the next."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import orjson
from django.db import connection
from django.utils.translation import gettext as _

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.common import moment
from bihuan.apps.monitoring.actions.history import WORKING, file_of
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import HistoryState
from bihuan.apps.monitoring.history.columns import Taking, from_data, takings
from bihuan.apps.monitoring.history.reading import Numbers, Report, Sample, judged, samples
from bihuan.apps.monitoring.models import History
from bihuan.lib.machines import Template

BODY = 60_000
"""Bytes of a message, at most; the message server takes 65,536."""


def work(pk: int, *, now: datetime) -> None:
    """Do what a table waits for, unless another process does it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 5))", [f"history {pk}"])
        if not cursor.fetchone()[0]:
            return
    try:
        row = History.objects.select_related("device", "asset").filter(pk=pk, state__in=WORKING).first()  # fmt: skip
        if row is not None:
            with file_of(row) as path:
                _check(row, path, now) if row.state == HistoryState.CHECKING else _take_in(row, path, now)  # fmt: skip
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 5))", [f"history {pk}"])


def give_up(pk: int, reason: str) -> None:
    """A file that cannot be read is refused; one whose taking was broken off may be taken again."""
    broken = History.objects.filter(pk=pk, state=HistoryState.CHECKING)
    broken.update(state=HistoryState.REFUSED, why=reason[:300])
    halted = History.objects.filter(pk=pk, state=HistoryState.QUEUED)
    halted.update(state=HistoryState.CHECKED, why=reason[:300])


def problem(error: Exception) -> str:
    from bihuan.apps.monitoring.pipe.handing import LeftOut

    if isinstance(error, LeftOut):
        return _(
            "有的行到了接收的时候没有收下，原因见“没收下的数据”。已收下的行都在；再点收下不会重复。"
        )
    if isinstance(error, OSError | TimeoutError):
        return _("接收设备消息的服务没有应答。已收下的行都在；过一会儿再点收下，不会重复。")
    return _("没有做成（%(kind)s）。已收下的行都在；再点收下不会重复。") % {
        "kind": type(error).__name__
    }


def _lots(row: History, path: Path, now: datetime, report: Report) -> tuple[Sequence[Taking], Iterator[list[Sample]]]:  # fmt: skip
    template, plan = templates()[row.device.template], from_data(row.plan)
    found = takings(plan, template)
    numbers = Numbers(
        figures.number("clock_ahead_s", now), figures.number("keep_days", now) * 86400, figures.number("flood_per_s", now),
    )  # fmt: skip
    rows = samples(path, row.sheet, row.head_at, plan, found, report)
    return found, judged(rows, found, template, numbers, now.timestamp(), report)


def _check(row: History, path: Path, now: datetime) -> None:
    report = Report()
    _found, lots = _lots(row, path, now, report)
    for _lot in lots:
        pass
    History.objects.filter(pk=row.pk, state=HistoryState.CHECKING).update(
        rows=report.rows, good=report.good, left_out=report.left_out, causes=dict(report.causes),
        wrong=[list(each) for each in report.wrong], first_at=moment(report.first) if report.good else None,
        last_at=moment(report.last) if report.good else None, state=HistoryState.CHECKED, handed=0,
    )  # fmt: skip


def _take_in(row: History, path: Path, now: datetime) -> None:
    """The file was read to its end before (`_check`): what is handed in is whole."""
    from bihuan.apps.monitoring.pipe.handing import Bringer

    found, lots = _lots(row, path, now, Report())
    template = templates()[row.device.template]
    handed = 0
    with asyncio.Runner() as runner:
        bringer = Bringer(row.device.code)
        runner.run(bringer.open())
        try:
            for lot in lots:
                runner.run(bringer.bring(bodies(lot, found, template)))
                handed += len(lot)
                History.objects.filter(pk=row.pk).update(handed=handed)
        finally:
            runner.run(bringer.close())
    History.objects.filter(pk=row.pk, state=HistoryState.QUEUED).update(
        state=HistoryState.DONE, handed=handed, done_at=now, why=""
    )
    row.parts.all().delete()


def bodies(lot: Sequence[Sample], found: Sequence[Taking], template: Template) -> Iterator[bytes]:
    """Messages as devices send them, each small enough."""
    names = [taking.point for taking in found]
    digits = [max(6, template.point(name).digits) for name in names]
    most = min(1000, max(1, (BODY - 40 * len(names)) // (20 + 25 * len(names))))
    for place in range(0, len(lot), most):
        lines = [
            [
                round(sample.ts * 1000),
                *(None if math.isnan(value) else round(value, digit) for value, digit in zip(sample.values, digits, strict=True)),
            ]
            for sample in lot[place : place + most]
        ]  # fmt: skip
        yield orjson.dumps({"p": names, "r": lines})
