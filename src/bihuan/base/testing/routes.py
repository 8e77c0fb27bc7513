"""The walk over every route as every role: no route without a policy, no crash, no leak.

An app's manifest names a factory (`canaries`) `(now) -> Sequence[Canary]` that plants rows which
belong to nobody of the walkers: another region, dealer and customer, another's own. A walker who
does not have the verb for the whole company must not find the canary's text anywhere.
"""

from __future__ import annotations

import contextlib
import html
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.policy import PolicyMiddleware, policy_of
from bihuan.base.access.reach import ALL
from bihuan.base.access.rights import RIGHTS
from bihuan.base.access.scope import reaches
from bihuan.base.errors import NotAllowed
from bihuan.base.testing.people import come_in, make_person

# What a parameter gets where no canary names its value.
VALUES: Mapping[str, tuple[Any, ...]] = {
    "int": (1, 999_999_999),
    "uuid": ("00000000-0000-4000-8000-000000000000",),
    "slug": ("x",),
    "str": ("x",),
    "path": ("x",),
}
# Signing out would end the walk; static files have no policy to walk.
SKIPPED = ("account_logout",)


@dataclass(frozen=True)
class Route:
    """One route: its address, its view, and its parameters with their kinds."""

    pattern: str
    name: str
    view: Any
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Canary:
    """`text` stands in rows outside everybody's scope; `verb` is the right that shows them;
    `routes` are `(url name, arguments)` of pages about these rows.
    """

    text: str
    verb: str
    routes: Sequence[tuple[str, Sequence[Any]]] = ()


@dataclass
class Finding:
    """What the walk found wrong."""

    who: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.who}: {self.where}: {self.what}"


@dataclass
class Walk:
    """Findings and how many requests were made."""

    findings: list[Finding] = field(default_factory=list)
    requests: int = 0

    def summary(self) -> list[str]:
        """One line a fault, with the roles that met it."""
        who: dict[tuple[str, str], list[str]] = {}
        for each in self.findings:
            who.setdefault((each.where, each.what), []).append(each.who)
        return [f"{where}: {what} ({', '.join(people)})" for (where, what), people in who.items()]


def all_routes(
    resolver: URLResolver | None = None,
    prefix: str = "",
    spaces: tuple[str, ...] = (),
    outer: Mapping[str, str] | None = None,
) -> Iterator[Route]:
    """Every route of the project."""
    for each in (resolver or get_resolver()).url_patterns:
        pattern = prefix + str(each.pattern)
        kinds = dict(outer or {})
        for name, converter in getattr(each.pattern, "converters", {}).items():
            kinds[name] = (
                type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
            )
        if isinstance(each, URLResolver):
            inner = (*spaces, each.namespace) if each.namespace else spaces
            yield from all_routes(each, pattern, inner, kinds)
        elif isinstance(each, URLPattern):
            yield Route(pattern, ":".join((*spaces, each.name or "")), each.callback, kinds)


def undeclared() -> list[str]:
    """Routes that do not say who may enter, and API operations without a door."""
    found = [route.pattern for route in all_routes() if policy_of(route.view) is None]
    return found + operations_without_door()


def operations_without_door() -> list[str]:
    from bihuan.base.api.doors import Door
    from bihuan.base.api.site import api

    found = []
    for prefix, router in api._routers:  # noqa: SLF001 - ninja has no public list
        for path, view in router.path_operations.items():
            for operation in view.operations:
                doors = operation.auth_callbacks
                if not doors or not all(isinstance(each, Door) for each in doors):
                    found.append(f"/api{prefix}{path} {operation.methods}")
    return found


def walkers() -> list[User | None]:
    """One person for each set of rights that some role gives, one without roles, and nobody."""
    seen: dict[tuple[Any, ...], str] = {}
    for role in sorted({role for table in RIGHTS.values() for role in table}):
        rights = tuple((verb, table.get(role)) for verb, table in RIGHTS.items())
        seen.setdefault(rights, role)
    people: list[User | None] = [
        make_person(
            role, name=f"walker {role}", dealer_id=900_001, customer_id=900_002, team_id=900_003
        )
        for role in seen.values()
    ]
    return [None, make_person(name="walker without roles"), *people]


def plant(now: datetime) -> list[Canary]:
    """The canaries of all apps."""
    found: list[Canary] = []
    for config in registry.manifests():
        if config.canaries:
            found += registry.resolve(config, config.canaries)(now)
    return found


