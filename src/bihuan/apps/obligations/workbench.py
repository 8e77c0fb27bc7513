"""What the workbench shows: a fixed number of queries, whatever the size of the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse

from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.enums import DONE, LIVE, State, Verifier
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.querysets import by_plan, for_later, for_today, meant_by
from bihuan.apps.obligations.rows import Row, for_rows, rows_of, tier_names
from bihuan.apps.obligations.words import language
from bihuan.apps.people.calendars import COMPANY, Calendars, calendars
from bihuan.base.access.models import User
from bihuan.lib.workcal import days, working_days
from bihuan.lib.workcal.calendar import Calendar, DayInfo, DayKind
from bihuan.lib.workcal.lunar import cell_words, lunar_exists

SHOWN = 12
ZONE = ZoneInfo(settings.TIME_ZONE)


@dataclass(frozen=True)
class Group:
    """Rows under one heading; `count` may be larger than what is shown."""

    code: str
    rows: list[Row]
    count: int


@dataclass(frozen=True)
class Progress:
    """Contacts of the month: customers reached of those owed, and how many one should have."""

    done: int
    owed: int
    pace: float
    clause: str
    number: str

    @property
    def ahead(self) -> int:
        """Positive: ahead of the plan; negative: behind."""
        return self.done - round(self.pace)

    @property
    def lag(self) -> int:
        return -self.ahead

    @property
    def should(self) -> int:
        return round(self.pace)


@dataclass(frozen=True)
class Bench:
    """Everything on the page."""

    counts: dict[str, int]
    groups: list[Group]
    progress: Progress | None
    week: list[dict[str, Any]]
    customers: list[dict[str, Any]]
    customer_count: int
    tomorrow: DayInfo | None


def end_of_day(now: datetime) -> datetime:
    """The first moment of tomorrow in the company's zone."""
    local = now.astimezone(ZONE)
    return datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=ZONE)


def mine(person: User) -> QuerySet[Obligation]:
    """Open obligations of this person."""
    return Obligation.objects.filter(assignee=person, state=State.OPEN)


def bench(person: User, now: datetime) -> Bench:
    """The workbench of one person."""
    tiers, known = tier_names(now), calendars()
    counts = counts_of(person, now)
    groups = _groups(person, now, tiers, known, counts)
    customers, number = _customers(person, now, tiers)
    ours = known.for_(COMPANY, {})
    return Bench(
        counts=counts, groups=groups, progress=_progress(person, now, ours),
        week=week(person, now, calendar=ours), customers=customers, customer_count=number,
        tomorrow=_tomorrow(now, ours),
    )  # fmt: skip


def counts_of(person: User, now: datetime) -> dict[str, int]:
    """The figures of the tiles (two queries over the open set)."""
    tonight = end_of_day(now)
    found: dict[str, int] = mine(person).aggregate(
        late=Count("pk", filter=Q(due_at__lt=now)),
        today=Count("pk", filter=for_today(now, tonight)),
        later=Count("pk", filter=for_later(tonight) | Q(due_at=None, paused_at=None)),
        paused=Count("pk", filter=Q(paused_at__isnull=False)),
        standing=Count("pk", filter=Q(paused_at__isnull=False, due_at=None)),
    )  # fmt: skip
    found["verify"] = to_verify(person).count()
    return found


def to_verify(person: User) -> QuerySet[Obligation]:
    """Discharged obligations that wait for this person's word."""
    return Obligation.objects.filter(verifier=person, state=State.DISCHARGED).exclude(
        verified_by_rule=Verifier.NONE
    )


def _groups(
    person: User, now: datetime, tiers: dict[str, str], known: Calendars, counts: dict[str, int]
) -> list[Group]:
    tonight = end_of_day(now)
    rows = for_rows(mine(person)).order_by("due_at", "pk")
    parts = (
        ("late", rows.filter(due_at__lt=now), counts["late"]),
        ("today", rows.filter(for_today(now, tonight)), counts["today"]),
        (
            "later", rows.filter(for_later(tonight) | Q(due_at=None)).order_by(meant_by(), "pk"),
            counts["later"] + counts["standing"],
        ),
    )  # fmt: skip
    return [
        Group(code, rows_of(found[:SHOWN], now, tiers, known), count)
        for code, found, count in parts
    ]


def month_bounds(day: date) -> tuple[datetime, datetime]:
    """First moment of the month and of the next."""
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return (
        datetime.combine(first, time(), tzinfo=ZONE),
        datetime.combine(following, time(), tzinfo=ZONE),
    )


