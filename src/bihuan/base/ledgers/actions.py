"""One file on its way in: uploaded, mapped, checked, brought in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction

from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.ledgers import mapping as mappings
from bihuan.base.ledgers.errors import AlreadyDone, RowsWrong
from bihuan.base.ledgers.models import Import, State
from bihuan.base.ledgers.reading import read, sheet_names
from bihuan.base.ledgers.running import Report, run
from bihuan.base.ledgers.shelf import ledger_named

AT_ONCE = 2000
"""Files with more rows are worked on by a background job."""
WORKING = (State.CHECKING, State.QUEUED)


def upload(
    ledger: str, content: bytes, *, file_name: str, by: User | None, now: datetime
) -> Import:
    """Keep the file with a guessed mapping. Raises NotAList, TooMuch, NoHeading, NoSuchLedger."""
    declared = ledger_named(ledger)
    names = sheet_names(content, file_name)
    sheet = read(content, file_name, names[0] if names else "")
    with transaction.atomic():
        made = Import.objects.create(
            ledger=declared.name,
            file_name=file_name[-200:],
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            sheet=sheet.name,
            mapping=mappings.guess(declared, sheet.headings),
            rows=len(sheet.rows),
            by=by,
            at=now,
        )
        log(
            "ledgers.uploaded",
            by=by,
            now=now,
            thing=made,
            after={"ledger": ledger, "rows": made.rows},
        )
    return made


def choose_sheet(row: Import, sheet: str) -> Import:
    """Another sheet of the same file, with a fresh guess."""
    _open(row)
    found = read(bytes(row.content), row.file_name, sheet)
    row.sheet, row.rows = found.name, len(found.rows)
    row.mapping = mappings.guess(ledger_named(row.ledger), found.headings)
    row.state = State.UPLOADED
    _save_open(row, "sheet", "rows", "mapping", "state")
    return row


def check(row: Import, mapping: Mapping[str, str], *, by: User | None, now: datetime) -> Import:
    """Count what would be new, changed and wrong; nothing stays. Raises ColumnMissing."""
    _open(row)
    declared = ledger_named(row.ledger)
    names = {column.name for column in declared.columns}
    row.mapping = {name: heading for name, heading in mapping.items() if heading and name in names}
    mappings.check(declared, row.mapping)
    with transaction.atomic():
        row.state = State.CHECKING
        _save_open(row, "mapping", "state")
        return _now_or_later(row, now=now)


def bring_in(row: Import, *, only_good: bool, by: User | None, now: datetime) -> Import:
    """Save the rows. Raises RowsWrong (then nothing is saved) and AlreadyDone."""
    with transaction.atomic():
        taken = Import.objects.filter(pk=row.pk, state=State.CHECKED).update(
            state=State.QUEUED, only_good=only_good, by=by
        )
        if not taken:
            raise AlreadyDone
        row.refresh_from_db()
        row = _now_or_later(row, now=now)
    if row.state == State.CHECKED and row.wrong:
        raise RowsWrong(n=row.wrong)
    return row


def _open(row: Import) -> None:
    if row.state not in (State.UPLOADED, State.CHECKED):
        raise AlreadyDone


def _save_open(row: Import, *fields: str) -> None:
    """Write these fields unless the import was begun meanwhile. Raises AlreadyDone."""
    open_ = Import.objects.filter(pk=row.pk, state__in=(State.UPLOADED, State.CHECKED))
    if not open_.update(**{name: getattr(row, name) for name in fields}):
        raise AlreadyDone


def _now_or_later(row: Import, *, now: datetime) -> Import:
    if row.rows <= AT_ONCE:
        work(row.pk, now=now)
    else:
        from bihuan.base.ledgers.tasks import work_later

        work_later(row.pk)
    row.refresh_from_db()
    return row


def work(pk: int, *, now: datetime) -> bool:
    """Do what the import waits for; False when somebody else does it or nothing waits.

    The lock lives as long as the transaction: when its holder dies, the next one may begin, and
    nothing of the dead one's work is there.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 2))", [f"import {pk}"]
            )
            if not cursor.fetchone()[0]:
                return False
        row = Import.objects.select_for_update().get(pk=pk)
        if row.state not in WORKING:
            return False
        _work(row, now)
        return True


def _work(row: Import, now: datetime) -> None:
    declared = ledger_named(row.ledger)
    sheet = read(bytes(row.content), row.file_name, row.sheet)
    saving = row.state != State.CHECKING
    report = run(
        declared,
        sheet,
        row.mapping,
        keep=saving,
        only_good=row.only_good,
        by=row.by,
        now=now,
        note=note_of(row),
    )
    _write(row, report)
    done = saving and (not report.wrong or row.only_good)
    row.state = State.DONE if done else State.CHECKED
    row.done_at = now if done else None
    row.save()
    if done:
        mappings.remember(declared, row.mapping)
        log(
            "ledgers.brought_in",
            by=row.by,
            now=now,
            thing=row,
            after={
                "ledger": row.ledger, "new": row.new, "changed": row.changed, "same": row.same,
                "left_out": row.wrong,
            },
        )  # fmt: skip


def _write(row: Import, report: Report) -> None:
    for name in ("rows", "new", "changed", "same", "wrong", "errors"):
        setattr(row, name, getattr(report, name))
    row.done_rows = report.new + report.changed + report.same


def give_up(pk: int, reason: str) -> None:
    """The file cannot be worked on at all; says why and stops trying."""
    Import.objects.filter(pk=pk, state__in=WORKING).update(
        state=State.REFUSED, errors=[{"row": 0, "column": "", "text": reason}]
    )


def bring_in_file(
    ledger: str,
    content: bytes,
    *,
    file_name: str,
    by: User | None,
    now: datetime,
    only_good: bool = False,
) -> Import:
    """The whole way in one go, for commands: upload, guessed mapping, check, bring in."""
    row = upload(ledger, content, file_name=file_name, by=by, now=now)
    row = check(row, row.mapping, by=by, now=now)
    while row.state == State.CHECKING:
        work(row.pk, now=now)
        row.refresh_from_db()
    if row.wrong and not only_good:
        raise RowsWrong(n=row.wrong)
    row = bring_in(row, only_good=only_good, by=by, now=now)
    while row.state == State.QUEUED:
        work(row.pk, now=now)
        row.refresh_from_db()
    return row


def note_of(row: Import) -> str:
    return f"bihuan import {row.pk}"
