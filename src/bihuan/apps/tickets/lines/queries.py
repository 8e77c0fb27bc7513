"""What the pages of lines show: why a ticket is where it is, hand-overs, queues, asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Part
from bihuan.apps.assets.profile import family_title
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import Row, rows_of, tier_names
from bihuan.apps.obligations.words import language
from bihuan.apps.people.calendars import calendars
from bihuan.apps.people.queries import everybody_in
from bihuan.apps.tickets import figures, words
from bihuan.apps.tickets.actions.handing import handover_number
from bihuan.apps.tickets.enums import OPEN, UNSOLVED, Note
from bihuan.apps.tickets.lines import rules
from bihuan.apps.tickets.lines.naming import names_of
from bihuan.apps.tickets.lines.routing import hands, present
from bihuan.apps.tickets.models import Ask, Handover, Queue, Route, Ticket
from bihuan.apps.tickets.queries.duties import ANSWER, TAKE_OVER, handover_of
from bihuan.base.access.models import User
from bihuan.base.access.scope import may, reaches, visible
from bihuan.base.texts import listed

PARTS = 20


def field_word(name: str) -> str:
    return {
        "kind": _("种类"), "family": _("产品系列"), "severity": _("紧急程度"), "tier": _("客户级别"),
        "line": _("支持级别"), "place": _("排在后面"),
    }.get(name, name)  # fmt: skip


def passed_word(by: str) -> str:
    return {
        rules.AWAY: _("请假"), rules.UNSKILLED: _("不会这项技能"), rules.FULL: _("手上已满"),
        rules.BUSIER: _("手上更多"),
    }.get(by, by)  # fmt: skip


def value_word(name: str, value: str, tiers: Mapping[str, str]) -> str:
    if name == "kind":
        return words.title(words.KIND, value)
    if name == "severity":
        return words.title(words.SEVERITY, value)
    return family_title(value) if name == "family" else tiers.get(value, value)


@dataclass(frozen=True)
class Why:
    """Why a ticket stands in its queue, as it was when it was decided."""

    at: datetime
    queue: str
    fits: list[tuple[str, str]]
    person: str
    load: int
    assign: bool
    skill: str
    passed: list[tuple[str, int, str]]
    lost: list[tuple[str, str]]


def why(ticket: Ticket, now: datetime) -> Why | None:
    """The last decision of the table of ways about this ticket; None where it never decided."""
    row = ticket.entries.filter(code=Note.ROUTED).order_by("-at", "-pk").first()
    if row is None:
        return None
    data, tiers = row.data, tier_names(now)
    people = [data.get("person"), *(each[0] for each in data.get("passed", []))]
    names = dict(User.objects.filter(pk__in=[p for p in people if p]).values_list("pk", "name"))
    rows = Route.objects.filter(pk__in=[each[0] for each in data.get("lost", [])])
    queues = dict(rows.values_list("pk", "queue__name"))
    return Why(
        at=row.at, queue=row.text,
        fits=[(field_word(name), value_word(name, value, tiers)) for name, value in data.get("fits", {}).items()],
        person=names.get(data.get("person") or 0, ""), load=data.get("load", 0),
        assign=bool(data.get("assign")), skill=data.get("skill", ""),
        passed=[(names.get(pk, "—"), load, passed_word(by)) for pk, load, by in data.get("passed", [])],
        lost=[(queues.get(pk, "—"), field_word(by)) for pk, by in data.get("lost", [])],
    )  # fmt: skip


@dataclass(frozen=True)
class Technical:
    """A hand-over as the technical side reads it: no text of it names the customer."""

    row: Handover
    title: str
    model: str
    serial: str
    kind: str
    severity: str
    severity_colour: str
    impact: str
    state: str
    colour: str
    tried: str = ""
    finding: str = ""
    question: str = ""
    answer: str = ""
    back_reason: str = ""


JOINED = (
    "queue", "to", "by", "accepted_by", "answered_by", "back_by", "ticket__customer", "ticket__asset__model",
    "ticket__asset__place", "ticket__asset__customer", "ticket__asset__owner", "ticket__asset__sold_to",
    "ticket__asset__serviced_by",
)  # fmt: skip


def technical(row: Handover, names: set[str] | None = None) -> Technical:
    ticket = row.ticket
    names = names_of(ticket) if names is None else names
    asset = ticket.asset
    state, colour = state_of(row)
    return Technical(
        row=row, title=rules.without_names(ticket.title, names),
        model=asset.model.called if asset is not None else "", serial=asset.serial if asset is not None else "",
        kind=words.title(words.KIND, ticket.kind), severity=words.title(words.SEVERITY, ticket.severity),
        severity_colour=words.SEVERITY_COLOUR[ticket.severity],  # type: ignore[index]
        impact=words.title(words.IMPACT, ticket.impact) if ticket.impact else "", state=state, colour=colour,
        **{
            name: rules.without_names(getattr(row, name), names)
            for name in ("tried", "finding", "question", "answer", "back_reason")
        },
    )  # fmt: skip


def state_of(row: Handover) -> tuple[str, str]:
    """What has become of a hand-over, in words and colour."""
    if row.back_at is not None:
        return (_("已撤回") if row.withdrawn else _("已退回")), "grey"
    if row.answered_at is not None:
        return _("已答复"), "green"
    if row.ticket.status not in UNSOLVED:
        return _("工单已解决"), "grey"
    if row.accepted_at is not None:
        return _("在办"), "blue"
    return _("等人接手"), "red"


def handed(person: User, view: str) -> QuerySet[Handover]:
    """Hand-overs in this person's technical reach: those that wait or are in work, or the rest."""
    rows = technical_reach(person).select_related(*JOINED)
    live = Q(answered_at=None, back_at=None, ticket__status__in=UNSOLVED)
    if view == "done":
        return rows.exclude(live).order_by("-at", "-pk")
    if view == "mine":
        return rows.filter(live, accepted_by=person).order_by("expected_at", "pk")
    if view == "waiting":
        return rows.filter(live, accepted_at=None).order_by("expected_at", "pk")
    return rows.filter(live).order_by("expected_at", "pk")


