"""Visits: planned, agreed by the customer, checked in on the spot, minuted."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.urls import reverse

from bihuan.apps.callbacks import figures, words
from bihuan.apps.callbacks.actions import touches
from bihuan.apps.callbacks.actions.problems import Found, Promised, found_problem, made_promise
from bihuan.apps.callbacks.enums import OPEN_VISITS, CheckIn, Level, Side, TouchKind, VisitState
from bihuan.apps.callbacks.models import Participant, Visit
from bihuan.apps.callbacks.refusals import (
    GiftAboveLimit,
    GiftIncomplete,
    GiftNotAllowed,
    GiftRefused,
    HostNotLeading,
    NotCheckedIn,
    NotOfThisCustomer,
    PlaceUnknown,
    TheirsMissing,
    TooFarAway,
    TooManyTries,
    VisitNotAgreed,
    WordsMissing,
    WrongCode,
)  # fmt: skip
from bihuan.apps.callbacks.rules import metres
from bihuan.apps.callbacks.search import put_visit
from bihuan.apps.customers.enums import Flag
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.guards import leads
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.refusals import InTheFuture, NotByStaff
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import ChangedMeanwhile
from bihuan.base.facts.actions import tell

TRIES = 6  # wrong codes; a code has a million values
VISITS = ("visit.regular", "visit.executive")


@dataclass(frozen=True)
class Report:
    """What is written after a visit; `gift_value` in CNY."""

    topics: Sequence[str]
    minutes: str
    their_people: Sequence[Contact]
    our_people: Sequence[User] = ()
    problems: Sequence[Found] = ()
    promises: Sequence[Promised] = ()
    gift: str = ""
    gift_value: Decimal | None = None
    next_on: date | None = None


def plan_visit(
    *, customer: Customer, purpose: str, planned_at: datetime, host: User, by: User | None, now: datetime,
    level: str = Level.STAFF, place: str = "", lat: float | None = None, lon: float | None = None,
    obligation: Obligation | None = None, contacts: Sequence[Contact] = (), staff: Sequence[User] = (),
) -> Visit:  # fmt: skip
    """Plan a visit. Raises WordsMissing, HostNotLeading (an executive visit), NotOfThisCustomer."""
    if not purpose.strip():
        raise WordsMissing
    if level == Level.EXECUTIVE and not leads(host):
        raise HostNotLeading(who=host.name)
    if obligation is not None and obligation.customer_id != customer.pk:
        raise NotOfThisCustomer
    with transaction.atomic():
        visit = Visit.objects.create(
            customer=customer, level=Level(level), purpose=purpose.strip(), planned_at=planned_at,
            place=place.strip() or customer.address, place_lat=lat, place_lon=lon, host=host,
            state=VisitState.PLANNED, obligation=obligation, token=secrets.token_urlsafe(18),
            code=f"{secrets.randbelow(1_000_000):06d}", made_at=now, by=by,
        )  # fmt: skip
        _participants(visit, [host, *staff], contacts)
        return visit


def _participants(visit: Visit, ours: Sequence[User], theirs: Sequence[Contact]) -> None:
    if any(each.customer_id != visit.customer_id for each in theirs):
        raise NotOfThisCustomer
    for user in ours:
        Participant.objects.get_or_create(
            visit=visit, user=user, contact=None, defaults={"side": Side.OURS}
        )
    for contact in theirs:
        Participant.objects.get_or_create(
            visit=visit,
            user=None,
            contact=contact,
            defaults={"side": Side.THEIRS, "role": contact.title[:60]},
        )
    if ours:  # who was there finds it
        put_visit(visit)


def agree(*, visit: Visit, contact: Contact, how: str, by: User, now: datetime) -> Visit:
    """Note who at the customer agreed, and how. Raises WordsMissing, NotOfThisCustomer,
    CapReached, ChangedMeanwhile.
    """
    if not how.strip():
        raise WordsMissing
    with transaction.atomic():
        touches.may_contact(contact_id=contact.pk, now=visit.planned_at, agreed=True)
        _participants(visit, [], [contact])
        _move(
            visit, (VisitState.PLANNED,), VisitState.AGREED, agreed_at=now, agreed_by=contact,
            agreed_how=how.strip(),
        )  # fmt: skip
        tell(
            "visit.agreed", at=now, now=now, by=by, subjects=_subjects(visit),
            data={
                "visit": visit.number, "planned_at": visit.planned_at.isoformat(),
                "executive": visit.level == Level.EXECUTIVE,
            },
        )  # fmt: skip
        return visit


def check_in_by_code(*, visit: Visit, code: str, by: User, now: datetime) -> Visit:
    """With the six digits of the customer's page. Raises VisitNotAgreed, WrongCode, TooManyTries."""
    _may_check_in(visit)
    # counted before it is looked at: who sends many at once has no more tries than who waits
    left = Visit.objects.filter(pk=visit.pk, code_tries__lt=TRIES)
    if not left.update(code_tries=F("code_tries") + 1):
        raise TooManyTries
    if not secrets.compare_digest(code.strip().encode(), visit.code.encode()):
        raise WrongCode
    return _checked_in(visit, CheckIn.CODE, by, now)


