"""Freezing a month, and correcting it beside the original."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections import defaultdict
from dataclasses import astuple
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bihuan.apps.compliance.counting import counted, in_span, month_of
from bihuan.apps.compliance.models import CountedMonth, FrozenMonth
from bihuan.apps.compliance.refusals import (
    AlreadyFrozen,
    MonthNotEnded,
    NotFrozen,
    NothingCounted,
    NothingDiffers,
    StillMoving,
)
from bihuan.apps.compliance.rules import FIGURES, Cells, Key, Tally, canonical, differences, outcome
from bihuan.apps.compliance.waivers import Asked
from bihuan.apps.compliance.waivers import lines as registered
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.words import moment_word
from bihuan.apps.policy.queries import versions_between
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput
from bihuan.base.ledgers.writing import csv_bytes
from bihuan.base.system.company import company

ROW = ("duty", "uid", "clause", "number", "role", "region", "counted_as", "due_at", "done_at")
MOST_WORDS = 300


def freeze(*, first: date, by: User, now: datetime) -> FrozenMonth:
    """Keep the figures of a month that has ended.

    Raises MonthNotEnded, AlreadyFrozen, NothingCounted, StillMoving.
    """
    with transaction.atomic():
        _lock(first)
        if FrozenMonth.objects.filter(first=first).exists():
            raise AlreadyFrozen(month=f"{first:%Y-%m}")
        return _keep(first, None, "", by=by, now=now)


def correct(*, first: date, reason: str, by: User, now: datetime) -> FrozenMonth:
    """The next edition of a frozen month, for the reason given; the ones before stay.

    Raises BadInput, NotFrozen, NothingDiffers, StillMoving.
    """
    reason = reason.strip()
    if not reason:
        raise BadInput({"reason": _("写明为什么要更正。")})
    if len(reason) > MOST_WORDS:
        raise BadInput({"reason": _("原因最多 %(most)d 个字。") % {"most": MOST_WORDS}})
    with transaction.atomic():
        _lock(first)
        before = FrozenMonth.objects.filter(first=first).defer("rows").order_by("-edition").first()
        if before is None:
            raise NotFrozen(month=f"{first:%Y-%m}")
        return _keep(first, before, reason, by=by, now=now)


def _lock(first: date) -> None:
    CountedMonth.objects.get_or_create(first=first)
    CountedMonth.objects.select_for_update().get(first=first)


def _keep(
    first: date, before: FrozenMonth | None, reason: str, *, by: User, now: datetime
) -> FrozenMonth:
    start, end = month_of(first)
    month = f"{first:%Y-%m}"
    if now < end:
        raise MonthNotEnded(month=month, end=f"{end:%Y-%m-%d %H:%M}")
    duties = in_span(Obligation.objects.all(), start, end, now)
    figures = counted(duties)
    if not figures:
        raise NothingCounted(month=month)
    if before is not None and not differences(before.cells, figures):
        raise NothingDiffers(edition=before.edition)
    text, of_rows = _rows(duties)
    if of_rows != {key: astuple(tally)[:4] for key, tally in figures.items()}:
        raise StillMoving  # both were read from a house at work
    edition = before.edition + 1 if before else 1
    content = {
        "month": month, "edition": edition, "reason": reason, "frozen_at": now.isoformat(),
        "by": by.username, "before": before.sha256 if before else "", "rows": text.count(b"\n") - 1,
        "rows_sha256": hashlib.sha256(text).hexdigest(), "regulation": _versions(start, end),
        "figures": figures_data(figures),
    }  # fmt: skip
    row = FrozenMonth.objects.create(
        first=first, edition=edition, frozen_at=now, by=by, reason=reason, content=content,
        sha256=hashlib.sha256(canonical(content)).hexdigest(), rows=gzip.compress(text, mtime=0),
    )  # fmt: skip
    log(
        "compliance.freeze" if before is None else "compliance.correct", by=by, now=now, thing=row,
        before={"edition": before.edition, "sha256": before.sha256} if before else None,
        after={"month": month, "edition": edition, "sha256": row.sha256, "reason": reason},
    )  # fmt: skip
    return row


def figures_data(cells: Cells) -> list[dict[str, Any]]:
    """Cells as they are written down, in their order."""
    return [
        key._asdict() | {name: getattr(tally, name) for name in FIGURES}
        for key, tally in sorted(cells.items())
    ]


def _versions(start: datetime, end: datetime) -> list[dict[str, str]]:
    """The versions of the regulation that were in force in a span."""
    return [
        {
            "code": each.code, "version": each.version, "sha256": each.hash,
            "from": each.in_force_from.isoformat() if each.in_force_from else "",
            "to": each.in_force_to.isoformat() if each.in_force_to else "",
        }
        for each in versions_between(start, end)
    ]  # fmt: skip


def _rows(duties: QuerySet[Obligation]) -> tuple[bytes, dict[Key, tuple[int, ...]]]:
    """Each duty and how it was counted, as CSV, and the figures that they add up to."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(ROW)
    sums: dict[Key, Tally] = defaultdict(Tally)
    names = ("pk", "uid", "clause", "clause_number", "role", "region")
    judged = ("state", "discharged_at", "due_at", "verified_by_rule")
    for pk, uid, *rest in duties.order_by("pk").values_list(*names, *judged).iterator():
        key = Key(*rest[:4])
        how = outcome(*rest[4:])
        sums[key] += how.tally
        _state, done_at, due_at, _rule = rest[4:]
        moments = [each.isoformat() if each else "" for each in (due_at, done_at)]
        writer.writerow([f"YW-{pk:06d}", uid, *key, how.value, *moments])
    return out.getvalue().encode(), {key: astuple(tally)[:4] for key, tally in sums.items()}


def export_waivers(asked: Asked, *, by: User, now: datetime) -> bytes:
    """The register as CSV with a watermark, within the reach of who takes it out."""
    lines = list(registered(by, asked))
    log(
        "compliance.waivers_exported", by=by, now=now,
        after={"year": asked.year, "clause": asked.clause, "customer": asked.customer, "rows": len(lines) - 1},
    )  # fmt: skip
    mark = _("%(company)s 内部资料 · %(name)s（%(username)s）于 %(at)s 导出 · %(n)d 行") % {
        "company": company().short_name, "name": by.name, "username": by.username,
        "at": moment_word(now), "n": len(lines) - 1,
    }  # fmt: skip
    return csv_bytes([[mark], *lines])
