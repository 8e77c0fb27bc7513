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
from django.urls import get_resolver, get_script_prefix, get_urlconf, reverse
from django.urls.resolvers import URLResolver

_MARK = 7_070_707_000
"""Above every number that a route itself could contain."""


def address(name: str, *args: object) -> str:
    """The address of a route; raises NoReverseMatch as `reverse` does."""
    if not all(type(each) is int and each >= 0 for each in args):
        return reverse(name, args=args)
    parts = _parts(get_resolver(get_urlconf()), get_script_prefix(), name, len(args))
    return parts[0] + "".join(f"{each}{part}" for each, part in zip(args, parts[1:], strict=True))


def address_of(name: str) -> Callable[[int], str]:
    """The addresses of a route with one number, for very many of them."""
    before, after = _parts(get_resolver(get_urlconf()), get_script_prefix(), name, 1)
    return lambda pk: f"{before}{pk}{after}"


@lru_cache(maxsize=4096)
def _parts(_routes: URLResolver, _prefix: str, name: str, count: int) -> tuple[str, ...]:
    """What stands around the numbers in the address of a route."""
    marks = [str(_MARK + index) for index in range(count)]
    rest, parts = reverse(name, args=marks), []
    for mark in marks:
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
        if self.asvar or self.kwargs or not isinstance(name, str):
            return str(super().render(context))
        # A route's fixed text and numbers; anything else is escaped by Django's own.
        args = [each.resolve(context) for each in self.args]
        if all(type(each) is int for each in args):
            return address(name, *args)
        return str(super().render(context))


def url_tag(parser: Parser, token: Token) -> AddressNode:
    """Read `{% url %}` as Django does."""
    node = url(parser, token)
    return AddressNode(node.view_name, node.args, node.kwargs, node.asvar)
