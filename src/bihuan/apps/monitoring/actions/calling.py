"""Whom an alarm calls: in working hours the desk, one after the other, outside of them whoever is on
call, until somebody acknowledges it. Also one that has cleared: a machine that tripped is well again
by its readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.common import SOURCE, subjects
from bihuan.apps.monitoring.models import Alarm, Call, Calling
from bihuan.apps.people.calendars import opens_at
from bihuan.apps.people.queries import holders
from bihuan.base import bulk
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.facts import actions as facts
from bihuan.base.notify.actions import tell
from bihuan.base.ui.addresses import address

AT_ONCE = 200
MESSAGE = "MESSAGE"


def begin(now: datetime) -> int:
    """A tick: every alarm that was told, of a class that calls somebody, calls at once."""
    most = timedelta(hours=figures.number("call_most_h", now))
    rows = Alarm.objects.filter(
        hushed="", acknowledged_at=None, told_at__gt=now - most, klass__in=figures.minutes("answer_min", now),
        calling=None,
    )  # fmt: skip
    made = [
        Calling(alarm=alarm, begun_at=now, next_at=now)
        for alarm in rows.order_by("told_at")[:AT_ONCE]
    ]
    return bulk.add(made, ignore_conflicts=True)


def climb(now: datetime) -> int:
    """A tick: the next step of every alarm whose time has come, by a conditional UPDATE."""
    rows = Calling.objects.filter(over_at=None, next_at__lte=now).order_by("next_at", "pk")
    joined = rows.select_related("alarm__asset__customer", "alarm__asset__model", "alarm__merged")
    return sum(_step(row, now) for row in joined[:AT_ONCE])


class Turn(NamedTuple):
    """Whether an alarm calls somebody: not any more (`over`), or not before `until`; else now."""

    over: bool = False
    until: datetime | None = None


def turn(alarm: Alarm, now: datetime) -> Turn:
    """What holds for the desk and for whoever is on call: acknowledged or called long enough it is over,
    put aside or held by a graver one it rests.
    """
    minutes = figures.minutes("answer_min", now).get(alarm.klass)
    most = timedelta(hours=figures.number("call_most_h", now))
    told = max(alarm.told_at, alarm.again_at or alarm.told_at)
    if alarm.acknowledged_at or minutes is None or now >= told + most:
        return Turn(over=True)
    if alarm.shelved_until and alarm.shelved_until > now:
        return Turn(until=alarm.shelved_until)
    later = now + timedelta(minutes=minutes)
    graver = alarm.merged
    if graver is not None and not graver.hushed and graver.acknowledged_at is None:
        return Turn(until=later)  # the graver one calls for both
    return Turn()


def _step(row: Calling, now: datetime) -> int:
    alarm = row.alarm
    mine = Calling.objects.filter(pk=row.pk, over_at=None, step=row.step, next_at=row.next_at)
    says = turn(alarm, now)
    if says.over:
        return mine.update(over_at=now, next_at=None, answered_by=alarm.acknowledged_by_id)
    if says.until is not None:
        return mine.update(next_at=says.until)
    opens = desk_opens(alarm, now)
    if opens is None:
        return _desk(row, now)
    with transaction.atomic():
        if not mine.update(next_at=opens, opens_at=opens, step=0):
            return 0
        if row.opens_at != opens and alarm.klass in figures.classes("night_classes", now):
            data = {"alarm": alarm.number, "class": alarm.klass}
            again = f"#{alarm.times}" if alarm.times > 1 else ""
            facts.tell(
                "alarm.unanswered", at=now, now=now, by=None, subjects=subjects(alarm.asset), data=data,
                key=f"alarm:{alarm.number}:unanswered:{opens.isoformat()}{again}", source=SOURCE,
            )  # fmt: skip
    return 1


def desk_opens(alarm: Alarm, now: datetime) -> datetime | None:
    """When the alarm desk opens next for this customer; None while it is open."""
    customer = alarm.asset.customer
    values = {"customer_id": customer.pk, "region": customer.region}
    return opens_at(figures.words("desk_calendar", now)[0], values, now)


def desk(customer: int, region: str, now: datetime) -> list[tuple[str, User]]:
    """Whom the desk's steps call, each person once, with the role that names him."""
    known = holders(on=figures.day_of(now), customer_ids={customer} if customer else ())
    found: dict[int, str] = {}
    for role in figures.words("desk_steps", now):
        person = known.find(role, customer_id=customer or None, region=region)
        if person is not None:
            found.setdefault(person, role)
    people = User.objects.filter(is_active=True).in_bulk(list(found))
    return [(role, people[pk]) for pk, role in found.items() if pk in people]


