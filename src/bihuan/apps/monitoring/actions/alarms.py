"""What people do to an alarm; each once, on record, and told where a duty waits for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.calling import answered, call_on
from bihuan.apps.monitoring.actions.common import subjects
from bihuan.apps.monitoring.enums import Verdict
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.refusals import (
    AlreadyAcknowledged,
    AlreadyJudged,
    AlreadyOver,
    AlreadyTold,
    NotShelved,
    ReasonMissing,
    ShelveInThePast,
    ShelveTooLong,
)
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import ChangedMeanwhile
from bihuan.base.facts.actions import tell
from bihuan.base.ui.marks import when

NOTE, WHY, TOLD = 500, 200, 1000


def acknowledge(*, alarm: Alarm, by: User, now: datetime) -> None:
    """Somebody has seen it, and with it what it holds. Raises AlreadyAcknowledged."""
    with transaction.atomic():
        if not _acknowledged(alarm, by, now):
            seen = Alarm.objects.select_related("acknowledged_by").get(pk=alarm.pk)
            who = seen.acknowledged_by.name if seen.acknowledged_by else "—"
            raise AlreadyAcknowledged(who=who, when=when(seen.acknowledged_at))
        for held in Alarm.objects.filter(merged=alarm.pk).select_related("asset"):
            _acknowledged(held, by, now)


def _acknowledged(alarm: Alarm, by: User, now: datetime) -> int:
    done = Alarm.objects.filter(pk=alarm.pk, acknowledged_at=None).update(
        acknowledged_at=now, acknowledged_by=by
    )
    if done:
        answered(alarm, by, now)
        log("alarm.acknowledge", by=by, now=now, thing=alarm)
        times = Alarm.objects.values_list("times", flat=True).get(pk=alarm.pk)
        _tell("alarm.acknowledged", alarm, by, now, again=f":{times}" if times > 1 else "")
    return done


def shelve(*, alarm: Alarm, until: datetime, why: str, by: User, now: datetime) -> None:
    """Put it aside for a while. Raises ReasonMissing, ShelveInThePast, ShelveTooLong, AlreadyOver."""
    if not why.strip():
        raise ReasonMissing
    if until <= now:
        raise ShelveInThePast
    hours = figures.number("shelve_hours", now)
    if until > now + timedelta(hours=hours):
        raise ShelveTooLong(hours=f"{hours:g}")
    with transaction.atomic():
        if not Alarm.objects.filter(pk=alarm.pk, cleared_at=None).update(
            shelved_until=until, shelved_by=by, why_shelved=why.strip()[:WHY]
        ):
            raise AlreadyOver
        log("alarm.shelve", by=by, now=now, thing=alarm, after={"until": until, "why": why.strip()})


def unshelve(*, alarm: Alarm, by: User, now: datetime) -> None:
    """Back to the desk before its time. Raises NotShelved."""
    with transaction.atomic():
        if not Alarm.objects.filter(pk=alarm.pk, shelved_until__gt=now).update(shelved_until=None):
            raise NotShelved
        call_on(alarm, now)
        log("alarm.unshelve", by=by, now=now, thing=alarm)


def judge(*, alarm: Alarm, verdict: Verdict, text: str, by: User, now: datetime) -> None:
    """Say whether it was true; who says so has seen it. A false one needs its reason, as it counts
    as a false alarm. Raises ReasonMissing, AlreadyJudged, ChangedMeanwhile.
    """
    text = text.strip()[:NOTE]
    if verdict == Verdict.FALSE and not text:
        raise ReasonMissing
    if alarm.verdict == verdict:
        raise AlreadyJudged
    with transaction.atomic():
        seen = Alarm.objects.filter(pk=alarm.pk, verdict=alarm.verdict)
        if not seen.update(verdict=verdict, note=text or alarm.note):
            raise ChangedMeanwhile
        log(
            "alarm.judge", by=by, now=now, thing=alarm, before={"verdict": alarm.verdict},
            after={"verdict": str(verdict), "note": text},
        )  # fmt: skip
        _acknowledged(alarm, by, now)


def note(*, alarm: Alarm, text: str, by: User, now: datetime) -> None:
    """What one should know of it. Raises ReasonMissing, ChangedMeanwhile."""
    text = text.strip()[:NOTE]
    if not text:
        raise ReasonMissing
    with transaction.atomic():
        if not Alarm.objects.filter(pk=alarm.pk, note=alarm.note).update(note=text):
            raise ChangedMeanwhile
        log(
            "alarm.note", by=by, now=now, thing=alarm, before={"note": alarm.note},
            after={"note": text},
        )  # fmt: skip


def send_diagnosis(*, alarm: Alarm, text: str, by: User | None, now: datetime) -> None:
    """Customer and engineer have been told the first diagnosis, in these words: the fact that discharges
    the duty. `by` None is the system itself. Raises ReasonMissing, AlreadyTold.
    """
    text = text.strip()[:TOLD]
    if not text:
        raise ReasonMissing
    with transaction.atomic():
        row = Alarm.objects.select_for_update(of=("self",)).get(pk=alarm.pk)
        told = {**row.diagnosis, "told": text, "told_by": by.name if by else ""}
        if not Alarm.objects.filter(pk=row.pk, customer_told_at=None).update(
            diagnosis=told, customer_told_at=now
        ):
            raise AlreadyTold(when=when(row.customer_told_at))
        log("alarm.tell", by=by, now=now, thing=alarm, after={"told": text})
        _tell("diagnosis.sent", alarm, by, now)


def _tell(kind: str, alarm: Alarm, by: User | None, now: datetime, *, again: str = "") -> None:
    tell(
        kind, at=now, now=now, by=by, subjects=subjects(alarm.asset),
        data={"alarm": alarm.number}, key=f"alarm:{alarm.number}:{kind}{again}",
    )  # fmt: skip