def may_take(row: Handover, person: User) -> bool:
    """Whether a hand-over waits for this person: he was named or stands in its queue (without
    queues, in its line by his posts). A head may take it for them; nobody takes his own.
    """
    if not row.untaken or row.by_id == person.pk or not row.ticket.unsolved:
        return False
    if row.to_id == person.pk or may(person, "tickets.manage", row.ticket):
        return True
    if row.queue is not None:
        return row.queue.members.filter(pk=person.pk).exists()
    return bool(set(figures.lines()[row.to_line]) & set(person.roles))


def in_queues(
    queues: Iterable[Queue], now: datetime, *, without: User | None = None
) -> dict[str, list[User]]:
    """Queue by name -> its people who are there, but for one."""
    skip = without.pk if without is not None else 0
    return {each.name: [p for p in present(each, now) if p.pk != skip] for each in queues}


def on_lines(
    lines: Iterable[int], now: datetime, *, without: User | None = None
) -> dict[str, list[User]]:
    """Line by name -> who holds its posts, where a company has set no queues, but for one."""
    skip, on = without.pk if without is not None else 0, timezone.localdate(now)
    posts = figures.lines()
    return {
        str(words.LINE[n]): [p for p in everybody_in(posts[n], on=on) if p.pk != skip]
        for n in lines
    }


def take_within(now: datetime) -> str:
    """By when each line takes over what is handed to it, as the regulation in force says."""
    known = figures.limits([f"line{n}.take" for n in (2, 3)], now)
    said = zip((2, 3), known, strict=True)
    return listed([f"{words.LINE[n]} {each.words(language())}" for n, each in said if each])


def for_technical(rows: QuerySet[Handover], person: User) -> QuerySet[Handover]:
    """Who sees nothing but the technical side sees hand-overs to his own queues and to himself."""
    if reaches(person, "tickets.see"):
        return rows
    mine = Queue.objects.filter(members=person)
    return rows.filter(Q(queue__in=mine) | Q(to=person) | Q(accepted_by=person))


def technical_reach(person: User) -> QuerySet[Handover]:
    """The hand-overs whose technical side this person sees: what was given to him, and what he owes
    a duty about. Our third line answers for a supplier, in whose queue it does not stand.
    """
    given = for_technical(visible(Handover.objects.all(), person, "tickets.technical"), person)
    if owed := owed_by(person):
        return Handover.objects.filter(Q(pk__in=given.values("pk")) | Q(pk__in=owed))
    return given


def owed_by(person: User) -> set[int]:
    """The hand-overs about which somebody who sees nothing but the technical side owes a duty."""
    if reaches(person, "tickets.see") or not may(person, "tickets.technical"):
        return set()
    mine = Obligation.objects.filter(assignee=person, kind__in=(TAKE_OVER, ANSWER), state__in=LIVE)
    return {pk for each in mine if (pk := handover_of(each)) is not None}


def technical_of(tickets: QuerySet[Ticket], person: User) -> Technical | None:
    """The last hand-over of these tickets in this person's technical reach."""
    rows = technical_reach(person).filter(ticket__in=tickets)
    row = rows.select_related(*JOINED).order_by("-at", "-pk").first()
    return technical(row) if row is not None else None


