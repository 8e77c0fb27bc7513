"""Planned days, campaigns, preparation, news and the monthly quality check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from bihuan.apps.callbacks import figures
from bihuan.apps.callbacks.enums import CallState, NewsKind
from bihuan.apps.callbacks.models import (
    Brief,
    Callback,
    Campaign,
    News,
    PlannedDay,
    Sample,
    Script,
    Target,
)  # fmt: skip
from bihuan.apps.callbacks.refusals import (
    AlreadyScored,
    DayOutsideSpan,
    LastDayPast,
    NobodyFits,
    SampleByCaller,
    WordsMissing,
)  # fmt: skip
from bihuan.apps.callbacks.rules import drawn
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.models import Obligation
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.audit.actions import log
from bihuan.base.errors import ChangedMeanwhile
from bihuan.lib.policy import span_by_key


def shift(
    *, customer: Customer, rule: str, occasion: str, on: date, by: User, now: datetime
) -> PlannedDay:
    """Plan a duty for another day of its period. Raises DayOutsideSpan."""
    try:
        _, span = span_by_key(occasion)
    except (KeyError, ValueError) as bad:
        raise DayOutsideSpan(first="—", last="—") from bad
    if not span.first <= on <= span.last:
        raise DayOutsideSpan(first=span.first.isoformat(), last=span.last.isoformat())
    with transaction.atomic():
        row, _ = PlannedDay.objects.update_or_create(
            customer=customer,
            rule=rule,
            occasion=occasion,
            defaults={"on": on, "at": now, "by": by},
        )
        log("callbacks.plan", by=by, now=now, thing=row, after={"on": on, "rule": rule})
        return row


def finish_plan(*, obligation: Obligation, text: str, by: User, now: datetime) -> None:
    """The plan is made: its duty is discharged. Raises WordsMissing and what discharge refuses."""
    if not text.strip():
        raise WordsMissing
    obligations.discharge(
        obligation_ids=[obligation.pk], by=by, now=now, at=now,
        evidence=[Proof("form", text=text.strip(), link=reverse("callbacks:plan"))],
    )  # fmt: skip


def start_campaign(
    *, title: str, goal: str, choice: Mapping[str, Any], last_on: date, by: User, now: datetime,
    script: Script | None = None,
) -> Campaign:  # fmt: skip
    """Take the list of customers that fit now, one call each. Raises WordsMissing, LastDayPast, NobodyFits."""
    if not title.strip() or not goal.strip():
        raise WordsMissing
    if last_on < timezone.localdate(now):
        raise LastDayPast
    wanted = {name: value for name, value in choice.items() if value}
    with transaction.atomic():
        ids = list(fitting(wanted, by).values_list("pk", flat=True))
        if not ids:
            raise NobodyFits
        row = Campaign.objects.create(
            title=title.strip(), goal=goal.strip(), choice=dict(wanted), script=script, last_on=last_on,
            made_at=now, by=by,
        )  # fmt: skip
        Target.objects.bulk_create([Target(campaign=row, customer_id=pk) for pk in ids])
        log("callbacks.campaign", by=by, now=now, thing=row, after={"customers": len(ids)})
        return row


def fitting(choice: Mapping[str, Any], by: User) -> Any:
    """Living customers of this person's scope that the filter takes."""
    rows: Any = visible(Customer.objects.living(), by, "callbacks.plan")
    if choice.get("tier"):
        rows = rows.filter(tier=choice["tier"])
    if choice.get("region"):
        rows = rows.filter(region=choice["region"])
    if choice.get("industry"):
        rows = rows.filter(industry__icontains=choice["industry"])
    if choice.get("flag"):
        rows = rows.filter(flags__contains=[choice["flag"]])
    return rows.order_by("pk")


def close_campaign(
    *, campaign: Campaign, report: str, by: User, now: datetime, obligation_id: int | None = None
) -> None:
    """End it with a report; who was not reached stays counted as such.

    Raises WordsMissing, ChangedMeanwhile.
    """
    if not report.strip():
        raise WordsMissing
    with transaction.atomic():
        if not Campaign.objects.filter(pk=campaign.pk, closed_at=None).update(
            closed_at=now, report=report.strip()
        ):
            raise ChangedMeanwhile
        if obligation_id is not None:
            link = reverse("callbacks:campaign", args=[campaign.pk])
            proofs = [Proof(kind, text=report.strip(), link=link) for kind in ("report", "record")]
            obligations.discharge(
                obligation_ids=[obligation_id], by=by, now=now, at=now, evidence=proofs
            )


