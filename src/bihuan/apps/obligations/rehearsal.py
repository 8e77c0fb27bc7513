"""The first weeks after going live, rehearsed: the clock and the engine themselves live them in a
transaction that is rolled back. No row stays but the figures.

While it runs, what is told meanwhile is heard only when it ends: it gives up after `LONGEST`.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.handlers import on_facts
from bihuan.apps.obligations.models import Obligation, Rehearsed
from bihuan.apps.obligations.periods import begin
from bihuan.apps.obligations.querysets import meant_by
from bihuan.apps.obligations.tasks import rehearse_later
from bihuan.apps.obligations.ticks import open_scheduled
from bihuan.apps.obligations.trial.enums import TrialState
from bihuan.apps.people.calendars import COMPANY, calendars
from bihuan.apps.people.queries import capacities
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import NoPackInForce, pack_of
from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.errors import Refusal
from bihuan.base.facts.models import Fact
from bihuan.lib.policy.limits import local_moment
from bihuan.lib.policy.spreading import room
from bihuan.lib.workcal import working_days

WEEKS, MOST_WEEKS = 12, 53
BATCH = 500
LONGEST = timedelta(minutes=10)
CARRY = "ticks.carry_over"
"""The tick by which a higher app tells what was open before."""


@dataclass(frozen=True)
class Line:
    """So many duties of a kind that one role owes."""

    kind: str
    role: str
    count: int


@dataclass(frozen=True)
class Load:
    """What falls to one person, or to a role that nobody holds; `capacity` None: no figure set."""

    who: int | None
    name: str
    role: str
    count: int
    capacity: int | None

    @property
    def excess(self) -> int:
        """Duties above capacity."""
        return 0 if self.capacity is None else max(0, self.count - self.capacity)


@dataclass(frozen=True)
class Week:
    """The duties that fall due in one week."""

    monday: date
    working_days: int
    lines: tuple[Line, ...]
    loads: tuple[Load, ...]

    @property
    def count(self) -> int:
        return sum(line.count for line in self.lines)

    @property
    def excess(self) -> int:
        return sum(load.excess for load in self.loads)

    @property
    def unstated(self) -> int:
        """Duties of people for whom no capacity is set."""
        return sum(load.count for load in self.loads if load.capacity is None)


@dataclass(frozen=True)
class Rehearsal:
    """`start`: from when it is counted. `monday`: the first Monday from then on, with what stands
    open on it by kind and role, and by person. `late`: due before the start and still open.
    """

    start: datetime
    weeks: tuple[Week, ...]
    monday: date
    open: tuple[Line, ...]
    people: tuple[Load, ...]
    late: int

    def to_data(self) -> dict[str, Any]:
        """JSON-ready."""
        found = asdict(self)
        for data, week in zip(found["weeks"], self.weeks, strict=True):
            data |= {"count": week.count, "excess": week.excess, "unstated": week.unstated}
            for load, of in zip(data["loads"], week.loads, strict=True):
                load["excess"] = of.excess
        return found

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Rehearsal:
        """The same again from its JSON."""
        weeks = tuple(
            Week(
                date.fromisoformat(each["monday"]), each["working_days"],
                _read_lines(each["lines"]), _read_loads(each["loads"]),
            )
            for each in data["weeks"]
        )  # fmt: skip
        return cls(
            datetime.fromisoformat(data["start"]), weeks, date.fromisoformat(data["monday"]),
            _read_lines(data["open"]), _read_loads(data["people"]), data["late"],
        )  # fmt: skip


class TooLong(Refusal):
    """The weeks could not be lived in the time for which the log may be held back."""

    code = "too_long"
    message = _("客户太多，%(n)s 分钟没排完。请在夜里用命令 bihuan rehearse 排演。")


def ask(*, by: User, now: datetime) -> Rehearsed:
    """Have the weeks rehearsed in the background; the one that is under way, if there is one.

    Raises NoPackInForce.
    """
    starting(now)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)  # one press, one rehearsal
        waiting = Rehearsed.objects.filter(state=TrialState.WAITING).first()
        if waiting is not None:
            return waiting
        row = Rehearsed.objects.create(asked_by=by, asked_at=now)
        rehearse_later(row.pk)
    return row


def work(pk: int, *, now: datetime) -> None:
    """Rehearse, and keep the figures. Asked again, or by two at once, it is done once.

    Raises TooLong, NoPackInForce.
    """
    with transaction.atomic():
        waiting = Rehearsed.objects.select_for_update(skip_locked=True)
        row = waiting.filter(pk=pk, state=TrialState.WAITING).first()
        if row is None:
            return
        row.found, row.state, row.done_at = (
            rehearse(now, longest=LONGEST).to_data(),
            TrialState.DONE,
            now,
        )
        row.save(update_fields=["found", "state", "done_at"])


def give_up(pk: int, why: str) -> None:
    """Say why there are no figures."""
    row = Rehearsed.objects.filter(pk=pk, state=TrialState.WAITING)
    row.update(state=TrialState.FAILED, why=why[:400])


def rehearse(now: datetime, *, weeks: int = WEEKS, longest: timedelta | None = None) -> Rehearsal:
    """The weeks from now, or from the day on which the first regulation takes force. Raises
    NoPackInForce when none is published, and TooLong.
    """
    start, zone = starting(now)
    begun = time.monotonic()
    with transaction.atomic():
        last = Fact.objects.aggregate(last=Max("pk"))["last"] or 0
        for moment in moments(start, weeks, zone):
            last = live(moment, last)
            if longest and time.monotonic() - begun > longest.total_seconds():
                raise TooLong(n=longest // timedelta(minutes=1))
        found = figures(start, weeks, zone)
        transaction.set_rollback(True)
    return found


def starting(now: datetime) -> tuple[datetime, ZoneInfo]:
    """From when, and in which zone. Raises NoPackInForce."""
    version = PackVersion.objects.published().defer("files").first()
    if version is None or version.in_force_from is None:
        raise NoPackInForce
    return max(now, version.in_force_from), pack_of(version).zone


def moments(start: datetime, weeks: int, zone: ZoneInfo) -> Iterator[datetime]:
    """The start, and every first moment of a week or a month in these weeks."""
    yield start
    first = start.astimezone(zone).date()
    for n in range(1, weeks * 7 - first.weekday()):
        day = first + timedelta(days=n)
        if day.day == 1 or day.weekday() == 0:
            yield local_moment(day, zone)


def live(now: datetime, after: int) -> int:
    """Let the clock beat and the engine hear what was told after a fact; the last one's key."""
    begin(now)
    for _config, name, function in registry.named("ticks"):
        if name == CARRY:
            while function(now):
                pass
    rows: QuerySet[Fact] = Fact.objects.filter(pk__gt=after).exclude(source="engine")
    waiting = list(rows.order_by("pk"))
    for at in range(0, len(waiting), BATCH):
        on_facts(waiting[at : at + BATCH], now)
    open_scheduled(now)
    found: int = Fact.objects.aggregate(last=Max("pk"))["last"] or 0
    return found


