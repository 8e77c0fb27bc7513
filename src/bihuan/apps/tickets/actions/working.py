"""From accepting to telling the customer the solution."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from bihuan.apps.monitoring.actions.following import taken
from bihuan.apps.tickets import words
from bihuan.apps.tickets.actions.causes import teach
from bihuan.apps.tickets.actions.checks import check_age
from bihuan.apps.tickets.actions.common import change, event, move, say, write
from bihuan.apps.tickets.actions.opening import tell_again
from bihuan.apps.tickets.actions.telling import TAKEN, acknowledged, answered, came, resolved
from bihuan.apps.tickets.enums import (
    OPEN,
    Cause,
    Channel,
    EntryKind,
    Event,
    How,
    Impact,
    Kind,
    Note,
    ReportKind,
    Severity,
    Topic,
    Wait,
)  # fmt: skip
from bihuan.apps.tickets.lines import routing
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.refusals import (
    CustomerUnknown,
    FactsMissing,
    InTheFuture,
    NobodyToSend,
    NoQuestion,
    ReasonMissing,
    RemoteNotTried,
    SolutionIncomplete,
    TextMissing,
    WrongStep,
)  # fmt: skip
from bihuan.apps.tickets.rules import facts_missing, graver
from bihuan.apps.tickets.search import put_ticket
from bihuan.base.access.models import User
from bihuan.base.facts.actions import tell
from bihuan.base.texts import listed


def accept(*, ticket: Ticket, by: User, now: datetime) -> Ticket:
    """Take a new ticket into hand. Raises WrongStep."""
    with transaction.atomic():
        move(ticket, Event.ACCEPT, at=now, by=by, accepted_at=now, first_owner=by, owner=by)
        if ticket.channel == Channel.IOT:
            taken(ticket=ticket.number, by=by, now=now)
        acknowledged(ticket, TAKEN, ticket.number, by, now)  # his page says so
        return ticket


def assign(*, ticket: Ticket, to: User, by: User, now: datetime, text: str = "") -> Ticket:
    """Give it to somebody else of the same line. Raises WrongStep, OnLeave."""
    must_be_open(ticket)
    routing.must_be_there(to, now)
    with transaction.atomic():
        change(ticket, owner=to)
        event(ticket, Note.ASSIGNED, at=now, by=by, text=text, to=to.pk)
        put_ticket(ticket)
        return ticket


def add_helper(*, ticket: Ticket, helper: User, by: User, now: datetime, text: str = "") -> Ticket:
    """Somebody helps; who helped does not take the customer's yes. Raises WrongStep."""
    must_be_open(ticket)
    with transaction.atomic():
        ticket.helpers.add(helper)
        change(ticket)
        event(ticket, Note.HELPED, at=now, by=by, text=text or helper.name, to=helper.pk)
        put_ticket(ticket)
        return ticket


@dataclass(frozen=True)
class Verified:
    """What was found out by asking: when, where, what it stops; and who pays."""

    happened_at: datetime | None
    place: str
    impact: str
    severity: str
    downtime: bool = False
    set_stopped: bool = False
    warranty: bool | None = None


def verify(*, ticket: Ticket, found: Verified, by: User, now: datetime) -> Ticket:
    """Time, place, impact and severity are settled; diagnosis begins.

    Raises FactsMissing, InTheFuture, TooLongAgo, WrongStep.
    """
    _facts(ticket.kind, found.happened_at, found.place, found.impact)
    if found.happened_at is not None and found.happened_at > now:
        raise InTheFuture
    check_age(happened_at=found.happened_at, now=now)
    before = _weight(ticket)
    with transaction.atomic():
        move(
            ticket, Event.VERIFY, at=now, by=by, happened_at=found.happened_at,
            place=found.place.strip()[:200], impact=Impact(found.impact) if found.impact else "",
            severity=Severity(found.severity), downtime=found.downtime, set_stopped=found.set_stopped,
            warranty=found.warranty, claimed_impact="", claimed_severity="", data={"severity": found.severity, "was": ticket.severity},
        )  # fmt: skip
        if _weight(ticket) != before:
            tell_again(ticket, by=by, now=now)
        return ticket


