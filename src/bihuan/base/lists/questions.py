"""What a list asks of the database: how many rows its tabs have, and the ids of a page."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from bihuan.base.access.models import User
from bihuan.base.counting import BESIDE, MOST, Ids, Statement, counted, kept
from bihuan.base.lists.listing import Filter, Listing, Tab
from bihuan.base.lists.models import View

SHOWN = "·shown"
Values = tuple[tuple[str, str], ...]
"""What is asked of a list, as it is known by."""


@dataclass(frozen=True)
class Asked:
    """What an address asks of a list: `values` go to `Listing.rows`."""

    values: dict[str, str]
    order: str
    down: bool
    columns: tuple[str, ...]
    saved: int | None = None


def read(
    listing: Listing, carried: Mapping[str, str], tabs: Sequence[Tab], filters: Sequence[Filter]
) -> Asked:
    """An address in the terms of the list; what it does not know asks for nothing."""
    names = {each.name for each in filters}
    values = {
        name: value.replace("\0", "")
        for name, value in carried.items()
        if value and (name in names or name == "q")
    }
    wanted_tab = carried.get(listing.tab_name, "")
    tab = next((each for each in tabs if each.key == wanted_tab), tabs[0])
    values[listing.tab_name] = tab.key
    order = carried.get("order", "") or tab.order
    wanted = [name for name in carried.get("cols", "").split(",") if name in listing.columns]
    saved = carried.get("saved", "")
    return Asked(
        values, order if order in listing.orders else next(iter(listing.orders)),
        carried.get("down") == "1", tuple(wanted or listing.columns),
        int(saved) if saved.isdecimal() and len(saved) < 18 else None,
    )  # fmt: skip


def unkept(
    listing: Listing, person: User, now: datetime, asked: Asked, filters: Sequence[Filter]
) -> QuerySet[Any] | None:
    """The rows of what is asked for where the question is not kept: made once, as words are looked up
    where it is made.
    """
    if _rests(listing, person, asked.values, filters) is not None:
        return None
    return listing.rows(person, asked.values, now)


def ids_of(
    listing: Listing, person: User, now: datetime, asked: Asked, filters: Sequence[Filter],
    rows: QuerySet[Any] | None = None,
) -> QuerySet[Any] | Ids:  # fmt: skip
    """The ids of what is asked for, in order; `rows` where the caller has them."""

    def ordered(person: User, now: datetime) -> QuerySet[Any]:
        return in_order(listing, listing.rows(person, asked.values, now), asked)

    rests = None if rows is not None else _rests(listing, person, asked.values, filters)
    if rests is None:
        found = ordered(person, now) if rows is None else in_order(listing, rows, asked)
        return found.values_list("pk", flat=True)
    name = listing.key, _key(asked.values), asked.order, asked.down, rests
    return Ids(kept(name, person, now, ordered, ordered=True))


def count(
    listing: Listing, person: User, now: datetime, tabs: Sequence[Tab], filters: Sequence[Filter],
    views: Sequence[View], asked: Asked | None, rows: QuerySet[Any] | None = None,
) -> dict[str, int]:  # fmt: skip
    """How many rows each tab has, up to `BESIDE + 1`, and what is shown, up to `MOST + 1` (`rows`
    where the caller has them). What no tab holds is counted by itself where the tabs' questions are
    kept: their statement stays the same then, and planning it takes longer than counting.
    """
    questions = {tab.key: {listing.tab_name: tab.key} for tab in tabs if tab.counted}
    questions |= {view.key: read(listing, view.query, tabs, filters).values for view in views}
    if asked is not None:
        questions[SHOWN] = asked.values
    distinct = {_key(values): values for values in questions.values()}
    most = dict.fromkeys(distinct, BESIDE)
    shown = _key(asked.values) if asked is not None else None
    if shown is not None:
        most[shown] = MOST
    asks = {
        key: rows if key == shown and rows is not None else _question(listing, person, now, values, filters)
        for key, values in distinct.items()
    }  # fmt: skip
    of_tabs = {_key(values) for name, values in questions.items() if name != SHOWN}
    apart = {key: asks.pop(key) for key in distinct if key not in of_tabs}
    if not all(isinstance(each, Statement) for each in asks.values()):
        asks, apart = asks | apart, {}
    numbers = counted(asks, most=most) | counted(apart, most=most)
    return {name: numbers[_key(values)] for name, values in questions.items()}


def _question(
    listing: Listing, person: User, now: datetime, values: Mapping[str, str], filters: Sequence[Filter],
) -> QuerySet[Any] | Statement:  # fmt: skip
    """The rows of these values, to be counted."""
    rests = _rests(listing, person, values, filters)
    if rests is None:
        return listing.rows(person, values, now)
    name = listing.key, _key(values), rests
    return kept(name, person, now, lambda person, now: listing.rows(person, values, now))


def _rests(
    listing: Listing, person: User, values: Mapping[str, str], filters: Sequence[Filter]
) -> Hashable | None:
    """None also for a value that is none of the choices: there is no end of these."""
    closed = all(each.names(values.get(each.name, "")) for each in filters)
    return listing.rests(person, values) if closed else None


def _key(values: Mapping[str, str]) -> Values:
    return tuple(sorted(values.items()))


def in_order(listing: Listing, rows: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
    """Rows in the order asked for."""
    names = listing.orders[asked.order]
    return rows.order_by(*[_turned(name) for name in names] if asked.down else names)


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"
