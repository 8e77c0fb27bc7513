"""The duties behind a cell of a frozen month: as they were counted then, and what they are now."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bihuan.apps.compliance.counting import month_of
from bihuan.apps.compliance.enums import Definition
from bihuan.apps.compliance.models import FrozenMonth
from bihuan.apps.compliance.queries import VERB, Asked, of_department
from bihuan.apps.compliance.queries import fell_due as live
from bihuan.apps.compliance.rules import Outcome, department_of, outcome
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.words import moment_word, said
from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import reaches, visible
from bihuan.base.vocabulary import vocabulary


@dataclass(frozen=True)
class Kept:
    """One duty as an edition keeps it; its moments are "" in editions from before they were kept."""

    pk: int
    region: str
    counted_as: Outcome
    due_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True)
class KeptCell:
    """The duties of a cell as frozen: those asked for, how many there are of each part (`missed`,
    `kept`, `waived`), how each counts now (absent: no longer in the month), how many count
    otherwise now and how many came to the cell since.
    """

    rows: Sequence[Kept]
    counts: dict[str, int]
    now: dict[int, Outcome]
    moved: int
    added: int


def kept_behind(person: User, asked: Asked, edition: FrozenMonth, now: datetime) -> KeptCell:
    """What lay behind a cell when the month was frozen (two queries, however many duties)."""
    raw = FrozenMonth.objects.values_list("rows", flat=True).get(pk=edition.pk)
    found = list(_of_cell(person, asked, bytes(raw)))
    parts: dict[str, list[Kept]] = {"missed": [], "kept": [], "waived": []}
    for each in found:
        parts[part_of(each.counted_as, asked.by)].append(each)
    rows = live(person, *month_of(asked.first), now).filter(clause=asked.clause)
    judged = ("pk", "state", "discharged_at", "due_at", "verified_by_rule")
    today = {
        pk: outcome(*rest)
        for pk, *rest in of_department(rows, asked.department).values_list(*judged)
    }
    known = {each.pk for each in found}
    return KeptCell(
        parts[asked.show], {name: len(each) for name, each in parts.items()}, today,
        sum(today.get(each.pk) != each.counted_as for each in found), len(today.keys() - known),
    )  # fmt: skip


def _of_cell(person: User, asked: Asked, raw: bytes) -> Iterator[Kept]:
    everywhere = ALL in reaches(person, VERB)
    up = {code: role.up for code, role in vocabulary().roles.items()}
    for row in csv.DictReader(io.StringIO(gzip.decompress(raw).decode())):
        if row["clause"] != asked.clause or not (everywhere or row["region"] == person.region):
            continue
        if asked.department and department_of(row["role"], up) != asked.department:
            continue
        yield Kept(
            int(row["duty"].removeprefix("YW-")), row["region"], Outcome(row["counted_as"]),
            _moment(row.get("due_at")), _moment(row.get("done_at")),
        )  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def part_of(counted_as: Outcome, by: Definition) -> str:
    """The part of a cell in which a duty stands under a definition."""
    if counted_as is Outcome.WAIVED:
        return "waived"
    good = (Outcome.STRICT,) if by is Definition.STRICT else (Outcome.STRICT, Outcome.ON_TIME)
    return "kept" if counted_as in good else "missed"


@dataclass(frozen=True)
class Line:
    """A duty on the page: what was kept of it, the duty itself where this person may still see it,
    and how it counts now where that is otherwise.
    """

    kept: Kept
    ob: Obligation | None
    title: str
    then: str
    now: str


def lines(person: User, page: Sequence[Kept], cell: KeptCell) -> list[Line]:
    """The lines of one page (one query)."""
    ids = [each.pk for each in page]
    rows = visible(Obligation.objects.filter(pk__in=ids), person, VERB)
    seen = {row.pk: row for row in rows.select_related("customer", "assignee")}
    words = outcome_words()
    return [
        Line(
            each, seen.get(each.pk), said(seen[each.pk].title) if each.pk in seen else "", _then(each, words),
            "" if cell.now.get(each.pk) == each.counted_as else _since(cell.now.get(each.pk), words),
        )
        for each in page
    ]  # fmt: skip


def outcome_words() -> dict[Outcome, str]:
    return {
        Outcome.MISSED: _("没做到"), Outcome.ON_TIME: _("按时，还没核实"), Outcome.STRICT: _("按时"),
        Outcome.WAIVED: _("已豁免"),
    }  # fmt: skip


def _then(each: Kept, words: dict[Outcome, str]) -> str:
    told = [words[each.counted_as]]
    if each.due_at:
        told.append(_("到期 %(at)s") % {"at": moment_word(each.due_at)})
    if each.done_at:
        told.append(_("办结 %(at)s") % {"at": moment_word(each.done_at)})
    return " · ".join(told)


def _since(now: Outcome | None, words: dict[Outcome, str]) -> str:
    return words[now] if now is not None else _("不再算在这个月")


__all__ = ["Kept", "KeptCell", "Line", "kept_behind", "lines", "part_of"]
