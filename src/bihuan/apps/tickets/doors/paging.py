"""Outside the opening hours: who is on call, and calling them one after the other by message, text
and voice until somebody takes the ticket.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from bihuan.apps.people.queries import holders
from bihuan.apps.tickets import figures
from bihuan.apps.tickets.actions.common import day_of, event
from bihuan.apps.tickets.actions.working import accept
from bihuan.apps.tickets.doors.hours import opens_at
from bihuan.apps.tickets.doors.models import Alarm, OnCall, Paging
from bihuan.apps.tickets.enums import Note, Status
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.refusals import PagingOver, PeriodBackward, WrongStep
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.notify.actions import tell
from bihuan.base.notify.models import Channel, Sending

NEWS = timedelta(days=2)  # an older report is a matter of the queue, not of the night
MESSAGE = "MESSAGE"
BESIDES: dict[str, tuple[Channel, ...]] = {
    MESSAGE: (), Channel.SMS: (Channel.SMS,), Channel.VOICE: (Channel.VOICE,),
}  # fmt: skip


def rung(step: int, people: int, ways: Sequence[str]) -> tuple[int, str]:
    """Which person and which way a step is: each person by every way, then the next person; after
    the last the first again.
    """
    place = step % (people * len(ways))
    return place // len(ways), ways[place % len(ways)]


def on_call(region: str, now: datetime) -> list[User]:
    """Who is on call, in the order of calling; of the region first, then of everywhere. Who is
    away is replaced by the substitute; when nobody is, whoever holds the pack's role.
    """
    rows = list(
        OnCall.objects.filter(
            from_at__lte=now, to_at__gt=now, region__in={region, ""}, user__is_active=True
        )
    )
    rows.sort(key=lambda row: (row.region == "", row.place, row.pk))
    known = holders(on=day_of(now))
    ids = [known.present(row.user_id) for row in rows]
    if not ids:
        role = figures.values(["tickets.page_role"], now)[0]
        found = known.find(role, region=region)
        ids = [found] if found is not None else []
    people = User.objects.filter(is_active=True).in_bulk(ids)
    return [people[pk] for pk in dict.fromkeys(ids) if pk in people]


def raise_alarms(now: datetime) -> int:
    """A tick: a grave report that nobody has taken while the desk is closed calls somebody."""
    grave = figures.values(["tickets.page_severities"], now)[0].split()
    rows = Ticket.objects.filter(
        Q(severity__in=grave) | Q(green=True), status=Status.NEW, owner=None, alarm=None,
        reported_at__gt=now - NEWS,
    ).order_by("-reported_at", "-pk").select_related("customer")  # fmt: skip
    shut = [each for each in rows[:100] if opens_at(now, each) is not None]
    made = [Alarm(ticket=each, raised_at=now, next_at=now) for each in shut]
    Alarm.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def climb(now: datetime) -> int:
    """A tick: the next step of every ladder that is due, by a conditional UPDATE."""
    rows = Alarm.objects.filter(over_at=None, next_at__lte=now).order_by("next_at")
    return sum(
        _step(alarm, now) for alarm in rows.select_related("ticket__customer", "ticket__asset")[:50]
    )


def _step(alarm: Alarm, now: datetime) -> int:
    ticket = alarm.ticket
    if ticket.status != Status.NEW or ticket.owner_id is not None:
        return Alarm.objects.filter(pk=alarm.pk, over_at=None).update(
            over_at=now, next_at=None, answered_by=ticket.owner
        )
    ways_text, minutes = figures.values(["tickets.page_ways", "tickets.page_minutes"], now)
    ways = [each for each in ways_text.split() if each in BESIDES] or [MESSAGE]
    people = on_call(ticket.customer.region if ticket.customer else "", now)
    with transaction.atomic():
        taken = Alarm.objects.filter(pk=alarm.pk, over_at=None, step=alarm.step).update(
            step=alarm.step + 1, next_at=now + timedelta(minutes=float(minutes))
        )
        if not taken:
            return 0
        if not people:
            event(ticket, Note.PAGED, at=now, by=None, step=alarm.step, nobody=True)
            log("tickets.nobody_on_call", by=None, now=now, thing=ticket)
            return 1
        place, way = rung(alarm.step, len(people), ways)
        made = _page(alarm, people[place], way, now)
        last = (alarm.step + 1) % (len(people) * len(ways)) == 0
        if outcome(made) and not last:  # it reaches nobody: do not wait for an answer
            Alarm.objects.filter(pk=alarm.pk, over_at=None).update(next_at=now)
        return 1


def _page(alarm: Alarm, person: User, way: str, now: datetime) -> Paging:
    ticket, uid = alarm.ticket, secrets.token_urlsafe(18)
    made = tell(
        to=person, kind="ticket.paged", now=now, urgent=True, key=f"page:{uid}", ways=BESIDES[way],
        title={"zh": f"值班呼叫：{ticket.number}", "en": f"On call: {ticket.number}"},
        text={"zh": f"下班时间收到报修，还没有人受理：{ticket.title}", "en": f"Reported outside the opening hours, nobody has taken it yet: {ticket.title}"},
        url=reverse("tickets:detail", args=[ticket.pk]),
    )  # fmt: skip
    row = Paging.objects.create(
        alarm=alarm, uid=uid, step=alarm.step, user=person, way=way, at=now,
        notice=made[0] if made else None,
    )  # fmt: skip
    event(ticket, Note.PAGED, at=now, by=None, step=alarm.step, to=person.pk, way=way)
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
    """Somebody pressed a key or replied: 1 takes the ticket, anything else is written down and the
    ladder goes on. Raises PagingOver.
    """
    with transaction.atomic():
        row = (
            Paging.objects.select_for_update()
            .select_related("alarm__ticket", "user")
            .filter(uid=uid)
            .first()
        )
        if row is None or row.answered_at is not None:
            raise PagingOver
        row.answered_at, row.answer = now, "TAKEN" if taken else "DECLINED"
        row.save(update_fields=["answered_at", "answer"])
        ticket = row.alarm.ticket
        event(
            ticket, Note.PAGED, at=now, by=row.user, answer=row.answer, way=row.way, step=row.step
        )
        if not taken:
            Alarm.objects.filter(pk=row.alarm_id, over_at=None).update(next_at=now)
            return row
        try:
            with transaction.atomic():
                accept(ticket=ticket, by=row.user, now=now)
        except WrongStep as error:
            raise PagingOver from error
        Alarm.objects.filter(pk=row.alarm_id).update(
            over_at=now, next_at=None, answered_by=row.user
        )
        return row


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
