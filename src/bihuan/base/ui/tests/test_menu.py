"""The menu is short for each role; what is rare is behind “more”, and the search box finds it."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from bihuan.base import clock
from bihuan.base.search.commands import commands
from bihuan.base.testing.people import make_person
from bihuan.base.ui.context import Line, _frame, _menu

pytestmark = pytest.mark.django_db
MOST = 18
"""Lines that stand in 900 px beside the titles of five sections; an administrator has the most."""


def menu(role, path="/"):
    """(titles in sight, titles behind more) of somebody's frame."""
    request = RequestFactory().get(path)
    request.user = make_person(role)
    frame = _frame(request, clock.now())
    seen = [str(item["title"]) for section in frame["menu"] for item in section["items"]]
    return seen, [str(item["title"]) for item in frame["menu_more"]]


@pytest.mark.parametrize(
    "role", ["service_desk", "callback_agent", "account_manager", "field_engineer", "quality_engineer", "general_manager", "administrator"]
)  # fmt: skip
def test_each_role_has_a_short_menu_and_finds_all_of_it_by_words(role):
    seen, more = menu(role)
    assert len(seen) <= MOST, "、".join(seen)
    person = make_person(role)
    for title in (*seen, *more):
        assert title in [each.title for each in commands(person, title)]


def test_who_does_it_daily_has_it_in_sight():
    assert "人员" in menu("administrator")[0]
    assert "人员" in menu("account_manager")[1]


def test_the_page_one_is_on_is_in_sight():
    seen, more = menu("after_sales_head", "/tickets/paper/")
    assert "纸质单" in seen
    assert "纸质单" not in more


def test_where_something_waits_nothing_is_hidden():
    lines = [Line(title, "", f"/{title}/", "desk", True, False, None) for title in "ab"]
    shown, more = _menu(lines, "", {"/a/": 3, "/b/": 0})
    assert [(each["title"], each["count"]) for each in shown[0]["items"]] == [("a", 3)]
    assert [each["title"] for each in more] == ["b"]
