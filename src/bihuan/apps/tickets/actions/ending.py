"""The end: the customer is asked, says yes or no or cannot be reached; closed, reopened, cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.enums import State, Verifier
from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.obligations.refusals import NotIndependent
from bihuan.apps.tickets import figures, words
from bihuan.apps.tickets.actions.common import day_of, event, move, say
from bihuan.apps.tickets.actions.telling import heed
from bihuan.apps.tickets.enums import OPEN, Answer, EntryKind, Event, Note, Status
from bihuan.apps.tickets.models import Attempt, Ticket
from bihuan.apps.tickets.own.checks import open_items
from bihuan.apps.tickets.refusals import (
    AnswerMissing,
    CustomerSpoke,
    NotByDoer,
    NotReachedYet,
    NotReadyToClose,
    ReasonMissing,
    WrongStep,
)  # fmt: skip
from bihuan.apps.tickets.rules import Asked, could_not_be_reached, may_confirm, unmet
from bihuan.base.access.models import User
from bihuan.base.errors import BadInput
from bihuan.base.texts import listed
from bihuan.base.vocabulary import vocabulary

# Whoever is named by one of these has worked on the ticket.
WORK = (Event.SOLVE, Event.ARRIVE, Note.TAKEN_OVER)
REOPENED = "ticket.reopened"


def doers(ticket: Ticket) -> set[int]:
    """Everybody who worked on it in any round: owner, engineer, helpers, whoever solved it."""
    found = {ticket.owner_id, ticket.engineer_id, ticket.solved_by_id}
    found |= set(ticket.helpers.values_list("pk", flat=True))
    lines = ticket.entries.filter(kind=EntryKind.EVENT, code__in=[str(each) for each in WORK])
    found |= set(lines.values_list("by_id", flat=True))
    return {each for each in found if each is not None}


def check_independent(ticket: Ticket, by: User | None, now: datetime) -> None:
    """Whether this person may write down the customer's answer; nobody's hand is the customer's
    own. Raises NotByDoer.
    """
    if by is None:
        return
    rule = figures.confirming(now)
    known = doers(ticket)
    teams = (
        User.objects.filter(pk__in=known).exclude(team_id=None).values_list("team_id", flat=True)
    )
    if not may_confirm(
        kind=ticket.kind, person=by.pk, doers=known, same_call=rule.same_call,
        same_team=by.team_id is not None and by.team_id in set(teams), other_team=rule.other_team,
    ):  # fmt: skip
        raise NotByDoer(who=by.name)


def independent(ticket: Ticket, by: User | None, now: datetime) -> bool:
    """Whether the customer's answer may come by this person's hand; his own hand (None) may."""
    try:
        check_independent(ticket, by, now)
    except NotByDoer:
        return False
    return True


def try_confirm(
    *, ticket: Ticket, channel: str, result: str, answer: str, by: User | None, now: datetime,
    satisfied: bool | None = None, score: int | None = None,
) -> Ticket:  # fmt: skip
    """Ask the customer: a yes confirms it, a no opens it again, no answer is counted.

    Raises AnswerMissing, NotByDoer, WrongStep.
    """
    if result == Answer.YES:
        return confirm(
            ticket=ticket, answer=answer, channel=channel, by=by, now=now, satisfied=satisfied,
            score=score,
        )  # fmt: skip
    if result == Answer.NO:
        return deny(ticket=ticket, answer=answer, channel=channel, by=by, now=now)
    if ticket.status not in (Status.FED_BACK, Status.UNCONFIRMED):
        raise WrongStep(status=words.status_of(ticket.status))
    check_independent(ticket, by, now)
    with transaction.atomic():
        _attempt(ticket, channel, Answer.NO_ANSWER, answer, by, now)
        event(ticket, Note.ASKED, at=now, by=by, text=answer, channel=channel)
        return ticket


def confirm(
    *, ticket: Ticket, answer: str, channel: str, by: User | None, now: datetime,
    satisfied: bool | None = None, score: int | None = None,
) -> Ticket:  # fmt: skip
    """The customer's own yes: by his own hand (`by` None), or written down by somebody who did
    not do the work. Duties that wait for his word are verified with it. `score` (1 to 5) says
    whether he is satisfied where he did not say so himself.

    Raises AnswerMissing, BadInput, NotByDoer, WrongStep.
    """
    if not answer.strip():
        raise AnswerMissing
    satisfied = _pleased(score, now, satisfied=satisfied)
    check_independent(ticket, by, now)
    with transaction.atomic():
        move(
            ticket, Event.CONFIRM, at=now, by=by, text=answer, confirmed_at=now, confirmed_by=by,
            satisfied=satisfied, score=score, data={"channel": channel, "score": score},
        )  # fmt: skip
        _attempt(ticket, channel, Answer.YES, answer, by, now)
        _verify(ticket, by, now, satisfied=True, note=answer)
        say(ticket, "ticket.confirmed", at=now, now=now, by=by, satisfied=satisfied, score=score)
        return ticket


def _pleased(score: int | None, now: datetime, *, satisfied: bool | None) -> bool | None:
    """What he said, else what his score says. Raises BadInput (no score from 1 to 5)."""
    if score is None:
        return satisfied
    if score not in range(1, 6):
        raise BadInput({"score": _("打分是 1 到 5 分。")})
    return score >= figures.whole("tickets.satisfied_from", now) if satisfied is None else satisfied


def late_yes(
    *, ticket: Ticket, answer: str, channel: str, by: User | None, now: datetime,
    score: int | None = None,
) -> Ticket:  # fmt: skip
    """The customer's yes to a ticket that was closed without it, because he could not be reached:
    recorded once, with its own time; it stays closed.

    Raises AnswerMissing, NotByDoer, WrongStep.
    """
    if not answer.strip():
        raise AnswerMissing
    check_independent(ticket, by, now)
    satisfied = _pleased(score, now, satisfied=None)
    with transaction.atomic():
        taken = Ticket.objects.filter(pk=ticket.pk, status=Status.CLOSED, confirmed_at=None).update(
            confirmed_at=now, confirmed_by=by, satisfied=satisfied, score=score,
            version=F("version") + 1,
        )  # fmt: skip
        ticket.refresh_from_db()
        if not taken:
            raise WrongStep(status=words.status_of(ticket.status))
        event(ticket, Event.CONFIRM, at=now, by=by, text=answer, channel=channel, late=True)
        _attempt(ticket, channel, Answer.YES, answer, by, now)
        _verify(ticket, by, now, satisfied=True, note=answer)
        say(ticket, "ticket.confirmed", at=now, now=now, by=by, satisfied=satisfied, score=score)
        return ticket


def deny(
    *, ticket: Ticket, answer: str, channel: str, by: User | None, now: datetime, thread: str = ""
) -> Ticket:
    """The customer's no: it is open again, and so are its duties, on their old clocks. `thread`:
    that of his page, where he finds his words again.

    Raises AnswerMissing, NotByDoer, WrongStep.
    """
    if not answer.strip():
        raise AnswerMissing
    check_independent(ticket, by, now)
    with transaction.atomic():
        round_ = ticket.reopened
        _again(ticket, Event.DENY, answer, by, now, thread)
        _attempt(ticket, channel, Answer.NO, answer, by, now, round_)
        return ticket


def reopen(
    *, ticket: Ticket, text: str, by: User | None, now: datetime, thread: str = ""
) -> Ticket:
    """It came back after its end or after the yes. Raises ReasonMissing, WrongStep."""
    if not text.strip():
        raise ReasonMissing
    with transaction.atomic():
        return _again(ticket, Event.REOPEN, text, by, now, thread)


def _again(
    ticket: Ticket, what: Event, text: str, by: User | None, now: datetime, thread: str
) -> Ticket:
    agreed = ticket.confirmed_at is not None
    move(
        ticket, what, at=now, by=by, text=text, reopened=F("reopened") + 1, solved_at=None,
        fed_back_at=None, confirmed_at=None, confirmed_by=None, satisfied=None, score=None, closed_at=None,
        closed_by=None, data={"thread": thread} if thread else None,
    )  # fmt: skip
    _verify(ticket, by, now, satisfied=False, note=text)
    again = vocabulary().saying[REOPENED].again
    # Of one that is open still the engine has not heard of the solution yet, nor of the yes to it.
    for row in of_matter(ticket.number).filter(
        Q(state=State.DISCHARGED) | Q(state=State.OPEN) & ~_said_yes(agreed=agreed), kind__in=again
    ):
        obligations.take_back(obligation_id=row.pk, by=by, now=now, reason=text, unheard=True)
    say(
        ticket,
        REOPENED,
        at=now,
        now=now,
        by=by,
        round=f"{ticket.number}#{ticket.reopened}",
        kind=ticket.kind,
        agreed=agreed,
    )
    if by is None:  # his own hand
        heed(ticket.entries.filter(code=what).latest("pk"), now=now)
    return ticket


def _said_yes(*, agreed: bool) -> Q:
    """The duties that the customer's yes has verified, once the engine hears of it."""
    return Q(verified_by_rule=Verifier.CUSTOMER) if agreed else Q(pk__in=())