def weigh(
    *, ticket: Ticket, impact: str, severity: str, why: str, by: User, now: datetime
) -> Ticket:  # fmt: skip
    """A person judges anew how grave it is, at any step: what the customer's later words claim is
    settled by it. Lighter than the ticket or than he says needs a reason, and no clock becomes
    laxer by it. A graver one counts from the report, not from when the danger was told: what the
    customer waited and what stood still are carried over, so a late word never buys time; what was
    promised before stays in the log beside it.

    Raises ReasonMissing, WrongStep.
    """
    must_be_open(ticket)
    weight = (str(Impact(impact)) if impact else "", str(Severity(severity)))
    now_here = (ticket.impact, ticket.severity)
    claimed = (ticket.claimed_impact, ticket.claimed_severity or ticket.severity)
    if not why.strip() and (graver(*now_here, than=weight) or graver(*claimed, than=weight)):
        raise ReasonMissing
    before = _weight(ticket)
    with transaction.atomic():
        change(ticket, impact=weight[0], severity=weight[1], claimed_impact="", claimed_severity="")
        event(
            ticket, Note.WEIGHED, at=now, by=by, text=why, impact=weight[0], severity=weight[1],
            was=before[0],
        )  # fmt: skip
        if _weight(ticket) != before and ticket.unsolved:
            tell_again(ticket, by=by, now=now)
        put_ticket(ticket)
        return ticket


def _weight(ticket: Ticket) -> tuple[str, str, bool, bool]:
    """What the regulation may count a fault by."""
    return ticket.severity, ticket.impact, ticket.downtime, ticket.set_stopped


def dispatch(
    *, ticket: Ticket, engineer: User | None, callout: bool, tried: str, by: User, now: datetime
) -> Ticket:
    """Send an engineer; before that, what was tried remotely or why it could not be.

    Raises RemoteNotTried, NobodyToSend, OnLeave, FactsMissing, WrongStep.
    """
    tried = tried.strip() or ticket.remote_tried
    if not tried:
        raise RemoteNotTried
    if engineer is None:
        raise NobodyToSend
    routing.must_be_there(engineer, now)
    _facts(ticket.kind, ticket.happened_at, ticket.place, ticket.impact)
    with transaction.atomic():
        move(
            ticket, Event.DISPATCH, at=now, by=by, text=tried, engineer=engineer, callout=callout,
            remote_tried=tried, dispatched_at=now, data={"to": engineer.pk, "callout": callout},
        )  # fmt: skip
        sent = ticket.entries.filter(code=Event.DISPATCH).count()
        order = f"{ticket.number}!{sent}" if sent > 1 else ""
        say(ticket, "ticket.dispatched", at=now, now=now, by=by, callout=callout, order=order)
        return ticket


def arrived(*, ticket: Ticket, by: User, now: datetime, at: datetime | None = None) -> Ticket:
    """The engineer is on site. Raises InTheFuture, WrongStep."""
    at = at or now
    if at > now:
        raise InTheFuture
    with transaction.atomic():
        move(ticket, Event.ARRIVE, at=at, by=by, arrived_at=at)
        came(ticket, at=at, now=now, by=by)
        return ticket


def wait(*, ticket: Ticket, why: str, text: str, by: User, now: datetime) -> Ticket:
    """It waits for a part, a line, a supplier, the customer. No clock stops by that (see `pause`).

    Raises ReasonMissing, WrongStep.
    """
    if why not in set(Wait) or not text.strip():
        raise ReasonMissing
    with transaction.atomic():
        move(
            ticket, Event.WAIT, at=now, by=by, text=text, wait=Wait(why), status_before=ticket.status,
            data={"why": why},
        )  # fmt: skip
        return ticket


def triage(
    *, ticket: Ticket, topic: str, urgent: bool, line: int, text: str, by: User, now: datetime
) -> Ticket:  # fmt: skip
    """Say what a question is about and which line answers it; said again it is corrected.

    Raises NoQuestion, CustomerUnknown, WrongStep.
    """
    must_be_open(ticket)
    if not ticket.question:
        raise NoQuestion
    if ticket.customer_id is None:
        raise CustomerUnknown
    with transaction.atomic():
        change(ticket, topic=Topic(topic))
        event(ticket, Note.TRIAGED, at=now, by=by, text=text, topic=topic, urgent=urgent, line=line)
        about: dict[str, Any] = {"topic": topic, "urgent": urgent, "line": line}
        if ticket.asset is not None:
            about["family"] = ticket.asset.model.family
        tell(
            "consultation.triaged", at=now, now=now, by=by, subjects={"customer": ticket.customer_id},
            data={"consultation": ticket.number, **about},
            key=f"ticket:{ticket.number}:triaged:{ticket.version}",
        )  # fmt: skip
        return ticket


