"""A question of the ORM that is written once and asked often: Django takes several times as long to
write one and to look at what it asked for as PostgreSQL takes to answer it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial, wraps
from typing import Any, NoReturn, ParamSpec, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, prefetch_related_objects
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    ValuesListIterable,
    get_related_populators,
)

from bihuan.base import sql
from bihuan.base.access.models import User
from bihuan.base.bulk import array_of
from bihuan.base.counting import Statement, reach, statement_of
from bihuan.base.together import NotPlain, plain

Asked = ParamSpec("Asked")
Found = TypeVar("Found")

MOST = 500
"""Ways to write one question (one for each reach, say); then it begins anew."""
NUMBER, SMALL = 2_100_000_000, 32_600
"""What stands for a number while a question is written: any column of ids takes it; and for one that
stands in a column of small numbers, which asks for nothing when the number is too large for it.
"""
NEAR = 100
FITS = {NUMBER: 2**31, SMALL: 2**15}


def prepared(
    rows: Callable[Asked, QuerySet[Any, Found]],
) -> Callable[Asked, list[Found]]:
    """The rows of a question as a list, in models, tuples or single values, prefetched as it says.

    Given by place are numbers, texts, moments, days, UUIDs and lists (for `among`): values that only stand
    in the question. Given by name is what shapes it: a person (by what he reaches), a verb, a flag;
    for each of these it is written once. Raises NotPlain at its first asking, TypeError where it
    reads variables around it: they would stay what they were. That nothing of the language of a page
    is in it, nor of what Python keeps (`cache`), is up to who writes it.
    """
    return _prepared(rows, alike=False)


def planned(
    rows: Callable[Asked, QuerySet[Any, Found]],
) -> Callable[Asked, list[Found]]:
    """`prepared`, and PostgreSQL's plan for any values is kept as well (`sql.alike`): for what is found
    by its key, and the first few of a customer in the order of an index. Not for all that one customer
    has thousands of and another ten.
    """
    return _prepared(rows, alike=True)


def _prepared(
    rows: Callable[Asked, QuerySet[Any, Found]], *, alike: bool
) -> Callable[Asked, list[Found]]:
    if rows.__code__.co_freevars:
        raise TypeError(f"{rows.__qualname__} reads what is around it")
    known: dict[Hashable, _Written] = {}

    @wraps(rows)
    def found(*values: Asked.args, **shape: Asked.kwargs) -> list[Found]:
        key = tuple([type(each) for each in values]), tuple([_key(each) for each in shape.items()])
        written = known.get(key)
        if [] in values:  # nothing can stand for what is in it
            return list(rows(*values, **shape))
        if written is None:
            if len(known) >= MOST:
                known.clear()
            written = _written(partial(rows, **shape), values)
            written = known[key] = written.with_its_texts() if alike else written
        if not written.fits(values):
            return list(rows(*values, **shape))
        return written.read(values)

    return found


def kept_of(
    name: Hashable, person: User, pk: int, rows: Callable[[User, int], QuerySet[Any]]
) -> Statement | QuerySet[Any]:
    """As `counting.kept`, of one thing: the question of `rows(person, pk)`, written once for each
    reach. For what asks for nothing but who the person is and the number of the thing; what looks
    something up is refused (NotPlain).
    """
    key = name, reach(person)
    known = _of_things.get(key)
    if known is None:
        if len(_of_things) >= MOST:
            _of_things.clear()
        known = _of_things[key] = _written_of(person, rows)
    if not known.fits((pk,)):
        return rows(person, pk)
    given = list(known.given)
    for place, _number, kind in known.places:
        given[place] = kind(pk)
    return Statement(known.sql, tuple(given))


_of_things: dict[Hashable, _Written] = {}


def _written_of(person: User, rows: Callable[[User, int], QuerySet[Any]]) -> _Written:
    with connection.execute_wrapper(_refuse), plain():
        try:
            statement, given = statement_of(rows(person, NUMBER))
        except EmptyResultSet:  # nothing is within reach
            return _Written("")
    places = list(_places(given, [NUMBER], NUMBER))
    if not places:
        raise NotPlain(statement)
    return _Written(statement, given, places)


def _key(named: tuple[str, Any]) -> Hashable:
    name, value = named
    return name, reach(value) if isinstance(value, User) else (type(value), value)


@dataclass(frozen=True)
class _Written:
    """`sql` is empty where nothing can be found; `places`: of a parameter, which value and as what."""

    sql: str
    given: Sequence[Any] = ()
    places: Sequence[tuple[int, int, Callable[[Any], Any]]] = ()
    convert: Callable[[Sequence[Any]], Any] = list
    build: Callable[[Any], Any] = list
    prefetched: Sequence[Any] = ()
    below: int = FITS[NUMBER]
    alike: bool = False

    def with_its_texts(self) -> _Written:
        """Planned for any values: what is the same each time stands in it, as far as it is text."""
        of = {place: _Place(place) for place, _number, _kind in self.places}
        given = [of.get(place, value) for place, value in enumerate(self.given)]
        statement, left = sql.with_texts(self.sql, given)
        moved = {each.place: place for place, each in enumerate(left) if isinstance(each, _Place)}
        places = [(moved[place], number, kind) for place, number, kind in self.places]
        return replace(self, sql=statement, given=left, places=places, alike=True)

    def fits(self, values: Sequence[Any]) -> bool:
        """Whether no number is too large for its column: then Django asks for nothing."""
        return all(abs(each) < self.below for each in values if isinstance(each, int))

    def read(self, values: Sequence[Any]) -> list[Any]:
        if not self.sql:
            return []
        given = list(self.given)
        for place, number, kind in self.places:
            given[place] = kind(values[number])
        with sql.alike() if self.alike else nullcontext(), connection.cursor() as cursor:
            cursor.execute(self.sql, given)
            found: list[Any] = [self.build(row) for row in self.convert(cursor.fetchall())]
        if self.prefetched and found:
            prefetch_related_objects(found, *self.prefetched)
        return found


@dataclass(frozen=True)
class _Place:
    place: int


def _written(
    rows: Callable[..., QuerySet[Any, Any]], values: Sequence[Any], base: int = NUMBER
) -> _Written:
    stand = [_stand_in(base + number, value) for number, value in enumerate(values)]
    with connection.execute_wrapper(_refuse), plain():
        asked = rows(*stand)
        compiler = asked.query.get_compiler(connection=connection)
        try:
            statement, given = compiler.as_sql()
        except EmptyResultSet:
            return _Written("") if base == SMALL else _written(rows, values, SMALL)
    places = list(_places(given, stand, base))
    if {number for _place, number, _kind in places} != set(range(len(stand))):
        raise NotPlain(statement)
    kinds = compiler.get_converters([each for each, _sql, _alias in compiler.select])

    def convert(found: Sequence[Any]) -> Any:
        return compiler.apply_converters(found, kinds) if kinds else found

    return _Written(
        statement, tuple(given), places, convert, _builder(asked, compiler),
        asked._prefetch_related_lookups,  # type: ignore[attr-defined]  # noqa: SLF001 - no other way in
        FITS[base],
    )  # fmt: skip


def _refuse(*_args: Any) -> NoReturn:
    raise NotPlain("it looks something up while it is written")


def _stand_in(number: int, value: Any) -> Any:
    match value:
        case bool() | None:
            raise NotPlain(f"{value} is no value: it shapes the question")
        case int():
            return number
        case str():
            return f"\ufdd0{number}\ufdd0"
        case datetime():
            return datetime(1, 1, 1, number % NEAR, tzinfo=UTC)
        case date():
            return date(1, 1, 1 + number % NEAR)
        case UUID():
            return UUID(int=number)
        case list():
            return [_stand_in(number, value[0])]
        case _:
            raise NotPlain(type(value).__name__)


def _places(
    given: Sequence[Any], stand: Sequence[Any], base: int
) -> Iterator[tuple[int, int, Callable[[Any], Any]]]:
    """Where a value stands among the parameters. Raises NotPlain where something is made of one."""
    each: Any
    for place, each in enumerate(given):
        for number, value in enumerate(stand):
            if isinstance(value, list):
                if each == value:
                    yield place, number, list
                    break
                if isinstance(value[0], int) and each == array_of(value):
                    yield place, number, array_of
                    break
            elif getattr(each, "obj", None) == value:  # a text within JSON
                kind: Callable[..., Any] = type(each)
                yield place, number, partial(kind, dumps=each.dumps)
                break
            elif each == value and isinstance(each, type(value)):
                yield place, number, type(each) if isinstance(each, int) else _same
                break
        else:
            if _is_of_a_stand_in(each, base):
                raise NotPlain(repr(each))


def _same(value: Any) -> Any:
    return value


def _is_of_a_stand_in(value: Any, base: int) -> bool:
    match value:
        case int():
            return abs(value - base) < NEAR
        case date():
            return value.year < 3
        case UUID():
            return abs(value.int - base) < NEAR
        case list():
            return any(_is_of_a_stand_in(each, base) for each in value)
        case _:
            text = str(getattr(value, "obj", value))
            return "\ufdd0" in text or str(NUMBER)[:-2] in text


def _builder(asked: QuerySet[Any, Any], compiler: Any) -> Callable[[Any], Any]:
    """What makes a row of what was read, as Django's own iterables do."""
    kind = asked._iterable_class  # noqa: SLF001
    if kind is FlatValuesListIterable:
        return _first
    if kind is ValuesListIterable:
        return tuple
    if kind is not ModelIterable:
        raise NotPlain(kind.__name__)
    info, db = compiler.klass_info, connection.alias
    select, model, fields = compiler.select, info["model"], info["select_fields"]
    start, end = fields[0], fields[-1] + 1
    names = [field[0].target.attname for field in select[start:end]]
    populators = get_related_populators(info, select, db)  # type: ignore[call-arg]
    more = list(compiler.annotation_col_map.items())

    def build(row: Any) -> Any:
        found = model.from_db(db, names, row[start:end])
        for populator in populators:
            populator.populate(row, found)
        for name, place in more:
            setattr(found, name, row[place])
        return found

    return build


def _first(row: Any) -> Any:
    return row[0]