def machine(row: Handover) -> dict[str, Any]:
    """The technical data of the machine: nothing of its customer."""
    asset = row.ticket.asset
    if asset is None:
        return {}
    parts = Part.objects.filter(asset=asset, removed_on=None).order_by("position", "pk")[:PARTS]
    return {
        "model": asset.model.called, "family": asset.model.family_title, "serial": asset.serial,
        "firmware": asset.firmware, "hours": asset.hours, "commissioned_on": asset.commissioned_on,
        "parts": list(parts),
    }  # fmt: skip


def earlier(row: Handover, person: User) -> list[Technical]:
    """The other hand-overs of the ticket; a supplier sees only those to his own queues."""
    rows = Handover.objects.filter(ticket=row.ticket_id).exclude(pk=row.pk).select_related(*JOINED)
    if row.queue is not None and "supplier_staff" in person.roles:
        rows = for_technical(rows, person)
    names = names_of(row.ticket)
    return [technical(each, names) for each in rows.order_by("at", "pk")]


def clocks(row: Handover, now: datetime) -> list[Row]:
    """The duties that this hand-over brought."""
    found = Obligation.objects.filter(occasion=handover_number(row)).select_related("assignee")
    return rows_of(found.order_by("due_at", "pk"), now, {}, calendars())


def sees_file(person: User, file_id: int) -> bool:
    """Whether this person sees a file that went along with a hand-over."""
    return technical_reach(person).filter(files=file_id).exists()


@dataclass
class Board:
    """One queue as the page of lines shows it."""

    queue: Queue
    members: list[tuple[str, int, bool]] = field(default_factory=list)
    open: int = 0
    free: int = 0
    waiting: int = 0
    late: int = 0
    back: int = 0


def board(now: datetime) -> list[Board]:
    """Every queue with what stands in it and who has how much in hand (a fixed number of queries)."""
    queues = list(Queue.objects.filter(active=True).order_by("line", "outside", "name"))
    found = {queue.pk: Board(queue) for queue in queues}
    tickets = Ticket.objects.filter(status__in=OPEN, queue__in=found).order_by()
    free = Count("pk", filter=Q(owner=None, status__in=UNSOLVED))
    for pk, n, without in tickets.values_list("queue").annotate(n=Count("pk"), free=free):
        found[pk].open, found[pk].free = n, without
    live = Q(answered_at=None, back_at=None, ticket__status__in=UNSOLVED)
    month = first_of_month(now)
    rows = Handover.objects.filter(queue__in=found).order_by().values("queue")
    for row in rows.annotate(
        waiting=Count("pk", filter=live & Q(accepted_at=None)),
        late=Count("pk", filter=live & Q(expected_at__lt=now)),
        back=Count("pk", filter=Q(back_at__gte=month, withdrawn=False)),
    ):
        each = found[row["queue"]]
        each.waiting, each.late, each.back = row["waiting"], row["late"], row["back"]
    pairs = list(
        Queue.members.through.objects.filter(queue__in=found).values_list("queue_id", "user_id")
    )
    people = {
        p.pk: p for p in User.objects.filter(pk__in={user for _q, user in pairs}, is_active=True)
    }
    known = {hand.pk: hand for hand in hands(people, timezone.localtime(now).date(), skilled=False)}
    for queue, user in sorted(
        pairs, key=lambda pair: (people[pair[1]].name if pair[1] in people else "", pair[1])
    ):
        if user in people:
            found[queue].members.append((people[user].name, known[user].load, known[user].away))
    return list(found.values())


def first_of_month(now: datetime) -> datetime:
    return timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def asks(kind: str, *, decided: bool) -> QuerySet[Ask]:
    rows = Ask.objects.filter(kind=kind, decided_at__isnull=not decided)
    rows = rows.select_related("ticket__customer", "ticket__asset__model", "by", "decided_by")
    return rows.order_by("-decided_at" if decided else "at", "pk")


def open_asks(kind: str) -> QuerySet[Ask]:
    return Ask.objects.filter(kind=kind, decided_at=None)


def terms_waiting(person: User, now: datetime) -> QuerySet[Ask]:
    """Payment terms to decide (menu)."""
    return open_asks("TERM")


def slots_waiting(person: User, now: datetime) -> QuerySet[Ask]:
    """Production slots to decide (menu)."""
    return open_asks("SLOT")


def handed_waiting(person: User, now: datetime) -> QuerySet[Handover]:
    """Hand-overs that nobody has taken over (menu)."""
    return handed(person, "waiting").select_related(None)


def clock_of(row: Ask, now: datetime) -> Row | None:
    """The deadline of an ask, where the regulation sets one."""
    found = Obligation.objects.filter(occasion=row.number).select_related("assignee")
    return next(
        iter(rows_of(found.order_by(F("due_at").asc(nulls_last=True))[:1], now, {}, calendars())),
        None,
    )
