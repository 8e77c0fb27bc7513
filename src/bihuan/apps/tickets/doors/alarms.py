"""A machine's alarm comes in like any report: grave ones at once, without anybody's call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from bihuan.apps.customers.models import Contact
from bihuan.apps.monitoring.actions.calling import desk_opens
from bihuan.apps.monitoring.actions.following import follow
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.figures import classes
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.tickets.actions.opening import Received, Report, receive
from bihuan.apps.tickets.doors.models import Ladder
from bihuan.apps.tickets.doors.paging import calls
from bihuan.apps.tickets.doors.reaching import reach
from bihuan.apps.tickets.enums import Channel, Kind, Severity, Source
from bihuan.apps.tickets.models import Envelope, Ticket
from bihuan.base import bulk
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact

SEVERITY = {
    "URGENT": Severity.URGENT, "HIGH": Severity.HIGH, "NORMAL": Severity.NORMAL, "LOW": Severity.LOW,
}  # fmt: skip


@hears("alarm.raised", "alarm.unanswered")
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Classes that the regulation lets open a fault at once do; whoever is on call is called for what
    nobody has acknowledged. Told twice, it is one.
    """
    at_once = {
        fact: fact.data["fact"]["alarm"] for fact in facts
        if fact.kind == "alarm.raised" and fact.data["fact"]["class"] in classes("ticket_at_once", now)
    }  # fmt: skip
    rows = Alarm.objects.filter(number__in=at_once.values(), hushed="").select_related(
        "asset__model", "asset__customer", "device"
    )
    alarms = {alarm.number: alarm for alarm in rows.exclude(shelved_until__gt=now)}
    for fact, number in at_once.items():
        if number in alarms:
            again = str(fact.key).removeprefix(f"alarm:{number}:raised")
            bring(alarm=alarms[number], again=again, now=now)
    for fact in facts:
        if fact.kind == "alarm.unanswered":
            rouse_for(number=fact.own()["alarm"], again=str(fact.key).partition("#")[2], now=now)


def rouse_for(*, number: str, now: datetime, again: str = "") -> bool:
    """Call whoever is on call for a machine's alarm, once until the desk opens, and once more when it
    came back (`again`); not where its ticket calls somebody already.
    """
    rows = Alarm.objects.filter(number=number, acknowledged_at=None)
    alarm = rows.select_related("asset__customer").first()
    opens = desk_opens(alarm, now) if alarm is not None else None
    if alarm is None or opens is None:
        return False
    ticket = Ticket.objects.filter(number=alarm.ticket_number).select_related("customer").first()
    if ticket is not None and calls(ticket, now):
        return False
    cause = f"{opens:%Y%m%d%H%M}" + (f"#{again}" if again else "")
    before = Ladder.objects.filter(of_machine=alarm, over_at=None).exclude(cause=cause)
    before.update(over_at=now, next_at=None)  # one ladder at a time
    row = Ladder(of_machine=alarm, cause=cause, raised_at=now, next_at=now)
    return bool(bulk.add([row], ignore_conflicts=True))


def bring(*, alarm: Alarm, now: datetime, again: str = "") -> Received:
    """An envelope of the machine's own: a new ticket, or a line of the one that is open about it; another
    one (`again`) when the alarm came back.
    """
    contact = (
        Contact.objects.present().filter(customer=alarm.asset.customer_id)
        .order_by("-is_key", "-last_contact_at", "pk").first()
    )  # fmt: skip
    value = (
        f"{alarm.value:g} {alarm.unit}（限值 {alarm.limit:g}）"
        if alarm.value is not None and alarm.limit is not None
        else ""
    )
    title = f"{alarm.title['zh']} {value}".strip()
    text = "\n".join([title, alarm.diagnosis.get("engineer", {}).get("zh", "")]).strip()
    report = Report(
        kind=Kind.FAULT, channel=Channel.IOT, title=title, text=text, reported_at=alarm.told_at, source=Source.MACHINE,
        customer=alarm.asset.customer, contact=contact, asset=alarm.asset, caller_name=contact.name if contact else "",
        caller_phone=contact.phone if contact else "", caller_mail=contact.email if contact else "",
        happened_at=min(alarm.since, alarm.told_at), severity=SEVERITY[alarm.klass],
    )  # fmt: skip
    envelope = Envelope(
        channel=Channel.IOT, message_id=f"alarm:{alarm.number}{again}", thread="", machine=alarm.asset.token,
        sender=alarm.device.code if alarm.device else "", sender_name=str(alarm.asset), subject=title[:120], text=text,
        received_at=alarm.told_at, raw={"alarm": alarm.number},
    )  # fmt: skip
    with transaction.atomic():
        done = receive(envelope=envelope, report=report, by=None, now=now)
        if done.ticket is None:
            return done
        follow(alarm=alarm, ticket=done.ticket.number, again=bool(again) and done.new)
        if (
            done.new
            and alarm.klass in classes("customer_at_once", now)
            and alarm.customer_told_at is None
        ):
            reach(alarm=alarm, ticket=done.ticket, text=words_for_customer(alarm), now=now)
    return done


def words_for_customer(alarm: Alarm) -> str:
    """One sentence he can act on, marked as a first opinion, in both languages."""
    template = templates().get(alarm.device.template) if alarm.device else None
    rule = template.alarm(alarm.rule) if template else None
    found = alarm.diagnosis.get("customer") or dict(rule.customer if rule else {}) or alarm.title
    zh = f"{alarm.asset}：{found['zh']}（系统的初步判断，不是定论。报警号 {alarm.number}）"
    en = f"{alarm.asset}: {found['en']} (A first opinion by the system, not a final one. Alarm {alarm.number}.)"
    return f"{zh}\n\n{en}"
