"""Addresses of pages, found quickly: a list of fifty rows asks for the same three again and again.

Django's `reverse` tries the patterns anew each time. Here an address with numbers is asked for
once per route and then only filled in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import URLNode, url
from django.urls import NoReverseMatch, get_resolver, get_script_prefix, get_urlconf, reverse
from django.urls.resolvers import URLResolver

_MARK = 7_070_707_000
"""Above every number that a route itself could contain."""


def address(name: str, *args: object) -> str:
    """The address of a route; raises NoReverseMatch as `reverse` does."""
    if not all(map(_is_plain, args)):
        return reverse(name, args=args)
    words = tuple([None if isinstance(each, int) else str(each) for each in args])
    parts = _parts(get_resolver(get_urlconf()), get_script_prefix(), name, words)
    numbers = [each for each in args if isinstance(each, int)]
    return parts[0] + "".join([f"{each}{part}" for each, part in zip(numbers, parts[1:], strict=True)])  # fmt: skip


def _is_plain(value: object) -> bool:
    """A number of a row, or a word of the product's own (a deed): of these there are few."""
    if isinstance(value, str):
        return value.isascii() and value.isidentifier() and len(value) <= 40
    return isinstance(value, int) and value >= 0 and value is not True and value is not False


def address_of(name: str) -> Callable[[int], str]:
    """The addresses of a route with one number, for very many of them."""
    before, after = _parts(get_resolver(get_urlconf()), get_script_prefix(), name, (None,))
    return lambda pk: f"{before}{pk}{after}"


@lru_cache(maxsize=4096)
def _parts(
    _routes: URLResolver, _prefix: str, name: str, words: tuple[str | None, ...]
) -> tuple[str, ...]:
    """What stands around the numbers (None among the words) in the address of a route."""
    marks = [str(_MARK + index) if word is None else word for index, word in enumerate(words)]
    rest, parts = reverse(name, args=marks), []
    for mark, word in zip(marks, words, strict=True):
        if word is None:
            part, rest = rest.split(mark)
            parts.append(part)
    return (*parts, rest)


def outward(path: str, request: HttpRequest | None = None) -> str:
    """One of our pages as people elsewhere open it: under `BIHUAN_URL`, never under a name that a
    request brought. While that is not set, as this request came; without a request, the path alone.
    """
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL.rstrip('/')}{path}"
    return path if request is None else request.build_absolute_uri(path)


class AddressNode(URLNode):
    """`{% url %}` by `address`."""

    def render(self, context: Context) -> str:
        name = self.view_name.resolve(context)
        if self.kwargs or not isinstance(name, str):
            return str(super().render(context))
        # A route's fixed text, numbers and plain words; anything else is escaped by Django's own.
        args = [each.resolve(context) for each in self.args]
        if not all(map(_is_plain, args)):
            return str(super().render(context))
        try:
            found = address(name, *args)
        except NoReverseMatch:
            return str(super().render(context))
        if not self.asvar:
            return found
        context[self.asvar] = found
        return ""


def url_tag(parser: Parser, token: Token) -> AddressNode:
    """Read `{% url %}` as Django does."""
    node = url(parser, token)
    return AddressNode(node.view_name, node.args, node.kwargs, node.asvar)
