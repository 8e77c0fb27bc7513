"""Outside the opening hours: who is on call, and calling them one after the other by message, text
and voice until somebody takes the ticket.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from bihuan.apps.monitoring.actions import calling
from bihuan.apps.monitoring.actions.alarms import acknowledge
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.refusals import AlreadyAcknowledged
from bihuan.apps.people.queries import holders
from bihuan.apps.tickets import figures
from bihuan.apps.tickets.actions.common import day_of, event
from bihuan.apps.tickets.actions.working import accept, assign
from bihuan.apps.tickets.doors.hours import opens_at
from bihuan.apps.tickets.doors.models import Ladder, OnCall, Paging
from bihuan.apps.tickets.doors.paging_words import why_called
from bihuan.apps.tickets.doors.rousing import NEWS, cause_of, grave
from bihuan.apps.tickets.doors.stopping import BY_HAND, in_hand, turn
from bihuan.apps.tickets.enums import Channel as Way
from bihuan.apps.tickets.enums import Note, Status
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.refusals import PagingOver, PeriodBackward, WrongStep
from bihuan.base.access.models import User
from bihuan.base.access.scope import may
from bihuan.base.audit.actions import log
from bihuan.base.notify.actions import tell
from bihuan.base.notify.models import Channel, Sending
from bihuan.base.prepared import planned

TAKEN, DECLINED = "TAKEN", "DECLINED"
MESSAGE = "MESSAGE"
JOINED = (
    "ticket__customer", "ticket__asset", "ticket__owner", "of_machine__asset__customer", "of_machine__acknowledged_by",
    "of_machine__merged",
)  # fmt: skip
BESIDES: dict[str, tuple[Channel, ...]] = {
    MESSAGE: (), Channel.SMS: (Channel.SMS,), Channel.VOICE: (Channel.VOICE,),
}  # fmt: skip


def rung(step: int, people: int, ways: Sequence[str]) -> tuple[int, str]:
    """Which person and which way a step is: each person by every way, then the next person; after
    the last the first again.
    """
    place = step % (people * len(ways))
    return place // len(ways), ways[place % len(ways)]


def unless(step: int, people: Sequence[int], ways: int, declined: Collection[int]) -> int:
    """The step itself, or the first of the next person who has not declined; itself when all have."""
    if set(people) <= set(declined):
        return step
    while people[step % (len(people) * ways) // ways] in declined:
        step = (step // ways + 1) * ways
    return step


def on_call(region: str, now: datetime, *, but: int = 0) -> list[User]:
    """Who is on call, in the order of calling; of the region first, then of everywhere. Who is
    away is replaced by the substitute, who could do nothing with a ticket is passed over; when
    nobody is left, whoever holds the pack's role. `but`: as if this turn were not there.
    """
    rows = OnCall.objects.filter(
        from_at__lte=now, to_at__gt=now, region__in={region, ""}, user__is_active=True
    ).exclude(pk=but)
    turns = sorted(rows, key=lambda row: (row.region == "", row.place, row.pk))
    known = holders(on=day_of(now))
    found = _people([known.present(row.user_id) for row in turns])
    return [each for each in found if may(each, "tickets.do")] or _head(region, now)


def _head(region: str, now: datetime) -> list[User]:
    """Whom to call when nobody is on the roster."""
    role = figures.values(["tickets.page_role"], now)[0]
    found = holders(on=day_of(now)).find(role, region=region)
    return _people([found] if found is not None else [])


def _people(ids: Iterable[int]) -> list[User]:
    wanted = list(dict.fromkeys(ids))
    people = User.objects.filter(is_active=True).in_bulk(wanted)
    return [people[pk] for pk in wanted if pk in people]


def _untaken(now: datetime) -> QuerySet[Ticket]:
    """Grave reports that nobody has taken, and that have called nobody yet."""
    weighty = Q(severity__in=grave(now)) | Q(claimed_severity__in=grave(now)) | Q(green=True)
    nobodys = Q(owner=None) | ~Exists(BY_HAND.filter(ticket=OuterRef("pk")))
    return Ticket.objects.filter(
        weighty,
        nobodys,
        status=Status.NEW,
        ladders=None,
        reported_at__gt=now - NEWS,
        reported_at__lte=now,
    )


def calls(ticket: Ticket, now: datetime) -> bool:
    """Whether a ticket calls whoever is on call by itself: it does already, or with the next tick."""
    if ticket.ladders.filter(over_at=None).exists():
        return True
    return opens_at(now, ticket) is not None and _untaken(now).filter(pk=ticket.pk).exists()


def raise_alarms(now: datetime) -> int:
    """A tick: a grave report that nobody has taken while the desk is closed calls somebody."""
    rows = _untaken(now).order_by("-reported_at", "-pk").select_related("customer")
    made = [
        Ladder(
            ticket=each, cause=cause_of(each.claimed_impact or each.impact, opens, round_=each.reopened),
            raised_at=now, next_at=now,
        )
        for each in rows[:100]
        if (opens := opens_at(now, each)) is not None
    ]  # fmt: skip
    Ladder.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def climb(now: datetime) -> int:
    """A tick: the next step of every ladder that is due, by a conditional UPDATE."""
    rows = Ladder.objects.filter(over_at=None, next_at__lte=now).order_by("next_at")
    return sum(_step(ladder, now) for ladder in rows.select_related(*JOINED)[:50])


def _step(ladder: Ladder, now: datetime) -> int:
    mine = Ladder.objects.filter(pk=ladder.pk, over_at=None)
    over, by = in_hand(ladder)
    if over:
        return mine.update(over_at=now, next_at=None, answered_by=by)
    minutes = float(figures.values(["tickets.page_minutes"], now)[0])
    says = turn(ladder, now)
    if says.over:
        return mine.update(over_at=now, next_at=None)
    if says.until is not None:  # looked at as often as people are called: it may end before
        return mine.update(next_at=min(says.until, now + timedelta(minutes=minutes)))
    ways, region = _ways(now), ladder.region
    declined = set(ladder.pagings.filter(answer=DECLINED).values_list("user_id", flat=True))
    people = on_call(region, now)
    if declined.issuperset(each.pk for each in people):
        people += [each for each in _head(region, now) if each not in people]
    step = unless(ladder.step, [each.pk for each in people], len(ways), declined)
    with transaction.atomic():
        taken = Ladder.objects.filter(pk=ladder.pk, over_at=None, step=ladder.step).update(
            step=step + 1, next_at=now + timedelta(minutes=minutes)
        )
        if not taken:
            return 0
        if not people:
            _note(ladder, now, None, step=step, nobody=True)
            calling.called(
                alarms=_alarms(ladder), person=None, way=MESSAGE, ref=f"{ladder.pk}:{step}", now=now
            )
            log(
                "tickets.nobody_on_call", by=None, now=now, thing=ladder.ticket or ladder.of_machine
            )
            return 1
        place, way = rung(step, len(people), ways)
        made = _page(ladder, people[place], way, step, now)
        last = (step + 1) % (len(people) * len(ways)) == 0
        if outcome(made) and not last:  # it reaches nobody: do not wait for an answer
            Ladder.objects.filter(pk=ladder.pk, over_at=None).update(next_at=now)
        return 1


def _alarms(ladder: Ladder) -> Sequence[Alarm]:
    """The machine's alarms for which somebody is called: each step stands at them."""
    if ladder.of_machine is not None:
        return [ladder.of_machine]
    ticket = ladder.ticket
    return calling.of_ticket(ticket.number) if ticket and ticket.channel == Way.IOT else []


