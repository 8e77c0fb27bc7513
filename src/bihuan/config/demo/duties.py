"""How each new duty will be carried out: in time mostly, late sometimes, now and then not at all.

A duty that a fact discharges is left to the flow that tells the fact; the others are planned here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from bihuan.apps.obligations.enums import State, Verifier
from bihuan.apps.obligations.models import Obligation
from bihuan.base.notify import actions as notify
from bihuan.base.notify.models import Notice
from bihuan.config.demo import problems
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.proofs import proofs_of
from bihuan.config.demo.rounds import by_hand, round_of
from bihuan.config.demo.stage import Stage

# Shares of what becomes of a duty; the rest is never done.
IN_TIME, LATE = 0.935, 0.05
CONFIRMED, REJECTED = 0.9, 0.025
SHORT = timedelta(hours=6)

# What the leaders' weekly round takes up: late by so long, or unconfirmed for so long.
FORGOTTEN, TAKEN_UP = timedelta(days=5), 0.85
# What is open at the end of the life: of that due within these days, and of that just past.
SOON, LEFT_TO_DO, LEFT_UNDONE = timedelta(days=12), 0.6, 0.15

# Numbers of matters whose flows tell the facts that discharge their duties.
TOLD_BY_FLOWS = frozenset({
    "ticket", "consultation", "demand", "complaint", "alarm", "incident", "opinion", "loan", "nomination", "improvement",
    "request", "suggestion",
})  # fmt: skip
# Duties that are carried out on the page of the matter alone, late or not.
ON_THEIR_PAGE = frozenset({"problem.handle", "problem.feedback", "problem.confirm", "promise.keep"})
# Duties whose customer is asked on the page of the matter, by the matter that their cause names.
SAID_ON_ITS_PAGE = {"problem.handle": "problem", "demand.feedback": "demand"}
EASY = frozenset(
    {
        "response.acknowledge",
        "points.post",
        "reading.acknowledge",
        "visit.minutes",
        "callback.brief",
    }
)


def notice(stage: Stage, now: datetime) -> None:
    """Plan the deeds for the duties that are new since last time."""
    rows = list(Obligation.objects.filter(pk__gt=stage.book.last_obligation).order_by("pk"))
    for row in rows:
        stage.book.last_obligation = row.pk
        if not row.live and row.settled_by_id is None:
            continue
        done = row.discharged_at
        if row.live and not _told(stage, row):
            done = _plan(stage, row, now)
        elif row.live:
            done = row.due_at
        if (
            row.verified_by_rule != Verifier.NONE
            and not _said_on_its_page(row)
            and done is not None
        ):
            _plan_verification(stage, row, done)


def _said_on_its_page(row: Obligation) -> bool:
    return SAID_ON_ITS_PAGE.get(row.kind) in row.cause.own()


def _told(stage: Stage, row: Obligation) -> bool:
    """Whether the flow of the matter tells what discharges it; a rule without such a fact is done by
    hand, and one that the maker's book writes is done as written there.
    """
    own = stage.maker.trade.get("rounds", {})
    if row.rule in own or row.kind in own:
        return False
    done = stage.done_by(row)
    return bool(done) and all(set(each.same) & TOLD_BY_FLOWS for each in done)


def _plan(stage: Stage, row: Obligation, now: datetime) -> datetime | None:
    when = moment_of(stage, row, now)
    if when is None:
        return None
    if (round_ := round_of(stage, row)) is not None:
        round_(stage, row, when)
        return when
    special = SPECIAL.get(row.kind)
    if special is not None:
        stage.book.plan(when, special, id=row.pk)
        return when
    by_hand(stage, row, when)
    return when


def chase(stage: Stage, now: datetime) -> None:
    """Once a week the leaders go through what is late or was never confirmed, and everybody reads
    the notices: most of what was forgotten is then done.
    """
    week = f"{now.astimezone(ZONE):%G-%V}"
    if stage.book.memory.get("chased", week) != week:
        unread = set(Notice.objects.filter(read_at=None).values_list("to_id", flat=True))
        for user in stage.users.values():
            if user.pk in unread:
                notify.read(None, by=user, now=now)
        late = Obligation.objects.filter(state=State.OPEN, due_at__lt=now - FORGOTTEN)
        late = late.exclude(kind="ticket.feedback")  # done by telling the customer, on the ticket
        for row in late.order_by("pk"):
            if stage.chance.yes(TAKEN_UP):
                when = stage.chance.after(now, (14, 40))
                if row.kind in ON_THEIR_PAGE and (round_ := round_of(stage, row)) is not None:
                    round_(stage, row, when)
                    continue
                stage.book.plan(when, "discharge", id=row.pk, proofs=proofs_of(stage, row))
        problems.see_to(stage, now)
        for row in _unconfirmed(now - 2 * FORGOTTEN):
            if stage.chance.yes(TAKEN_UP):
                when, proofs = stage.chance.after(now, (14, 40)), proofs_of(stage, row)
                kinds = [kind for kind, _text in proofs]
                stage.book.plan(when, "verify", id=row.pk, ok=True, proofs=kinds)
    stage.book.memory["chased"] = week


def _unconfirmed(before: datetime) -> QuerySet[Obligation]:
    found = Obligation.objects.filter(
        state=State.DISCHARGED, verifier__isnull=False, discharged_at__lt=before
    )
    found = found.exclude(kind="demand.feedback")
    return found.exclude(verified_by_rule=Verifier.NONE).order_by("pk")


SPECIAL = {
    "reading.acknowledge": "read",
    "meeting.hold": "hold",
    "report.issue": "issue",
    "report.custom": "issue",
}


def moment_of(stage: Stage, row: Obligation, now: datetime) -> datetime | None:
    """When it will be done, or None for never."""
    chance = stage.chance
    if row.due_at is not None and _still_open(stage, row.due_at):
        return None
    begins = max(row.opens_at or row.anchor_at, row.cause_at)
    due = row.due_at or begins + timedelta(days=10)
    share = chance.yes
    if row.kind in EASY or share(IN_TIME):
        room = max((due - begins).total_seconds(), 60.0)
        spot = begins + timedelta(seconds=room * chance.stream.betavariate(3.2, 1.5) * 0.98)
        if row.calendar == "24x7" or due - begins <= SHORT:
            return spot.astimezone(ZONE)
        worked = chance.at_work(stage.calendar, spot)
        return (
            worked
            if worked < due
            else max(begins + timedelta(minutes=1), due - timedelta(minutes=chance.whole(4, 40)))
        )
    if share(LATE / (1 - IN_TIME)):
        return chance.at_work(
            stage.calendar, due + timedelta(hours=chance.stream.expovariate(1 / 20) + 0.4)
        )
    return None


def _still_open(stage: Stage, due: datetime) -> bool:
    """The company is seen in the middle of its work: some of what ends these days is not done."""
    end = stage.book.outline.until
    if due > end:
        return due < end + SOON and stage.chance.yes(LEFT_TO_DO)
    return due > end - FORGOTTEN and stage.chance.yes(LEFT_UNDONE)


def _plan_verification(stage: Stage, row: Obligation, done: datetime) -> None:
    """Some days after it was done somebody asks; some are never asked, a few say no."""
    chance = stage.chance
    if not chance.yes(CONFIRMED + REJECTED):
        return
    asked = chance.at_work(stage.calendar, done + timedelta(hours=chance.between(3, 60)))
    ok = not chance.yes(REJECTED / (CONFIRMED + REJECTED))
    proofs = [kind for kind, _text in proofs_of(stage, row)]
    stage.book.plan(asked, "verify", id=row.pk, ok=ok, proofs=proofs)
