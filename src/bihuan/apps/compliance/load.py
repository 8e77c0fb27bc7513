"""What lies ahead and what lies behind: duties by week against capacity, overdue ones by age."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from urllib.parse import urlencode

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    F,
    Func,
    IntegerField,
    Min,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from bihuan.apps.compliance.queries import VERB, of_department
from bihuan.apps.compliance.rules import department_of
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.querysets import by_plan, meant_by
from bihuan.apps.obligations.words import role_word
from bihuan.apps.obligations.workbench import ZONE
from bihuan.apps.people.calendars import COMPANY, calendars
from bihuan.apps.people.queries import away_days, capacities
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import apart, reaches
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy.values import text_of, whole_numbers
from bihuan.lib.workcal import days

WEEKS = 12
BUSIEST = 5
"""So many people of a department are shown before somebody asks for all of them."""
BANDS = "overdue.bands"  # parameter of a pack: the ends of the bands, in days


@dataclass(frozen=True)
class Week:
    """`end` is the last day; the first week is what is left of this one."""

    begin: date
    end: date
    working: frozenset[date]

    @cached_property
    def words(self) -> str:
        return _("%(begin)s 至 %(end)s") % {
            "begin": f"{self.begin:%m-%d}", "end": f"{self.end:%m-%d}"
        }  # fmt: skip


@dataclass
class Load:
    """What one person, or one department, owes in each week. `room`: how many can be done;
    None without a figure. `late` are open ones whose time is up.
    """

    title: str
    user_id: int | None = None
    code: str = ""
    late: int = 0
    owed: list[int] = field(default_factory=lambda: [0] * WEEKS)
    room: list[Decimal | None] = field(default_factory=lambda: [None] * WEEKS)
    people: list[Load] = field(default_factory=list)
    weeks: Sequence[Week] = ()

    @property
    def more(self) -> int:
        """How many people the busiest leave out."""
        return max(0, len(self.people) - BUSIEST)

    @property
    def busiest(self) -> list[Load]:
        return self.people[:BUSIEST] if self.more > 1 else self.people

    @property
    def link(self) -> str:
        """What the address of its duties begins with; nobody is 0."""
        who = "" if self.people else f"&person={self.user_id or 0}"
        return f"?{urlencode({'who': self.code})}{who}"

    @property
    def cells(self) -> list[tuple[int, Decimal | None, bool]]:
        """Owed, room, whether it is too much."""
        pairs = zip(self.owed, self.room, strict=True)
        return [(owed, room, room is not None and owed > room) for owed, room in pairs]

    @property
    def dated(self) -> list[tuple[Week, tuple[int, Decimal | None, bool]]]:
        """The cells, each with its week: on a phone no head stands over them."""
        return list(zip(self.weeks, self.cells, strict=True))

    @property
    def without(self) -> int:
        """People of a department for whom no figure is set."""
        return sum(each.user_id is not None and each.room[0] is None for each in self.people)


@dataclass(frozen=True)
class Forecast:
    """`whole`: this person sees all duties, so that room can be held against them."""

    weeks: list[Week]
    departments: list[Load]
    endless: int
    whole: bool


def weeks_from(now: datetime) -> list[Week]:
    """What is left of the week that runs, and the ones after it, Monday to Sunday."""
    today = now.astimezone(ZONE).date()
    calendar = calendars().for_(COMPANY, {})
    begin, found = today, []
    for _number in range(WEEKS):
        end = begin + timedelta(days=6 - begin.weekday())
        working = frozenset(info.day for info in days(calendar, begin, end) if info.working)
        found.append(Week(begin, end, working))
        begin = end + timedelta(days=1)
    return found


def forecast(person: User, now: datetime) -> Forecast:
    """Duties that exist, open or scheduled, by week and person (a fixed number of queries)."""
    weeks = weeks_from(now)
    rows = apart(Obligation.objects.live(), person, VERB)
    edges = _edges(weeks, now)
    in_time = rows.filter(by_plan(lte=edges[-1])).order_by()
    nth = _bucket(edges[:-1], meant_from(now))
    counts = in_time.annotate(nth=nth).values_list("assignee_id", "role", "nth")
    up = {code: role.up for code, role in vocabulary().roles.items()}
    found: dict[str, dict[int | None, Load]] = defaultdict(dict)
    for assignee, role, nth, n in counts.annotate(n=Count("pk")):
        department = department_of(role, up)
        load = found[department].setdefault(assignee, Load("", assignee, department, weeks=weeks))
        if nth == 0:
            load.late += n
        else:
            load.owed[nth - 1] += n
    whole = ALL in reaches(person, VERB)
    people = {pk for loads in found.values() for pk in loads if pk is not None}
    names = dict(User.objects.filter(pk__in=people).values_list("pk", "name"))
    rooms = _rooms(weeks, people) if whole else {}
    departments = [
        _department(Load(role_word(code), code=code, weeks=weeks), found[code], names, rooms)
        for code in sorted(found, key=[*up, *found].index)
    ]
    return Forecast(weeks, departments, rows.filter(due_at=None).count(), whole)


def _edges(weeks: Sequence[Week], now: datetime) -> list[datetime]:
    """Now, each following Monday, and the end of the last week."""
    return [now, *(_midnight(week.end + timedelta(days=1)) for week in weeks)]


def owed(
    person: User, now: datetime, *, department: str, user_id: int | None, week: int
) -> QuerySet[Obligation]:
    """The duties behind a figure: of a department, of somebody in it (0: of nobody, None: of all),
    in week 1 to 12, or overdue (week 0).
    """
    edges = _edges(weeks_from(now), now)
    rows = of_department(apart(Obligation.objects.live(), person, VERB), department)
    if user_id is not None:
        rows = rows.filter(assignee_id=user_id or None)
    rows = rows.filter(by_plan(lte=edges[week])).annotate(meant=meant_from(now))
    if week:
        return rows.filter(meant__gt=edges[week - 1], meant__lte=edges[week]).order_by(
            "meant", "pk"
        )
    return rows.filter(due_at__lte=now).order_by("due_at", "pk")


def _rooms(weeks: Sequence[Week], people: set[int]) -> dict[int, list[Decimal | None]]:
    """Working days of each week on which somebody is there, times what they can do on a day."""
    away, figures = away_days(weeks[0].begin, weeks[-1].end), capacities()
    roles = User.objects.filter(pk__in=people).values_list("pk", "roles")
    days = {pk: figures.a_day(pk, own) for pk, own in roles}
    return {
        pk: [a_day * len(week.working - away.get(pk, set())) for week in weeks]
        for pk, a_day in days.items()
        if a_day is not None
    }


def _department(
    whole: Load, loads: Mapping[int | None, Load], names: Mapping[int, str],
    rooms: Mapping[int, list[Decimal | None]],
) -> Load:  # fmt: skip
    for pk, load in loads.items():
        load.title = names.get(pk, "") if pk is not None else _("没有指定人")
        load.room = rooms.get(pk, load.room) if pk is not None else load.room
        whole.late += load.late
        whole.owed = [one + other for one, other in zip(whole.owed, load.owed, strict=True)]
        whole.room = [
            one if other is None else (one or Decimal(0)) + other
            for one, other in zip(whole.room, load.room, strict=True)
        ]
    whole.people = sorted(
        loads.values(), key=lambda each: (-sum(each.owed) - each.late, each.title)
    )
    if any(each.room[0] is None for each in whole.people):
        whole.room = [None] * WEEKS  # the sum of some is no measure for all
    return whole


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZONE)


def meant_from(now: datetime) -> Case:
    """By when a duty is meant to be done: what was planned for earlier and is not late, now."""
    begun = Value(now + timedelta(microseconds=1), DateTimeField())
    return Case(When(due_at__lte=now, then=F("due_at")), default=Greatest(meant_by(), begun))


def _bucket(edges: Sequence[datetime], moment: Case) -> Func:
    """Before the first edge 0, then 1 and so on; midnight belongs to the day that ends."""
    return Func(
        moment - timedelta(microseconds=1), Value(list(edges), ArrayField(DateTimeField())),
        function="width_bucket", output_field=IntegerField(),
    )  # fmt: skip


@dataclass(frozen=True)
class Aged:
    """Overdue duties of one department by band of age."""

    code: str
    title: str
    counts: list[int]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class Ageing:
    """`bands` are words, youngest first; `oldest` the due time of the oldest one; `clause` is the id
    of the clause that names the bands, `number` what it is called.
    """

    bands: list[str]
    departments: list[Aged]
    counts: list[int]
    oldest: datetime | None
    clause: str
    number: str

    @property
    def total(self) -> int:
        return sum(self.counts)


def band_ends(now: datetime) -> tuple[tuple[int, ...], str]:
    """Ends of the bands in days, and the clause of the parameter that says so; without one all
    overdue duties stand in one band.
    """
    try:
        parameter = pack_at(now).parameters.get(BANDS)
    except NoPackInForce:
        parameter = None
    try:
        ends = whole_numbers(text_of(parameter.value)) if parameter else []
    except ValueError:
        ends = []
    return tuple(sorted(set(ends))), parameter.clause if parameter and ends else ""


def ageing(person: User, now: datetime) -> Ageing:
    """Open duties whose time is up, by department and age (a fixed number of queries)."""
    ends, clause = band_ends(now)
    rows = _overdue(person, now).order_by()
    edges = [now - timedelta(days=end) for end in reversed(ends)]
    aged = Func(
        F("due_at"), Value(edges, ArrayField(DateTimeField())), function="width_bucket",
        output_field=IntegerField(),
    )  # fmt: skip
    up = {code: role.up for code, role in vocabulary().roles.items()}
    found: dict[str, list[int]] = defaultdict(lambda: [0] * (len(ends) + 1))
    for role, nth, n in rows.annotate(nth=aged).values_list("role", "nth").annotate(n=Count("pk")):
        found[department_of(role, up)][len(ends) - nth] += n
    departments = [
        Aged(code, role_word(code), found[code]) for code in sorted(found, key=[*up, *found].index)
    ]
    counts = [sum(column) for column in zip(*found.values(), strict=True)] or [0] * (len(ends) + 1)
    oldest = rows.aggregate(at=Min("due_at"))["at"]
    number = pack_at(now).clauses[clause].number if clause else ""
    return Ageing(_band_words(ends), departments, counts, oldest, clause, number)


def _band_words(ends: Sequence[int]) -> list[str]:
    if not ends:
        return [_("全部逾期")]
    words = [_("%(n)d 天以内") % {"n": ends[0]}]
    pairs = pairwise(ends)
    words += [_("%(from)d 到 %(to)d 天") % {"from": low, "to": high} for low, high in pairs]
    return [*words, _("%(n)d 天以上") % {"n": ends[-1]}]


def overdue(
    person: User, now: datetime, *, band: int | None, department: str
) -> QuerySet[Obligation]:
    """The overdue duties of a band (None: all) and department, oldest first."""
    ends, _clause = band_ends(now)
    rows = of_department(_overdue(person, now), department)
    if band is not None and 0 <= band <= len(ends):
        young = Q(due_at__lt=now - timedelta(days=ends[band - 1])) if band else Q()
        old = Q(due_at__gte=now - timedelta(days=ends[band])) if band < len(ends) else Q()
        rows = rows.filter(young & old)
    return rows.order_by("due_at", "pk")


def _overdue(person: User, now: datetime) -> QuerySet[Obligation]:
    return apart(Obligation.objects.open().overdue(now), person, VERB)
