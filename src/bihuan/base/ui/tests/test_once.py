"""A part of a page that is drawn once for equal values, and a count that is written once for a reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.urls import set_script_prefix
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from bihuan.base import clock, counting, registry
from bihuan.base.access.models import User
from bihuan.base.lists import listing, questions
from bihuan.base.notify.models import Notice
from bihuan.base.testing.people import make_person
from bihuan.base.ui.deadline import Shown, shown
from bihuan.base.ui.once import MOST, ROWS, EachNode, OnceNode, Unmade

BODY = "{% load i18n bihuan %}{% once value=value now=now %}{{ value }}|{{ other }}|{% translate '保存' %}|{% when now 'date' %}{% endonce %}"


def drawn(template: Template, **values: object) -> str:
    return template.render(Context({"other": "别人的", "now": None, **values}))


def test_equal_values_are_drawn_once_and_others_anew():
    template = Template(BODY)
    node = template.nodelist.get_nodes_by_type(OnceNode)[0]
    assert drawn(template, value="轴承") == drawn(template, value="轴承")
    assert len(node._drawn) == 1
    assert "密封" in drawn(template, value="密封")
    assert len(node._drawn) == 2


def test_it_sees_nothing_but_its_values():
    assert "别人的" not in drawn(Template(BODY), value="轴承", request="x")


def test_a_safe_text_does_not_make_the_same_text_of_others_safe():
    template = Template(BODY)
    assert drawn(template, value=mark_safe("<b>x</b>")).startswith("<b>x</b>|")
    assert drawn(template, value="<b>x</b>").startswith("&lt;b&gt;x&lt;/b&gt;|")
    listed = Template("{% load bihuan %}{% once all=all %}{% for each in all %}{{ each }}{% endfor %}{% endonce %}")  # fmt: skip
    assert drawn(listed, all=[mark_safe("<i>")]) == "<i>"
    assert drawn(listed, all=["<i>"]) == "&lt;i&gt;"


def test_one_and_true_are_two_values():
    template = Template(BODY)
    assert drawn(template, value=1).startswith("1|")
    assert drawn(template, value=True).startswith("True|")


def test_what_is_made_for_a_part_is_made_once_for_its_key():
    template = Template(BODY)
    made: list[object] = []

    def unmade(key: tuple[int, str], value: str) -> Unmade:
        def make() -> str:
            made.append(key)
            return value

        return Unmade(key, make)

    assert drawn(template, value=unmade((7, "v1"), "轴承")).startswith("轴承|")
    assert drawn(template, value=unmade((7, "v1"), "轴承")).startswith("轴承|")
    assert drawn(template, value=unmade((7, "v2"), "<密封>")).startswith("&lt;密封&gt;|")
    assert made == [(7, "v1"), (7, "v2")]
    with translation.override("en"):
        assert "Save" in drawn(template, value=unmade((7, "v1"), "轴承"))


NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
EACH = "{% load bihuan %}{% each_once each in rows sort=sort %}<i>{{ each.title }}{{ sort }}{% chip_shown each.chip %}{{ other }}</i>{% empty %}nothing{{ other }}{% endeach_once %}"


def test_each_of_a_list_is_drawn_once_and_the_second_is_always_the_present_one():
    template = Template(EACH)
    made: list[str] = []

    def a_row(title: str, chip: Shown) -> dict[str, Any]:
        made.append(title)
        return {"title": title, "chip": chip}

    due = NOON + timedelta(hours=2, seconds=30)

    def page(now: datetime, *titles: str, sort: str = "") -> str:
        chip = shown({"due_at": due, "opened_at": NOON, "state": "open"}, now)
        rows = [Unmade((title, chip), partial(a_row, title, chip)) for title in titles]
        return drawn(template, rows=rows, now=now, sort=sort)

    assert page(NOON, "<a>", "b").count("<i>&lt;a&gt;<span") == 1
    assert f'data-now="{int(NOON.timestamp())}"' in page(NOON, "<a>")
    later = page(NOON + timedelta(seconds=20), "b", "<a>", "c")
    assert later.count(f'data-now="{int(NOON.timestamp()) + 20}"') == 3
    assert later.index("<i>b") < later.index("<i>&lt;a") < later.index("<i>c")
    assert made == ["<a>", "b", "c"]
    assert "<i>b7<" in page(NOON, "b", sort="7")
    assert "别人的" not in later
    assert page(NOON) == "nothing别人的"
    page(NOON + timedelta(minutes=1), "b")  # another minute is another chip
    assert made == ["<a>", "b", "c", "b", "b"]


def test_each_keeps_so_many_rows_in_each_language_and_under_each_address():
    template = Template("{% load i18n bihuan %}{% each_once each in rows %}{{ each }}{% translate '保存' %}|{% endeach_once %}")  # fmt: skip
    node = template.nodelist.get_nodes_by_type(EachNode)[0]
    made: list[object] = []

    def a_row(key: object) -> str:
        made.append(key)
        return str(key)

    def page(*keys: object) -> str:
        rows = [Unmade(key, partial(a_row, key)) for key in keys]
        return drawn(template, rows=rows, now=NOON)

    assert page("\ue000<", 2) == "\ue000&lt;保存|2保存|"
    with translation.override("en"):
        assert page(2) == "2Save|"
    try:
        set_script_prefix("/service/")
        page(2)
    finally:
        set_script_prefix("/")
    assert made == ["\ue000<", 2, 2, 2]
    page(*range(ROWS + 5))
    assert len(node._drawn) <= ROWS


def test_what_is_made_of_something_that_may_be_another_tomorrow_is_refused():
    with pytest.raises(TypeError):
        drawn(Template(BODY), value=Unmade((User(pk=1),), lambda: "x"))


@pytest.mark.parametrize("words", ["", "each", "each of rows", "each in rows 7"])
def test_a_loop_takes_a_name_a_list_and_values(words):
    with pytest.raises(TemplateSyntaxError):
        Template(f"{{% load bihuan %}}{{% each_once {words} %}}{{% endeach_once %}}")


def test_each_language_has_its_own():
    template = Template(BODY)
    said = gettext_lazy("取消")
    with translation.override("zh-hans"):
        assert drawn(template, value=said).startswith("取消||保存|")
    with translation.override("en"):
        assert drawn(template, value=said).startswith("Cancel||Save|")


@dataclass
class Open:
    name: str


@pytest.mark.parametrize("value", [User(pk=1), Open("x"), {"x": User(pk=1)}, object()])
def test_what_may_be_another_tomorrow_is_refused(value):
    with pytest.raises(TypeError):
        drawn(Template(BODY), value=value)


def test_it_keeps_so_many_and_then_begins_anew():
    template = Template(BODY)
    node = template.nodelist.get_nodes_by_type(OnceNode)[0]
    for number in range(MOST + 5):
        drawn(template, value=number)
    assert len(node._drawn) <= MOST


def test_it_takes_names_and_values_only():
    with pytest.raises(TemplateSyntaxError):
        Template("{% load bihuan %}{% once value %}{% endonce %}")


@pytest.fixture(autouse=True)
def nothing_kept():
    counting._statements.clear()
    yield
    counting._statements.clear()


PLAIN = [
    (f"{config.name}.{item.count}", registry.resolve(config, item.count))
    for config in registry.manifests() for item in config.menu if item.plain
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "rows"), PLAIN, ids=[name for name, _rows in PLAIN])
@pytest.mark.parametrize("role", ["service_desk", "account_manager", "region_lead", "field_engineer"])  # fmt: skip
def test_a_kept_number_of_the_menu_asks_what_its_rows_ask(name, rows, role):
    person = make_person(role)
    first = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)
    counting.kept(name, person, first, rows)
    for moment in (first, first + timedelta(minutes=2), first + timedelta(days=400)):
        kept = counting.kept(name, person, moment, rows)
        asked = rows(person, moment)
        assert counting.counted({"n": kept}) == counting.counted({"n": asked})
        try:
            sql, values = counting.statement_of(asked)
        except counting.EmptyResultSet:
            assert not kept.sql
        else:
            assert (kept.sql, [str(each) for each in kept.values]) == (sql, [str(each) for each in values])  # fmt: skip


KEPT: list[tuple[str, Any]] = [
    (name, each)
    for _config, name, each in registry.named("lists")
    if getattr(each, "rests", None) is not listing._unkept
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "of"), KEPT, ids=[name for name, _of in KEPT])
@pytest.mark.parametrize("role", ["service_desk", "account_manager", "region_lead", "field_engineer"])  # fmt: skip
def test_a_kept_question_of_a_list_asks_what_its_rows_ask(name, of, role):
    person = make_person(role)
    first = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)
    filters = of.filters(person, first)
    choices = [("", "")] + [(each.name, each.choices[0][0]) for each in filters if each.choices]
    for tab, (filter_, value) in product(of.tabs(person, first), choices):
        values = {of.tab_name: tab.key, **({filter_: value} if filter_ else {})}
        for moment in (first, first + timedelta(minutes=2), first + timedelta(days=400)):
            kept = questions._question(of, person, moment, values, filters)
            asked = of.rows(person, values, moment).order_by()
            assert same(kept, asked.values("pk"))
            for order, down in product(of.orders, (False, True)):
                read = questions.Asked(values, order, down, ())
                ids = questions.ids_of(of, person, moment, read, filters).of
                assert same(ids, questions.in_order(of, of.rows(person, values, moment), read).values("pk"))  # fmt: skip


@pytest.mark.django_db
def test_ids_are_read_part_by_part_as_they_stand():
    people = [
        make_person("sales", name=f"50% O'Neill {n:02}") for n in range(2 * counting.ROWS + 3)
    ]
    asked = User.objects.filter(name__startswith="50% O'").order_by("-name").values("pk")
    numbered = asked.filter(pk__gt=people[0].pk)
    for rows in (asked, numbered):
        ids = counting.Ids(counting.Statement(*rows.query.sql_with_params()))
        whole = list(rows.values_list("pk", flat=True))
        for start, stop in ((0, 3), (0, 25), (2, 9), (0, 26), (25, 50), (50, 75), (0, 0)):
            assert ids[start:stop] == whole[start:stop]
    assert counting.Ids(counting.Statement("", ()))[0:9] == []


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "of"), KEPT, ids=[name for name, _of in KEPT])
def test_what_the_address_bar_makes_up_is_not_kept(name, of):
    person, now = make_person("service_desk"), clock.now()
    filters = of.filters(person, now)
    for each in filters:
        values = {of.tab_name: of.tabs(person, now)[0].key, each.name: "7" * 9}
        questions.ids_of(
            of, person, now, questions.Asked(values, next(iter(of.orders)), False, ()), filters
        )
        questions._question(of, person, now, values, filters)
    assert not counting._statements


def same(kept, asked):
    try:
        sql, values = asked.query.sql_with_params()
    except counting.EmptyResultSet:
        return not kept.sql
    return (kept.sql, [str(each) for each in kept.values]) == (sql, [str(each) for each in values])


@pytest.mark.django_db
def test_other_posts_are_another_reach():
    person, now = make_person("service_desk"), clock.now()
    rows = dict(PLAIN)["bihuan.apps.tickets.queries.lists.new_in_sight"]
    wide = counting.kept("x", person, now, rows)
    person.roles = ["field_engineer"]
    assert counting.kept("x", person, now, rows) != wide
    person.roles = []
    assert counting.counted({"n": counting.kept("x", person, now, rows)}) == {"n": 0}


@pytest.mark.django_db
def test_a_count_that_reckons_with_the_moment_is_refused():
    with pytest.raises((ValueError, OverflowError)):
        counting.kept(
            "x", make_person("service_desk"), clock.now(),
            lambda _person, now: Notice.objects.filter(at__lt=now + timedelta(days=1)),
        )  # fmt: skip
    assert not counting._statements
