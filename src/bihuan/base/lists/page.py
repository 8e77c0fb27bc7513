"""One call gives a list its tabs, filters, order, columns and rows: `show`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from bihuan.base.access.models import User
from bihuan.base.access.scope import reaches
from bihuan.base.counting import BESIDE, Ids
from bihuan.base.lists.bulk import settled
from bihuan.base.lists.listing import MOST_AT_ONCE, OWN_NAMES, UNDO_FOR, Deed, Filter, Listing, Tab
from bihuan.base.lists.models import Arrangement, Batch, View
from bihuan.base.lists.queries import arrangement_of, views_of
from bihuan.base.lists.questions import SHOWN, Asked, count, ids_of, read, unkept
from bihuan.base.prepared import planned
from bihuan.base.ui.addresses import address
from bihuan.base.ui.paging import paged

BATCH = "batch"
NOTHING = "?q="
"""The address of a list with no condition."""


@dataclass
class Shown:
    """What `show` gives to a template as `list`."""

    listing: Listing
    asked: dict[str, str]
    order: str
    down: bool
    shows: dict[str, bool]
    columns: list[dict[str, Any]]
    page: Page[Any]
    tabs: list[dict[str, Any]]
    filters: list[dict[str, Any]]
    numbers: dict[str, int]
    query: str
    home: str
    carried: dict[str, str]
    """What the address carries, without its page."""
    view: View | None
    faults: list[str]
    deeds: list[Deed]
    batch: Batch | None
    may_undo: bool = False
    may_keep: bool = False
    narrowed: bool = False
    sorts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def at_once(self) -> int:
        """How many rows one deed takes."""
        return MOST_AT_ONCE

    @property
    def hides(self) -> dict[str, bool]:
        """The columns that are left out."""
        return {name: not on for name, on in self.shows.items()}

    @property
    def bar(self) -> dict[str, Any]:
        """What the bar of conditions and columns is drawn of."""
        return {
            "carried": self.carried, "query": self.query, "filters": self.filters, "columns": self.columns,
        }  # fmt: skip

    @property
    def address_query(self) -> str:
        """The query string of what is shown, as it is kept, shared and asked again."""
        return urlencode(self.carried)


def show(listing: Listing, request: HttpRequest, now: datetime) -> Shown:
    """The list as this address asks for it, for this person; a fixed number of queries."""
    person = request.user
    assert isinstance(person, User)
    tabs, filters = listing.tabs(person, now), listing.filters(person, now)
    views = views_of(listing.key, person)
    arrangement = arrangement_of(listing.key, person)
    carried = given(listing, request.GET, filters) or first_of(listing, arrangement, views)
    asked = read(listing, carried, tabs, filters)
    view = next((each for each in views if each.pk == asked.saved), None)
    rows = unkept(listing, person, now, asked, filters)
    numbers = count(listing, person, now, tabs, filters, views, asked, rows)
    ids = ids_of(listing, person, now, asked, filters, rows)
    home = address(listing.url)
    deeds = [each for each in listing.deeds if reaches(person, each.needs)]
    chosen = set(asked.columns)
    batch = _batch(request, listing, now)
    return Shown(
        listing=listing, asked=asked.values, order=asked.order, down=asked.down,
        shows={name: name in chosen for name in listing.columns},
        columns=[{"name": name, "title": title, "on": name in chosen} for name, title in listing.columns.items()],
        page=_page(listing, request, ids, numbers[SHOWN]),
        tabs=_tabs(listing, home, tabs, filters, views, arrangement, numbers, asked, view),
        filters=_filters(filters, asked, carried), numbers=numbers, query=asked.values.get("q", ""), home=home,
        carried={name: value for name, value in carried.items() if value}, view=view,
        faults=faults(listing, view.query, tabs, filters) if view is not None else [],
        deeds=deeds, batch=batch,
        may_undo=batch is not None and batch.undone_at is None and bool(batch.done) and listing.deed(batch.deed).undo is not None,
        may_keep=view is not None and view.owner_id == person.pk and _plain(view.query) != _plain(carried),
        narrowed=any(value for name, value in asked.values.items() if name != listing.tab_name),
        sorts=_sorts(listing, asked, carried),
    )  # fmt: skip


def given(
    listing: Listing, address: Mapping[str, str], filters: Sequence[Filter]
) -> dict[str, str]:
    """What an address asks of a list."""
    names = {*_names(listing, filters), "saved"}
    return {name: str(value) for name, value in address.items() if name in names}


def _page(
    listing: Listing, request: HttpRequest, ids: QuerySet[Any] | Ids, total: int
) -> Page[Any]:
    """The page by ids first, then what its few rows show: joins are made for these alone."""
    found = paged(request, ids, total=total)
    shown = list(found.object_list)
    fitted = _fitted(shown, model=listing.model, fit=listing.fit)
    rows = {row[0] if type(row) is tuple else row.pk: row for row in fitted}
    found.object_list = [rows[pk] for pk in shown if pk in rows]
    return found


@planned
def _fitted(
    ids: list[int], *, model: type[Model], fit: Callable[[QuerySet[Any]], QuerySet[Any, Any]]
) -> QuerySet[Any, Any]:
    return fit(model._default_manager.filter(pk__among=ids))


def _names(listing: Listing, filters: Sequence[Filter]) -> set[str]:
    return {listing.tab_name, "q", *OWN_NAMES, *(each.name for each in filters)}


def first_of(
    listing: Listing, arrangement: Arrangement | None, views: Sequence[View]
) -> dict[str, str]:
    """What a bare address shows: the view that this person put first."""
    first = arrangement.first if arrangement is not None else ""
    if not first:
        return {}
    for view in views:
        if view.key == first:
            return {**view.query, "saved": str(view.pk)}
    return {} if first.startswith("s") and first[1:].isdigit() else {listing.tab_name: first}


def said(number: int) -> str:
    """A count as a tab shows it."""
    return f"{BESIDE}+" if number > BESIDE else str(number)


def faults(
    listing: Listing, query: Mapping[str, str], tabs: Sequence[Tab], filters: Sequence[Filter]
) -> list[str]:
    """What a kept view asks for and the list no longer has, in words."""
    known = {each.name: each for each in filters}
    found = []
    for name, value in query.items():
        if not value or name in ("q", "down", "saved"):
            continue
        if name == listing.tab_name:
            if value not in {tab.key for tab in tabs}:
                found.append(_("原来的页签“%(name)s”") % {"name": value})
        elif name == "order":
            if value not in listing.orders:
                found.append(_("排序“%(name)s”") % {"name": value})
        elif name == "cols":
            gone = [each for each in value.split(",") if each and each not in listing.columns]
            found += [_("列“%(name)s”") % {"name": each} for each in gone]
        elif name not in known:
            found.append(_("条件“%(name)s”") % {"name": name})
        elif not known[name].knows(value):
            words = {"name": known[name].label, "value": known[name].title(value)}
            found.append(_("“%(name)s”里的“%(value)s”") % words)
    return found


def _plain(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if value and name != "saved"}


def _tabs(
    listing: Listing, home: str, tabs: Sequence[Tab], filters: Sequence[Filter], views: Sequence[View],
    arrangement: Arrangement | None, numbers: Mapping[str, int], asked: Asked, view: View | None,
) -> list[dict[str, Any]]:  # fmt: skip
    usual = tabs[0].key
    bare = home if not (arrangement is not None and arrangement.first) else None
    found: list[dict[str, Any]] = []
    for tab in tabs:
        plain = (
            bare
            if tab.key == usual and bare
            else f"{home}?{urlencode({listing.tab_name: tab.key})}"
        )
        number = numbers.get(tab.key)
        found.append(
            {
                "key": tab.key, "title": tab.title, "url": plain, "hot": tab.hot and bool(number),
                "count": said(number) if number is not None else None, "kept": False, "broken": False,
                "current": view is None and asked.values[listing.tab_name] == tab.key,
            }
        )  # fmt: skip
    found += [
            {
                "key": each.key, "title": each.title, "hot": False, "kept": True,
                "url": f"{home}?{urlencode({**each.query, 'saved': each.pk})}",
                "count": said(numbers[each.key]), "current": view is not None and view.pk == each.pk,
                "broken": bool(faults(listing, each.query, tabs, filters)),
            }
        for each in views
    ]  # fmt: skip
    if arrangement is not None and arrangement.order:
        place = {key: index for index, key in enumerate(arrangement.order)}
        found.sort(key=lambda tab: place.get(tab["key"], len(place)))
    return found


def _filters(
    filters: Sequence[Filter], asked: Asked, carried: Mapping[str, str]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for each in filters:
        value = asked.values.get(each.name, "")
        if value:
            found.append({"label": each.label, "value": each.title(value), "clear_url": _url(carried, **{each.name: ""})})  # fmt: skip
        elif each.choices and not each.hidden:
            rest = _url(carried, **{each.name: ""})  # nothing is set here, so a value is only added
            start = f"{rest}&" if rest != NOTHING else "?"
            options = [
                {"title": title, "url": f"{start}{_pair(each.name, code)}"}
                for code, title in each.choices
            ]
            found.append({"label": each.label, "value": _("全部"), "options": options})
    return found


@lru_cache(maxsize=2048)
def _pair(name: str, code: str) -> str:
    """Of a choice, which is one of few."""
    return urlencode({name: code})


def _sorts(listing: Listing, asked: Asked, carried: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    found = {}
    for name in listing.orders:
        here = asked.order == name
        down = "1" if here and not asked.down else ""
        falls = listing.orders[name][0].startswith("-") != asked.down
        found[name] = {
            "url": _url(carried, order=name, down=down), "up": here and not falls, "down": here and falls,
        }  # fmt: skip
    return found


def _url(carried: Mapping[str, str], **changes: str) -> str:
    """The address with these changes; with nothing left it says so, or the first view came."""
    kept = {name: value for name, value in (dict(carried) | changes).items() if value}
    return f"?{urlencode(kept)}" if kept else NOTHING


def _batch(request: HttpRequest, listing: Listing, now: datetime) -> Batch | None:
    """What this person just did to many rows, as long as it can be undone."""
    uid = request.session.get(BATCH)
    found = Batch.objects.filter(pk=uid, listing=listing.key).first() if uid else None
    if found is None:
        return None
    found = settled(found, now)
    if found.ended_at is None:  # still at work, here or in another tab
        return None
    over = now > found.ended_at + UNDO_FOR
    if over or found.undone_at is not None:
        del request.session[BATCH]
    return None if over else found
