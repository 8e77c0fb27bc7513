"""Finding: what this person may see, best first, grouped by kind."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL, Far
from bihuan.base.access.rights import RIGHTS
from bihuan.base.access.scope import reaches
from bihuan.base.search.actions import CODE_MARK
from bihuan.base.search.folding import CODE, bigrams, code_key, digits_of, fold, joined
from bihuan.base.search.kinds import kinds
from bihuan.base.search.models import FLOOD, Entry
from bihuan.base.sql import by_bitmaps
from bihuan.base.texts import in_language

SHORTEST_TAIL = 3
MOST_WORDS = 8
FEW, SOME = 400, 100
"""So many are looked at of what holds the words, and of each kind that those may have hidden."""
NEAR, FAR = 5_000, 10
"""`newest` looks among so many of the newest entries first, then among so many times as many."""
EXACT, TAIL = 0, 1
"""The places of what has the very fault code, and of a number that ends with the one typed."""
LONGEST = 12
"""Digits of a phone or serial number; a longer one, such as a credit code, is not asked for by its tail."""
NUMBER = re.compile(r"([A-Za-z]{2})-?(\d{1,12}|\d{8}-\d{4,6})")  # YW-007510, WX-20261122-0007


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
    more: bool = False
    """There are others of this kind than `hits`."""
    total: int = 0
    """So many there are of it; 0 = not all were looked at."""


def find(
    person: User, text: str, limit: int | None = 20, of_kind: int | None = None, kind: str = ""
) -> list[Group]:
    """What fits every word of `text`, within this person's reach; kinds in order of best hit, at
    most `of_kind` of one kind; with `kind` that one alone. Without `limit` no kind hides another,
    however many things hold the words. A code that is a fault code hides what only begins like it.
    """
    groups = list(_numbered(person, text))
    if groups:  # a number is one thing
        return groups
    places = within_reach(person)
    if kind:
        places = places.filter(kind=kind)
    asked = Asked.of(text)
    if asked is None:
        return []
    most = of_kind or limit or FEW
    found = _best(_looked_at(places, asked), most)
    if found and found[0].looked >= FEW:  # what was not looked at may be of other kinds
        for row in found:
            row.total = 0
        if limit is None:
            found = _with_others(found, places, asked, most)
    return _grouped(found, most, limit)


def _best(rows: QuerySet[Entry], most: int) -> list[Any]:
    """The best of each kind, one more than `most`; how many were `looked` at, `total` of its kind."""
    rank = Window(RowNumber(), partition_by="kind", order_by=["place", "-pk"])
    total = Window(Count("*"), partition_by="kind")
    rows = rows.annotate(rank=rank, total=total, looked=Window(Count("*")))
    return list(rows.filter(rank__lte=most + 1))


def _with_others(found: list[Any], places: QuerySet[Entry], asked: Asked, most: int) -> list[Any]:
    """With the best of those kinds of which too few were found."""
    counts = Counter(row.kind for row in found)
    few = [each for each in kinds() if counts[each] <= most]
    if not few:
        return found
    with by_bitmaps():
        keys = list(of_kinds(places, asked, few))
    rows = {row.pk: row for row in found}
    for row in _best(_placed(keys, asked), most):
        if row.total == SOME:
            row.total = 0
        rows[row.pk] = row
    return sorted(rows.values(), key=lambda row: (row.place, -row.pk))


def _grouped(found: list[Any], most: int, limit: int | None) -> list[Group]:
    """At most `most` of a kind, `limit` altogether."""
    exact = [row for row in found if row.place == EXACT]  # F12 is another fault than F120
    groups: dict[str, Group] = {}
    left = len(found) if limit is None else limit
    for row in exact or found:
        group = groups.setdefault(row.kind, Group(row.kind))
        if not exact:
            group.total = max(group.total, row.total)
        if len(group.hits) == most or not left:
            group.more = True
            continue
        group.hits.append(Hit(row.kind, row.thing_id, in_language(row.title), row.note, row.url))
        left -= 1
    return [group for group in groups.values() if group.hits]


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


def by_number(person: User, text: str) -> Hit | None:
    """The one thing that has this number (WX-20261122-0007), within this person's reach."""
    return next((hit for group in _numbered(person, text) for hit in group.hits), None)


def within_reach(person: User, *of: str) -> QuerySet[Entry]:
    """The entries that the table of rights opens to this person; `of` = by these rights only."""
    verbs: defaultdict[Far, list[str]] = defaultdict(list)
    for needs in of or RIGHTS:
        far = reaches(person, needs)
        for each in (Far.ALL,) if ALL in far else far:
            verbs[each].append(needs)
    # Each reach once, so that the little that is somebody's own is looked up by an index.
    condition = Q(pk__in=[])
    for each, several in verbs.items():
        if (mine := _belongs(person, each)) is not None:
            condition |= Q(needs__in=several) & mine
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
            return Q(dealers__contains=[person.dealer_id]) if person.dealer_id else None
        case Far.CUSTOMER:
            return Q(customers__contains=[person.customer_id]) if person.customer_id else None
        case Far.ALL:
            return Q()


