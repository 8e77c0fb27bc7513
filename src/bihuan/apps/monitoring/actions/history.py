"""A machine gets the history that somebody kept in a table: uploaded, checked, taken in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.catalogue import template_for
from bihuan.apps.monitoring.enums import Agreed, HistoryState
from bihuan.apps.monitoring.history import columns, sheet
from bihuan.apps.monitoring.models import Device, History, HistoryPart
from bihuan.apps.monitoring.queries.consents import refused
from bihuan.apps.monitoring.refusals import (
    AlreadyTaken,
    DataNotAgreed,
    NoCredentials,
    NoTemplate,
    TableTooLarge,
)
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log

PIECE = 1024 * 1024
AT_ONCE = 256 * 1024
"""Bytes of a file that is checked while its sender waits; a larger one is checked by a job."""
OPEN = (HistoryState.UPLOADED, HistoryState.CHECKED)
WORKING = (HistoryState.CHECKING, HistoryState.QUEUED)


def upload(*, asset: Asset, file: UploadedFile[Any], by: User | None, now: datetime) -> History:
    """Keep the file, with its columns guessed. Raises NoTemplate, NoCredentials, DataNotAgreed,
    BrokenTable, TableTooLarge, NoHeadRow: then nothing is kept.
    """
    template = template_for(asset)
    if template is None:
        raise NoTemplate
    device = Device.objects.filter(asset=asset, revoked_at=None).first()
    if device is None:
        raise NoCredentials
    if (file.size or 0) > sheet.MOST_BYTES:
        raise TableTooLarge(rows=sheet.MOST_ROWS, mb=sheet.MOST_BYTES // sheet.MEGABYTE)
    with _draft() as draft:
        found, size = hashlib.sha256(), 0
        for piece in file.chunks(PIECE):
            found.update(piece)
            size += draft.write(piece)
        draft.flush()
        head = sheet.head(Path(draft.name))
        plan = columns.guess(head.headings, template, settings.TIME_ZONE)
        draft.seek(0)
        with transaction.atomic():
            Asset.objects.select_for_update(of=("self",), no_key=True).get(pk=asset.pk)
            if Agreed.DATA in refused([asset.pk], now).get(asset.pk, ()):
                raise DataNotAgreed
            row = History.objects.create(
                asset=asset, device=device, file_name=(file.name or "file")[-200:], sha256=found.hexdigest(), size=size,
                sheet=head.sheet[:100], head_at=head.at, plan=columns.as_data(plan), at=now, by=by,
            )  # fmt: skip
            number = 0
            while piece := draft.read(PIECE):
                HistoryPart.objects.create(history=row, number=number, data=piece)
                number += 1
            log("device.history", by=by, now=now, thing=asset, after={"file": row.file_name, "size": size})  # fmt: skip
    return row


def _draft() -> Any:
    """A file by whose name openpyxl does not hold back; what it is says its content."""
    return NamedTemporaryFile(prefix="bihuan-history-", suffix=".xlsx")


@contextmanager
def file_of(row: History) -> Iterator[Path]:
    """The file on this machine's disk, while it is worked on."""
    with _draft() as draft:
        for pk in row.parts.order_by("number").values_list("pk", flat=True):
            draft.write(bytes(HistoryPart.objects.get(pk=pk).data))
        draft.flush()
        yield Path(draft.name)


def choose_sheet(*, row: History, name: str) -> History:
    """Another sheet of the same file, its columns guessed anew. Raises AlreadyTaken, and as `upload`."""
    template = template_for(row.asset)
    if template is None:
        raise NoTemplate
    with file_of(row) as path:
        head = sheet.head(path, name)
    plan = columns.as_data(columns.guess(head.headings, template, settings.TIME_ZONE))
    _open(row, sheet=head.sheet[:100], head_at=head.at, plan=plan, state=HistoryState.UPLOADED)
    return row


def check(*, row: History, plan: columns.Plan) -> History:
    """Count what is good and what is not; nothing is stored. Raises AlreadyTaken, and what
    `history.columns.takings` raises.
    """
    from bihuan.apps.monitoring.history.tasks import do, work_later

    template = template_for(row.asset)
    if template is None:
        raise NoTemplate
    columns.takings(plan, template)
    with transaction.atomic():
        _open(row, plan=columns.as_data(plan), state=HistoryState.CHECKING, why="")
        if row.size > AT_ONCE:
            work_later(row.pk)
    if row.size <= AT_ONCE:
        do(row.pk)
    row.refresh_from_db()
    return row


def take_in(*, row: History, by: User | None, now: datetime) -> None:
    """Let a job hand the good rows into the pipe. Raises AlreadyTaken."""
    from bihuan.apps.monitoring.history.tasks import work_later

    with transaction.atomic():
        done = History.objects.filter(pk=row.pk, state=HistoryState.CHECKED, good__gt=0)
        if not done.update(state=HistoryState.QUEUED, by=by, why=""):
            raise AlreadyTaken
        log("device.history_taken", by=by, now=now, thing=row.asset, after={"file": row.file_name, "rows": row.good})  # fmt: skip
        work_later(row.pk)


def forget_drafts(now: datetime) -> int:
    """A tick: files that nobody took in go, and those that cannot be read."""
    old = now - timedelta(days=figures.number("history_draft_days", now))
    drafts = Q(history__state__in=OPEN, history__at__lt=old)
    gone = HistoryPart.objects.filter(drafts | Q(history__state=HistoryState.REFUSED))
    return gone.delete()[0]


def forget_of(asset: Asset) -> None:
    """Its customer does not agree to data any more: of tables that were not taken in nothing is kept."""
    History.objects.filter(asset=asset).exclude(state=HistoryState.DONE).delete()


def _open(row: History, **values: object) -> None:
    if not row.parts.exists():
        raise AlreadyTaken
    if not History.objects.filter(pk=row.pk, state__in=OPEN).update(**values):
        raise AlreadyTaken
    row.refresh_from_db()
