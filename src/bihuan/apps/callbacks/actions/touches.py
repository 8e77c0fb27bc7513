"""The one contact cap over calls, surveys, greetings and visits: asked before, noted after.

Other apps ask by `registry.service("contact.may")` and `registry.service("contact.note")`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from bihuan.apps.callbacks import figures
from bihuan.apps.callbacks.enums import TouchKind
from bihuan.apps.callbacks.models import Touch
from bihuan.apps.callbacks.refusals import (
    CapReached,
    ConsentTakenBack,
    DoNotDisturb,
    OutsideHours,
)
from bihuan.apps.callbacks.rules import CapState, inside, quiet, spans
from bihuan.apps.customers import words as of_customers
from bihuan.apps.customers.enums import Purpose
from bihuan.apps.customers.models import Consent, Contact, Customer
from bihuan.apps.obligations.models import Obligation
from bihuan.base.access.models import User
from bihuan.base.errors import Refusal
from bihuan.base.vocabulary import vocabulary

ROUND_THE_CLOCK = "24x7"


def cap_state(contact_id: int, now: datetime) -> CapState:
    """How much of the cap of one person is used up at this moment."""
    return cap_states([contact_id], now)[contact_id]


def cap_states(contact_ids: Collection[int], now: datetime) -> dict[int, CapState]:
    """How much of the cap of each person is used up at this moment (one query)."""
    cap = figures.cap(now)
    today = timezone.localtime(now).date()
    first = now - timedelta(days=cap.days)
    days: dict[int, list[date]] = {pk: [] for pk in contact_ids}
    touches = Touch.objects.filter(
        contact_id__in=contact_ids, safety=False, at__gt=first, at__lte=now
    )
    for pk, at in touches.values_list("contact_id", "at"):
        if pk is not None:
            days[pk].append(timezone.localtime(at).date())
    return {
        pk: CapState(len(those), those.count(today), cap.count, cap.days, cap.a_day)
        for pk, those in days.items()
    }


def may_contact(
    *, contact_id: int, now: datetime, safety: bool = False, agreed: bool = False
) -> CapState:
    """Raises CapReached when this person has been contacted enough; a safety notice never is.

    `agreed`: the person asked for a second talk on this day; the cap over many days still holds.
    """
    state = cap_state(contact_id, now)
    if safety or not (state.used >= state.count or (not agreed and state.today >= state.a_day)):
        return state
    who = Contact.objects.filter(pk=contact_id).values_list("name", flat=True).first() or ""
    many = state.used >= state.count
    raise CapReached(
        who=who, days=state.days if many else 1, count=state.used if many else state.today
    )


def check_consent(*, contact_id: int, purpose: Purpose, channel: str) -> None:
    """Raises ConsentTakenBack when this person once agreed to be reached so for this, and took it
    back. Who never said anything is not asked here.
    """
    if channel not in taken_back([contact_id], purpose).get(contact_id, []):
        return
    who = Contact.objects.filter(pk=contact_id).values_list("name", flat=True).first() or ""
    raise ConsentTakenBack(
        who=who, purpose=of_customers.title(of_customers.PURPOSE, purpose),
        channel=of_customers.title(of_customers.CHANNEL, channel),
    )  # fmt: skip


def taken_back(contact_ids: Iterable[int], purpose: Purpose) -> dict[int, list[str]]:
    """Contact -> the channels by which that person no longer wants to be reached for this."""
    rows = Consent.objects.filter(contact_id__in=list(contact_ids), purpose=purpose)
    found: dict[int, list[str]] = defaultdict(list)
    for contact, channel, open_ones in (
        rows.values_list("contact_id", "channel")
        .annotate(open_ones=Count("pk", filter=Q(to_at=None)))
        .order_by("channel")
    ):
        if not open_ones:
            found[contact].append(channel)
    return found


def note(
    *, customer_id: int, contact_id: int | None, kind: str, at: datetime, key: str,
    by: User | None = None, channel: str = "", care: bool = True, safety: bool = False,
) -> bool:  # fmt: skip
    """Write down that somebody was contacted; the same `key` is written once. True when new."""
    _, new = Touch.objects.get_or_create(
        key=key,
        defaults={
            "customer_id": customer_id, "contact_id": contact_id, "kind": TouchKind(kind),
            "channel": channel, "care": care, "safety": safety, "at": at, "by": by,
        },
    )  # fmt: skip
    return new


def check_hours(customer: Customer, at: datetime, *, agreed: bool) -> None:
    """Raises OutsideHours or DoNotDisturb; what the customer agreed to goes before both."""
    if agreed:
        return
    local = timezone.localtime(at).time()
    found = quiet(local, dnd(customer))
    if found is not None:
        raise DoNotDisturb(when=f"{found[0]:%H:%M}-{found[1]:%H:%M}")
    allowed = figures.hours(at)
    if not inside(local, allowed):
        raise OutsideHours(
            at=f"{local:%H:%M}", hours=" ".join(f"{a:%H:%M}-{b:%H:%M}" for a, b in allowed)
        )


def at_any_hour(duties: Sequence[Obligation]) -> bool:
    """Round the clock, or for safety alone."""
    known = vocabulary().duties
    safety = bool(duties) and not any(
        known[row.kind].contact for row in duties if row.kind in known
    )
    return safety or any(row.calendar == ROUND_THE_CLOCK for row in duties)


def bad_moment(customer: Customer, duties: Sequence[Obligation], now: datetime) -> str:
    """Why this customer should not be rung up now, in words; nothing when it is a good moment.

    The rule of `record`, said before the call instead of after it.
    """
    if at_any_hour(duties):
        return ""
    try:
        check_hours(customer, now, agreed=False)
    except Refusal as refused:
        return str(refused)
    return ""


def dnd(customer: Customer) -> list[tuple[time, time]]:
    """The customer's own spans of do-not-disturb (`preferences.dnd`, as `12:00-14:00`)."""
    return spans(str(customer.preferences.get("dnd", "")))
