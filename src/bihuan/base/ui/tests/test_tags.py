"""Exact text and accessible names of the template tags."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from django.utils.html import strip_tags

from bihuan.base.ui import marks

NOW = datetime(2026, 10, 9, 6, 32, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _chinese():
    with translation.override("zh-hans"):
        yield


def draw(source: str, **values) -> str:
    return Template("{% load bihuan %}" + source).render(Context({"now": NOW, **values}))


def words(html: str) -> str:
    return " ".join(strip_tags(html).split())


def test_icon_is_hidden_unless_it_has_a_name():
    assert 'aria-hidden="true"' in draw('{% icon "phone" %}')
    named = draw('{% icon "phone" size=20 label="打电话" %}')
    assert 'role="img" aria-label="打电话"' in named
    assert 'width="20"' in named
    assert "ui/icons.svg#phone" in named


def test_clause_without_an_address_is_no_link():
    html = draw('{% clause "五·3" %}')
    assert words(html) == "§五·3"
    assert html.startswith('<span class="clause" title="条款 五·3">')


def test_clause_links_to_the_pack():
    html = draw('{% clause "五·3" "s0-5.3" selected=True %}')
    if "<a " in html:  # the app that shows clauses is installed
        assert 'data-explain-url="/pack/clause/s0-5.3/"' in html
        assert 'aria-label="条款 五·3"' in html
    assert 'class="clause is-on"' in html


def test_contract_terms_say_so():
    assert words(draw('{% clause "7.2" contract=True %}')) == "§合同·7.2"
    assert draw('{% clause "" %}') == ""


def test_text_is_escaped():
    assert "<b>" not in draw("{% clause n %}{% status 'red' n %}{% person n %}", n="<b>x</b>")


def test_chip():
    limit = {"due_at": NOW + timedelta(hours=1), "opened_at": NOW - timedelta(hours=1)}
    html = draw("{% chip limit now %}", limit=limit)
    assert words(html) == "剩 1 小时"
    assert 'class="chip running"' in html
    assert 'title="2026-10-09 15:32 到期"' in html
    assert '<rect width="50" height="2"/>' in html
    assert f'data-due="{int(limit["due_at"].timestamp())}"' in html


def test_chip_with_an_explanation_is_a_button():
    limit = {"due_at": NOW + timedelta(hours=1)}
    html = draw('{% chip limit now large=True explain="/x/1/" %}', limit=limit)
    assert html.startswith('<button class="chip running large"')
    assert 'type="button" data-explain-url="/x/1/"' in html


def test_chip_in_working_time_does_not_tick():
    limit = {"due_at": NOW, "left": 6, "left_unit": "work_days"}
    assert "data-due" not in draw("{% chip limit now %}", limit=limit)


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("short", "10-09 14:32"),
        ("date", "2026-10-09"),
        ("full", "2026-10-09 14:32"),
        ("time", "14:32"),
        ("smart", "今天 14:32"),
    ],
)
def test_when(style, text):
    html = draw("{% when now style %}", style=style)
    assert words(html) == text
    assert 'datetime="2026-10-09T14:32+08:00"' in html


def test_when_names_yesterday_and_another_year():
    day = timedelta(days=1)
    assert words(draw('{% when t "smart" %}', t=NOW - day)) == "昨天 14:32"
    assert words(draw('{% when t "smart" %}', t=NOW + day)) == "明天 14:32"
    assert words(draw("{% when t %}", t=NOW - 400 * day)) == "2025-09-04 14:32"
    assert words(draw("{% when t %}", t=None)) == "—"
    assert words(draw("{% when t %}", t=date(2026, 3, 1))) == "03-01"
    with pytest.raises(ValueError, match="date style"):
        draw('{% when now "long" %}')


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (Decimal("1234.5"), "CNY", "¥1,234.50"),
        (0, "CNY", "¥0.00"),
        (-12.345, "USD", "−$12.35"),
        (5, "SEK", "SEK 5.00"),
        (None, "CNY", "—"),
    ],
)
def test_money(amount, currency, text):
    assert words(draw("{% money a c %}", a=amount, c=currency)) == text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_large_numbers_stand_in_groups_of_three_in_both_languages(language):
    with translation.override(language):
        assert words(draw('{{ n|floatformat:"-2g" }}', n=410900)) == "410,900"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (61, 63, "96.8% 61 / 63"),
        (12, 12, "100% 12 / 12"),
        (0, 12, "0% 0 / 12"),
        (0, 0, "—"),
        (None, 5, "—"),
        (9999, 10000, "99.9% 9999 / 10000"),
        (1, 100000, "0.1% 1 / 100000"),
    ],
)
def test_share_never_rounds_a_miss_away(part, whole, text):
    assert words(draw("{% share p w %}", p=part, w=whole)) == text


def test_share_opens_into_its_rows():
    assert '<a href="/rows/">61 / 63</a>' in draw('{% share 61 63 url="/rows/" %}')


def test_bar_has_a_name_and_no_style():
    html = draw('{% bar 5 8 mark=6 label="保养" %}')
    assert 'aria-label="保养 5 / 8"' in html
    assert 'width="62.5%"' in html
    assert 'x="75.0%"' in html
    assert "style=" not in html
    assert 'class="brand" width="0.0%"' in draw("{% bar 5 0 %}")
    assert 'class="brand" width="100.0%"' in draw("{% bar 9 8 %}")


def test_tier_is_told_by_ink():
    assert 'class="tier rank-1"' in draw('{% tier "gold" "金牌" 1 %}')
    assert 'class="tier rank-4"' in draw('{% tier "x" "潜力" 9 %}')
    assert draw('{% tier "x" "" 1 %}') == ""


def test_colours_speak_status_only():
    assert words(draw('{% status "green" "已完成" %}')) == "已完成"
    with pytest.raises(ValueError, match="status colour"):
        draw('{% status "purple" "x" %}')


def test_person_and_dash():
    assert words(draw('{% person "李慕言" "客户经理" %}')) == "李 李慕言 客户经理".replace(
        " ", "", 1
    )
    assert words(draw('{% person "" %}')) == "—"
    assert draw("{{ a|dash }}{{ b|dash }}{{ c|dash }}", a=None, b="", c=0) == "——0"


def test_empty_says_the_next_thing():
    html = draw('{% empty "没有到期的义务" "下一条在周一。" url="/x/" action="看下一条" %}')
    assert words(html) == "已闭环 没有到期的义务 下一条在周一。 看下一条"


def test_nothing_is_empty_for_the_body_of_a_loop():
    html = draw('{% for x in "a" %}{% nothing "没有人" icon="users" %}{% endfor %}')
    assert words(html) == "没有人"


def test_pager_counts_and_keeps_the_query():
    request = RequestFactory().get("/list/", {"q": "泵", "page": "2"})
    page = Paginator(range(128), 50).page(2)
    html = draw("{% pager page %}", page=page, request=request)
    assert "共 128 条" in html
    assert 'href="?q=%E6%B3%B5&amp;page=3"' in html
    assert 'aria-current="page">2<' in html


def test_pager_of_one_page_shows_the_count_only():
    request = RequestFactory().get("/list/")
    html = draw("{% pager page %}", page=Paginator(range(3), 50).page(1), request=request)
    assert words(html) == "共 3 条"


def test_stepper_says_what_is_missing():
    steps = [
        {"title": "受理", "state": "done", "note": "15:40"},
        {"title": "签字", "state": "blocked", "note": "缺 2 项"},
    ]
    assert (
        words(draw("{% stepper steps %}", steps=steps)) == "受理 已完成 15:40 签字 还不能做 缺 2 项"
    )


def test_slot_of_nobody_is_empty():
    assert draw('{% slot "customer.tabs" 7 %}').strip() == ""


def test_middle_dot_is_narrow():
    assert marks.dotted("五·3") == '五<span class="mid">·</span>3'
    assert marks.dotted("<i>") == "&lt;i&gt;"


class Pair(forms.Form):
    name = forms.CharField()
    day = forms.DateField()


def test_a_refused_form_counts_every_place_that_is_to_be_changed():
    form = Pair({"name": "", "day": "soon"})
    form.add_error(None, ["两条互相矛盾。", "还缺一条。"])
    form.add_error("name", "再说一遍。")
    page = words(draw('{% include "ui/parts/form.html" %}', form=form))
    assert "有 4 处要改" in page
