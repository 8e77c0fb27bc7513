"""REST: envelopes from programs and dealers, calls from a telephone system, answers to pagings."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import Customer
from bihuan.apps.tickets.actions.opening import Report, receive
from bihuan.apps.tickets.doors import calls as telephone
from bihuan.apps.tickets.doors import paging
from bihuan.apps.tickets.enums import Channel, Impact, Kind, Source
from bihuan.apps.tickets.models import Envelope
from bihuan.apps.tickets.refusals import InTheFuture
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.scope import may, visible
from bihuan.base.api.doors import door
from bihuan.base.errors import BadInput, NoSuchThing
from bihuan.base.system.idempotency import HEADER, BadKey, KeyReused

router = Router(tags=["tickets"])
OLDEST = timedelta(days=7)  # a claimed time further back is a mistake of the caller


def without_zone(**moments: datetime | None) -> dict[str, str]:
    """Fields of moments that may be any of 24 hours."""
    said = _("时间要带时区，例如 2026-11-22T21:40:00+08:00。")
    return {name: said for name, at in moments.items() if at is not None and at.tzinfo is None}


def _person(request: HttpRequest) -> User:
    person: User = request.auth  # type: ignore[attr-defined]
    return person


class EnvelopeIn(Schema):
    """A report. `customer` is its code, `serial` the number on the plate, `machine` the token of the
    scanned code. `thread` groups what belongs together on the caller's side.
    """

    text: str = Field(min_length=1, max_length=8000)
    title: str = Field("", max_length=120)
    channel: str = "WEB"
    kind: str = ""
    customer: str = Field("", max_length=40)
    serial: str = Field("", max_length=60)
    machine: str = Field("", max_length=80)
    sender: str = Field("", max_length=120)
    sender_name: str = Field("", max_length=60)
    thread: str = Field("", max_length=120)
    place: str = Field("", max_length=200)
    impact: str = ""
    downtime: bool = False
    happened_at: datetime | None = None
    reported_at: datetime | None = None
    key: str = Field("", max_length=80)


@router.post(
    "/envelopes", auth=door("tickets.receive"), url_name="ticket_envelopes",
    response={201: dict[str, Any], 200: dict[str, Any]},
)  # fmt: skip
def bring(request: HttpRequest, given: EnvelopeIn) -> JsonResponse:
    """Hand in a report; the same key (field `key` or header `Idempotency-Key`) with the same content
    is one report, with another content it is refused.
    """
    person, now = _person(request), clock.now()
    key = given.key or request.headers.get(HEADER, "")
    if not 8 <= len(key) <= 80 or not key.replace("-", "").replace("_", "").isalnum():
        raise BadKey
    print_ = hashlib.sha256(given.model_dump_json(exclude={"key"}).encode()).hexdigest()
    known = _known(person, key)
    if known is not None:
        return _again(known, print_, person)
    report, machine = _report(given, person, now)
    thread = given.thread and f"in:{person.pk}:{given.thread}"
    envelope = Envelope(
        channel=report.channel, message_id=_id(person, key), thread=thread, machine=machine,
        sender=given.sender, sender_name=given.sender_name, subject=given.title, text=given.text,
        received_at=report.reported_at, raw={"by": person.pk, "sha256": print_, "given": given.model_dump(mode="json")},
    )  # fmt: skip
    with transaction.atomic():
        done = receive(envelope=envelope, report=report, by=person, now=now)
    if not done.new:  # the same key a moment ago, on another connection
        return _again(done.envelope, print_, person)
    return JsonResponse(_shown(done.envelope, person), status=201)


@router.get("/envelopes/{int:pk}", auth=door("tickets.receive"), url_name="ticket_envelope")
def envelope(request: HttpRequest, pk: int) -> dict[str, Any]:
    """What became of a report of one's own."""
    person = _person(request)
    row = Envelope.objects.select_related("ticket").filter(pk=pk, raw__by=person.pk).first()
    if row is None:
        raise NoSuchThing
    return _shown(row, person)


def _id(person: User, key: str) -> str:
    return f"in:{person.pk}:{key}"


def _known(person: User, key: str) -> Envelope | None:
    return Envelope.objects.select_related("ticket").filter(message_id=_id(person, key)).first()


def _again(row: Envelope, print_: str, person: User) -> JsonResponse:
    if row.raw.get("sha256") != print_:
        raise KeyReused
    return JsonResponse(_shown(row, person))


def _shown(row: Envelope, person: User) -> dict[str, Any]:
    ticket = row.ticket
    seen = ticket is not None and may(person, "tickets.see", ticket)
    return {
        "id": row.pk, "disposition": row.disposition, "received_at": row.received_at,
        "ticket": ticket.number if ticket and seen else None,
        "status": ticket.status if ticket and seen else None,
        "reported_at": ticket.reported_at if ticket and seen else None,
        "closed_at": ticket.closed_at if ticket and seen else None,
    }  # fmt: skip


