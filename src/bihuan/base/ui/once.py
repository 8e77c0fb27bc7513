"""`{% once name=value … %}…{% endonce %}`: a part of a page that is drawn once for equal values.

What stands within sees the named values and nothing else of the page: no person, no request, no
moment. So what is kept is true for whoever brings the same values, and nothing has to be forgotten
when something changes: other values are another part. Values are plain (texts, numbers, days,
moments, and lists, dicts or frozen dataclasses of these); a row of a table is refused, for two states of it are equal.

`{% each_once each in rows name=value … %}…{% empty %}…{% endeach_once %}`: the same for each of a
list of `Unmade`, with the second of the page's `now` put in anew where the part says `SECOND`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.exceptions import TemplateSyntaxError
from django.urls import get_script_prefix
from django.utils.functional import LazyObject, Promise, empty
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language

MOST = 600
"""Parts that one place of a template keeps; then it begins anew."""
ROWS = 1_500
"""The same of rows."""
SECOND = "\0"
"""Stands in a part for the present second, the one thing of it that is never the same. No text of the
database can hold it.
"""
PLAIN = frozenset({str, SafeString, int, bool, float, type(None), Decimal, date, datetime})


class Known(list[Any]):
    """A list that is the same whenever its key is (which names whoever made it): nothing else of it
    is looked at.
    """

    def __init__(self, items: Iterable[Any], key: Hashable) -> None:
        super().__init__(items)
        self.key = key


@dataclass(frozen=True, slots=True)
class Unmade:
    """A value that is made where it is drawn, and only then; `key` is plain and holds all it is made of."""

    key: Hashable
    make: Callable[[], Any]

    def made(self) -> Any:
        """Raises TypeError where the key is not plain."""
        frozen(self.key)
        return self.make()


class OnceNode(Node):
    """One place in a template with the parts that were drawn there."""

    def __init__(self, nodelist: NodeList, values: Mapping[str, FilterExpression]) -> None:
        self.nodelist, self.values = nodelist, dict(values)
        self._drawn: dict[Hashable, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        values = {name: own(each.resolve(context)) for name, each in self.values.items()}
        key = _place(context), *map(frozen, values.values())
        drawn = self._drawn.get(key)
        if drawn is None:
            made = {
                name: each.made() if type(each) is Unmade else each for name, each in values.items()
            }
            drawn = self.nodelist.render(context.new(made))
            if len(self._drawn) >= MOST:
                self._drawn.clear()
            self._drawn[key] = drawn
        return drawn


class EachNode(Node):
    """A loop whose rounds are kept."""

    child_nodelists = ("nodelist", "nothing")

    def __init__(
        self, name: str, rows: FilterExpression, values: Mapping[str, FilterExpression],
        nodelist: NodeList, nothing: NodeList,
    ) -> None:  # fmt: skip
        self.name, self.rows, self.values = name, rows, dict(values)
        self.nodelist, self.nothing = nodelist, nothing
        self._drawn: dict[Hashable, list[str]] = {}

    def render(self, context: Context) -> SafeString:
        rows = self.rows.resolve(context)
        if not rows:
            return self.nothing.render(context)
        values = {name: own(each.resolve(context)) for name, each in self.values.items()}
        shared = _place(context), *map(frozen, values.values())
        second = second_of(context["now"])
        return SafeString("".join([second.join(self._parts(each, values, shared, context)) for each in rows]))  # fmt: skip

    def _parts(
        self, each: Unmade, values: dict[str, Any], shared: Hashable, context: Context
    ) -> list[str]:
        """What stands between the seconds."""
        key = shared, each.key
        parts = self._drawn.get(key)
        if parts is None:
            drawn = self.nodelist.render(context.new({**values, self.name: each.made()}))
            if len(self._drawn) >= ROWS:
                self._drawn.clear()
            parts = self._drawn[key] = drawn.split(SECOND)
        return parts


def each_once(parser: Parser, token: Token) -> EachNode:
    """Read the tag. Raises TemplateSyntaxError for anything but `name in rows` and `name=value`."""
    tag, *words = token.split_contents()
    if len(words) < 3 or words[1] != "in":
        raise TemplateSyntaxError(f"{tag} takes `name in rows`")
    name, rows = words[0], parser.compile_filter(words[2])
    values, nodelist = _rest(tag, words[3:], parser, "empty", f"end{tag}")
    nothing = NodeList()
    if parser.next_token().contents == "empty":
        nothing = parser.parse((f"end{tag}",))
        parser.delete_first_token()
    return EachNode(name, rows, values, nodelist, nothing)


def second_of(now: datetime) -> str:
    """As the browser counts on by it."""
    return str(int(now.timestamp()))


def drawn_at(now: datetime, part: str) -> SafeString:
    """A part with its second."""
    return SafeString(part.replace(SECOND, second_of(now)))


def once(parser: Parser, token: Token) -> OnceNode:
    """Read the tag. Raises TemplateSyntaxError for anything but `name=value`."""
    tag, *words = token.split_contents()
    values, nodelist = _rest(tag, words, parser, f"end{tag}")
    parser.delete_first_token()
    return OnceNode(nodelist, values)


def _rest(
    tag: str, words: list[str], parser: Parser, *until: str
) -> tuple[dict[str, FilterExpression], NodeList]:
    """The named values of a tag, and what stands within it."""
    values = token_kwargs(words, parser)
    if words:
        raise TemplateSyntaxError(f"{tag} takes name=value, and no {words[0]!r}")
    return values, parser.parse(until)


def _place(context: Context) -> Hashable:
    """What every part rests on beside its values."""
    return get_language(), get_current_timezone(), get_script_prefix(), context.autoescape


def own(value: Any) -> Any:
    """What a lazy object stands for."""
    while isinstance(value, LazyObject):
        if value._wrapped is empty:  # noqa: SLF001 - Django has no other way in
            value._setup()  # noqa: SLF001
        value = value._wrapped  # noqa: SLF001
    return value


def frozen(value: Any) -> Hashable:
    """The value with its types: a text that is safe is not the same as one that is not, nor 1 as True.

    Raises TypeError for what is not plain.
    """
    kind = type(value)
    if kind in PLAIN:
        return kind, value
    if kind is Known or kind is Unmade:
        return kind, value.key
    if kind is dict:
        return kind, tuple([(name, frozen(each)) for name, each in value.items()])
    if kind is list or isinstance(value, tuple):
        return kind, tuple([frozen(each) for each in value])
    if is_dataclass(value) and kind.__dataclass_params__.frozen:
        return kind, tuple([frozen(getattr(value, each.name)) for each in fields(value)])
    if isinstance(
        value, str | Promise
    ):  # codes, and texts that are said in the language of the page
        return kind, str(value)
    raise TypeError(f"once: {kind.__name__} is not plain")