def _desk(row: Calling, now: datetime) -> int:
    alarm = row.alarm
    later = now + timedelta(minutes=figures.minutes("answer_min", now)[alarm.klass])
    people = desk(alarm.asset.customer_id, alarm.asset.customer.region, now)
    with transaction.atomic():
        mine = Calling.objects.filter(pk=row.pk, over_at=None, step=row.step, next_at=row.next_at)
        if not mine.update(step=F("step") + 1, next_at=later, opens_at=None):
            return 0
        if not people:
            Call.objects.create(alarm=alarm, way=MESSAGE, at=now)
            log("alarm.nobody", by=None, now=now, thing=alarm)
            return 1
        role, person = people[row.step % len(people)]
        tell(
            to=person, kind="alarm.unanswered", now=now, urgent=True, url=address("monitoring:alarm", alarm.pk),
            key=f"alarm:{alarm.number}:{row.pk}:{now.isoformat()}",
            title=_title(alarm, first=row.step == 0),
            text=f"{alarm.asset} · {alarm.asset.customer.called} · {alarm.number}",
        )  # fmt: skip
        Call.objects.create(alarm=alarm, role=role, person=person, way=MESSAGE, at=now)
    return 1


def _title(alarm: Alarm, *, first: bool) -> dict[str, str]:
    if first:
        return {"zh": f"新报警：{alarm.title['zh']}", "en": f"New alarm: {alarm.title['en']}"}
    return {
        "zh": f"报警还没有人确认：{alarm.title['zh']}",
        "en": f"Nobody has acknowledged yet: {alarm.title['en']}",
    }


def answered(alarm: Alarm, by: User | None, now: datetime) -> None:
    """Somebody has acknowledged it: nobody is called any more."""
    Calling.objects.filter(alarm=alarm.pk, over_at=None).update(
        over_at=now, next_at=None, answered_by=by
    )


def unseen(alarms: Sequence[int], now: datetime) -> None:
    """They came back after their end: nobody has seen that, and people are called from the first again."""
    Alarm.objects.filter(pk__in=alarms).update(acknowledged_at=None, acknowledged_by=None)
    Calling.objects.filter(alarm__in=alarms).update(
        step=0, begun_at=now, next_at=now, opens_at=None, over_at=None, answered_by=None
    )


def call_on(alarm: Alarm, now: datetime) -> None:
    """It is not put aside any more: the next step at once."""
    Calling.objects.filter(alarm=alarm.pk, over_at=None).update(next_at=now)


def called(
    *, alarms: Iterable[Alarm], person: User | None, way: str, ref: str, now: datetime
) -> None:
    """The roster's ladder called this person about these alarms; the same `ref` is one call."""
    rows = [
        Call(alarm=each, on_call=True, person=person, way=way, at=now, ref=ref) for each in alarms
    ]
    bulk.add(rows, ignore_conflicts=True)


def replied(*, ref: str, answer: str, now: datetime) -> None:
    """What the one who was called said."""
    Call.objects.filter(ref=ref, answer="").update(answer=answer, answered_at=now)


def of_ticket(number: str) -> Sequence[Alarm]:
    """The alarms that led to a ticket."""
    return list(Alarm.objects.filter(ticket_number=number).exclude(ticket_number="").order_by("pk"))