def _report(given: EnvelopeIn, person: User, now: datetime) -> tuple[Report, str]:
    """What it says, of things within the caller's reach only. Raises BadInput, InTheFuture."""
    wrong: dict[str, str] = {}
    for name, known in (("channel", Channel), ("kind", Kind), ("impact", Impact)):
        value = getattr(given, name)
        if value and value not in set(known):
            wrong[name] = _("没有“%(value)s”这个代码。") % {"value": value[:40]}
    asset, customer = _asset(given, person, wrong), _customer(given, person, wrong)
    at = given.reported_at or now
    wrong |= without_zone(reported_at=given.reported_at, happened_at=given.happened_at)
    if not wrong and at < now - OLDEST:
        wrong["reported_at"] = _("报告时间太早，最多早 7 天。")
    if wrong:
        raise BadInput(wrong)
    if at > now:
        raise InTheFuture
    if customer is None and asset is None and person.dealer_id is not None:
        customer = Customer.objects.filter(pk=person.dealer_id).first()
    phone = "" if "@" in given.sender else given.sender
    report = Report(
        kind=given.kind or (Kind.FAULT if asset else Kind.CONSULT),
        channel=Channel.DEALER if person.dealer_id is not None else given.channel or Channel.WEB,
        title=given.title.strip() or given.text.strip().split("\n")[0], text=given.text,
        reported_at=at, source=Source.CUSTOMER if given.reported_at else Source.MESSAGE,
        customer=customer, asset=asset, caller_name=given.sender_name, caller_phone=phone,
        caller_mail="" if phone else given.sender, place=given.place, happened_at=given.happened_at,
        impact=given.impact, downtime=given.downtime,
    )  # fmt: skip
    return report, asset.token if asset else ""


def _asset(given: EnvelopeIn, person: User, wrong: dict[str, str]) -> Asset | None:
    if not given.serial and not given.machine:
        return None
    rows = visible(Asset.objects.select_related("customer"), person, "assets.see")
    if given.machine:
        rows = rows.filter(token=given.machine)
    if given.serial:
        rows = rows.filter(serial__iexact=given.serial)
    found = list(rows[:2])
    if len(found) == 1:
        return found[0]
    wrong["machine" if given.machine else "serial"] = _("没有这台设备，或者您看不到它。")
    return None


def _customer(given: EnvelopeIn, person: User, wrong: dict[str, str]) -> Customer | None:
    if not given.customer:
        return None
    rows = visible(Customer.objects.living(), person, "customers.see")
    found: Customer | None = rows.filter(code=given.customer).first()
    if found is None:
        wrong["customer"] = _("没有这家客户，或者您看不到它。")
    return found


class CallIn(Schema):
    """What the telephone system tells. `call` stays the same for one call."""

    call: str = Field(min_length=1, max_length=80)
    event: telephone.Told
    number: str = Field("", max_length=40)
    extension: str = Field("", max_length=20)
    outbound: bool = False
    at: datetime | None = None
    recording: str = Field("", max_length=300)


@router.post("/calls", auth=door("tickets.calls"), url_name="ticket_calls")
def call(request: HttpRequest, given: CallIn) -> dict[str, Any]:
    """A call rings, is answered, has ended; told twice is once, in any order."""
    now = clock.now()
    if wrong := without_zone(at=given.at):
        raise BadInput(wrong)
    if given.at is not None and given.at < now - OLDEST:
        raise BadInput({"at": _("时间太早，最多早 7 天。")})
    if given.recording and not given.recording.startswith(("http://", "https://")):
        raise BadInput({"recording": _("录音要给出以 http 开头的地址。")})
    told = telephone.Event(
        call=given.call, what=given.event, at=given.at or now, number=given.number,
        extension=given.extension, outbound=given.outbound, recording=given.recording,
    )  # fmt: skip
    row = telephone.hear(told=told, source=_person(request), now=now)
    return {"id": row.pk, "agent": row.agent_id, "ticket": row.ticket_id}


class AnswerIn(Schema):
    taken: bool


@router.post("/pagings/{uid}", auth=door("tickets.calls"), url_name="ticket_paging")
def answered(request: HttpRequest, uid: str, given: AnswerIn) -> dict[str, Any]:
    """The person called pressed a key: taken, or not."""
    row = paging.answer(uid=uid.replace("\x00", " ")[:40], taken=given.taken, now=clock.now())
    ticket, machine = row.ladder.ticket, row.ladder.of_machine
    return {
        "answer": row.answer,
        "ticket": ticket.number if ticket else "",
        "alarm": machine.number if machine else "",
    }
