"""What tickets leave to knowledge: a draft of what was solved, a case of what was closed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.urls import reverse
from django.utils.translation import override

from bihuan.apps.customers.models import Contact
from bihuan.apps.knowledge import actions as knowledge
from bihuan.apps.knowledge.actions import ClosedCase, SolvedCase
from bihuan.apps.knowledge.enums import Door, Origin
from bihuan.apps.knowledge.models import Article, Use
from bihuan.apps.knowledge.similar import labels
from bihuan.apps.tickets import figures, words
from bihuan.apps.tickets.enums import Event, Status
from bihuan.apps.tickets.lessons.rules import without_names
from bihuan.apps.tickets.lines.rules import beginnings
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.refusals import NothingLearnt
from bihuan.base.access.models import User
from bihuan.base.errors import Refusal
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact
from bihuan.base.search.folding import codes_in

SOLVED = (Status.SOLVED, Status.FED_BACK, Status.CONFIRMED, Status.UNCONFIRMED, Status.CLOSED)


@hears("ticket.resolved", "ticket.closed", "ticket.reopened")
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Where each ticket stands now decides, so that what is heard twice or late is right: solved,
    it proposes a draft; closed, it is found as a similar case; opened again, it is not.
    """
    numbers = {str(fact.data["fact"]["ticket"]) for fact in facts if "ticket" in fact.data["fact"]}
    rows = Ticket.objects.filter(number__in=numbers).select_related(
        "customer", "contact", "asset__model", "solved_by"
    )
    known = {ticket.number: ticket for ticket in rows}
    for fact in facts:
        if fact.kind == "ticket.reopened" and (back := known.get(fact.data["fact"].get("ticket"))):
            _doubt(back, fact, now)
    kinds = figures.words("tickets.propose_kinds", now)
    for ticket in rows:
        if ticket.status == Status.CLOSED and ticket.action.strip():
            knowledge.put_case(case=closed_case(ticket))
        elif ticket.status not in SOLVED:
            knowledge.drop_case(origin=Origin.TICKET, origin_id=ticket.pk)
        if ticket.kind in kinds and _taught_something(ticket):
            assert ticket.solved_by is not None
            case = solved_case(ticket)
            if not knowledge.is_known(case):
                with suppress(Refusal):
                    knowledge.from_case(case=case, owner=ticket.solved_by, by=None, now=now)


def _doubt(ticket: Ticket, fact: Fact, now: datetime) -> None:
    """What was done did not help: what the ticket taught is marked with the customer's words, what
    it had taken up does not count as helpful.
    """
    said = ticket.entries.filter(code__in=(Event.DENY, Event.REOPEN), at=fact.at).order_by("-pk")
    row = said.first()
    names, by = _names(ticket), row.by if row is not None else None
    reason = without_names(row.text, names) if row is not None else "—"
    knowledge.did_not_help(ticket=ticket.number, reason=reason, until=fact.at, by=by, now=now)
    knowledge.doubt(
        ticket=ticket.number, reason=reason, key=str(fact.data["fact"].get("round") or ticket.number),
        by=by, now=now, remedy=without_names(ticket.action, names) if ticket.status in SOLVED else "",
    )  # fmt: skip


def _taught_something(ticket: Ticket) -> bool:
    """Solved, with an action, and by no article that was there already."""
    if ticket.status not in SOLVED or ticket.solved_by is None or not ticket.action.strip():
        return False
    return not Use.objects.filter(door=Door.TICKET, matter=ticket.number, helped=True).exists()


def propose(*, ticket: Ticket, by: User, now: datetime) -> Article:
    """A person wants what was done here written down; the draft is his. Raises NothingLearnt."""
    if ticket.status not in SOLVED or not ticket.action.strip():
        raise NothingLearnt
    return knowledge.from_case(case=solved_case(ticket), owner=by, by=by, now=now)


def solved_case(ticket: Ticket) -> SolvedCase:
    """The ticket as knowledge takes it: nothing in it says whose it was."""
    names = _names(ticket)
    title, report, action = (without_names(each, names) for each in (ticket.title, ticket.text, ticket.action))  # fmt: skip
    part, symptom = next(iter(_pairs(ticket, f"{title}\n{report}\n{action}")), ("", title[:80]))
    with override("zh"):
        cause = str(words.title(words.CAUSE, ticket.cause)) if ticket.cause else ""
    model = ticket.asset.model if ticket.asset else None
    return SolvedCase(
        ticket=ticket.number, title=title, report=report, part=part, symptom=symptom, cause=cause,
        remedy=action, codes=tuple(each.upper() for each in codes_in(f"{title} {report}")),
        family=model.family if model else "", model=model.code if model else "",
    )  # fmt: skip


def closed_case(ticket: Ticket) -> ClosedCase:
    names = _names(ticket)
    title, report, action = (without_names(each, names) for each in (ticket.title, ticket.text, ticket.action))  # fmt: skip
    model = ticket.asset.model if ticket.asset else None
    return ClosedCase(
        ticket_id=ticket.pk, number=ticket.number, title=title, text=report, remedy=action,
        url=reverse("tickets:detail", args=[ticket.pk]), closed_at=ticket.closed_at or ticket.recorded_at,
        pairs=tuple(_pairs(ticket, f"{title}\n{report}\n{action}")),
        family=model.family if model else "", model=model.code if model else "",
    )  # fmt: skip


def _pairs(ticket: Ticket, text: str) -> list[tuple[str, str]]:
    """What it was about: as the article that solved it says, else as its words say."""
    helped = Use.objects.filter(door=Door.TICKET, matter=ticket.number, helped=True)
    known = helped.exclude(article__symptom="").values_list("article__part", "article__symptom")
    return list(dict.fromkeys([*known, *labels(text)]))


def _names(ticket: Ticket) -> dict[str, str]:
    """What must not stand in a case: the customer, his people, the number of his machine."""
    found: dict[str, str] = {}
    if ticket.customer is not None:
        people = Contact.objects.filter(customer=ticket.customer)
        found |= dict.fromkeys(people.values_list("name", flat=True), "客户的人")
        for name in (ticket.customer.name, ticket.customer.short_name):
            found |= dict.fromkeys(beginnings(name), "客户")
    if ticket.caller_name:
        found[ticket.caller_name] = "客户的人"
    if ticket.asset is not None:
        found[ticket.asset.serial] = ticket.asset.model.code
    return {name: other for name, other in found.items() if name}