def _progress(person: User, now: datetime, calendar: Calendar) -> Progress | None:
    today = now.astimezone(ZONE).date()
    first, following = month_bounds(today)
    care = Obligation.objects.filter(
        assignee=person, care=True, window_from__lt=following, window_to__gt=first,
        customer__isnull=False,
    ).exclude(state__in=(State.VOID, State.WAIVED))  # fmt: skip
    owed = Q(due_at__lte=following) | Q(discharged_at__gte=first, discharged_at__lt=following)
    found = care.aggregate(
        owed=Count("customer", distinct=True, filter=owed),
        done=Count(
            "customer", distinct=True,
            filter=Q(state__in=DONE, discharged_at__gte=first, discharged_at__lt=following),
        ),
    )  # fmt: skip
    if not found["owed"]:
        return None
    last = following.date() - timedelta(days=1)
    whole = working_days(calendar, first.date(), last) or 1
    gone = working_days(calendar, first.date(), today)
    named = care.filter(owed).values("clause", "clause_number").annotate(n=Count("pk"))
    top = named.order_by("-n", "clause").first()
    return Progress(
        done=found["done"], owed=found["owed"], pace=found["owed"] * gone / whole,
        clause=top["clause"] if top else "", number=top["clause_number"] if top else "",
    )  # fmt: skip


def week(
    person: User, now: datetime, of: date | None = None, calendar: Calendar | None = None
) -> list[dict[str, Any]]:
    """The week's days with working time, lunar dates and what is due on each."""
    today = now.astimezone(ZONE).date()
    monday = (of or today) - timedelta(days=(of or today).weekday())
    start = datetime.combine(monday, time(), tzinfo=ZONE)
    counted = (
        Obligation.objects.filter(by_plan(gte=start, lt=start + timedelta(days=7)), assignee=person)
        .filter(state__in=(*LIVE, *DONE))
        .annotate(day=TruncDate(meant_by(), tzinfo=ZONE))
        .values("day")
        .annotate(n=Count("pk"), open=Count("pk", filter=Q(state__in=LIVE)))
    )  # fmt: skip
    loads = {row["day"]: row for row in counted}
    ours = calendar or calendars().for_(COMPANY, {})
    return [
        day_cell(info, loads.get(info.day), today)
        for info in days(ours, monday, monday + timedelta(days=6))
    ]


def day_cell(info: DayInfo, load: Mapping[str, Any] | None, today: date) -> dict[str, Any]:
    """One day as the calendar strip draws it."""
    count = load["n"] if load else 0
    left = load["open"] if load else 0
    tone = "blue"
    if count and not left:
        tone = "green"
    elif info.day < today and left:
        tone = "red"
    elif info.day == today:
        tone = "orange"
    return {
        "date": info.day, "count": count, "work": info.working, "today": info.day == today,
        "badge": badge(info), "lunar": lunar_word(info.day), "tone": tone,
        "name": info.name.of(language()), "provisional": info.provisional,
        "url": f"{reverse('obligations:calendar')}?view=week&day={info.day.isoformat()}",
    }  # fmt: skip


def badge(info: DayInfo) -> str:
    """休 on a weekday off, 班 on a working weekend; nothing on an ordinary day."""
    if info.kind == DayKind.HOLIDAY:
        return "休"
    return "班" if info.kind == DayKind.MAKEUP else ""


def lunar_word(day: date) -> str:
    return cell_words(day).of(language()) if lunar_exists(day) else ""


def _tomorrow(now: datetime, calendar: Calendar) -> DayInfo | None:
    """Tomorrow, when it is not what its weekday would make of it."""
    day = now.astimezone(ZONE).date() + timedelta(days=1)
    info = days(calendar, day, day)[0]
    return info if info.kind in (DayKind.MAKEUP, DayKind.HOLIDAY) else None


def _customers(
    person: User, now: datetime, tiers: dict[str, str]
) -> tuple[list[dict[str, Any]], int]:
    """The person's customers to whom most is overdue, and how many customers there are."""
    own = Customer.objects.living().filter(account_manager=person)
    number: int = own.count()
    late = (
        mine(person)
        .filter(due_at__lt=now, customer__isnull=False)
        .values("customer_id", "customer__short_name", "customer__name", "customer__tier", "customer__tier_rank")
        .annotate(overdue=Count("pk"))
        .order_by("-overdue", "customer_id")[:5]
    )  # fmt: skip
    return [
        {
            "pk": row["customer_id"], "late": row["overdue"],
            "name": row["customer__short_name"] or row["customer__name"],
            "tier": tiers.get(row["customer__tier"], row["customer__tier"]),
            "rank": row["customer__tier_rank"],
        }
        for row in late
    ], number  # fmt: skip
