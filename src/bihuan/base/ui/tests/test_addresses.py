from __future__ import annotations

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch, get_resolver, reverse, set_script_prefix

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


def test_below_a_prefix_the_address_begins_with_it():
    plain = address("ledgers:run", 7)
    try:
        set_script_prefix("/service/")
        assert address("ledgers:run", 7) == "/service" + plain
    finally:
        set_script_prefix("/")
    assert address("ledgers:run", 7) == plain