def prepare(*, obligation: Obligation, goal: str, mind: str, by: User, now: datetime) -> Brief:
    """Write the preparation of a call or visit and discharge its duty. Raises WordsMissing."""
    if not goal.strip():
        raise WordsMissing
    assert obligation.customer_id is not None
    with transaction.atomic():
        brief = Brief(
            obligation=obligation, customer_id=obligation.customer_id, occasion=obligation.occasion,
            goal=goal.strip(), mind=mind.strip(), at=now, by=by,
        )  # fmt: skip
        Brief.objects.bulk_create(
            [brief], update_conflicts=True, unique_fields=["obligation"],
            update_fields=["customer", "occasion", "goal", "mind", "at", "by"],
        )  # fmt: skip
        if obligation.live:
            proofs = [Proof("form", text=goal.strip()), Proof("record", text=goal.strip())]
            obligations.discharge(
                obligation_ids=[obligation.pk], by=by, now=now, at=now, evidence=proofs
            )
        return brief


def add_news(
    *,
    customer: Customer,
    kind: str,
    text: str,
    by: User,
    now: datetime,
    obligation: Obligation | None = None,
) -> News:
    """Note what is new at a customer; discharges the duty that asked for it. Raises WordsMissing."""
    if not text.strip():
        raise WordsMissing
    with transaction.atomic():
        row = News.objects.create(
            customer=customer, kind=NewsKind(kind), text=text.strip(), at=now, by=by
        )
        if obligation is not None and obligation.live:
            proofs = [Proof("form", text=row.text), Proof("record", text=row.text)]
            obligations.discharge(
                obligation_ids=[obligation.pk], by=by, now=now, at=now, evidence=proofs
            )
        return row


def draw(*, month: date, by: User, now: datetime) -> list[Sample]:
    """Draw the calls of a month for the quality check; the same calls whoever draws again."""
    first = timezone.make_aware(datetime(month.year, month.month, 1))  # noqa: DTZ001
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    last = timezone.make_aware(datetime(after.year, after.month, 1))  # noqa: DTZ001
    done = Callback.objects.filter(state=CallState.DONE, done_at__gte=first, done_at__lt=last)
    calls = {call.number: call for call in done}
    name = f"{month:%Y-%m}"
    wanted = drawn(name, sorted(calls), figures.share("sample_share", now))
    with transaction.atomic():
        known = set(Sample.objects.filter(month=name).values_list("callback_id", flat=True))
        Sample.objects.bulk_create(
            [
                Sample(month=name, callback=calls[number], drawn_at=now, drawn_by=by)
                for number in wanted
                if calls[number].pk not in known
            ],
            ignore_conflicts=True,
        )
    return list(Sample.objects.filter(month=name).select_related("callback"))


def score(
    *, sample: Sample, scores: Mapping[str, int], note: str, by: User, now: datetime
) -> Sample:
    """Score a call, by somebody who did not make it. Raises SampleByCaller, AlreadyScored."""
    if sample.callback.caller_id == by.pk or sample.callback.attempts.filter(by=by).exists():
        raise SampleByCaller
    mean = round(100 * sum(scores.values()) / (5 * max(len(scores), 1)))
    done = Sample.objects.filter(pk=sample.pk, scored_at=None).update(
        scores=dict(scores), score=mean, note=note.strip(), scored_at=now, scored_by=by
    )
    if not done:
        raise AlreadyScored
    sample.refresh_from_db()
    return sample


def month_of(duty: Obligation) -> str:
    """The month whose calls a duty to check asks for: that of its period, `2026-01`."""
    if len(duty.occasion) == len("2026-01") and "Q" not in duty.occasion:
        return duty.occasion
    return f"{timezone.localtime(duty.anchor_at):%Y-%m}"


def finish_samples(*, obligation: Obligation, by: User, now: datetime) -> None:
    """All calls drawn of its month are scored: the duty is discharged. Raises WordsMissing when
    some are not.
    """
    month = month_of(obligation)
    rows = Sample.objects.filter(month=month)
    if not rows.exists() or rows.filter(scored_at=None).exists():
        raise WordsMissing
    text = f"{month}: {rows.count()}"
    proofs = [Proof("form", text=text), Proof("record", text=text)]
    obligations.discharge(obligation_ids=[obligation.pk], by=by, now=now, at=now, evidence=proofs)
