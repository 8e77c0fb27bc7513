"""What an alarm really was: said by a person, taken back when its ticket opens again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from bihuan.apps.monitoring.actions.opinion import knowledge
from bihuan.apps.monitoring.enums import Verdict
from bihuan.apps.monitoring.models import Alarm, Lesson
from bihuan.apps.monitoring.refusals import CauseAlreadySaid, FalseHasNoCause, NoSuchCause
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.lib.diagnosis import OTHER, Knowledge


def known_of(alarm: Alarm) -> Knowledge | None:
    """The causes that an alarm may have; None where nobody has written them."""
    return knowledge(alarm.layout.template) if alarm.layout is not None else None


def find_cause(*, alarm: Alarm, cause: str, by: User, now: datetime) -> None:
    """Say what it was: of all alarms of the same ticket, which are one fault; said anew, it
    replaces what was said. Raises NoSuchCause, CauseAlreadySaid, FalseHasNoCause.
    """
    known = known_of(alarm)
    if known is None or cause not in {*known.cause, OTHER}:
        raise NoSuchCause
    with transaction.atomic():
        rows = list(_of_one_fault(alarm).select_for_update(of=("self",)))
        if any(row.pk == alarm.pk and row.verdict == Verdict.FALSE for row in rows):
            raise FalseHasNoCause
        before = {row.pk: _kept(row, known.template).cause for row in rows}
        if set(before.values()) == {cause}:
            raise CauseAlreadySaid
        Lesson.objects.filter(alarm__in=before).exclude(cause=cause).update(
            cause=cause, said_by=by, said_at=now, times=F("times") + 1
        )
        log(
            "alarm.cause", by=by, now=now, thing=alarm, before={"cause": before[alarm.pk]},
            after={"cause": cause},
        )  # fmt: skip


def hear(*, ticket: str, solved: bool, hint: str, number: int, at: datetime, now: datetime) -> None:
    """Its ticket was solved, with a class of cause, or is open again: then what was said of the cause
    before holds no longer. `number` is that of the fact: an older one than the last changes nothing.
    """
    with transaction.atomic():
        rows = Alarm.objects.filter(ticket_number=ticket).select_related("layout").order_by("pk")
        for alarm in rows.select_for_update(of=("self",)):
            known = known_of(alarm)
            if known is None:
                continue
            lesson = _kept(alarm, known.template)
            if lesson.heard >= number:
                continue
            mine = Lesson.objects.filter(pk=lesson.pk)
            mine.update(solved=solved, hint=hint, heard=number)
            if not solved and mine.exclude(cause="").filter(said_at__lte=at).update(
                cause="", said_by=None, said_at=None, times=F("times") + 1
            ):
                log(
                    "alarm.cause", by=None, now=now, thing=alarm, before={"cause": lesson.cause},
                    after={"cause": "", "reopened": ticket},
                )  # fmt: skip


def _of_one_fault(alarm: Alarm) -> QuerySet[Alarm]:
    rows = Alarm.objects.select_related("layout").order_by("pk")
    if not alarm.ticket_number or alarm.layout is None:
        return rows.filter(pk=alarm.pk)
    return rows.filter(ticket_number=alarm.ticket_number, layout__template=alarm.layout.template)


def _kept(alarm: Alarm, template: str) -> Lesson:
    """Its row, with what the first opinion had when it was given."""
    causes = alarm.diagnosis.get("causes") or []
    lesson, _new = Lesson.objects.get_or_create(
        alarm=alarm,
        defaults={
            "template": template, "rule": alarm.rule, "shown": alarm.diagnosis.get("shown") or {},
            "named": causes[0]["code"] if causes else "",
        },
    )  # fmt: skip
    return lesson
