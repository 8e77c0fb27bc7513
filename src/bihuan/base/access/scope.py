"""`may` and `visible`: both from the one table of rights."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Q, QuerySet

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL, CUSTOMER, DEALER, OWN, REGION, TEAM, Far
from bihuan.base.access.rights import RIGHTS
from bihuan.base.counting import counted
from bihuan.base.errors import NoSuchThing, NotAllowed

Row = TypeVar("Row", bound=Model)
Person = User | AnonymousUser


class NoReachDeclared(Exception):
    """A scoped right met a model whose app did not say to whom its rows belong."""


def reaches(person: Person, verb: str) -> set[Far]:
    """
    How far this person's roles carry the verb; empty = not at all.

    Raises KeyError for a verb that the table does not know: a misspelt verb must never mean yes.
    """
    table = RIGHTS[verb]
    if not isinstance(person, User) or not person.is_active:
        return set()
    return {table[role] for role in person.roles if role in table}


def _belongs(
    model: type[Model], person: User, far: Far, reach: registry.Reach, *, listed: bool
) -> list[Q]:
    """The conditions of which one says that a row lies within `far` of this person."""
    value: Any = {
        OWN: person.pk,
        TEAM: person.team_id,
        REGION: person.region or None,
        DEALER: person.dealer_id,
        CUSTOMER: person.customer_id,
    }[far]
    if value is None:
        return []
    found = []
    through: dict[str, Q] = {}
    for path in getattr(reach, far.value):
        relation, _, column = path.rpartition("__")
        if relation:
            through[relation] = through.get(relation, Q()) | Q(**{column: value})
        else:
            found.append(Q(**{column: value}))
    # "Of my customers" is asked as one list of customers: an OR across a join serves no index.
    for relation, condition in through.items():
        theirs = _related(model, relation)._default_manager.filter(condition)
        if listed:
            of = Q(**{f"{relation}__among": list(theirs.values_list("pk", flat=True))})
        else:
            of = Q(**{f"{relation}__in": theirs})
        if _many(model, relation):  # a join would show a row once for each of the many
            of = Q(pk__in=model._default_manager.filter(of).values("pk"))
        found.append(of)
    return found


def _many(model: type[Model], path: str) -> bool:
    """Whether some step of a path leads to several rows."""
    for step in path.split("__"):
        field = model._meta.get_field(step)
        if field.one_to_many or field.many_to_many:
            return True
        model = field.related_model  # type: ignore[assignment]
    return False


def _related(model: type[Model], path: str) -> type[Model]:
    for step in path.split("__"):
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]
    return model


def visible(rows: QuerySet[Row], person: Person, verb: str) -> QuerySet[Row]:
    """Only those rows on which this person may do `verb`."""
    return _one_of(rows, _ways(rows.model, person, verb))


def apart(rows: QuerySet[Row], person: Person, verb: str) -> QuerySet[Row]:
    """As `visible`, for few rows of very many: whose rows they may be is asked first (one query for
    each way through something else), so that each way is looked up by an index of its own. An OR of
    ways, one of them a list still to be read, reads the whole table.
    """
    return _one_of(rows, _ways(rows.model, person, verb, listed=True))


def _one_of(rows: QuerySet[Row], ways: list[Q] | None) -> QuerySet[Row]:
    if ways is None:
        return rows
    return rows.filter(reduce(or_, ways)) if ways else rows.none()


def _ways(model: type[Model], person: Person, verb: str, *, listed: bool = False) -> list[Q] | None:
    """The conditions of which a row must meet one; None = it need not meet any."""
    far = reaches(person, verb)
    if ALL in far:
        return None
    if not far:
        return []
    reach = registry.reach_of(model._meta.label)
    if reach is None:
        raise NoReachDeclared(model._meta.label)
    assert isinstance(person, User)
    return [
        way for each in sorted(far) for way in _belongs(model, person, each, reach, listed=listed)
    ]


def may(person: Person, verb: str, thing: Model | None = None) -> bool:
    """Whether this person may do `verb` (on this thing)."""
    far = reaches(person, verb)
    if thing is None or not far or ALL in far:
        return bool(far)
    return visible(type(thing)._default_manager.filter(pk=thing.pk), person, verb).exists()


def allowed(person: Person, thing: Model, *verbs: str) -> frozenset[str]:
    """Those of the verbs that this person may do on one thing, asked in one statement."""
    rows = type(thing)._default_manager.filter(pk=thing.pk)
    ways = {verb: frozenset(reaches(person, verb)) for verb in verbs}
    asked = {far: visible(rows, person, verb) for verb, far in ways.items() if ALL not in far}
    found = counted(asked)
    return frozenset(verb for verb, far in ways.items() if ALL in far or found[far])


def must(person: Person, verb: str, thing: Model | None = None) -> None:
    """Raise NotAllowed (no such right) or NoSuchThing (the thing is out of reach)."""
    if not reaches(person, verb):
        raise NotAllowed
    if thing is not None and not may(person, verb, thing):
        raise NoSuchThing


def through(found: Sequence[Row]) -> Row:
    """As `door`, of a question within reach that is written once. Raises NoSuchThing."""
    if not found:
        raise NoSuchThing
    return found[0]


def door(rows: QuerySet[Row], person: Person, pk: int, verb: str) -> Row:
    """The only way for a screen to hold a row (beside `through`): to have been allowed. Raises
    NoSuchThing.
    """
    found = visible(rows, person, verb).filter(pk=pk).first()
    if found is None:
        raise NoSuchThing
    return found
