"""
What each app offers; the project discovers it, nothing is listed twice.

An app's `apps.py` holds one subclass of `App`: its manifest. Functions are named by dotted path
relative to the app's module (`"handlers.on_facts"`), so that a manifest imports nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, ClassVar

from django.apps import AppConfig, apps
from django.urls import reverse
from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class MenuItem:
    """
    One line of the left menu; `needs` is the verb that shows it; `count` a dotted function
    `(person, now) -> QuerySet` of the rows behind the red number; `section` groups and `order` sorts.
    `rare`: folded into “more” while nothing waits in it, except for those who hold the verb `often`;
    Ctrl K finds it as any other. `plain`: the count asks for nothing but who the person is and the
    moment itself, so that its statement is written once (see `base.counting.kept`).
    """

    title: Text
    url: str
    icon: str
    needs: str
    section: str = ""
    order: int = 100
    count: str = ""
    rare: bool = False
    often: str = ""
    plain: bool = False


@dataclass(frozen=True)
class Panel:
    """
    A piece of a lower page that a higher app draws: url name taking the thing's id; loaded by
    htmx with its own permission check. `count` a dotted function `(person, id) -> QuerySet`, the
    rows behind the number, which asks for nothing but who the person is and the id: its statement is
    written once (see `base.prepared.kept_of`).
    """

    title: Text
    url: str
    needs: str
    order: int = 100
    count: str = ""
    app: str = ""


@dataclass(frozen=True)
class Reach:
    """
    Field paths by which rows of a model belong to somebody (see base.access.scope).

    Several paths in one dimension mean "any of them". An empty dimension means that nobody
    reaches rows of this model by it.
    """

    own: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    dealer: tuple[str, ...] = ()
    customer: tuple[str, ...] = ()

    def via(self, prefix: str) -> Reach:
        """The same paths seen from a model that points at this one by `prefix`."""
        return Reach(
            **{
                name: tuple(f"{prefix}__{path}" for path in getattr(self, name))
                for name in ("own", "team", "region", "dealer", "customer")
            }
        )


@dataclass(frozen=True)
class Holding:
    """Something that somebody answers for and that needs an heir before the account closes.

    `key` names the row for the app's `transfer`; `kind` is a short title (客户, 义务, 承诺).
    """

    key: str
    kind: Text
    title: str
    url: str = ""
    customer_id: int | None = None


@dataclass(frozen=True)
class Subject:
    """How a subject of facts is named and reached from outside (API, forms, imports).

    `model` is a model label; `code` the field people know it by; `verb` the right that shows it;
    `customer` the field path to the customer's id that a fact about it carries as well.
    """

    model: str
    code: str
    verb: str
    customer: str = ""


@dataclass(frozen=True)
class Asked:
    """What the engine asks of `overlays`: the subjects of one fact and its moment."""

    key: int
    at: datetime
    customer_id: int | None = None
    asset_id: int | None = None
    contract_id: int | None = None


@dataclass(frozen=True)
class Term:
    """A term that lies over the regulation for a subject: the stricter of both limits holds.

    `duty` is a kind of packs/vocabulary/duties.yaml, `within` a limit of the pack language,
    `calendar` empty for that of the rule; `source` is how it is cited (合同·2026-031).
    """

    duty: str
    within: str
    source: str
    calendar: str = ""
    contract_id: int | None = None


@dataclass(frozen=True)
class Command:
    """A deed of the search box, mostly "new …": its page, and the verb that offers it."""

    title: Text
    url: str
    needs: str
    icon: str = "plus"


@dataclass(frozen=True)
class Link:
    """The page of a deed that lower pages offer, and the verb that it asks for."""

    url: str
    needs: str


@dataclass(frozen=True)
class Watched:
    """`stamps` is a dotted function `(ids) -> {id: base.lists.stamps.Stamp}`, one query for any
    number; `needs` the verb that shows the row.
    """

    needs: str
    stamps: str


class App(AppConfig):
    """The manifest of an app; every attribute may be left out."""

    default = False
    # Django takes the one class of `apps.py` that may be the default: the subclass, not this one.

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.default = True

    title: ClassVar[Text] = ""
    menu: ClassVar[tuple[MenuItem, ...]] = ()
    listeners: ClassVar[Mapping[str, str]] = {}
    """Listener name -> dotted `(facts: Sequence[Fact], now) -> None`."""
    ticks: ClassVar[tuple[str, ...]] = ()
    """Dotted `(now) -> int` run by the clock process every few seconds; twice is once."""
    snapshots: ClassVar[Mapping[str, str]] = {}
    """Subject type -> dotted `(ids, at) -> {id: values}`: what a fact carries of its subject."""
    subjects: ClassVar[Mapping[str, Subject]] = {}
    """Subject type -> how a fact told by hand or by API finds it."""
    people_of: ClassVar[str] = ""
    """The holders of roles that this app knows: dotted
    `(customer_ids) -> {role: {customer_id: user_id}}`."""
    holds: ClassVar[tuple[str, ...]] = ()
    """Dotted `(user) -> Iterable[Text]`: what a person still holds (customers, promises, duties);
    an account that holds anything cannot be closed."""
    choices: ClassVar[Mapping[str, str]] = {}
    """`region` or `team` -> dotted `() -> Iterable[(value, label)]` for the forms of accounts."""
    fulfils: ClassVar[Mapping[str, str]] = {}
    """Duty kind -> url name of the screen that carries it out (takes the obligation's id)."""
    only_there: ClassVar[tuple[str, ...]] = ()
    """Dotted `(obligations) -> {id: name of the thing}`: duties that a thing of this app carries
    out with its own next step; while it can, nothing else does (one query for any number)."""
    links: ClassVar[Mapping[str, Link]] = {}
    """Name of a deed that lower pages offer, e.g. "contact.log" -> the page for it."""
    deeds: ClassVar[Mapping[str, Text]] = {}
    """Verb of the log of deeds -> what was done, in words."""
    named_by: ClassVar[Mapping[str, str]] = {}
    """Model name -> the field whose words name a row in the log of deeds; else its `str`."""
    panels: ClassVar[Mapping[str, tuple[Panel, ...]]] = {}
    timeline: ClassVar[Mapping[str, str]] = {}
    """Fact kind, or a prefix ending in `.`, -> template that shows one line of it."""
    timeline_adds: ClassVar[Mapping[str, str]] = {}
    """Prefix of fact kinds, ending in `.` -> dotted `(facts) -> {fact id: values}`: what their
    templates read besides the fact, as `more` (one query for any number)."""
    searches: ClassVar[tuple[str, ...]] = ()
    """Dotted `() -> Iterable[Entry]` that rebuild this app's part of the search index."""
    search_kinds: ClassVar[Mapping[str, tuple[Text, str]]] = {}
    """Kind in the search index -> its title and icon."""
    numbered: ClassVar[Mapping[str, str]] = {}
    """What is read out on the phone but not in the index, by the letters of its number (YW):
    dotted `(person, number) -> (title, url) | None`, within the person's reach."""
    reach: ClassVar[Mapping[str, Reach]] = {}
    """Model name -> Reach."""
    adds: ClassVar[Mapping[str, str]] = {}
    """Subject type -> dotted `(ids, at) -> {id: values}`: what this app adds to the snapshot of a
    lower app's subject (one query for any number of ids)."""
    moves: ClassVar[Mapping[str, str]] = {}
    """When two rows of a lower app become one: subject type -> dotted
    `(from_id, into_id, keys | None) -> list[str]`: move the links that are no foreign keys and
    name what moved; with `keys`, move just these (the way back)."""
    overlays: ClassVar[tuple[str, ...]] = ()
    """Dotted `(asked: Sequence[Asked]) -> {key: list[Term]}`: terms over the regulation, such as
    a contract's response times (a fixed number of queries for any number asked)."""
    arriving: ClassVar[tuple[str, ...]] = ()
    """Dotted `(facts, arrivals) -> None`: completes facts of an import before they are written."""
    health: ClassVar[Mapping[str, str]] = {}
    """Component of a customer's health (USAGE, SERVICE, SENTIMENT) -> dotted
    `(customer_ids, at) -> {id: (score 0..100, why {zh, en})}`; what is unknown is left out."""
    checks: ClassVar[Mapping[str, str]] = {}
    """Name -> dotted `(now) -> (title, what is wrong)`: a line of the status page and of
    `bihuan doctor`; empty is well."""
    services: ClassVar[Mapping[str, str]] = {}
    """Name -> dotted function that apps beside this one may ask by `registry.service` (apps on
    one line never import each other)."""
    holdings: ClassVar[str] = ""
    """Dotted `(user_id) -> list[Holding]`: what this person answers for in this app."""
    transfer: ClassVar[str] = ""
    """Dotted `(*, keys, from_id, to_id, by, now) -> int`: give holdings to an heir."""
    lists: ClassVar[tuple[str, ...]] = ()
    """Dotted names of `base.lists.listing.Listing` objects: lists with saved views and deeds."""
    stamps: ClassVar[Mapping[str, Watched]] = {}
    """Model name -> how a page about one of its rows learns that somebody changed it."""
    commands: ClassVar[tuple[Command, ...]] = ()
    """What the search box (Ctrl K) can do besides opening the lines of the menu."""
    ledgers: ClassVar[tuple[str, ...]] = ()
    """Dotted names of `base.ledgers.Ledger` objects: what Excel and CSV may bring in or out."""

    files: ClassVar[tuple[str, ...]] = ()
    """Dotted `(person, file_id) -> bool`: this person sees the evidence file through a thing
    of this app."""
    api: ClassVar[str] = ""
    """Dotted name of a `ninja.Router` mounted at `/api/<label>/` (see base.api)."""
    canaries: ClassVar[str] = ""
    """Dotted name of a test factory `(now) -> Sequence[Canary]`, e.g. "tests.factories.canaries":
    plants rows outside everybody's scope for the route walk (see base.testing.routes)."""

    def ready(self) -> None:  # manifests are data; nothing is wired here
        return


def app_names() -> list[str]:
    """Module names of the product's apps, lowest first is not promised."""
    folder = Path(__file__).resolve().parent.parent / "apps"
    return [
        f"bihuan.apps.{found.name}"
        for found in sorted(iter_modules([str(folder)]), key=lambda each: each.name)
        if found.ispkg and (folder / found.name / "apps.py").exists()
    ]


@cache
def manifests() -> tuple[App, ...]:
    """The installed manifests, in the order of their names."""
    return tuple(config for config in apps.get_app_configs() if isinstance(config, App))


def resolve(config: App, dotted: str) -> Callable[..., Any]:
    """The function that a manifest names."""
    module, _, name = dotted.rpartition(".")
    found: Callable[..., Any] = getattr(import_module(f"{config.name}.{module}"), name)
    return found


def named(attribute: str) -> Iterator[tuple[App, str, Callable[..., Any]]]:
    """(app, key, function) for every dotted entry under `attribute` of all manifests."""
    for config in manifests():
        entries = getattr(config, attribute)
        pairs = (
            entries.items() if isinstance(entries, Mapping) else ((name, name) for name in entries)
        )
        for key, dotted in pairs:
            yield config, key, resolve(config, dotted)


@cache
def snapshot_of() -> dict[str, Callable[..., Any]]:
    """Subject type -> snapshot function."""
    return {kind: function for _, kind, function in named("snapshots")}


def service(name: str) -> Callable[..., Any] | None:
    """The function that an app offers under this name, or None while no such app is there."""
    return next((function for _, key, function in named("services") if key == name), None)


def panels(slot: str) -> list[Panel]:
    """The panels that apps put into a named slot, in their order."""
    found = [panel for config in manifests() for panel in config.panels.get(slot, ())]
    return sorted(found, key=lambda panel: panel.order)


def fulfilling(kind: str) -> str | None:
    """Url name of the screen that carries out this duty kind, or None for the generic page."""
    for config in manifests():
        if kind in config.fulfils:
            return config.fulfils[kind]
    return None


def link(name: str) -> Link | None:
    """The page that some app offers for a deed, with its address; None when no app does."""
    found = next((config.links[name] for config in manifests() if name in config.links), None)
    return Link(reverse(found.url), found.needs) if found else None


def reach_of(model_label: str) -> Reach | None:
    """`customers.Customer` -> its Reach."""
    app_label, _, name = model_label.partition(".")
    config = apps.get_app_config(app_label)
    return config.reach.get(name) if isinstance(config, App) else None
