"""Templates resolve variables by the short way as Django does by the long one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.template import Context, Template
from django.template.base import Variable, VariableDoesNotExist, VariableNode
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy

from bihuan.base.ui import lookups


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Thing:
    name: str = "泵"
    inner: object = None
    many: tuple[int, ...] = (7, 8)

    def said(self) -> str:
        return f"我是{self.name}"

    def wipe(self) -> str:
        raise AssertionError("a template must not do this")

    wipe.alters_data = True  # type: ignore[attr-defined]

    @property
    def broken(self) -> str:
        raise AttributeError("inside")

    @property
    def gone(self) -> str:
        raise ObjectDoesNotExist("no such row")


@pytest.mark.parametrize(
    "name",
    [
        "thing", "thing.name", "thing.inner.name", "thing.said", "thing.many.1", "thing.none", "thing.gone", "thing.wipe",
        "kept.key", "kept.items", "kept.nothing", "counts.new", "pair.x", "pair.0", "lazy.name", "text.upper", "missing",
        "missing.name", "number", "call", "call.name", "list.0.name", "thing.broken",
    ],
)  # fmt: skip
def test_it_finds_what_django_finds(name):
    def context():
        return Context({
            "thing": Thing(inner=Thing("轴")), "kept": {"key": 1}, "counts": defaultdict(int), "pair": Point(1, 2),
            "lazy": SimpleLazyObject(Thing), "text": "a", "number": 5, "call": Thing, "list": [Thing()],
        })  # fmt: skip

    def found(way):
        bound = context()
        with bound.bind_template(Template("")):
            try:
                return way(Variable(name), bound)
            except (VariableDoesNotExist, AttributeError) as error:
                return type(error)

    assert found(lookups.resolve) == found(lookups._djangos)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    "text",
    [
        "{% load i18n %}{% translate '保存' %}",
        "{% load i18n %}{% translate '今天' context 'before a clock time' %}",
        "{% load i18n %}{% translate '100% <b>' %}",
        "{% load i18n %}{% translate word %}{{ word }}",
        "{% load i18n %}{% translate '保存' as kept %}{{ kept }}{% translate safe %}",
        "{% load i18n %}{{ _('保存') }}{% firstof nothing _('保存') %}",
    ],
)
def test_words_are_said_alike(monkeypatch, language, text):
    values = {"word": "<i>保存</i>", "safe": mark_safe("<i>x</i>")}
    with translation.override(language):
        said = Template(text).render(Context(values))
        monkeypatch.setattr(Variable, "resolve", lookups._djangos)
        assert said == Template(text).render(Context(values))


@pytest.mark.parametrize(
    "text",
    [
        "{{ _('保存') }}",
        "{% firstof nothing _('保存') %}",
        "{% load bihuan %}{% empty _('保存') _('取消') %}",
        "{% load bihuan %}{% icon 'check' label=_('保存') %}",
        "{% load bihuan %}{% status 'green' _('保存') %}",
        "{{ nothing|default:_('保存') }}",
        "{% if _('保存') == 'Save' %}Save{% else %}保存{% endif %}",
        "{% load i18n %}{% translate '保存' %}",
    ],
)
def test_a_template_read_in_one_language_speaks_that_of_each_reader(text):
    """A template is compiled once a process, for whoever asks first."""
    with translation.override("zh-hans"):
        template = Template(text)
        assert "保存" in template.render(Context())
    with translation.override("en"):
        said = template.render(Context())
        assert "Save" in said
        assert "保存" not in said
    with translation.override("zh-hans"):
        assert "保存" in template.render(Context())


def test_a_word_of_a_template_is_safe_and_one_from_outside_is_escaped():
    words = Template("{% load i18n %}{% translate given %}").render(Context({"given": "<b>"}))
    assert words == "&lt;b&gt;"
    assert isinstance(Variable("_('保存')").resolve(Context()), SafeString)


class Quiet(str):
    """A text of a kind of its own."""

    __slots__ = ()


class Loud:
    def __str__(self) -> str:
        return "<loud>"


class Undecided:
    @property
    def name(self) -> str:
        return b"\xff".decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("autoescape", [True, False])
@pytest.mark.parametrize(
    "value",
    [
        "轴承 & <b>\"'", mark_safe("<b>"), 0, 1234567, 1.5, Decimal("1234.50"), True, None, date(2026, 3, 1),
        datetime(2026, 3, 1, 20, tzinfo=UTC), gettext_lazy("保存"), ["<i>"], Loud(), Quiet("<i>"),
    ],
)  # fmt: skip
def test_values_are_shown_as_django_shows_them(monkeypatch, language, autoescape, value):
    def drawn():
        text = "{{ value }}|{{ value|default:'<x>' }}|{{ broken.name }}|{{ missing }}"
        context = Context({"value": value, "broken": Undecided()}, autoescape=autoescape)
        return Template(text).render(context)

    with translation.override(language):
        shown = drawn()
        monkeypatch.setattr(VariableNode, "render", lookups._djangos_node)
        assert shown == drawn()
    if autoescape:
        assert "<i>" not in shown
        assert "<loud>" not in shown