def give_up(*, ticket: Ticket, by: User | None, now: datetime) -> Ticket:
    """Nobody could be reached for the yes: its own state, never counted as confirmed. The duties
    that wait for the customer's word go on waiting.

    Raises CustomerSpoke, NotReachedYet (the regulation asks for more tries), WrongStep.
    """
    if unread(ticket):
        raise CustomerSpoke
    check_tried(ticket, now)
    with transaction.atomic():
        return move(ticket, Event.GIVE_UP, at=now, by=by)


def check_tried(ticket: Ticket, now: datetime) -> None:
    """Whether the customer was asked as often as the regulation wants before he counts as
    unreachable. Raises NotReachedYet, which says what was tried.
    """
    rule = figures.unreachable(now)
    rows = ticket.attempts.filter(round=ticket.reopened)
    tries = [Asked(row.result, row.channel, day_of(row.at)) for row in rows]
    if not could_not_be_reached(
        tries, attempts=rule.attempts, channels=rule.channels, days=rule.days
    ):
        raise NotReachedYet(
            attempts=rule.attempts, channels=rule.channels, days=rule.days, tried=len(tries),
            by=len({each.channel for each in tries}), on=len({each.day for each in tries}),
        )  # fmt: skip


def missing_to_close(ticket: Ticket) -> list[str]:
    """What stands between this ticket and its end, in words."""
    more = ["children"] if ticket.children.open().exists() else []
    more += ["unread"] if unread(ticket) else []
    codes = unmet(
        kind=ticket.kind, status=ticket.status, cause=ticket.cause, action=ticket.action,
        told=ticket.fed_back_at is not None, more=[*more, *open_items(ticket)],
    )  # fmt: skip
    return [words.title(words.CHECK, each) for each in codes]


