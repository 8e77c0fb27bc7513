"""What a tracking page shows: of its holder's report, never more."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.queries.page import service_line
from bihuan.apps.obligations.enums import LIVE, State
from bihuan.apps.obligations.foreseen import foreseen
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.obligations.words import duty_word
from bihuan.apps.people.calendars import COMPANY, calendars
from bihuan.apps.portal import figures, words
from bihuan.apps.portal.models import Link
from bihuan.apps.portal.rules import Shown, surname, tail
from bihuan.apps.tickets.actions.common import subjects
from bihuan.apps.tickets.actions.opening import opening_fact
from bihuan.apps.tickets.enums import OPEN, UNSOLVED, EntryKind, Event, Impact, Note, Status
from bihuan.apps.tickets.models import Entry, Ticket
from bihuan.base.evidence.models import File
from bihuan.base.facts.actions import Telling
from bihuan.lib.workcal import WorkcalError, is_working, next_working_moment

# Duties that are promises to this customer about this ticket, in the order in which they are kept.
FIRST = ("response.acknowledge", "response.phone", "response.answer", "response.start")
PROMISED = (*FIRST, "response.attend", "ticket.restore", "repair.propose", "ticket.feedback")
ANSWERABLE = (Status.FED_BACK, Status.UNCONFIRMED)
ARISING = timedelta(minutes=2)  # by then the engine has heard the report


@dataclass(frozen=True)
class Promised:
    """One promise: what, by when, and what became of it (`done`, `late`, `missed`, `paused`, `open`)."""

    pk: int
    kind: str
    title: str
    due_at: datetime | None
    done_at: datetime | None
    look: str


@dataclass(frozen=True)
class Step:
    """One line of the way; `text` are words meant for the customer, `mine` his own."""

    at: datetime
    title: str
    text: str = ""
    mine: bool = False
    files: Sequence[File] = field(default_factory=tuple)


@dataclass(frozen=True)
class Expected:
    """When somebody answers: `due` (a duty's own time), `now` (it is working time), `opens` (when
    the next working time begins), or nothing that could honestly be said.
    """

    kind: str = ""
    at: datetime | None = None


def shown_ticket(link: Link) -> Ticket:
    """The ticket itself; a double leads on to the one that goes on, for the same customer."""
    ticket = link.ticket
    into = ticket.duplicate_of
    if into is not None and into.customer_id is not None and into.customer_id == ticket.customer_id:
        return into
    return ticket


def promises(ticket: Ticket, now: datetime) -> list[Promised]:
    """What was promised about this ticket (one query)."""
    rounds = [f"{ticket.number}#{n}" for n in range(1, ticket.reopened + 1)]
    rows = of_matter(ticket.number, *rounds).filter(kind__in=PROMISED, due_at__isnull=False)
    known = [row for row in rows if row.state not in (State.VOID, State.WAIVED)]
    known.sort(key=lambda row: (PROMISED.index(row.kind), row.due_at, row.pk))
    found = {row.kind: row for row in reversed(known)}  # of one kind the first due
    found |= {row.kind: row for row in reversed(known) if row.state in LIVE}
    over = ticket.status not in OPEN  # nobody goes on with what is over
    return [
        Promised(row.pk, row.kind, duty_word(row.kind), row.due_at, row.discharged_at, _look(row, now))
        for row in sorted(found.values(), key=lambda row: PROMISED.index(row.kind))
        if not (over and _look(row, now) in ("open", "paused"))
    ]  # fmt: skip


def _look(row: Obligation, now: datetime) -> str:
    assert row.due_at is not None
    if row.discharged_at is not None:
        return "done" if row.discharged_at <= row.due_at else "late"
    if row.paused_at is not None:
        return "paused"
    return "missed" if row.due_at < now else "open"


def expected(ticket: Ticket, known: Sequence[Promised], now: datetime) -> Expected:
    """When somebody answers this report: the due time of the first duty of response (of one that is
    about to arise, too), else what the company's calendar says. Nothing once somebody spoke to the customer.
    """
    if ticket.contacted_at is not None or ticket.status not in UNSOLVED:
        return Expected()
    for each in known:
        if each.kind in FIRST and each.look in ("open", "paused"):
            return Expected("due", each.due_at)
        if each.kind in FIRST and each.look == "missed":
            return Expected("late", each.due_at)
    if (at := _soon_arisen(ticket, now)) is not None:
        return Expected("due", at)
    try:
        calendar = calendars().for_(COMPANY, {})
        if is_working(calendar, now):
            return Expected("now")
        return Expected("opens", next_working_moment(calendar, now))
    except (KeyError, WorkcalError):  # no calendar, or a year that is not settled
        return Expected()


def _soon_arisen(ticket: Ticket, now: datetime) -> datetime | None:
    """When the first answer falls due, for a report so new that its duties have not arisen yet:
    nobody reads of Monday what is promised within the hour.
    """
    if ticket.customer_id is None or now - ticket.recorded_at > ARISING:
        return None
    kind, data = opening_fact(ticket, now)
    about = subjects(ticket) if kind == "fault.reported" else {"customer": ticket.customer_id}
    telling = Telling(kind=kind, at=ticket.reported_at, subjects=about, data=data)
    dues = (row.due_at for row in foreseen([telling], now=now) if row.kind in FIRST)
    return next((at for at in dues if at is not None and at > now), None)


def engineer(ticket: Ticket, now: datetime) -> str:
    """What the customer may read of the engineer; nothing before one was sent."""
    if ticket.engineer is None or ticket.dispatched_at is None:
        return ""
    how = figures.text("engineer", now).upper()
    if how == Shown.NAME:
        return str(ticket.engineer.name)
    if how == Shown.SURNAME:
        return _("%(surname)s工") % {"surname": surname(ticket.engineer.name)}
    return ""


def steps(link: Link, ticket: Ticket) -> list[Step]:
    """The way so far, the newest first (two queries)."""
    rows = ticket.entries.select_related("envelope").prefetch_related("files")
    return [step for row in rows.order_by("-at", "-pk") if (step := _step(row, link, ticket))]


def _step(row: Entry, link: Link, ticket: Ticket) -> Step | None:
    if row.kind == EntryKind.EVENT:
        if row.code not in words.STEP or (row.code == Note.CHASED and not link.own):
            return None
        text = words.waits_for(row.data.get("why", "")) if row.code == Event.WAIT else ""
        mine = row.data.get("thread") == link.thread  # his own no, in his own words
        return Step(row.at, str(words.STEP[row.code]), row.text if mine else text, mine=mine)
    if row.kind == EntryKind.PUBLIC_REPLY and link.own and ticket.pk == link.ticket_id:
        return Step(row.at, _("我们答复"), row.text)
    if row.kind == EntryKind.INBOUND and is_mine(row, link):
        return Step(row.at, _("您说"), row.text, mine=True, files=list(row.files.all()))
    return None


def is_mine(row: Entry, link: Link) -> bool:
    """Whether the holder of this link wrote it."""
    return row.envelope is not None and row.envelope.thread == link.thread


def photo(link: Link, pk: int) -> File | None:
    """A photo that the holder of this link sent."""
    return File.objects.filter(
        pk=pk, kind__startswith="image/",
        id__in=Entry.files.through.objects.filter(
            entry__envelope__thread=link.thread, entry__envelope__ticket_id=link.ticket_id
        ).values("file_id"),
    ).first()  # fmt: skip


def told(link: Link, ticket: Ticket) -> str:
    """What was said of the solution, for whom it was meant."""
    if not link.own or ticket.fed_back_at is None:
        return ""
    row = ticket.entries.filter(kind=EntryKind.PUBLIC_REPLY, at__gte=ticket.fed_back_at).order_by("pk").first()  # fmt: skip
    return row.text if row else ""


def says(link: Link, ticket: Ticket) -> list[str]:
    """What its holder may answer now (codes of `rules.Say`)."""
    if not link.own or ticket.pk != link.ticket_id:
        return []
    if ticket.status in ANSWERABLE:
        return ["yes", "no", "later"]
    if ticket.status == Status.CLOSED and ticket.confirmed_at is None:
        return ["yes", "again"]
    return ["again"] if ticket.status in (Status.CONFIRMED, Status.CLOSED) else []


def machine(asset: Asset | None) -> dict[str, Any]:
    """How a machine is named to whoever stands before it."""
    if asset is None:
        return {"machine": "", "tail": "", "line": service_line("")}
    return {
        "machine": asset.model.called, "tail": tail(asset.serial), "line": service_line(asset.model.family),
    }  # fmt: skip


def page(link: Link, now: datetime) -> dict[str, Any]:
    """Everything of a tracking page."""
    ticket = shown_ticket(link)
    known = promises(ticket, now)
    stage, state = words.RING[Status(ticket.status)]
    # by the web form the machine is what somebody typed, so its name is not given out
    asset = link.ticket.asset if link.ticket.channel != "WEB" else None
    return {
        "ticket": ticket, "link": link, "promises": known, "expected": expected(ticket, known, now),
        "headline": words.headline(ticket.status, ticket.wait), "stage": stage, "state": state,
        "engineer": engineer(ticket, now), "steps": steps(link, ticket), "told": told(link, ticket),
        "danger": ticket.status in UNSOLVED and Impact.PERSON_SAFETY in (ticket.impact, ticket.claimed_impact),
        "says": says(link, ticket), "open": ticket.status in OPEN, "mark": mark(ticket, known),
        **machine(asset),
    }  # fmt: skip


def mark(ticket: Ticket, known: Sequence[Promised]) -> str:
    """Changes with everything that the page shows."""
    seen = [f"{ticket.pk}.{ticket.version}", *(f"{each.pk}.{each.look}.{each.due_at}" for each in known)]  # fmt: skip
    return hashlib.sha256("|".join(seen).encode()).hexdigest()[:16]


def marked(link: Link, now: datetime) -> str:
    """The mark of the page as it is now (two queries)."""
    ticket = shown_ticket(link)
    return mark(ticket, promises(ticket, now))