def walk(now: datetime, *, part: int = 0, of: int = 1) -> Walk:
    """Visit every route as every walker; the parts together have all walkers."""
    result = Walk()
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    canaries = plant(now)
    addresses = [(route, *found) for route in all_routes() for found in _urls(route, canaries)]
    for person in walkers()[part::of]:
        client = come_in(person) if person else Client()
        client.raise_request_exception = True
        hidden = [each for each in canaries if not _sees_all(person, each)]
        for route, url, absent in addresses:
            if not absent or (person is not None and "administrator" in person.roles):
                _visit(result, client, person, route, url, hidden)
        for canary in hidden:
            for name, arguments in canary.routes:
                _knock(result, client, person, name, arguments)
    return result


def _sees_all(person: User | None, canary: Canary) -> bool:
    return person is not None and ALL in reaches(person, canary.verb)


def _urls(route: Route, canaries: Sequence[Canary]) -> list[tuple[str, bool]]:
    """(address, whether it is about something that is not there). What is not there is looked
    for by the administrator alone: the others would only be refused a second time.
    """
    if route.name in SKIPPED or "static" in route.name or not _is_plain(route):
        return []
    tries: list[tuple[Sequence[Any], bool]] = [
        (arguments, False)
        for each in canaries
        for name, arguments in each.routes
        if name == route.name
    ]
    kinds = [VALUES.get(kind, ("x",)) for kind in route.parameters.values()]
    if not tries:
        tries.append(([each[0] for each in kinds], False))
    if any(len(each) > 1 for each in kinds):
        tries.append(([each[-1] for each in kinds], True))
    found: dict[str, bool] = {}
    for arguments, absent in tries:
        with contextlib.suppress(NoReverseMatch):
            found.setdefault(reverse(route.name, args=arguments), absent)
    return list(found.items())


def _is_plain(route: Route) -> bool:
    """Routes with a name can be addressed; ninja's root and regular expressions are left out."""
    return bool(route.name.rpartition(":")[2])


def _visit(
    result: Walk,
    client: Client,
    person: User | None,
    route: Route,
    url: str,
    hidden: Sequence[Canary],
) -> None:
    who = "nobody" if person is None else ",".join(person.roles) or "no roles"
    result.requests += 1
    policy = policy_of(route.view)
    barred = policy in RIGHTS and person is not None and not reaches(person, policy)
    if barred and person is not None and person.roles:
        # asked of the doorkeeper alone: there are thousands, and that every route has one is
        # seen by whoever is nobody or has no role
        if not _turned_away(person, route, url):
            result.findings.append(Finding(who, url, f"entered without {policy}"))
        return
    try:
        with transaction.atomic():
            answer = client.get(url)
            text = _text_of(answer)
            transaction.set_rollback(True)
    except Exception as error:  # noqa: BLE001 - that is what the walk looks for
        result.findings.append(
            Finding(who, f"{route.name} {url}", f"{type(error).__name__}: {error}"[:300])
        )
        return
    if answer.status_code >= 500 and not url.endswith("readyz"):
        result.findings.append(Finding(who, url, f"status {answer.status_code}"))
    if answer.status_code == 200 and (barred or (person is None and policy in RIGHTS)):
        result.findings.append(Finding(who, url, f"entered without {policy}"))
    for canary in hidden:
        if canary.text in text:
            result.findings.append(Finding(who, url, f"shows {canary.text}"))


def _turned_away(person: User, route: Route, url: str) -> bool:
    request = RequestFactory().get(url, headers={"HX-Request": "true"})
    request.user = person
    keeper = PolicyMiddleware(lambda _request: HttpResponse())
    answer = keeper.process_view(request, route.view, (), {})
    return answer is not None and answer.status_code == NotAllowed.status


def _knock(
    result: Walk, client: Client, person: User | None, name: str, arguments: Sequence[Any]
) -> None:
    """A deed on a row out of reach must be refused, in the same words as for an absent row."""
    who = "nobody" if person is None else ",".join(person.roles) or "no roles"
    url = reverse(name, args=arguments)
    result.requests += 1
    try:
        with transaction.atomic():
            answer = client.post(url)
            transaction.set_rollback(True)
    except Exception as error:  # noqa: BLE001 - as above
        result.findings.append(
            Finding(who, f"POST {url}", f"{type(error).__name__}: {error}"[:300])
        )
        return
    to_sign_in = answer.status_code == 302 and "/accounts/" in answer.headers.get("Location", "")
    if answer.status_code < 400 and not to_sign_in:
        result.findings.append(Finding(who, f"POST {url}", f"status {answer.status_code}"))


def _text_of(answer: HttpResponseBase) -> str:
    if not isinstance(answer, HttpResponse):
        content = b"".join(answer)
        return content.decode(errors="replace")
    return html.unescape(answer.content.decode(errors="replace"))
