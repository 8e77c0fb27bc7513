"""Tickets over REST: report, follow, speak; within the caller's reach, phones masked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Query, Router, Schema
from pydantic import Field

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import Customer
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.actions import Report
from bihuan.apps.tickets.actions.checks import check_age
from bihuan.apps.tickets.doors.api import router as doors
from bihuan.apps.tickets.doors.api import without_zone
from bihuan.apps.tickets.enums import (
    Channel,
    Disposition,
    EntryKind,
    Impact,
    Kind,
    Severity,
    Source,
    Status,
)
from bihuan.apps.tickets.models import Envelope, Ticket
from bihuan.apps.tickets.queries import page
from bihuan.apps.tickets.refusals import InTheFuture
from bihuan.base import clock, sql
from bihuan.base.access.models import User
from bihuan.base.access.scope import door as row_door
from bihuan.base.access.scope import may, visible
from bihuan.base.api.doors import door
from bihuan.base.errors import BadInput
from bihuan.base.facts.subjects import LARGEST, resolve
from bihuan.base.system.idempotency import HEADER, once
from bihuan.base.together import reading

router = Router(tags=["tickets"])
router.add_router("", doors)
MOST = 200
MADE = {201: dict[str, Any]}
MADE_OR_KNOWN = MADE | {200: dict[str, Any]}


class Reported(Schema):
    """A report. `customer` and `asset` by id (number) or code and serial (text). `message_id` is
    the sender's own: sent twice, it is one; `thread` puts later messages to the same ticket.
    """

    kind: Kind = Kind.FAULT
    channel: Channel = Channel.APP
    title: str = Field(min_length=1, max_length=120)
    text: str = Field("", max_length=8000)
    reported_at: datetime | None = None
    customer: int | str | None = None
    asset: int | str | None = None
    caller_name: str = Field("", max_length=60)
    caller_phone: str = Field("", max_length=24)
    place: str = Field("", max_length=200)
    happened_at: datetime | None = None
    impact: Impact | None = None
    severity: Severity | None = None
    downtime: bool = False
    set_stopped: bool = False
    message_id: str = Field("", max_length=200)
    thread: str = Field("", max_length=200)


class Wanted(Schema):
    """Tickets in order of id, those after `after`."""

    after: int = Field(0, ge=0, le=2**63 - 1)
    limit: int = Field(100, ge=1, le=MOST)
    status: Status | None = None
    kind: Kind | None = None
    customer: int | None = None
    asset: int | None = None


class Words(Schema):
    text: str = Field(min_length=1, max_length=8000)
    channel: Channel = Channel.EMAIL
    seen: int | None = None


def _person(request: HttpRequest) -> User:
    person = request.auth  # type: ignore[attr-defined]
    assert isinstance(person, User)
    return person


def _shown(row: Ticket) -> dict[str, Any]:
    return {
        "id": row.pk, "number": row.number, "kind": row.kind, "channel": row.channel, "status": row.status,
        "wait": row.wait, "customer": row.customer_id, "contact": row.contact_id, "asset": row.asset_id,
        "caller_phone": row.masked_phone, "title": row.title, "place": row.place, "happened_at": row.happened_at,
        "impact": row.impact, "severity": row.severity, "downtime": row.downtime, "set_stopped": row.set_stopped,
        "reported_at": row.reported_at, "recorded_at": row.recorded_at, "line": row.line, "owner": row.owner_id,
        "chased": row.chased, "reopened": row.reopened, "next_update_at": row.next_update_at, "how": row.how,
        "cause": row.cause, "solved_at": row.solved_at, "confirmed_at": row.confirmed_at, "satisfied": row.satisfied,
        "closed_at": row.closed_at, "duplicate_of": row.duplicate_of_id, "version": row.version,
    }  # fmt: skip


@router.post("/", auth=door("tickets.do"), url_name="ticket_report", response=MADE_OR_KNOWN)
def report(request: HttpRequest, told: Reported) -> HttpResponse:
    """Report something. 201 = a new ticket; 200 = it belongs to one that is open (the same thread,
    or the same machine within the regulation's hours), or the same message was sent before.
    What is open may be beyond the caller's reach: then `ticket` is null, of an own one its number.
    """
    person, now = _person(request), clock.now()
    key = request.headers.get(HEADER, "")

    def work() -> HttpResponse:
        with transaction.atomic(), reading():  # which regulation is in force is asked once
            sql.keep_plans()
            done = _receive(told, person, now, key)
        made = done.new and done.disposition == Disposition.NEW_TICKET
        body = {
            "disposition": done.disposition, "new": done.new, "ticket": _became(done, person, made=made),
        }  # fmt: skip
        return JsonResponse(body, status=201 if made else 200)

    if not key:
        return work()
    return once(
        actor=person, route="POST /api/tickets", key=key, body=request.body, now=now, work=work
    )


def _became(done: actions.Received, person: User, *, made: bool) -> dict[str, Any] | None:
    row = done.ticket
    assert row is not None
    if made or may(person, "tickets.see", row):
        return _shown(row)
    own = done.disposition == Disposition.NEW_TICKET
    return {"id": row.pk, "number": row.number} if own else None


def _numbered(told: Reported, person: User) -> Asset | None:
    """The machine of a report that names it alone, by its number, as programs do by the thousand;
    None where `resolve` must look.
    """
    if not isinstance(told.asset, int) or told.customer is not None or told.asset > LARGEST:
        return None
    found = sql.load(Asset, "WHERE t.id = %s", [told.asset], also=("customer",))
    return found[0] if found and may(person, "assets.see", found[0]) else None


def _receive(told: Reported, person: User, now: datetime, key: str) -> actions.Received:
    if wrong := without_zone(reported_at=told.reported_at, happened_at=told.happened_at):
        raise BadInput(wrong)
    at = told.reported_at or now
    if at > now:
        raise InTheFuture
    check_age(reported_at=at, now=now)
    customer: Customer | None = None
    asset = _numbered(told, person)
    named = {"customer": told.customer, "asset": told.asset}
    found = {"customer": asset.customer_id} if asset is not None else {}
    if asset is None:
        found |= resolve({k: v for k, v in named.items() if v is not None}, person=person)
    if asset is None and "asset" in found:
        asset = Asset.objects.select_related("customer").get(pk=found["asset"])
    if asset is not None and asset.customer_id == found.get("customer"):
        customer = asset.customer
    elif "customer" in found:
        customer = Customer.objects.filter(pk=found["customer"]).first()
    given = Report(
        kind=told.kind, channel=told.channel, title=told.title, text=told.text, reported_at=at,
        source=Source.MACHINE if told.channel == Channel.IOT else Source.MESSAGE,
        customer=customer or (asset.customer if asset else None), asset=asset,
        caller_name=told.caller_name, caller_phone=told.caller_phone, place=told.place,
        happened_at=told.happened_at, impact=told.impact or "", severity=told.severity or "",
        downtime=told.downtime, set_stopped=told.set_stopped,
    )  # fmt: skip
    message = told.message_id or key or str(uuid4())
    envelope = Envelope(
        channel=told.channel, message_id=f"api:{person.pk}:{message}",
        thread=f"api:{person.pk}:{told.thread}" if told.thread else "", sender=told.caller_phone,
        sender_name=told.caller_name, subject=told.title, text=told.text, received_at=at,
        raw=told.model_dump(mode="json"),
    )  # fmt: skip
    return actions.receive(envelope=envelope, report=given, by=person, now=now)


@router.get("/", auth=door("tickets.see"), url_name="tickets")
def tickets(request: HttpRequest, wanted: Query[Wanted]) -> dict[str, Any]:
    """Tickets within your reach; `next` is the id to go on with, or null. Whoever follows what is
    new reads `/api/facts`: in the order of ids, what is committed late would be passed over.
    """
    rows = visible(Ticket.objects.filter(pk__gt=wanted.after), _person(request), "tickets.see")
    equal = {
        "status": wanted.status, "kind": wanted.kind, "customer_id": wanted.customer,
        "asset_id": wanted.asset,
    }  # fmt: skip
    rows = rows.filter(**{name: value for name, value in equal.items() if value is not None})
    found = list(rows.order_by("pk")[: wanted.limit + 1])
    shown = found[: wanted.limit]
    more = len(found) > wanted.limit
    return {"items": [_shown(row) for row in shown], "next": shown[-1].pk if more else None}


@router.get("/{int:pk}", auth=door("tickets.see"), url_name="ticket")
def ticket(request: HttpRequest, pk: int) -> dict[str, Any]:
    """One ticket with its history and its clocks."""
    row = row_door(Ticket.objects.all(), _person(request), pk, "tickets.see")
    clocks = [
        {
            "obligation": each.ob.pk, "rule": each.ob.rule, "clause": each.ob.clause, "title": each.title,
            "state": each.ob.state, "due_at": each.ob.due_at, "internal_due_at": each.ob.internal_due_at,
            "paused_at": each.ob.paused_at, "discharged_at": each.ob.discharged_at,
        }
        for each in page.clocks(row, clock.now())
    ]  # fmt: skip
    entries = [
        {
            "id": each.pk, "kind": each.kind, "code": each.code, "text": each.text,
            "public": each.kind in (EntryKind.PUBLIC_REPLY, EntryKind.INBOUND), "at": each.at,
            "by": each.by_id, "channel": each.channel,
        }
        for each in page.history(row)
    ]  # fmt: skip
    return _shown(row) | {
        "text": row.text,
        "action": row.action,
        "clocks": clocks,
        "entries": entries,
    }


@router.post("/{int:pk}/replies", auth=door("tickets.do"), url_name="ticket_reply", response=MADE)
def reply(request: HttpRequest, pk: int, said: Words) -> HttpResponse:
    """Answer the customer. `seen` is the last entry you know: 409 when a colleague answered since."""
    person = _person(request)
    row = row_door(Ticket.objects.all(), person, pk, "tickets.do")
    made = actions.reply(
        ticket=row, text=said.text, channel=said.channel, by=person, now=clock.now(), seen=said.seen
    )
    return JsonResponse({"id": made.pk}, status=201)


@router.post("/{int:pk}/notes", auth=door("tickets.do"), url_name="ticket_note", response=MADE)
def note(request: HttpRequest, pk: int, said: Words) -> HttpResponse:
    """An internal note."""
    person = _person(request)
    row = row_door(Ticket.objects.all(), person, pk, "tickets.do")
    made = actions.note(ticket=row, text=said.text, by=person, now=clock.now())
    return JsonResponse({"id": made.pk}, status=201)