def ask_report(*, ticket: Ticket, kind: str, text: str, by: User, now: datetime) -> Ticket:
    """The customer wants a report made for him; who owes him one is said by the regulation.

    Raises CustomerUnknown, TextMissing, WrongStep.
    """
    must_be_open(ticket)
    if ticket.customer_id is None:
        raise CustomerUnknown
    if not text.strip():
        raise TextMissing
    with transaction.atomic():
        change(ticket)
        row = event(ticket, Note.REPORT_ASKED, at=now, by=by, text=text, kind=kind)
        tell(
            "report.requested", at=now, now=now, by=by, subjects={"customer": ticket.customer_id},
            data={"request": f"{ticket.number}/B{row.pk}", "kind": ReportKind(kind)},
            key=f"ticket:{ticket.number}:report:{row.pk}",
        )  # fmt: skip
        return ticket


@dataclass(frozen=True)
class Solution:
    """What it was and what was done. `ours`: it was our fault, and the customer is told so. `found`: of
    a machine's alarm, the cause in the words of its kind of machine (`causes.asked`).
    """

    how: str
    action: str
    cause: str = ""
    warranty: bool | None = None
    ours: bool = False
    at: datetime | None = None
    found: str = ""


def solve(*, ticket: Ticket, solution: Solution, by: User, now: datetime) -> Ticket:
    """Solved, as we see it: the customer has the last word.

    Raises SolutionIncomplete, FactsMissing, InTheFuture, NoSuchCause, WrongStep.
    """
    at = solution.at or now
    if at > now:
        raise InTheFuture
    needs_cause = ticket.kind == Kind.FAULT
    if (
        solution.how not in set(How)
        or not solution.action.strip()
        or (needs_cause and solution.cause not in set(Cause))
    ):
        raise SolutionIncomplete
    _facts(ticket.kind, ticket.happened_at, ticket.place, ticket.impact)
    with transaction.atomic():
        warranty = ticket.warranty if solution.warranty is None else solution.warranty
        move(
            ticket, Event.SOLVE, at=at, by=by, text=solution.action, how=solution.how,
            cause=solution.cause, action=solution.action.strip(), warranty=warranty,
            ours=solution.ours, solved_at=at, solved_by=by,
            data={"how": solution.how, "cause": solution.cause},
        )  # fmt: skip
        resolved(ticket, at=at, now=now, by=by)
        if ticket.kind == Kind.CONSULT:
            answered(ticket, at=at, now=now, by=by)
        teach(ticket=ticket, cause=solution.found, by=by, now=now)
        return ticket


def feed_back(*, ticket: Ticket, text: str, channel: str, by: User, now: datetime) -> Ticket:
    """The customer was told solution and effect: where nobody had spoken to him before, that is
    the first contact. Raises TextMissing, WrongStep.
    """
    if not text.strip():
        raise TextMissing
    with transaction.atomic():
        first = ticket.contacted_at is None
        more: dict[str, Any] = {"contacted_at": now} if first else {}
        move(ticket, Event.FEED_BACK, at=now, by=by, fed_back_at=now, **more)
        write(ticket, EntryKind.PUBLIC_REPLY, at=now, by=by, text=text, channel=Channel(channel))
        if first:
            say(ticket, "ticket.contacted", at=now, now=now, by=by, channel=channel, human=True)
            proof = "call_log" if channel == Channel.PHONE else "message_receipt"
            acknowledged(ticket, proof, text, by, now)
            if ticket.asked and ticket.kind != Kind.CONSULT:
                answered(ticket, at=now, now=now, by=by)
        say(ticket, "ticket.fed_back", at=now, now=now, by=by, effect=True)
        return ticket


def _facts(kind: str, happened_at: datetime | None, place: str, impact: str) -> None:
    if lacking := facts_missing(kind, happened_at=happened_at, place=place, impact=impact):
        raise FactsMissing(missing=listed(words.title(words.FIELD, each) for each in lacking))


def must_be_open(ticket: Ticket) -> None:
    if ticket.status not in OPEN:
        raise WrongStep(status=words.status_of(ticket.status))
