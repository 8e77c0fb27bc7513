"""The desk: who is to be called, and everything that one talk needs on one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from bihuan.apps.assets.models import Asset
from bihuan.apps.callbacks import figures, words
from bihuan.apps.callbacks.actions import touches
from bihuan.apps.callbacks.actions.scripts import newest, routine, serving
from bihuan.apps.callbacks.apps import CALLS
from bihuan.apps.callbacks.enums import LIVE_CALLS, CallState, ProblemState, PromiseState
from bihuan.apps.callbacks.models import Attempt, Brief, Callback, News, Problem, Promise, Script
from bihuan.apps.callbacks.rules import CapState
from bihuan.apps.customers import words as of_customers
from bihuan.apps.customers.enums import Purpose
from bihuan.apps.customers.models import Contact, Customer, Purchase
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.querysets import meant_by
from bihuan.apps.obligations.rows import Row, for_rows, rows_of, tier_names
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.counting import ROWS
from bihuan.base.facts.models import Fact
from bihuan.base.texts import listed

MOST = 400  # duties that are read and counted
VIEWS = ("today", "late", "agreed", "all")


@dataclass
class Line:
    """One customer of the queue with the duties that one call can serve."""

    customer_id: int
    due: list[datetime | None] = field(default_factory=list)  # of each duty, the nearest first
    meant: list[datetime | None] = field(default_factory=list)  # by when the plan has each done
    duty: int | None = None  # the nearest
    call: Callback | None = None
    # Only of a line that is shown.
    customer: Customer | None = None
    first: Row | None = None
    tries: int = 0
    quiet_until: str = ""


@dataclass(frozen=True)
class Queue:
    lines: list[Line]
    counts: Mapping[str, int]
    more: int = 0


def duties(person: User) -> QuerySet[Obligation]:
    """Open duties to call somebody, within this person's reach."""
    rows = Obligation.objects.filter(kind__in=CALLS, state="OPEN", customer__isnull=False)
    return visible(rows, person, "callbacks.do").select_related("customer", "assignee")


def late(person: User, now: datetime) -> QuerySet[Obligation]:
    """Overdue calls of this person (menu)."""
    return duties(person).filter(assignee=person, due_at__lt=now)


def queue(person: User, now: datetime, *, view: str = "all", mine: bool = True) -> Queue:
    """The queue in order of due time, one line a customer (six queries)."""
    found = duties(person)
    if mine:
        found = found.filter(assignee=person)
    lines: dict[int, Line] = {}
    nearest = found.annotate(meant=meant_by()).order_by("meant", "pk")
    for customer, duty, due_at, meant in nearest.values_list(
        "customer_id", "pk", "due_at", "meant"
    )[:MOST]:
        line = lines.setdefault(customer, Line(customer, duty=duty))
        line.due.append(due_at)
        line.meant.append(meant)
    _calls(lines, person, now, mine=mine)
    ordered = sorted(lines.values(), key=lambda line: _when(line, now))
    end = timezone.localtime(now).replace(hour=23, minute=59, second=59)
    tests: dict[str, Callable[[Line], bool]] = {
        "today": lambda line: _by(line.meant, end), "late": lambda line: _by(line.due, now),
        "agreed": lambda line: line.call is not None and line.call.state == CallState.RESCHEDULED,
        "all": lambda line: True,
    }  # fmt: skip
    counts = {name: sum(map(test, ordered)) for name, test in tests.items()}
    wanted = [line for line in ordered if tests[view](line)]
    shown = wanted[:ROWS]  # the next come up as these are called
    _dress(shown, now)
    return Queue([line for line in shown if line.customer], counts, len(wanted) - len(shown))


def _by(moments: Iterable[datetime | None], last: datetime) -> bool:
    return any(moment is not None and moment <= last for moment in moments)


def _when(line: Line, now: datetime) -> tuple[datetime, int]:
    moments = [moment for moment in line.meant if moment]
    if line.call is not None and line.call.planned_at is not None:
        moments.append(line.call.planned_at)
    return (min(moments, default=now + timedelta(days=3650)), line.customer_id)


def _calls(lines: dict[int, Line], person: User, now: datetime, *, mine: bool) -> None:
    """Calls under way. Where no duty is open any more, a call that was not answered needs no other
    try: only an agreed time and a campaign that still runs bring a line of their own.
    """
    today = timezone.localtime(now).date()
    rows = visible(Callback.objects.filter(state__in=LIVE_CALLS), person, "callbacks.do")
    if mine:
        rows = rows.filter(caller=person) | rows.filter(customer_id__in=list(lines))
    agreed = Q(state=CallState.RESCHEDULED) | Q(
        campaign__closed_at=None, campaign__last_on__gte=today
    )
    for call in rows.filter(agreed | Q(customer_id__in=list(lines))).select_related("campaign")[
        :MOST
    ]:
        lines.setdefault(call.customer_id, Line(call.customer_id)).call = call


def _dress(lines: Sequence[Line], now: datetime) -> None:
    """What is shown of a line: customer, nearest duty, tries, and whether it is quiet time."""
    customers = Customer.objects.in_bulk([line.customer_id for line in lines])
    nearest = Obligation.objects.filter(pk__in=[line.duty for line in lines if line.duty])
    found = rows_of(for_rows(nearest), now, tier_names(now))
    rows = {row.ob.pk: row for row in found}
    tried = Attempt.objects.filter(callback__in=[line.call.pk for line in lines if line.call])
    tries = Counter(tried.order_by().values_list("callback_id", flat=True))
    local = timezone.localtime(now).time()
    for line in lines:
        line.customer = customers.get(line.customer_id)
        line.first = rows.get(line.duty or 0)
        line.tries = tries[line.call.pk] if line.call else 0
        for start, end in touches.dnd(line.customer) if line.customer else ():
            if start <= local < end:
                line.quiet_until = f"{end:%H:%M}"