def _note(ladder: Ladder, now: datetime, by: User | None, **told: Any) -> None:
    """On the ticket's record, where there is one."""
    if ladder.ticket is not None:
        event(ladder.ticket, Note.PAGED, at=now, by=by, **told)


def _ways(now: datetime) -> list[str]:
    named = figures.words("tickets.page_ways", now)
    return [each for each in named if each in BESIDES] or [MESSAGE]


def _page(ladder: Ladder, person: User, way: str, step: int, now: datetime) -> Paging:
    uid, number = secrets.token_urlsafe(18), ladder.about[0]
    made = tell(
        to=person, kind="ticket.paged", now=now, urgent=True, key=f"page:{uid}", ways=BESIDES[way],
        title={"zh": f"值班呼叫：{number}", "en": f"On call: {number}"},
        text=why_called(ladder), url=reverse("tickets:paged", args=[uid]),
    )  # fmt: skip
    row = Paging.objects.create(
        ladder=ladder, uid=uid, step=step, user=person, way=way, at=now,
        notice=made[0] if made else None,
    )  # fmt: skip
    _note(ladder, now, None, step=step, to=person.pk, name=person.name, way=way)
    calling.called(
        alarms=_alarms(ladder), person=person, way=way, ref=f"{ladder.pk}:{step}", now=now
    )
    return row


