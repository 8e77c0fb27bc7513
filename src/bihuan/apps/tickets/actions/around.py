"""Around the steps: chasing, doubles, links, times moved, clocks stopped for the customer's sake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse

from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.enums import LIVE, PauseReason
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.people.queries import Holders, holders
from bihuan.apps.tickets import figures, words
from bihuan.apps.tickets.actions.checks import check_age
from bihuan.apps.tickets.actions.common import change, day_of, event, join, move, say
from bihuan.apps.tickets.actions.ending import drop_clocks
from bihuan.apps.tickets.actions.opening import Report, open_ticket
from bihuan.apps.tickets.actions.telling import heed
from bihuan.apps.tickets.enums import OPEN, UNSOLVED, Event, Note, Source, Wait
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.refusals import (
    AgreedInThePast,
    InTheFuture,
    LaterNeedsApproval,
    NoClock,
    OtherCustomer,
    ReasonMissing,
    SameTicket,
    StillOpen,
    WrongStep,
)  # fmt: skip
from bihuan.apps.tickets.rules import escalates
from bihuan.apps.tickets.search import put_ticket
from bihuan.base.access.models import User
from bihuan.base.access.scope import may
from bihuan.base.audit.actions import log
from bihuan.base.notify.actions import tell as notify


def chase(
    *, ticket: Ticket, text: str, by: User | None, now: datetime,
    next_update_at: datetime | None = None,
) -> Ticket:  # fmt: skip
    """The customer asks where it stays: counted, the owner is told; the one above is told, too, from
    the regulation's limit on, and from the first where nobody owns it. Raises WrongStep.
    """
    if ticket.status not in OPEN:
        raise WrongStep(status=words.status_of(ticket.status))
    with transaction.atomic():
        more = {"next_update_at": next_update_at} if next_update_at else {}
        change(ticket, chased=F("chased") + 1, chased_at=now, **more)
        limit = figures.whole("tickets.chase_limit", now)
        up = escalates(ticket.chased, limit)
        said = event(ticket, Note.CHASED, at=now, by=by, text=text, count=ticket.chased, up=up)
        if by is None:  # his own hand
            heed(said, now=now)
        say(
            ticket, "ticket.chased", at=now, now=now, by=by, count=ticket.chased,
            chase=f"{ticket.number}#{ticket.chased}",
        )  # fmt: skip
        told = [ticket.owner] if ticket.owner else []
        if (up or not told) and (above := _above(ticket, now)) is not None:
            told.append(above)
        for person in told:
            notify(
                to=person, kind="ticket.chased", now=now, urgent=up,
                title={"zh": f"客户第 {ticket.chased} 次催 {ticket.number}", "en": f"Chase no. {ticket.chased} of {ticket.number}"},
                text=ticket.title, url=reverse("tickets:detail", args=[ticket.pk]),
                key=f"chase:{ticket.number}:{ticket.chased}",
            )  # fmt: skip
        return ticket


def _above(ticket: Ticket, now: datetime) -> User | None:
    """The lead of the owner's team, else the next of the ladder above the owner's post; the head
    of the desk while nobody owns it.
    """
    known = holders(on=day_of(now), customer_ids=[ticket.customer_id] if ticket.customer_id else [])
    pk = _next(known, ticket)
    return User.objects.filter(pk=pk, is_active=True).first() if pk else None


def _next(known: Holders, ticket: Ticket) -> int | None:
    owner = ticket.owner
    if owner is None:
        return known.find("desk_lead", customer_id=ticket.customer_id)
    lead = known.team_lead(owner.pk)
    if lead is not None and lead != owner.pk:
        return lead
    for role in owner.roles:
        up = known.above(role)
        found = known.find(up, customer_id=ticket.customer_id, region=owner.region) if up else None
        if found is not None and found != owner.pk:
            return found
    return None


def merge(*, ticket: Ticket, into: Ticket, text: str, by: User, now: datetime) -> Ticket:
    """The same matter was reported twice: this one is a double of the other. Nothing is copied or
    lost: it stays readable, and the other shows it.

    Raises SameTicket, OtherCustomer, WrongStep.
    """
    if into.pk == ticket.pk:
        raise SameTicket
    with transaction.atomic():
        # somebody may be joining the other into this one at this moment: then both would be gone
        _hold(ticket, into)
        if into.duplicate_of_id is not None:
            raise SameTicket
        if (
            None not in (ticket.customer_id, into.customer_id)
            and ticket.customer_id != into.customer_id
        ):
            raise OtherCustomer
        if into.status not in OPEN:
            raise WrongStep(status=words.status_of(into.status))
        move(
            ticket,
            Event.MERGE,
            at=now,
            by=by,
            text=text,
            duplicate_of=into,
            data={"into": into.number},
        )
        change(into)
        event(into, Note.MERGED_IN, at=now, by=by, text=text, number=ticket.number)
        drop_clocks(ticket, by, now, into.number)
        say(ticket, "ticket.cancelled", at=now, now=now, by=by, duplicate=True)
        return ticket


def _hold(*tickets: Ticket) -> None:
    """As they are now, and nobody else changes them meanwhile; always in one order, so that of two
    people who hold the same none waits for ever.
    """
    rows = Ticket.objects.select_for_update().filter(pk__in=[each.pk for each in tickets])
    list(rows.order_by("pk").values_list("pk"))
    for each in tickets:
        each.refresh_from_db()


def link(*, ticket: Ticket, other: Ticket, by: User, now: datetime) -> None:
    """They have to do with each other. Raises SameTicket."""
    if other.pk == ticket.pk:
        raise SameTicket
    with transaction.atomic():
        _hold(ticket, other)
        join(ticket, other, by=by, now=now)


def split(*, ticket: Ticket, kind: str, title: str, text: str, by: User, now: datetime) -> Ticket:
    """A second matter in the same report gets a ticket of its own, with the first as its parent;
    its clocks start when the first was reported. Raises TextMissing, WrongStep.
    """
    if ticket.status not in OPEN:
        raise WrongStep(status=words.status_of(ticket.status))
    with transaction.atomic():
        report = Report(
            kind=kind, channel=ticket.channel, title=title, text=text, reported_at=ticket.reported_at,
            source=ticket.reported_source, customer=ticket.customer, contact=ticket.contact,
            asset=ticket.asset, caller_name=ticket.caller_name, caller_phone=ticket.caller_phone,
            caller_mail=ticket.caller_mail, place=ticket.place, happened_at=ticket.happened_at,
        )  # fmt: skip
        child = open_ticket(report=report, by=by, now=now, parent=ticket)
        change(ticket)
        event(ticket, Note.SPLIT, at=now, by=by, text=title, number=child.number)
        return child


def follow_up(
    *, ticket: Ticket, kind: str, title: str, text: str, by: User, now: datetime
) -> Ticket:
    """Another matter of the same customer and machine, after this one has ended: a ticket of its
    own, reported now, and the two name each other. Raises StillOpen, TextMissing.
    """
    if ticket.open:
        raise StillOpen
    with transaction.atomic():
        report = Report(
            kind=kind, channel=ticket.channel, title=title, text=text, reported_at=now, customer=ticket.customer,
            contact=ticket.contact, asset=ticket.asset, caller_name=ticket.caller_name,
            caller_phone=ticket.caller_phone, caller_mail=ticket.caller_mail, place=ticket.place,
        )  # fmt: skip
        new = open_ticket(report=report, by=by, now=now)
        link(ticket=new, other=ticket, by=by, now=now)
        return new


def move_reported_at(
    *, ticket: Ticket, to: datetime, source: str, why: str, by: User, now: datetime
) -> Ticket:
    """Say better when it was reported. Earlier is anybody's who works on it; later would give us
    time, so a head says it, and not whoever entered it. The log keeps both. The clocks that run
    were counted from the first; the correction is seen beside them.

    Raises ReasonMissing, InTheFuture, TooLongAgo, LaterNeedsApproval.
    """
    if not why.strip():
        raise ReasonMissing
    if to > ticket.recorded_at or to > now:
        raise InTheFuture
    check_age(reported_at=to, now=now)
    later = to > ticket.reported_at
    if later and (not may(by, "tickets.manage", ticket) or by.pk == ticket.recorded_by_id):
        raise LaterNeedsApproval
    with transaction.atomic():
        before = ticket.reported_at
        change(ticket, reported_at=to, reported_source=Source(source))
        event(
            ticket,
            Note.REPORTED_AT,
            at=now,
            by=by,
            text=why,
            before=before.isoformat(),
            to=to.isoformat(),
        )
        log(
            "ticket.reported_at", by=by, now=now, thing=ticket,
            before={"reported_at": before.isoformat()}, after={"reported_at": to.isoformat()},
        )  # fmt: skip
        return ticket


STANDS: dict[str, Wait] = {
    PauseReason.WAIT_CUSTOMER: Wait.CUSTOMER,
    PauseReason.WAIT_CUSTOMER_PART: Wait.CUSTOMER,
}
"""What a ticket waits for while its clocks stand for a reason; for any other it is suspended."""
STOOD = (*STANDS.values(), Wait.SUSPENDED)


def pause(
    *, ticket: Ticket, reason: str, evidence: str, told_customer: bool, by: User, now: datetime,
    until: datetime | None = None,
) -> list[Obligation]:  # fmt: skip
    """Stop its clocks for a reason that lies with the customer, with evidence, the customer told.
    The inner clock of each goes on (`internal_due_at`). At `until`, agreed with the customer, they
    run again by themselves.

    Raises NoClock, AgreedInThePast, and what `obligations.pause` raises: NoSuchReason,
    PauseNeedsProof.
    """
    if until is not None and until <= now:
        raise AgreedInThePast
    with transaction.atomic():
        stand = _standing(ticket).exists()
        rows = of_matter(ticket.number).filter(state__in=LIVE, paused_at=None, due_at__isnull=False)
        done = [
            obligations.pause(
                obligation_id=row.pk, by=by, now=now, reason=PauseReason(reason) if reason in set(PauseReason) else reason,  # type: ignore[arg-type]
                evidence=evidence, told_customer=told_customer,
            )
            for row in rows.exclude(within="")
        ]  # fmt: skip
        if not done:
            raise NoClock
        if ticket.status in UNSOLVED[1:-1]:
            wait = STANDS.get(reason, Wait.SUSPENDED)
            move(
                ticket, Event.WAIT, at=now, by=by, wait=wait, status_before=ticket.status,
                data={"why": wait},
            )  # fmt: skip
        agreed = {"until": until.isoformat()} if until else {}
        event(
            ticket, Note.PAUSED, at=now, by=by, text=evidence, reason=reason, clocks=len(done), **agreed
        )  # fmt: skip
        # a clock that joins those that stand already leaves what was agreed for them
        change(ticket, resume_at=until or (ticket.resume_at if stand else None))
        return done


def resume(*, ticket: Ticket, by: User | None, now: datetime) -> list[Obligation]:
    """Its clocks run again; due times move by what was paused. Raises NoClock."""
    with transaction.atomic():
        done = _run(ticket, by, now)
        if not done:
            raise NoClock
        if ticket.wait in STOOD:
            move(ticket, Event.GO_ON, at=now, by=by)
        return done


def go_on(*, ticket: Ticket, by: User | None, now: datetime) -> Ticket:
    """Back to where it waited from. While we work no clock stands still. Raises WrongStep."""
    with transaction.atomic():
        move(ticket, Event.GO_ON, at=now, by=by)
        _run(ticket, by, now)
        return ticket


def _standing(ticket: Ticket) -> QuerySet[Obligation]:
    return of_matter(ticket.number).filter(state__in=LIVE, paused_at__isnull=False)


def _run(
    ticket: Ticket, by: User | None, now: datetime, at: datetime | None = None
) -> list[Obligation]:
    rows = _standing(ticket)
    done = [obligations.resume(obligation_id=row.pk, by=by, now=now, at=at) for row in rows]
    if done:
        change(ticket, resume_at=None)
        event(ticket, Note.RESUMED, at=now, by=by, clocks=len(done))
    return done


def resume_agreed(*, ticket_id: int, now: datetime) -> bool:
    """The time agreed with the customer has come: its clocks run again as of then, who owns it is
    told (the head of the desk while nobody does). False where nothing stood or waited any more.
    """
    with transaction.atomic():
        ticket = (
            Ticket.objects.select_for_update(of=("self",))
            .select_related("owner")
            .filter(pk=ticket_id, resume_at__lte=now)
            .first()
        )
        if ticket is None:
            return False
        agreed = ticket.resume_at
        change(ticket, resume_at=None)
        ran, waits = _run(ticket, None, now, agreed), ticket.wait in STOOD
        if waits:
            move(ticket, Event.GO_ON, at=now, by=None)
        if not ran and not waits:
            return False
        person = ticket.owner or _above(ticket, now)
        if person is not None:
            notify(
                to=person, kind="ticket.resumed", now=now, urgent=True,
                title={
                    "zh": f"{ticket.number} 约好的时间到了，计时已恢复",
                    "en": f"{ticket.number}: the agreed time has come, its clocks run again",
                },
                text=ticket.title, url=reverse("tickets:detail", args=[ticket.pk]),
                key=f"resumed:{ticket.number}:{agreed:%Y%m%d%H%M}",
            )  # fmt: skip
        return True


def transfer(
    *, keys: Sequence[str], from_id: int, to_id: int, by: User | None, now: datetime
) -> int:
    """Give a leaver's open tickets to an heir (manifest `transfer`)."""
    heir = User.objects.get(pk=to_id)
    done = 0
    with transaction.atomic():
        rows = Ticket.objects.open().filter(pk__in=[int(key) for key in keys], owner_id=from_id)
        for row in rows:
            change(row, owner=heir)
            event(row, Note.ASSIGNED, at=now, by=by, to=heir.pk)
            put_ticket(row)
            done += 1
    return done