@dataclass(frozen=True)
class Pack:
    """What is read before the talk."""

    installed: date | None
    fault: Fact | None
    orders: int
    bought: Any
    news: list[News]
    briefs: list[Brief]
    problems: list[Problem]
    promises: list[Promise]
    last: Callback | None
    taboos: str
    dnd: str


def pack(
    customer: Customer, rows: Sequence[Obligation], now: datetime, *, before: Callback | None = None
) -> Pack:
    """Eight queries for one customer; `before` is the talk that is read about, not its own last."""
    talks = Callback.objects.filter(customer=customer, state=CallState.DONE)
    if before is not None:
        talks = talks.filter(done_at__lt=before.done_at or now).exclude(pk=before.pk)
    facts = Fact.objects.filter(customer_id=customer.pk)
    first = timezone.localtime(now).date() - timedelta(days=365)
    bought = Purchase.objects.filter(customer=customer, voided_at=None, made_on__gt=first)
    total = bought.aggregate(sum=Sum("amount"))
    return Pack(
        installed=Asset.objects.at_customers().filter(customer=customer).aggregate(
            last=Max(Coalesce("commissioned_on", "delivered_on"))
        )["last"],
        fault=facts.filter(kind="fault.reported").order_by("-at").first(),
        orders=bought.count(), bought=total["sum"],
        news=list(News.objects.filter(customer=customer).select_related("by").order_by("-at")[:3]),
        briefs=list(
            Brief.objects.filter(customer=customer, occasion__in=[row.occasion for row in rows]).select_related("by")
        ),
        problems=list(Problem.objects.filter(customer=customer).exclude(state=ProblemState.CONFIRMED).order_by("found_at")[:8]),
        promises=list(
            Promise.objects.filter(customer=customer, state=PromiseState.OPEN).select_related("owner").order_by("due_on")[:8]
        ),
        last=talks.order_by("-done_at").first(),
        taboos=str(customer.preferences.get("taboos", "")), dnd=str(customer.preferences.get("dnd", "")),
    )  # fmt: skip


@dataclass(frozen=True)
class Question:
    id: str
    text: str
    widget: str
    options: list[dict[str, Any]]


@dataclass(frozen=True)
class Step:
    block: str
    title: str
    say: str
    mandatory: bool
    questions: list[Question]


def script_for(kinds: Sequence[str], now: datetime, code: str = "") -> Script | None:
    """The script of this code, else that which serves these duties, else the routine one."""
    known = newest()
    return known.get(code) or serving(kinds, now, known) or routine(known, now)


def steps_of(script: Script | None, *, company: str, caller: str) -> list[Step]:
    """The steps in the language of the page, with the names filled in."""
    if script is None:
        return []
    body = script.body
    mandatory = set(body.get("mandatory", ()))
    return [
        Step(
            step["block"], words.said(body["blocks"][step["block"]]),
            words.said(step.get("say")).replace("{company}", company).replace("{caller}", caller),
            step["block"] in mandatory, [_question(each) for each in step.get("questions", ())],
        )
        for step in body["steps"]
    ]  # fmt: skip


def musts(script: Script | None) -> list[tuple[str, str]]:
    """(block, title) of what must be talked about."""
    if script is None:
        return []
    body = script.body
    return [(block, words.said(body["blocks"][block])) for block in body.get("mandatory", ())]


def _question(each: Mapping[str, Any]) -> Question:
    options = [
        {
            "value": option["value"],
            "text": words.said(option["text"]),
            "problem": bool(option.get("problem")),
        }
        for option in each.get("options", ())
    ]
    if each["widget"] == "score":
        low = figures.data()["low_score"]
        options = [{"value": str(n), "text": str(n), "problem": n <= low} for n in range(1, 6)]
    return Question(each["id"], words.said(each["text"]), each["widget"], options)


def block_titles() -> dict[str, str]:
    """Titles of the blocks of all scripts (one query)."""
    titles: dict[str, str] = {}
    for row in Script.objects.order_by("version"):
        titles |= {code: words.said(text) for code, text in row.body["blocks"].items()}
    return titles


def talk_shares(now: datetime) -> list[dict[str, Any]]:
    """The parts of a talk with their shares of time, where the regulation says any."""
    shares = figures.talk(now)
    parts = figures.data()["talk"]
    return [
        {"code": code, "title": words.said(parts[code]["title"]), "share": round(share * 100)}
        for code, share in shares.items()
    ]


@dataclass(frozen=True)
class Person:
    """A contact with how much of the cap is used, and the ways of reaching him that he refused."""

    contact: Contact
    cap: CapState
    refused: str = ""


def people(customer: Customer, now: datetime) -> list[Person]:
    """Those who still work there, the key ones first."""
    rows = Contact.objects.filter(customer=customer, left_on=None).order_by(
        "-is_key", "pinyin", "pk"
    )[:30]
    caps = touches.cap_states([row.pk for row in rows], now)
    refused = touches.taken_back([row.pk for row in rows], Purpose.SERVICE)
    return [
        Person(row, caps[row.pk], listed(of_customers.title(of_customers.CHANNEL, each) for each in refused.get(row.pk, ())))
        for row in rows
    ]  # fmt: skip


def staff() -> list[tuple[int, str]]:
    """Who may own a promise or a problem."""
    rows = User.objects.ours()
    return [
        (pk, f"{name} {no}".strip()) for pk, name, no in rows.values_list("pk", "name", "staff_no")
    ]
