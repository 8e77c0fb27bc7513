"""Asking finance for a payment term or production for a slot, and their answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse

from bihuan.apps.people.queries import holder
from bihuan.apps.tickets.actions.common import change, day_of, event, subjects
from bihuan.apps.tickets.actions.working import must_be_open
from bihuan.apps.tickets.enums import AskKind, Note
from bihuan.apps.tickets.models import Ask, Ticket
from bihuan.apps.tickets.refusals import (
    AskedAlready,
    CustomerUnknown,
    ReasonMissing,
    TextMissing,
    ValueMissing,
)  # fmt: skip
from bihuan.base.access.models import User
from bihuan.base.errors import ChangedMeanwhile
from bihuan.base.facts.actions import tell
from bihuan.base.notify.actions import tell as notify

ROLE = {AskKind.TERM: "finance", AskKind.SLOT: "planner"}
"""Who is asked; while nobody holds the post, the next of the ladder."""
PAGE = {AskKind.TERM: "tickets:term", AskKind.SLOT: "tickets:slot"}
VERB = {AskKind.TERM: "tickets.decide_term", AskKind.SLOT: "tickets.decide_slot"}
FACT = {AskKind.TERM: "credit_term", AskKind.SLOT: "slot"}
ASKED = {AskKind.TERM: Note.TERM_ASKED, AskKind.SLOT: Note.SLOT_ASKED}
GRANTED = {AskKind.TERM: Note.TERM_GRANTED, AskKind.SLOT: Note.SLOT_GRANTED}
REFUSED = {AskKind.TERM: Note.TERM_REFUSED, AskKind.SLOT: Note.SLOT_REFUSED}


@dataclass(frozen=True)
class Wish:
    """What is asked: days of payment, or a day in production."""

    kind: AskKind
    why: str
    days: int | None = None
    on_day: date | None = None


def ask(*, ticket: Ticket, wish: Wish, by: User, now: datetime) -> Ask:
    """Ask it; the answer comes back into the ticket.

    Raises CustomerUnknown, TextMissing, ValueMissing, AskedAlready, WrongStep.
    """
    must_be_open(ticket)
    if ticket.customer_id is None:
        raise CustomerUnknown
    if not wish.why.strip():
        raise TextMissing
    if wish.kind == AskKind.TERM and not wish.days:
        raise ValueMissing
    if wish.kind == AskKind.SLOT and wish.on_day is None:
        raise ValueMissing
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=ticket.pk)
        if ticket.asks.filter(kind=wish.kind, decided_at=None).exists():
            raise AskedAlready
        row = Ask.objects.create(
            ticket=ticket, kind=wish.kind, number=f"{ticket.number}/{wish.kind[0]}{ticket.asks.count() + 1}",
            why=wish.why.strip(), days=wish.days if wish.kind == AskKind.TERM else None,
            on_day=wish.on_day if wish.kind == AskKind.SLOT else None, at=now, by=by,
        )  # fmt: skip
        change(ticket)
        event(
            ticket, ASKED[wish.kind], at=now, by=by, text=f"{said(row.wish)}\n{row.why}", ask=row.pk
        )
        _tell(row, "asked", by=by, now=now, **_value(row.days, row.on_day))
        person = holder(ROLE[wish.kind], on=day_of(now), customer_id=ticket.customer_id)
        if person is not None:
            notify(
                to=person, kind="ask.asked", now=now, key=f"ask:{row.number}",
                title=_title(row), url=reverse(PAGE[wish.kind], args=[row.pk]),
            )  # fmt: skip
        return row


def decide(
    *, ask: Ask, granted: bool, by: User, now: datetime, days: int | None = None,
    on_day: date | None = None, reason: str = "",
) -> Ask:  # fmt: skip
    """Yes with a value, or no with a reason; once.

    Raises ValueMissing, ReasonMissing, ChangedMeanwhile.
    """
    days = days if ask.kind == AskKind.TERM else None
    on_day = on_day if ask.kind == AskKind.SLOT else None
    if granted and not days and on_day is None:
        raise ValueMissing
    if not granted and not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().get(pk=ask.ticket_id)
        done = Ask.objects.filter(pk=ask.pk, decided_at=None).update(
            decided_at=now, decided_by=by, granted=granted, reason=reason.strip(),
            granted_days=days if granted else None, granted_day=on_day if granted else None,
        )  # fmt: skip
        if not done:
            raise ChangedMeanwhile
        ask.refresh_from_db()
        change(ticket)
        event(
            ticket, (GRANTED if granted else REFUSED)[AskKind(ask.kind)], at=now, by=by,
            text="\n".join(each for each in (said(ask.value), ask.reason) if each), ask=ask.pk,
        )  # fmt: skip
        given = _value(ask.granted_days, ask.granted_day)
        _tell(ask, "decided", by=by, now=now, granted=granted, **given)
        people = {each.pk: each for each in (ask.by, ticket.owner) if each is not None}
        people.pop(by.pk, None)
        if people:
            notify(
                to=list(people.values()), kind="ask.decided", now=now, key=f"ask:{ask.number}:done",
                title=_title(ask), url=reverse("tickets:detail", args=[ticket.pk]),
            )  # fmt: skip
        return ask


def said(value: int | date | None) -> str:
    """Days or a day as they are written down."""
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _title(row: Ask) -> dict[str, str]:
    number = row.ticket.number
    if row.open:
        zh, en = {
            AskKind.TERM: ("请答复账期申请", "Payment term to decide"),
            AskKind.SLOT: ("请安排优先排产", "Production slot to decide"),
        }[AskKind(row.kind)]
        return {"zh": f"{zh}（{number}）", "en": f"{en} ({number})"}
    zh, en = {
        AskKind.TERM: ("账期已答复", "payment term decided"),
        AskKind.SLOT: ("排产已答复", "production slot decided"),
    }[AskKind(row.kind)]
    return {"zh": f"{number} {zh}", "en": f"{number}: {en}"}


def _value(days: int | None, on_day: date | None) -> dict[str, object]:
    found = {"days": days, "day": on_day.isoformat() if on_day else None}
    return {name: value for name, value in found.items() if value is not None}


def _tell(row: Ask, what: str, *, by: User, now: datetime, **data: object) -> None:
    tell(
        f"{FACT[AskKind(row.kind)]}.{what}", at=now, now=now, by=by,
        subjects={"customer": subjects(row.ticket)["customer"]},
        data={"request": row.number, "ticket": row.ticket.number} | data,
        key=f"ask:{row.number}:{what}",
    )  # fmt: skip
