"""The panel before the button: counts by outcome with the duties behind each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bihuan.apps.obligations.midlife.preview import Foretold, Outcome, What
from bihuan.apps.obligations.words import moment_word, said, void_word
from bihuan.base.ui.addresses import address

SHOWN = 20
LOOKS = {
    What.CLOSED: ("circle-minus", "orange"), What.MOVES: ("transfer", "blue"),
    What.JOINS: ("building", "blue"),
    What.DUE: ("calendar-clock", "orange"), What.ARISES: ("plus", "blue"),
    What.DONE: ("check", "green"), What.STAYS: ("minus", ""),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One duty of a group."""

    title: str
    number: str
    url: str
    customer: str
    clause: str
    clause_id: str
    limit: str


@dataclass(frozen=True)
class Group:
    """Duties with one outcome. `hidden` of them lie outside the reach of whoever asks."""

    icon: str
    tone: str
    title: str
    count: str
    lines: list[Line]
    hidden: int
    more: int


def groups(found: Foretold) -> list[Group]:
    """The groups in the order in which they matter."""
    by: dict[tuple[What, str], list[Outcome]] = defaultdict(list)
    for outcome in found.outcomes:
        by[outcome.what, outcome.detail].append(outcome)
    order = list(What)
    ready = [
        _group(what, rows) for (what, _d), rows in sorted(by.items(), key=lambda pair: order.index(pair[0][0]))
    ]  # fmt: skip
    if found.stay:
        icon, tone = LOOKS[What.STAYS]
        ready.append(Group(icon, tone, _("照旧"), counted(found.stay), [], 0, 0))
    return ready


def counted(number: int) -> str:
    """A number of duties in words."""
    return ngettext("%(n)s 条", "%(n)s 条", number) % {"n": f"{number:,}"}


def _group(what: What, rows: list[Outcome]) -> Group:
    icon, tone = LOOKS[what]
    seen = [each for each in rows if each.seen]
    lines = [_line(each) for each in seen[:SHOWN]]
    return Group(
        icon, tone, _title(what, rows[0]), counted(len(rows)), lines, len(rows) - len(seen),
        max(0, len(seen) - SHOWN),
    )  # fmt: skip


def _title(what: What, first: Outcome) -> str:
    if what is What.MOVES:
        person = first.row.assignee
        return _("转给 %(name)s") % {"name": person.name} if person else _("等人接手")
    if what is What.JOINS:
        customer = first.row.customer
        return _("人不变，归到 %(name)s") % {"name": customer.name if customer else "—"}
    if what is What.CLOSED:
        return _("作废：%(why)s") % {"why": void_word(first.row.closed_reason)}
    return {
        What.DUE: _("期限改变"), What.ARISES: _("新产生"), What.DONE: _("随之办结"),
        What.STAYS: _("照旧"),
    }[what]  # fmt: skip


def _line(outcome: Outcome) -> Line:
    row = outcome.row
    new = outcome.what is What.ARISES
    return Line(
        title=said(row.title), number="" if new else row.number,
        url="" if new else address("obligations:detail", row.pk),
        customer=(row.customer.short_name or row.customer.name) if row.customer else "",
        clause=row.clause_number, clause_id=row.clause, limit=_limit(outcome),
    )  # fmt: skip


def _limit(outcome: Outcome) -> str:
    if outcome.what is What.DUE:
        return f"{_moment(outcome.old_due)} → {_moment(outcome.row.due_at)}"
    return _moment(outcome.row.due_at)


def _moment(moment: datetime | None) -> str:
    return moment_word(moment) if moment else "—"
