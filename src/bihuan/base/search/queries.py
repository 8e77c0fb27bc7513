"""Finding: what this person may see, best first, grouped by kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL, Far
from bihuan.base.access.rights import RIGHTS
from bihuan.base.access.scope import reaches
from bihuan.base.search.folding import digits_of, fold
from bihuan.base.search.models import Entry
from bihuan.base.texts import in_language

SHORTEST_TAIL = 3
NUMBER = re.compile(r"([A-Za-z]{2})-?(\d{1,12}|\d{8}-\d{4})")  # YW-007510, WX-20261122-0007


@dataclass(frozen=True)
class Hit:
    kind: str
    thing_id: str
    title: str
    note: str
    url: str


@dataclass
class Group:
    kind: str
    hits: list[Hit] = field(default_factory=list)


def find(person: User, text: str, limit: int = 20) -> list[Group]:
    """What fits every word of `text`, within this person's reach; kinds in order of best hit."""
    groups = {group.kind: group for group in _numbered(person, text)}
    rows = matching(within_reach(person), text)
    if rows is None:
        return list(groups.values())
    for row in rows[:limit]:
        group = groups.setdefault(row.kind, Group(row.kind))
        group.hits.append(Hit(row.kind, row.thing_id, in_language(row.title), row.note, row.url))
    return list(groups.values())


def _numbered(person: User, text: str) -> Iterator[Group]:
    """The one thing that has this number, found by its table instead of the index."""
    said = NUMBER.fullmatch(text.strip())
    if said is None:
        return
    for _config, letters, function in registry.named("numbered"):
        if letters == said[1].upper() and (
            found := function(person, int(said[2].replace("-", "")))
        ):
            title, url = found
            yield Group(letters, [Hit(letters, said[2], title, text.strip().upper(), url)])


def within_reach(person: User) -> QuerySet[Entry]:
    """The entries that the table of rights opens to this person."""
    condition = Q(pk__in=[])
    for needs in RIGHTS:
        far = reaches(person, needs)
        if ALL in far:
            condition |= Q(needs=needs)
            continue
        for each in far:
            if (mine := _belongs(person, each)) is not None:
                condition |= Q(needs=needs) & mine
    return Entry.objects.filter(condition)


def _belongs(person: User, far: Far) -> Q | None:
    match far:
        case Far.OWN:
            return Q(own__contains=[person.pk])
        case Far.TEAM:
            return Q(team_id=person.team_id) if person.team_id else None
        case Far.REGION:
            return Q(region=person.region) if person.region else None
        case Far.DEALER:
            return Q(dealer_id=person.dealer_id) if person.dealer_id else None
        case Far.CUSTOMER:
            return Q(customer_id=person.customer_id) if person.customer_id else None
        case Far.ALL:
            return Q()


def matching(rows: QuerySet[Entry], text: str) -> QuerySet[Entry] | None:
    """Rows that hold every word of `text`, or what else it is called (service `words.otherwise`),
    those that begin with it first; None = no text.
    """
    folded = fold(text)
    words = folded.split(" ") if folded else []
    number = digits_of(text)
    if len(number) >= SHORTEST_TAIL and not set(folded) - set("0123456789 -+()"):
        # a phone or serial number, often only its tail
        words = [number]
    if not words:
        return None
    otherwise = registry.service("words.otherwise")
    for word in words:
        said = Q(hay__contains=word)
        for other in otherwise(word) if otherwise else ():
            said |= Q(hay__contains=other)
        rows = rows.filter(said)
    return rows.annotate(
        place=Case(
            When(head=folded, then=Value(0)),
            When(head__startswith=words[0], then=Value(1)),
            When(hay__contains=f" {words[0]} ", then=Value(2)),
            When(hay__contains=f"{words[0]} ", then=Value(3)),
            When(hay__contains=f" {words[0]}", then=Value(4)),
            default=Value(5),
            output_field=IntegerField(),
        )
    ).order_by("place", "head", "pk")
