from __future__ import annotations

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch, get_resolver, reverse, set_script_prefix
from django.utils.html import escape

from bihuan.base.ui.addresses import address


def routes():
    """Every named route, with how many arguments it takes."""
    found = []

    def walk(resolver, space):
        for name in resolver.reverse_dict:
            if isinstance(name, str):
                for possible, _pattern, _defaults, _converters in resolver.reverse_dict.getlist(
                    name
                ):
                    found.append((space + name, len(possible[0][1])))
        for below, (_path, child) in resolver.namespace_dict.items():
            walk(child, f"{space}{below}:")

    walk(get_resolver(), "")
    return found


def test_every_route_has_the_address_that_django_gives():
    seen = 0
    for name, count in routes():
        args = [5 + 70 * index for index in range(count)]
        try:
            expected = reverse(name, args=args)
        except NoReverseMatch:
            with pytest.raises(NoReverseMatch):
                address(name, *args)
        else:
            assert address(name, *args) == expected
            seen += 1
    assert seen > 150


def test_a_tag_gives_an_escaped_address_and_refuses_an_unknown_route():
    text = "{% url 'ledgers:run' pk %}|{% url 'ledgers:run' pk as kept %}{{ kept }}"
    address_7 = reverse("ledgers:run", args=[7])
    assert Template(text).render(Context({"pk": 7})) == f"{address_7}|{address_7}"
    for pk in (-7, None, "七", "<b>"):
        with pytest.raises(NoReverseMatch):
            Template("{% url 'ledgers:run' pk %}").render(Context({"pk": pk}))


def test_words_stand_in_an_address_as_django_puts_them():
    for word in ("tickets", "so_called", "<b>", "七", "a/b", "x" * 60, "7"):
        try:
            expected = reverse("lists:keep", args=[word])
        except NoReverseMatch:
            with pytest.raises(NoReverseMatch):
                address("lists:keep", word)
            continue
        assert address("lists:keep", word) == expected
        shown = Template("{% url 'lists:keep' of %}").render(Context({"of": word}))
        assert shown == escape(expected)
    text = "{% url 'lists:start' 'tickets' deed as kept %}{{ kept }}|{% url 'no:where' deed as none %}{{ none }}"
    shown = Template(text).render(Context({"deed": "take"}))
    assert shown == f"{reverse('lists:start', args=['tickets', 'take'])}|"


def test_below_a_prefix_the_address_begins_with_it():
    plain = address("ledgers:run", 7)
    try:
        set_script_prefix("/service/")
        assert address("ledgers:run", 7) == "/service" + plain
    finally:
        set_script_prefix("/")
    assert address("ledgers:run", 7) == plain
