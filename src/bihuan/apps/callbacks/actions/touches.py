"""The one contact cap over calls, surveys, greetings and visits: asked before, noted after.

Other apps ask by `registry.service("contact.may")` and `registry.service("contact.note")`.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone

from bihuan.apps.callbacks import figures
from bihuan.apps.callbacks.enums import TouchKind
from bihuan.apps.callbacks.models import Touch
from bihuan.apps.callbacks.refusals import CapReached, DoNotDisturb, OutsideHours
from bihuan.apps.callbacks.rules import CapState, inside, quiet
from bihuan.apps.customers.models import Contact, Customer
from bihuan.base.access.models import User


def cap_state(contact_id: int, now: datetime) -> CapState:
    """How much of the cap of one person is used up at this moment (one query)."""
    cap = figures.cap(now)
    today = timezone.localtime(now).date()
    first = now - timedelta(days=cap.days)
    moments = Touch.objects.filter(
        contact_id=contact_id, safety=False, at__gt=first, at__lte=now
    ).values_list("at", flat=True)
    days = [timezone.localtime(at).date() for at in moments]
    return CapState(len(days), days.count(today), cap.count, cap.days, cap.a_day)


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
        raise OutsideHours(hours=" ".join(f"{a:%H:%M}-{b:%H:%M}" for a, b in allowed))


def dnd(customer: Customer) -> list[tuple[time, time]]:
    """The customer's own spans of do-not-disturb (`preferences.dnd`, as `12:00-14:00`)."""
    return figures.spans(str(customer.preferences.get("dnd", "")))
