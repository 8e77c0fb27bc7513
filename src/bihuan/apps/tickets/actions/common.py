"""What every write of a ticket does: move it, add a line to its history, tell the fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from bihuan.apps.tickets import words
from bihuan.apps.tickets.enums import OPEN, Channel, EntryKind, Event, Note, Status
from bihuan.apps.tickets.models import DayNumber, Entry, Envelope, Ticket
from bihuan.apps.tickets.refusals import WrongStep
from bihuan.apps.tickets.rules import after, may_move, number_of
from bihuan.apps.tickets.search import SAID, put_ticket
from bihuan.base import bulk, sql
from bihuan.base.access.models import User
from bihuan.base.evidence.models import File
from bihuan.base.facts.actions import tell
from bihuan.base.notify.actions import tell as notify

SEQUENCE = "tickets_number"
DRAW = "SELECT nextval(%s), (SELECT base FROM tickets_daynumber WHERE day = %s)"


def next_number(day: date) -> str:
    """The next number of a day. From one sequence, so that nobody waits for another's commit; a
    number that was taken by something refused stays empty.
    """
    while True:
        with connection.cursor() as cursor:
            cursor.execute(DRAW, [SEQUENCE, day])
            drawn, base = cursor.fetchone()
        if base is None:
            DayNumber.objects.bulk_create(
                [DayNumber(day=day, base=drawn - 1)], ignore_conflicts=True
            )
            base = DayNumber.objects.get(day=day).base
        place: int = drawn - base
        if place > 0:  # somebody who drew later opened the day: draw again
            return number_of(day, place)


def line(
    ticket: Ticket, kind: EntryKind, *, at: datetime, by: User | None, code: str = "", text: str = "",
    channel: str = "", data: Mapping[str, Any] | None = None, envelope: Envelope | None = None,
) -> Entry:  # fmt: skip
    """A line of the history that is not written yet."""
    return Entry(
        ticket=ticket, kind=kind, code=code, text=text.strip(), channel=channel,
        data=dict(data or {}), at=at, by=by, envelope=envelope,
    )  # fmt: skip


def write(
    ticket: Ticket, kind: EntryKind, *, at: datetime, by: User | None, code: str = "", text: str = "",
    channel: str = "", data: Mapping[str, Any] | None = None, envelope: Envelope | None = None,
    files: Sequence[File] = (), mentions: Sequence[User] = (),
) -> Entry:  # fmt: skip
    """Add a line to the history."""
    row = line(
        ticket, kind, at=at, by=by, code=code, text=text, channel=channel, data=data, envelope=envelope
    )  # fmt: skip
    bulk.add([row])
    if files:
        row.files.set(files)
    if mentions:
        row.mentions.set(mentions)
    if kind == EntryKind.PUBLIC_REPLY and channel == Channel.EMAIL:
        from bihuan.apps.tickets.doors.mail_out import answer  # a door knows the actions

        answer(entry=row, now=at)
    return row


def event(
    ticket: Ticket, code: str, /, *, at: datetime, by: User | None, text: str = "", **data: Any
) -> Entry:
    """A line that says what happened."""
    return write(ticket, EntryKind.EVENT, at=at, by=by, code=str(code), text=text, data=data)


def move(
    ticket: Ticket, what: Event, *, at: datetime, by: User | None, text: str = "",
    data: Mapping[str, Any] | None = None, **changes: Any,
) -> Ticket:  # fmt: skip
    """One step of the table by one conditional UPDATE, with its line in the history.

    Raises WrongStep when the ticket is not where this step begins, also when somebody else was
    first.
    """
    before = ticket.status
    if not may_move(what, before):
        raise WrongStep(status=words.status_of(before))
    to = after(what, before, ticket.status_before)
    if to != Status.WAITING:
        changes = {"wait": "", "status_before": ""} | changes
    if to not in OPEN:
        changes = {"resume_at": None} | changes
    moved = Ticket.objects.filter(pk=ticket.pk, status=before).update(
        status=to, version=F("version") + 1, **changes
    )
    ticket.refresh_from_db()
    if not moved:
        raise WrongStep(status=words.status_of(ticket.status))
    event(ticket, what, at=at, by=by, text=text, before=before, **dict(data or {}))
    if SAID & {name.removesuffix("_id") for name in changes}:
        put_ticket(ticket)
    return ticket


def going_on(ticket: Ticket) -> Ticket:
    """Where the matter of a ticket goes on that was merged into another."""
    while ticket.duplicate_of is not None:
        ticket = ticket.duplicate_of
    return ticket


def join(one: Ticket, two: Ticket, *, by: User | None, now: datetime) -> None:
    """They have to do with each other."""
    one.links.add(two)
    for each, other in ((one, two), (two, one)):
        change(each)
        event(each, Note.LINKED, at=now, by=by, number=other.number)


GROWN = "UPDATE tickets_ticket SET version = version + 1 WHERE id = %s"


def change(ticket: Ticket, **changes: Any) -> Ticket:
    """Fields that are no step; the version grows."""
    if changes:
        Ticket.objects.filter(pk=ticket.pk).update(version=F("version") + 1, **changes)
    else:
        sql.change(GROWN, [ticket.pk])
    ticket.__dict__.pop("_prefetched_objects_cache", None)
    ticket.__dict__.update(as_it_is(ticket.pk).__dict__)
    return ticket


def as_it_is(pk: int) -> Ticket:
    """The ticket and who has it, as they are stored now. Raises DoesNotExist."""
    found = sql.load(Ticket, "WHERE t.id = %s", [pk], also=("owner",))
    if not found:
        raise Ticket.DoesNotExist
    return found[0]


def subjects(ticket: Ticket) -> dict[str, int]:
    """Whom a fact about this ticket names."""
    found: dict[str, int] = {}
    if ticket.customer_id is not None:
        found["customer"] = ticket.customer_id
    if ticket.asset_id is not None:
        found["asset"] = ticket.asset_id
    return found


def say(
    ticket: Ticket, kind: str, /, *, at: datetime, now: datetime, by: User | None, key: str | None = None,
    **data: Any,
) -> None:  # fmt: skip
    """Tell a fact of this ticket, once its opening is told (see `opening.tell_opening`)."""
    if not ticket.told:
        return
    number = (
        {}
        if kind.startswith(("consultation.", "service.", "demand."))
        else {"ticket": ticket.number}
    )
    given = {name: value for name, value in data.items() if value not in (None, "")}
    tell(kind, at=at, now=now, by=by, subjects=subjects(ticket), data=number | given, key=key)


def day_of(moment: datetime) -> date:
    return timezone.localtime(moment).date()


WATCHING = """
    JOIN tickets_ticket_watchers w ON w.user_id = t.id
    WHERE w.ticket_id = %s AND t.is_active ORDER BY t.id
"""


def tell_watchers(ticket: Ticket, *, by: User | None, now: datetime, key: str) -> None:
    """Those who watch it, and its owner, hear that something was said; never the speaker."""
    people = {each.pk: each for each in sql.load(User, WATCHING, [ticket.pk])}
    if ticket.owner is not None:
        people[ticket.owner.pk] = ticket.owner
    if by is not None:
        people.pop(by.pk, None)
    if people:
        notify(
            to=list(people.values()), kind="ticket.said", now=now, key=f"{ticket.number}:{key}",
            title={"zh": f"{ticket.number} 有新消息", "en": f"News on {ticket.number}"}, text=ticket.title,
            url=reverse("tickets:detail", args=[ticket.pk]),
        )  # fmt: skip