def check_in_by_qr(*, visit: Visit, token: str, by: User, now: datetime) -> Visit:
    """With the code on the customer's page as scanned. Raises VisitNotAgreed, WrongCode."""
    _may_check_in(visit)
    if not secrets.compare_digest(token.encode(), visit.token.encode()):
        raise WrongCode
    return _checked_in(visit, CheckIn.QR, by, now)


def check_in_by_place(*, visit: Visit, lat: float, lon: float, by: User, now: datetime) -> Visit:
    """With a position (degrees) inside the fence; only the distance is kept, not the position.

    Raises VisitNotAgreed, PlaceUnknown, TooFarAway.
    """
    _may_check_in(visit)
    if visit.place_lat is None or visit.place_lon is None:
        raise PlaceUnknown
    distance = round(metres(lat, lon, visit.place_lat, visit.place_lon))
    fence = figures.whole("fence", now)
    if distance > fence:
        raise TooFarAway(distance=distance, fence=fence)
    return _checked_in(visit, CheckIn.PLACE, by, now, distance)


def _may_check_in(visit: Visit) -> None:
    if visit.state != VisitState.AGREED:
        raise VisitNotAgreed if visit.state == VisitState.PLANNED else ChangedMeanwhile


def _checked_in(
    visit: Visit, how: str, by: User, now: datetime, distance: int | None = None
) -> Visit:
    with transaction.atomic():
        _move(
            visit, (VisitState.AGREED,), VisitState.IN_VISIT, checked_in_at=now, checked_in_how=how,
            checked_in_by=by, distance=distance,
        )  # fmt: skip
        _participants(visit, [by], [])
    return visit


def finish(*, visit: Visit, report: Report, by: User, now: datetime) -> Visit:
    """Write what was talked about and promised; discharges the duty of the visit.

    Raises NotCheckedIn, NotByStaff (an executive visit), WordsMissing, TheirsMissing,
    GiftRefused, GiftIncomplete, GiftAboveLimit and what `discharge` refuses; then nothing is kept.
    """
    if visit.checked_in_at is None:
        raise NotCheckedIn
    if visit.checked_in_at > now:
        raise InTheFuture
    if visit.level == Level.EXECUTIVE and not leads(by):
        raise NotByStaff
    if not report.minutes.strip():
        raise WordsMissing
    if not report.their_people:
        raise TheirsMissing
    with transaction.atomic():
        _gift(Visit.objects.select_for_update().get(pk=visit.pk), report, by, now)
        himself = [by] if visit.level == Level.EXECUTIVE else []
        _participants(visit, [*himself, *report.our_people], report.their_people)
        _move(
            visit, (VisitState.IN_VISIT,), VisitState.DONE, done_at=now, topics=list(report.topics),
            minutes=report.minutes.strip(), gift=report.gift.strip(), gift_value=report.gift_value,
            next_on=report.next_on,
        )  # fmt: skip
        for problem in report.problems:
            found_problem(
                problem=problem, customer=visit.customer, visit=visit, source="VISIT",
                contact=report.their_people[0], by=by, at=now, now=now,
            )  # fmt: skip
        for promise in report.promises:
            made_promise(
                promise=promise, customer=visit.customer, visit=visit, by=by, at=now, now=now
            )
        _discharge(visit, by, now)
        _tell_done(visit, len(report.promises), by, now)
        for contact in report.their_people:
            touches.note(
                customer_id=visit.customer_id, contact_id=contact.pk, kind=TouchKind.VISIT,
                channel="ONSITE", at=now, key=f"visit:{visit.pk}:{contact.pk}", by=by,
            )  # fmt: skip
        return visit


def _gift(visit: Visit, report: Report, by: User, now: datetime) -> None:
    if not report.gift.strip() and not report.gift_value:
        return
    if Flag.NO_GIFTS in visit.customer.flags:
        raise GiftRefused
    if not report.gift.strip() or report.gift_value is None:
        raise GiftIncomplete
    limit = figures.whole("gift_limit", now)
    allowed = visit.gift_allowed if visit.gift_approved_by_id != by.pk else None
    if report.gift_value > max(limit, allowed or 0):
        raise GiftAboveLimit(value=report.gift_value, limit=max(limit, allowed or 0))


