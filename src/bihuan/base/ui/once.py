"""`{% once name=value … %}…{% endonce %}`: a part of a page that is drawn once for equal values.

What stands within sees the named values and nothing else of the page: no person, no request, no
moment. So what is kept is true for whoever brings the same values, and nothing has to be forgotten
when something changes: other values are another part. Values are plain (texts, numbers, days,
moments, and lists, dicts or frozen dataclasses of these); a row of a table is refused, for two states of it are equal.
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
from django.utils.functional import LazyObject, Promise, empty
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language

MOST = 600
"""Parts that one place of a template keeps; then it begins anew."""
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


class OnceNode(Node):
    """One place in a template with the parts that were drawn there."""

    def __init__(self, nodelist: NodeList, values: Mapping[str, FilterExpression]) -> None:
        self.nodelist, self.values = nodelist, dict(values)
        self._drawn: dict[Hashable, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        values = {name: _own(each.resolve(context)) for name, each in self.values.items()}
        key = (
            get_language(), get_current_timezone(), context.autoescape,
            tuple([frozen(each) for each in values.values()]),
        )  # fmt: skip
        drawn = self._drawn.get(key)
        if drawn is None:
            made = {
                name: each.make() if type(each) is Unmade else each for name, each in values.items()
            }
            drawn = self.nodelist.render(context.new(made))
            if len(self._drawn) >= MOST:
                self._drawn.clear()
            self._drawn[key] = drawn
        return drawn


def once(parser: Parser, token: Token) -> OnceNode:
    """Read the tag. Raises TemplateSyntaxError for anything but `name=value`."""
    name, *words = token.split_contents()
    values = token_kwargs(words, parser)
    if words:
        raise TemplateSyntaxError(f"{name} takes name=value, and no {words[0]!r}")
    nodelist = parser.parse((f"end{name}",))
    parser.delete_first_token()
    return OnceNode(nodelist, values)


def _own(value: Any) -> Any:
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
    if kind is list or kind is tuple:
        return kind, tuple([frozen(each) for each in value])
    if is_dataclass(value) and kind.__dataclass_params__.frozen:
        return kind, tuple([frozen(getattr(value, each.name)) for each in fields(value)])
    if isinstance(
        value, str | Promise
    ):  # codes, and texts that are said in the language of the page
        return kind, str(value)
    raise TypeError(f"once: {kind.__name__} is not plain")