def outcome(page: Paging) -> str:
    """Why a call cannot have reached its person: NO_NUMBER, NO_GATEWAY, FAILED; empty when it can."""
    if not BESIDES[page.way]:
        return ""
    sent = page.notice.deliveries.all() if page.notice is not None else ()
    found = next((each for each in sent if each.channel == page.way), None)
    if found is None:
        return "NO_NUMBER"
    if found.waits_for:
        return "NO_GATEWAY"
    return "FAILED" if found.state == Sending.FAILED else ""


def answer(*, uid: str, taken: bool, now: datetime) -> Paging:
    """Who was called answers, on the page or by a key of the telephone: he takes the ticket, or he
    declines: written down, and if it was his turn the next one is called at once. Only a person's
    own answer takes a ticket: silence calls the next.

    Raises PagingOver, OnLeave.
    """
    with transaction.atomic():
        row = (
            Paging.objects.select_for_update(of=("self",))
            .select_related("ladder__ticket", "ladder__of_machine__asset__customer", "user")
            .filter(uid=uid)
            .first()
        )
        if row is None or row.answered_at is not None or row.ladder.over_at is not None:
            raise PagingOver
        row.answered_at, row.answer = now, TAKEN if taken else DECLINED
        row.save(update_fields=["answered_at", "answer"])
        _note(row.ladder, now, row.user, answer=row.answer, way=row.way, step=row.step)
        calling.replied(ref=f"{row.ladder_id}:{row.step}", answer=row.answer, now=now)
        if taken and row.ladder.of_machine is not None:
            _answer_for(row, row.ladder.of_machine, now)
        elif taken:
            _take(row, now)
        elif row.ladder.pagings.latest("step").user_id == row.user_id:
            _pass_on(row.ladder, now)
        return row


def _answer_for(row: Paging, machine: Alarm, now: datetime) -> None:
    """He has acknowledged the machine's alarm; nobody else is called for it."""
    try:
        acknowledge(alarm=machine, by=row.user, now=now)
    except AlreadyAcknowledged as error:
        raise PagingOver from error
    Ladder.objects.filter(of_machine=machine, over_at=None).update(
        over_at=now, next_at=None, answered_by=row.user
    )


def _take(row: Paging, now: datetime) -> None:
    """It is his from now on, and whoever had it before is told; nobody else is called for it."""
    ticket = row.ladder.ticket
    assert ticket is not None
    before = ticket.owner
    over, _by = in_hand(row.ladder)
    try:
        if over:
            raise PagingOver
        if ticket.status == Status.NEW:
            accept(ticket=ticket, by=row.user, now=now)
        elif before != row.user:
            assign(ticket=ticket, to=row.user, by=row.user, now=now)
    except WrongStep as error:
        raise PagingOver from error
    if before is not None and before != row.user:
        tell(
            to=before, kind="ticket.taken_at_night", now=now, key=f"taken:{row.uid}",
            title={"zh": f"{row.user.name} 值班时接下了 {ticket.number}", "en": f"{row.user.name}, on call, has taken over {ticket.number}"},
            text=ticket.title, url=reverse("tickets:detail", args=[ticket.pk]),
        )  # fmt: skip
    Ladder.objects.filter(ticket=ticket, over_at=None).update(
        over_at=now, next_at=None, answered_by=row.user
    )


