"""What an app declares of a list; everything else (views, counts, deeds, order) follows from it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Model, QuerySet

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.errors import NoSuchThing
from bihuan.base.registry import Text

MOST_AT_ONCE = 500
"""Rows of one deed: what is done while somebody waits for the answer."""
UNDO_FOR = timedelta(minutes=2)
"""How long the inverse of a deed on many rows is offered; a matter of the screen, no promise."""
OWN_NAMES = ("order", "down", "cols")
"""What an address may carry on every list, besides its tab, its filters and `q`."""


@dataclass(frozen=True)
class Tab:
    """A built-in view; `hot`: its number is red; `counted`: it shows one; `order`: its usual one."""

    key: str
    title: Text
    hot: bool = False
    counted: bool = True
    order: str = ""


@dataclass(frozen=True)
class Filter:
    """
    One condition of the address. `choices` are (value, title); `open`: any other value is good
    too and `says` puts it into words; `hidden`: no menu, the chip appears when it is set.
    """

    name: str
    label: Text
    choices: Sequence[tuple[str, Text]] = ()
    open: bool = False
    hidden: bool = False
    says: Callable[[str], str] | None = None

    def title(self, value: str) -> str:
        """The value in words."""
        for code, title in self.choices:
            if code == value:
                return str(title)
        return self.says(value) if self.says is not None else value

    def knows(self, value: str) -> bool:
        """Whether the value can still be chosen."""
        return self.open or self.names(value)

    def names(self, value: str) -> bool:
        """Whether it is one of the choices, or none."""
        return not value or any(code == value for code, _title in self.choices)


@dataclass(frozen=True)
class Deed:
    """
    One deed on many rows. `do(pk, values, by, now)` raises a Refusal or gives what `undo(pk, kept,
    by, now)` needs; `form` asks for `values` first; `confirm` says the consequence.
    """

    key: str
    title: Text
    needs: str
    do: Callable[[int, Mapping[str, Any], User, datetime], Any]
    undo: Callable[[int, Any, User, datetime], object] | None = None
    form: Callable[..., forms.Form] | None = None
    confirm: Text = ""


def _unkept(_person: User, _values: Mapping[str, str]) -> None:
    return None


def _as_they_are(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows


def _by_name(rows: QuerySet[Any]) -> dict[int, str]:
    return {row.pk: str(row) for row in rows}


@dataclass(frozen=True)
class Listing:
    """A list: see `base/ui/README.md`, “Lists in comfort”."""

    key: str
    title: Text
    url: str
    needs: str
    model: type[Model]
    rows: Callable[[User, Mapping[str, str], datetime], QuerySet[Any]]
    tabs: Callable[[User, datetime], Sequence[Tab]]
    filters: Callable[[User, datetime], Sequence[Filter]]
    orders: Mapping[str, Sequence[str]]
    tab_name: str = "view"
    rests: Callable[[User, Mapping[str, str]], Hashable | None] = _unkept
    """What `rows` rests on beside who the person is, these values and the moment itself (see
    `counting.kept`): its questions are then written once. None: on more, they are written each time.
    """
    fit: Callable[[QuerySet[Any]], QuerySet[Any, Any]] = _as_they_are
    """Rows -> what the page shows of each: models, or tuples (`values_list`) that begin with the id."""
    columns: Mapping[str, Text] = field(default_factory=dict)
    deeds: Sequence[Deed] = ()
    titles: Callable[[QuerySet[Any]], dict[int, str]] = _by_name
    """Rows -> how each is called in the result of a deed."""
    versions: Callable[[QuerySet[Any]], dict[int, str]] | None = None
    """Rows -> what differs after every change of one; an open page then draws it anew in its place."""
    asks_s: int = 20
    """Seconds after which an open page asks what changed."""

    def deed(self, key: str) -> Deed:
        """Raises NoSuchThing."""
        found = next((each for each in self.deeds if each.key == key), None)
        if found is None:
            raise NoSuchThing
        return found


def listings() -> Iterator[Listing]:
    """Every list that an app declares."""
    for _config, _key, found in registry.named("lists"):
        yield found  # type: ignore[misc]


def listing(key: str) -> Listing:
    """The list of this key. Raises NoSuchThing."""
    found = next((each for each in listings() if each.key == key), None)
    if found is None:
        raise NoSuchThing
    return found