def figures(start: datetime, weeks: int, zone: ZoneInfo) -> Rehearsal:
    """Count the duties as they stand (a fixed number of queries)."""
    first = start.astimezone(zone).date()
    monday = first - timedelta(days=first.weekday())
    end = local_moment(monday + timedelta(weeks=weeks), zone)
    live_rows = Obligation.objects.filter(state__in=LIVE, due_at__isnull=False).order_by()
    fields = ("kind", "role", "assignee_id", "meant_by")
    by_week: dict[int, Counter[tuple[str, str, int | None]]] = defaultdict(Counter)
    standing: Counter[tuple[str, str, int | None]] = Counter()
    peek = first if first.weekday() == 0 else monday + timedelta(weeks=1)
    morning, night = local_moment(peek, zone), local_moment(peek + timedelta(days=1), zone)
    names = dict(User.objects.filter(customer_id=None).values_list("pk", "name"))
    meant = live_rows.annotate(meant_by=meant_by()).filter(meant_by__gt=start, meant_by__lte=end)
    for kind, role, who, moment in meant.values_list(*fields):
        day = (moment.astimezone(zone) - timedelta(seconds=1)).date()
        by_week[(day - monday).days // 7][kind, role, who] += 1
    open_rows = live_rows.filter(due_at__gt=morning, opens_at__lt=night, anchor_at__lt=night)
    for kind, role, who in open_rows.values_list("kind", "role", "assignee_id"):
        standing[kind, role, who] += 1
    calendar, known = calendars().for_(COMPANY, {}), capacities()

    def loads(count: Counter[tuple[str, str, int | None]], days: int) -> tuple[Load, ...]:
        total: Counter[tuple[int | None, str]] = Counter()
        role_of: dict[tuple[int | None, str], str] = {}
        for (_kind, role, who), n in sorted(count.items(), key=str):
            key = (who, "" if who is not None else role)
            total[key] += n
            role_of.setdefault(key, role)
        found = []
        for (who, unheld), n in total.items():
            role = role_of[who, unheld]
            figure = known.of(who, role)
            figure = room(figure, days) if figure is not None else None
            found.append(Load(who, names.get(who or 0, ""), role, n, figure))
        return tuple(sorted(found, key=lambda each: (-each.excess, -each.count, each.name)))

    found = []
    for n in range(weeks):
        begins = monday + timedelta(weeks=n)
        days = working_days(calendar, max(first, begins), begins + timedelta(days=6))
        found.append(Week(begins, days, _lines(by_week[n]), loads(by_week[n], days)))
    return Rehearsal(
        start, tuple(found), peek, _lines(standing),
        loads(standing, working_days(calendar, peek, peek + timedelta(days=6))),
        live_rows.filter(due_at__lte=start).count(),
    )  # fmt: skip


def _lines(count: Counter[tuple[str, str, int | None]]) -> tuple[Line, ...]:
    total: Counter[tuple[str, str]] = Counter()
    for (kind, role, _who), n in count.items():
        total[kind, role] += n
    return tuple(
        Line(kind, role, n)
        for (kind, role), n in sorted(total.items(), key=lambda x: (-x[1], x[0]))
    )


def _read_lines(data: Sequence[dict[str, Any]]) -> tuple[Line, ...]:
    return tuple(Line(each["kind"], each["role"], each["count"]) for each in data)


def _read_loads(data: Sequence[dict[str, Any]]) -> tuple[Load, ...]:
    return tuple(
        Load(each["who"], each["name"], each["role"], each["count"], each["capacity"])
        for each in data
    )


def excesses(weeks: Sequence[Week]) -> list[tuple[Week, Load]]:
    """Every person and week above capacity."""
    return [(week, load) for week in weeks for load in week.loads if load.excess]