@dataclass(frozen=True)
class Asked:
    """What somebody typed: its words, each with what else it is called, and its fault codes."""

    folded: str
    words: tuple[tuple[str, ...], ...]
    codes: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Asked | None:
        """None = no text."""
        folded = joined(fold(text))
        number = digits_of(folded)
        if len(number) >= SHORTEST_TAIL and not set(folded) - set("0123456789 -+()"):
            # a phone or serial number, often only its tail
            return cls(folded, ((number,),))
        if CODE.fullmatch(folded):  # spn 520198 is one word
            return cls(folded, ((folded,),), (folded,))
        words = folded.split()[:MOST_WORDS]
        if not words:
            return None
        otherwise = registry.service("words.otherwise")
        others: dict[str, list[str]] = otherwise(words) if otherwise else {}
        said = tuple((word, *others.get(word, ())) for word in words)
        return cls(folded, said, tuple(word for word in words if CODE.fullmatch(word)))

    def condition(self) -> Q:
        """What the text of an entry holds; always something that the index of trigrams can look up."""
        whole = Q()
        for several in self.words:
            either = Q()
            for word in several:
                either |= Q(hay__contains=piece(word))
            if several[0] in self.codes:
                either |= self.code(several[0])
            whole &= either
        return whole

    def code(self, word: str) -> Q:
        return Q(hay__contains=f" {CODE_MARK}{code_key(word)} ")


def piece(word: str) -> str:
    """What stands in the text for this word: two Chinese letters are a word of their own, and what
    is as short in other letters begins a word.
    """
    if len(word) > 2:
        return word
    return f" {word} " if len(word) == len(bigrams(word)) == 2 else f" {word}"


def matching(rows: QuerySet[Entry], text: str) -> QuerySet[Entry] | None:
    """Rows that hold every word of `text`, or what else it is called (service `words.otherwise`),
    best first: a fault code, the tail of a number or the whole title, what begins with it, has it
    in the title, the newest. None = no text.

    Of a word that a large part of everything holds, `FEW` of what begins with it, of what else has it
    in the title, and of the newest are looked at, so that the time does not grow with the house.
    """
    asked = Asked.of(text)
    return None if asked is None else _looked_at(rows, asked)


def _looked_at(rows: QuerySet[Entry], asked: Asked) -> QuerySet[Entry]:
    first = asked.words[0][0]
    said = rows.filter(asked.condition())
    begins = said.filter(head__startswith=first).order_by()
    named = said.exclude(kind=FLOOD).filter(head__contains=first).order_by()
    keys = begins.values_list("pk", flat=True)[:FEW].union(
        named.values_list("pk", flat=True)[:FEW], newest(said, FEW, recent()), all=True
    )
    return _placed(keys, asked)


def of_kinds(rows: QuerySet[Entry], asked: Asked, kinds: Sequence[str]) -> QuerySet[Entry, int]:
    """The keys of what holds the words, of each kind at most `SOME`: to be read `by_bitmaps`, by the
    index of words of a kind. To PostgreSQL it seems cheaper to read on until some are found, which
    reads everything where a kind has none.
    """
    said = rows.filter(asked.condition()).order_by().values_list("pk", flat=True)
    first, *others = (said.filter(kind=each)[:SOME] for each in kinds)
    return first.union(*others, all=True) if others else first


def _placed(keys: Any, asked: Asked) -> QuerySet[Entry]:
    first = asked.words[0][0]
    exact = [When(asked.code(word), then=Value(EXACT)) for word in asked.codes]
    before = LONGEST - len(first)
    if first.isdigit() and before > 0 and len(asked.words) == 1:
        exact.append(When(hay__regex=rf" \d{{1,{before}}}{first} ", then=Value(TAIL)))
    return Entry.objects.filter(pk__in=keys).annotate(
        place=Case(
            *exact,
            When(head=asked.folded, then=Value(2)),
            When(head__startswith=first, then=Value(3)),
            When(head__contains=first, then=Value(4)),
            When(hay__contains=f" {first} ", then=Value(5)),
            When(hay__contains=f"{first} ", then=Value(6)),
            When(hay__contains=f" {first}", then=Value(7)),
            default=Value(8),
            output_field=IntegerField(),
        )
    ).order_by("place", "-pk")  # fmt: skip


def recent() -> list[int]:
    """The keys where the nearest part of the newest entries begins, and the next: told by place, as
    what is written again uses keys up.
    """
    newest_first = Entry.objects.order_by("-pk").values_list("pk", flat=True)
    found = newest_first[:1].union(newest_first[NEAR : NEAR + 1], all=True)
    if len(found) < 2:
        return []
    near, last = sorted(found)
    return [near, last - FAR * (last - near)]


def newest(
    rows: QuerySet[Entry], most: int, ends: Sequence[int], value: str = "pk", *, throughout: bool = False
) -> QuerySet[Entry, Any]:  # fmt: skip
    """`value` of the newest of what holds certain words, at most `most`; before the last of the `ends`
    (`recent`; none = there are few) of any others, or of the newest there too (`throughout`: all that
    holds the words is read).

    In parts, of which PostgreSQL reads the next while those before it did not fill the answer. It
    takes looking into a text for nearly free, and would look into thousands, the newest first; between
    two ends it asks the index for the words.
    """
    parts, below = [], rows
    for end in ends:
        parts.append(below.filter(pk__gte=end).order_by("-pk"))
        below = rows.filter(pk__lt=end)
    parts.append(below.order_by("-pk") if throughout or not ends else below.order_by())
    first, *others = (each.values_list(value, flat=True)[:most] for each in parts)
    return first.union(*others, all=True)[:most] if others else first
