"""Telling that a period began, for every living subject that the regulation goes round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db.models import Max

from bihuan.apps.customers.enums import LIVING
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.placing import placed
from bihuan.apps.obligations.rules import COMPANY
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of
from bihuan.base.facts.actions import Telling, tell_many
from bihuan.base.facts.models import Fact
from bihuan.lib.policy.cadence import owed_on_entry
from bihuan.lib.policy.limits import Turn, local_moment, span_of
from bihuan.lib.policy.model import PERIOD_FACT, Pack, Rule

SOURCE = "clock"
BATCH = 500
"""Facts told in one transaction, which is also heard as one. Of 5,000 the clock, the listeners and the
sessions of both each kept 30 to 60 MiB for good, and were no quicker.
"""
EVERY = ("week", "month", "quarter", "half", "year")


def begin(now: datetime) -> int:
    """Tell every period that began up to now and was not told yet; returns how many facts.

    After downtime they are told with their true times. The first of them all is the one in
    which the company is when its first regulation takes force.
    """
    versions = list(PackVersion.objects.published().defer("files"))
    if not versions or versions[0].in_force_from is None or versions[0].in_force_from > now:
        return 0
    first = versions[0].in_force_from
    zone = pack_of(versions[0]).zone
    last = _last_begin(now.astimezone(zone).date())
    if Fact.objects.filter(key=_marker(max(last, first.astimezone(zone).date()))).exists():
        return 0
    told = 0
    for day, opening in _days(_told_up_to(), first, now, zone):
        at = max(local_moment(day, zone), first)
        if (pack := _pack_at(versions, at)) is not None:
            told += _tell_day(day, at, pack, now, opening=opening, first=first)
    return told


def _marker(day: date) -> str:
    """The key of the company's own fact, which is told last: the day is told whole."""
    return f"period:{day.isoformat()}:company{COMPANY}"


def _last_begin(day: date) -> date:
    """The latest day, up to this one, on which a week or a month began."""
    return max(day.replace(day=1), day - timedelta(days=day.weekday()))


def _told_up_to() -> datetime | None:
    own = Fact.objects.filter(kind=PERIOD_FACT, customer_id=None, asset_id=None, contract_id=None)
    found: datetime | None = own.aggregate(last=Max("at"))["last"]
    return found


def _days(
    told: datetime | None, first: datetime, now: datetime, zone: ZoneInfo
) -> Iterator[tuple[date, bool]]:
    """Days on which a week or a month begins, not told yet; the company's first day opens all
    its periods, wherever in them it lies.
    """
    begun = (told or first).astimezone(zone).date()
    if told is None:
        yield begun, True
    day, last = begun + timedelta(days=1), now.astimezone(zone).date()
    while day <= last:
        if day.day == 1 or day.weekday() == 0:
            yield day, False
        day += timedelta(days=1)


def _pack_at(versions: Iterable[PackVersion], at: datetime) -> Pack | None:
    for version in versions:
        ended = version.in_force_to is not None and version.in_force_to <= at
        if version.in_force_from is not None and version.in_force_from <= at and not ended:
            return pack_of(version)
    return None


def _tell_day(
    day: date, at: datetime, pack: Pack, now: datetime, *, opening: bool, first: datetime
) -> int:
    spans = {every: span_of(every, day) for every in EVERY}
    begins = {every: opening or spans[every].first == day for every in EVERY}
    data: dict[str, Any] = {every: spans[every].key for every in EVERY}
    data |= {f"{every}_begins": begins[every] for every in EVERY}
    rounds = [
        rule
        for rule in pack.rules.values()
        if rule.every and (opening or rule.turn.span(day).first == day)
    ]
    around = {rule.of for rule in rounds}
    tellings: Iterator[list[Telling]] = (
        [
            Telling(kind=PERIOD_FACT, at=at, subjects=each, data=data, key=_key(day, each))
            for each in subjects
        ]
        for subjects in _batches(around, day)
    )
    is_first = _first_of(pack, first, day, opening=opening)
    if opening or any(is_first(rule) for rule in rounds):
        everybody = [each for batch in tellings for each in batch]
        tellings = _cut_all(placed(everybody, pack, first=is_first, now=now))
    return sum(tell_many(batch, now=now, by=None, source=SOURCE) for batch in tellings)


def _follows(turn: Turn, day: date, live: date) -> bool:
    first = turn.span(day).first
    return turn.span(first - timedelta(days=1)).first <= live < first


def _first_of(pack: Pack, first: datetime, day: date, *, opening: bool) -> Callable[[Rule], bool]:
    """Whether the period of a rule is the first that is owed since the company went live."""
    live = first.astimezone(pack.zone).date()

    def is_first(rule: Rule) -> bool:
        if opening:
            return True
        owed = owed_on_entry(pack, rule, first)
        return not owed and _follows(rule.turn, day, live)

    return is_first


def _key(day: date, subjects: dict[str, int]) -> str:
    kind = next(name for name in ("asset", "contract", "customer", "company") if name in subjects)
    return f"period:{day.isoformat()}:{kind}{subjects[kind]}"


def _batches(around: set[str], day: date) -> Iterator[list[dict[str, int]]]:
    """The living subjects of the kinds that some rule goes round, the company last."""
    if "customer" in around:
        ids = Customer.objects.filter(status__in=LIVING).order_by("pk").values_list("pk", flat=True)
        yield from _cut([{"customer": pk} for pk in ids])
    if "asset" in around and apps.is_installed("bihuan.apps.assets"):
        machines = apps.get_model("assets.Asset").objects.at_customers()
        yield from _cut(_owned("asset", machines))
    if "contract" in around and apps.is_installed("bihuan.apps.contracts"):
        running = apps.get_model("contracts.Contract").objects.in_force(day)
        yield from _cut(_owned("contract", running))
    yield [{"company": COMPANY}]


def _owned(name: str, rows: Any) -> list[dict[str, int]]:
    return [
        {name: pk, "customer": customer}
        for pk, customer in rows.order_by("pk").values_list("pk", "customer_id")
    ]


def _cut_all(tellings: list[Telling]) -> Iterator[list[Telling]]:
    for start in range(0, len(tellings), BATCH):
        yield tellings[start : start + BATCH]


def _cut(subjects: list[dict[str, int]]) -> Iterator[list[dict[str, int]]]:
    for start in range(0, len(subjects), BATCH):
        yield subjects[start : start + BATCH]