def unread(ticket: Ticket) -> bool:
    """Whether the customer has said something that no person has answered or gone on from."""
    said = ticket.entries.filter(kind=EntryKind.INBOUND, envelope__isnull=False)
    last = said.order_by("-pk").values_list("pk", flat=True).first()
    return last is not None and not ticket.entries.filter(pk__gt=last, by__isnull=False).exists()


def close(*, ticket: Ticket, by: User | None, now: datetime) -> Ticket:
    """The end, once nothing is missing. Raises NotReadyToClose, WrongStep."""
    if ticket.status not in OPEN:
        raise WrongStep(status=words.status_of(ticket.status))
    if lacking := missing_to_close(ticket):
        raise NotReadyToClose(missing=listed(lacking))
    with transaction.atomic():
        move(ticket, Event.CLOSE, at=now, by=by, closed_at=now, closed_by=by)
        say(ticket, "ticket.closed", at=now, now=now, by=by)
        return ticket


def cancel(*, ticket: Ticket, text: str, by: User | None, now: datetime) -> Ticket:
    """The customer takes it back. Its open duties fall away with the fact's reason kept.

    Raises ReasonMissing, WrongStep.
    """
    if not text.strip():
        raise ReasonMissing
    with transaction.atomic():
        move(ticket, Event.CANCEL, at=now, by=by, text=text, reason=text.strip())
        drop_clocks(ticket, by, now, text)
        say(ticket, "ticket.cancelled", at=now, now=now, by=by, duplicate=False)
        return ticket


def drop_clocks(ticket: Ticket, by: User | None, now: datetime, why: str) -> None:
    """The matter is gone: its live duties are void, with the reason. What fell due before stays."""
    from bihuan.apps.obligations.enums import LIVE, VoidReason

    for row in of_matter(ticket.number).filter(state__in=LIVE):
        if row.due_at is None or row.due_at > now:
            obligations.void(
                obligation_id=row.pk,
                by=by,
                now=now,
                reason=VoidReason.SUBJECT_GONE,
                note=why.strip(),
                with_matter=True,
            )


def _attempt(
    ticket: Ticket, channel: str, result: str, text: str, by: User | None, now: datetime,
    round_: int | None = None,
) -> None:  # fmt: skip
    Attempt.objects.create(
        ticket=ticket, round=ticket.reopened if round_ is None else round_, channel=channel,
        result=result, words=text.strip(), at=now, by=by,
    )  # fmt: skip


def _verify(ticket: Ticket, by: User | None, now: datetime, *, satisfied: bool, note: str) -> None:
    """The customer's word on the duties that wait for it; one that this person did himself waits
    for somebody else.
    """
    rows = of_matter(ticket.number).filter(
        state=State.DISCHARGED, verified_by_rule=Verifier.CUSTOMER
    )
    for row in rows:
        try:
            with transaction.atomic():
                obligations.verify(
                    obligation_id=row.pk, by=by, now=now, how=Verifier.CUSTOMER,
                    satisfied=satisfied, note=note,
                )  # fmt: skip
        except NotIndependent:
            continue


__all__: Sequence[str] = (
    "cancel", "close", "confirm", "deny", "doers", "give_up", "late_yes", "missing_to_close", "reopen", "try_confirm",
)  # fmt: skip