def allow_gift(*, visit: Visit, value: Decimal, by: User, now: datetime) -> Visit:
    """Say yes to a gift worth up to `value` CNY on this visit; not for a visit of one's own.

    Raises GiftNotAllowed, GiftIncomplete, GiftRefused, ChangedMeanwhile.
    """
    if not leads(by) or visit.host_id == by.pk:
        raise GiftNotAllowed
    if value <= 0:
        raise GiftIncomplete
    if Flag.NO_GIFTS in visit.customer.flags:
        raise GiftRefused
    with transaction.atomic():
        still = Visit.objects.filter(pk=visit.pk, state__in=OPEN_VISITS)
        if not still.update(gift_allowed=value, gift_approved_by=by):
            raise ChangedMeanwhile
        visit.refresh_from_db()
        log("callbacks.gift", by=by, now=now, thing=visit, after={"up_to": str(value)})
    return visit


def duties_of(visit: Visit) -> list[Obligation]:
    """Live duties that this visit discharges: its own, or the nearest of its level."""
    kind = "visit.executive" if visit.level == Level.EXECUTIVE else "visit.regular"
    rows = Obligation.objects.filter(customer_id=visit.customer_id, state__in=LIVE)
    own = [visit.obligation_id] if visit.obligation_id else []
    found = list(rows.filter(pk__in=own))
    return found or list(rows.filter(kind=kind, state="OPEN").order_by("due_at", "pk")[:1])


def discharged_by(visit: Visit) -> list[Obligation]:
    """What this visit and its minutes have carried out."""
    link = reverse("callbacks:visit", args=[visit.pk])
    rows = Obligation.objects.filter(customer_id=visit.customer_id, evidence__link=link)
    return list(rows.exclude(state__in=LIVE).order_by("pk").distinct())


def _discharge(visit: Visit, by: User, now: datetime) -> None:
    rows = duties_of(visit)
    if not rows:
        return
    link = reverse("callbacks:visit", args=[visit.pk])
    obligations.discharge(
        obligation_ids=[row.pk for row in rows], by=by, now=now, at=now,
        evidence=[
            Proof(
                "checkin", link=link,
                text=f"{visit.number} {words.title(words.CHECK_IN, visit.checked_in_how)}",
            ),
            Proof("minutes", text=visit.minutes, link=link),
        ],
    )  # fmt: skip


def _tell_done(visit: Visit, commitments: int, by: User, now: datetime) -> None:
    tell(
        "visit.done", at=now, now=now, by=by, subjects=_subjects(visit),
        data={
            "visit": visit.number, "executive": visit.level == Level.EXECUTIVE,
            "commitments": commitments, "visitor": str(visit.host_id),
        },
    )  # fmt: skip
    tell(
        "contact.made", at=now, now=now, by=by, subjects=_subjects(visit),
        data={"touch": visit.number, "care": True, "channel": "ONSITE"},
    )  # fmt: skip
    tell(
        "feedback.received", at=now, now=now, by=by, subjects=_subjects(visit),
        data={"feedback": visit.number, "source": "VISIT"},
    )  # fmt: skip


def send_minutes(
    *, visit: Visit, how: str, by: User, now: datetime, obligation_id: int | None = None
) -> Visit:
    """The minutes went to the customer. Raises NotCheckedIn (the visit is not over), WordsMissing."""
    if visit.state != VisitState.DONE:
        raise NotCheckedIn
    if not how.strip():
        raise WordsMissing
    with transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(
            minutes_sent_at=now, minutes_sent_how=how.strip()[:200]
        )
        rows = Obligation.objects.filter(
            customer_id=visit.customer_id, kind="visit.minutes", state__in=LIVE,
            cause__data__fact__visit=visit.number,
        )  # fmt: skip
        ids = set(rows.values_list("pk", flat=True)) | ({obligation_id} if obligation_id else set())
        if ids:
            obligations.discharge(
                obligation_ids=sorted(ids), by=by, now=now, at=now,
                evidence=[Proof("minutes", text=visit.minutes, link=reverse("callbacks:visit", args=[visit.pk]))],
            )  # fmt: skip
        visit.refresh_from_db()
        return visit


def cancel(*, visit: Visit, why: str, by: User, now: datetime) -> Visit:
    """Call it off before it began. Raises WordsMissing, ChangedMeanwhile."""
    if not why.strip():
        raise WordsMissing
    _move(
        visit,
        (VisitState.PLANNED, VisitState.AGREED),
        VisitState.CANCELLED,
        cancelled_why=why.strip(),
    )
    return visit


def _subjects(visit: Visit) -> dict[str, int]:
    found = {"customer": visit.customer_id}
    if visit.agreed_by_id:
        found["contact"] = visit.agreed_by_id
    return found


def _move(visit: Visit, before: Sequence[str], after: str, **changes: object) -> None:
    if not Visit.objects.filter(pk=visit.pk, state__in=before).update(state=after, **changes):
        raise ChangedMeanwhile
    visit.refresh_from_db()