def _pass_on(ladder: Ladder, now: datetime) -> None:
    """The next person is called, by the first way."""
    ways = len(_ways(now))
    step = -(-ladder.step // ways) * ways
    moved = Ladder.objects.filter(pk=ladder.pk, over_at=None, step=ladder.step).update(
        step=step, next_at=now
    )
    if moved:
        _step(Ladder.objects.select_related(*JOINED).get(pk=ladder.pk), now)


def calls_of(person: User, ticket: Ticket) -> Paging | None:
    """The call that waits for this person's answer, on this ticket."""
    return next(iter(_waiting(ticket.pk, person.pk)), None)


@planned
def _waiting(ticket_id: int, person_id: int) -> QuerySet[Paging]:
    rows = Paging.objects.filter(
        ladder__ticket=ticket_id, ladder__over_at=None, user=person_id, answered_at=None
    )
    return rows.order_by("-pk")[:1]


@dataclass(frozen=True)
class Stretch:
    """From when until when who would be called, in a region ("" = where no turn of its own runs)."""

    from_at: datetime
    to_at: datetime
    region: str
    people: tuple[User, ...]


def without(row: OnCall, now: datetime) -> list[Stretch]:
    """Who would be called in the time of this turn if it were not there; neighbouring times with
    the same people are one.
    """
    begin = max(row.from_at, now)
    others = OnCall.objects.filter(from_at__lt=row.to_at, to_at__gt=begin).exclude(pk=row.pk)
    turns = list(others if not row.region else others.filter(region__in={row.region, ""}))
    edges = {each for turn in turns for each in (turn.from_at, turn.to_at)}
    cuts = [begin, *sorted(each for each in edges if begin < each < row.to_at), row.to_at]
    regions = [row.region] if row.region else sorted({"", *(turn.region for turn in turns)})
    found: list[Stretch] = []
    for region in regions:
        for start, end in pairwise(cuts):
            people = tuple(on_call(region, start, but=row.pk))
            last = found[-1] if found and found[-1].region == region else None
            if last is not None and last.people == people:
                found[-1] = Stretch(last.from_at, end, region, people)
            else:
                found.append(Stretch(start, end, region, people))
    return found


def put_on_call(
    *, user: User, region: str, from_at: datetime, to_at: datetime, place: int, by: User, now: datetime
) -> OnCall:  # fmt: skip
    """A turn of duty. Raises PeriodBackward."""
    if to_at <= from_at:
        raise PeriodBackward
    with transaction.atomic():
        row = OnCall.objects.create(
            user=user, region=region, from_at=from_at, to_at=to_at, place=place
        )
        log(
            "tickets.on_call",
            by=by,
            now=now,
            thing=row,
            after={"user": user.pk, "region": region, "from": from_at, "to": to_at, "place": place},
        )
        return row


def take_off_call(*, row: OnCall, by: User, now: datetime) -> None:
    """A turn that has not begun goes; one that runs ends now."""
    with transaction.atomic():
        log(
            "tickets.on_call_ended",
            by=by,
            now=now,
            thing=row,
            before={"user": row.user_id, "to": row.to_at},
        )
        if row.from_at < now < row.to_at:
            OnCall.objects.filter(pk=row.pk).update(to_at=now)
        elif row.from_at >= now:
            row.delete()


def roster(now: datetime) -> QuerySet[OnCall]:
    """Turns that run or come."""
    return (
        OnCall.objects.filter(to_at__gt=now)
        .select_related("user")
        .order_by("from_at", "place", "pk")
    )
