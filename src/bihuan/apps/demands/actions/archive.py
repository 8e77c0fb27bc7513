"""A demand comes into the archive: from a fact that another app told, or written down by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from bihuan.apps.assets.models import Asset
from bihuan.apps.callbacks.models import Answer, Callback, Visit
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.demands.actions.common import KEY, say, subjects, write
from bihuan.apps.demands.enums import Deed, Kind, Source, State
from bihuan.apps.demands.models import Demand, Step
from bihuan.apps.demands.refusals import InTheFuture, WordsMissing
from bihuan.apps.demands.search import put_demand
from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Fact

ASKED = "demand"
"""The question of a call whose answer are the customer's words."""


@dataclass(frozen=True)
class Wish:
    """What a customer wants, as somebody writes it down; `ticket`, `callback` or `visit` is where
    it was said.
    """

    kind: str
    text: str
    received_at: datetime
    source: str = Source.OTHER
    contact: Contact | None = None
    asset: Asset | None = None
    ticket: Ticket | None = None
    callback: Callback | None = None
    visit: Visit | None = None


def register(*, customer: Customer, wish: Wish, by: User, now: datetime) -> Demand:
    """Write a demand down; its clocks start when it was received.

    Raises WordsMissing, InTheFuture.
    """
    if not wish.text.strip():
        raise WordsMissing
    if wish.received_at > now:
        raise InTheFuture
    source = wish.source
    if wish.ticket is not None:
        source = Source.TICKET
    elif wish.visit is not None:
        source = Source.VISIT
    elif wish.callback is not None:
        source = Source.CALLBACK
    with transaction.atomic():
        row = Demand.objects.create(
            number="", customer=customer, contact=wish.contact, asset=wish.asset, kind=Kind(wish.kind),
            source=Source(source), ticket=wish.ticket, callback=wish.callback, visit=wish.visit,
            text=wish.text.strip(), received_at=wish.received_at, received_by=by,
            owner=customer.account_manager,
        )  # fmt: skip
        row.number = f"XQ-{row.pk:06d}"
        row.save(update_fields=["number"])
        step = write(row, Deed.RECEIVED, at=wish.received_at, by=by)
        say(row, "demand.received", step, now=now, by=by, kind=row.kind, source=row.source)
        put_demand(row)
        return row


def archive(fact: Fact) -> Demand | None:
    """The row of a fact `demand.received`; made once, with the customer's words and a link to
    where they were said. Told again it stays as it is. None without a customer.
    """
    if fact.customer_id is None:
        return None
    own = fact.own()
    number = str(own["demand"])[:40]
    with transaction.atomic():
        found = Demand.objects.filter(customer_id=fact.customer_id, number=number).first()
        if found is not None:
            return found
        customer = Customer.objects.get(pk=fact.customer_id)
        made = Demand.objects.bulk_create(
            [
                Demand(
                    number=number, customer=customer, kind=Kind(own["kind"]), source=Source(own["source"]),
                    asset_id=fact.subjects.get("asset"), received_at=fact.at, received_by_id=fact.by_id,
                    owner_id=customer.account_manager_id, **_from(number, fact),
                )
            ],
            ignore_conflicts=True,
        )  # fmt: skip
        row = Demand.objects.get(customer_id=fact.customer_id, number=made[0].number)
        Step.objects.get_or_create(
            fact=fact.uid,
            defaults={"demand": row, "deed": Deed.RECEIVED, "at": fact.at, "by_id": fact.by_id},
        )
        put_demand(row)
        return row


def _from(number: str, fact: Fact) -> dict[str, Any]:
    """Where it was said, and the words as they stand there."""
    mine = {"customer_id": fact.customer_id}
    ticket = Ticket.objects.filter(number=number, **mine).first()
    if ticket is not None:
        text = "\n".join(dict.fromkeys(filter(None, [ticket.title, ticket.text])))
        return {"ticket": ticket, "contact_id": ticket.contact_id, "text": text}
    key = number.removeprefix("HF-")
    call = (
        Callback.objects.filter(pk=int(key), **mine).first()
        if number.startswith("HF-") and key.isdecimal() and len(key) < 16
        else None
    )
    if call is None:
        return {}
    said = Answer.objects.filter(callback=call, question=ASKED).values_list("value", flat=True)
    return {"callback": call, "contact_id": call.contact_id, "text": said.first() or ""}


# What a fact of somebody else (API, import, by hand) says of a demand: deed, and the fields it sets.
def _followed(fact: Fact, row: Demand) -> tuple[Deed, dict[str, Any]]:
    own: Mapping[str, Any] = fact.own()
    at = fact.at
    if fact.kind == "demand.classified":
        return Deed.CLASSIFIED, {"topic": str(own["class"])[:40], "classified_at": at}
    if fact.kind == "demand.reviewed":
        scores = {name: own[name] for name in ("urgency", "feasibility", "priority")}
        changes: dict[str, Any] = scores | {"reviewed_at": at}
        if row.state == State.NEW and own["accepted"]:
            changes["state"] = State.ACCEPTED
        elif row.state == State.NEW:
            changes |= {"state": State.DECLINED, "reason": row.reason or "—"}
        return Deed.REVIEWED, changes
    if fact.kind == "demand.proposed":
        return Deed.PROPOSED, {"proposed_at": row.proposed_at or at}
    if fact.kind == "demand.plan_confirmed":
        return Deed.PLAN_CONFIRMED, {"plan_confirmed_at": row.plan_confirmed_at or at}
    if fact.kind == "demand.plan_refused":
        return Deed.PLAN_REFUSED, {"plan_confirmed_at": None}
    if fact.kind == "demand.delivered":
        return Deed.DELIVERED, {
            "state": State.DELIVERED, "delivered_at": at, "told_at": None, "answered_at": None,
            "satisfied": None,
        }  # fmt: skip
    outcome = row.state not in (State.NEW, State.ACCEPTED)
    return Deed.TOLD, {"told_at": at} if outcome else {}


def follow(fact: Fact) -> None:
    """Let a row follow what was told elsewhere, once; what our own deeds told is there already."""
    if (fact.key or "").startswith(KEY) or fact.customer_id is None:
        return
    rows = Demand.objects.select_for_update().select_related("customer")
    row = rows.filter(customer_id=fact.customer_id, number=str(fact.own()["demand"])[:40]).first()
    if row is None or Step.objects.filter(fact=fact.uid).exists():
        return
    deed, changes = _followed(fact, row)
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    row.save()
    Step.objects.create(
        demand=row, deed=deed, at=fact.at, by_id=fact.by_id, fact=fact.uid, data=fact.own()
    )
    put_demand(row)


def tell_again(demand: Demand, *, now: datetime, by: User) -> None:
    """The kind turned out otherwise: told once more as of its receipt. The engine keeps the duties
    there are; those of the new kind are added, on the first clock.
    """
    tell(
        "demand.received", at=demand.received_at, now=now, by=by, subjects=subjects(demand),
        data={"demand": demand.number, "kind": demand.kind, "source": demand.source},
        key=f"{KEY}{demand.pk}:kind:{demand.version}",
    )  # fmt: skip
