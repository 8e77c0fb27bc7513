"""A customer who finds the answer while he writes, and one who reports all the same."""

from __future__ import annotations

import pytest

from bihuan.apps.knowledge.enums import Audience
from bihuan.apps.knowledge.models import Use
from bihuan.apps.knowledge.tests.factories import published
from bihuan.apps.portal.tests.test_in_a_browser import (
    TRACK,
    chromium,
    hand,
    look,
    open_page,
    pytestmark,
)
from bihuan.apps.tickets.models import Ticket

__all__ = ["chromium", "hand", "open_page", "pytestmark"]
SAID = "机器停了，门打不开，样品拿不出来"


@pytest.mark.parametrize(
    ("language", "yes"), [("zh", "解决了，不用报修"), ("en", "Solved, no report needed")]
)
def test_a_suggestion_helps_or_the_report_goes_out_all_the_same(house, open_page, language, yes):
    row = published(
        title="门打不开时怎么办", title_en="When the lid does not open", part="门锁", symptom="打不开", cause="",
        audiences=(Audience.STAFF, Audience.PUBLIC), remedy="1. 断电\n2. 拉应急杆", now=house.now,
    )  # fmt: skip
    page = open_page(f"/q/{house.machine.token}/report/", language=language)
    page.fill("#id_what", SAID)
    page.locator("#suggest summary").first.click()
    page.get_by_role("button", name=yes).wait_for()
    look(page, f"suggest-{language}")
    page.get_by_role("button", name=yes).click()
    page.locator("#suggest [role=status]").wait_for()
    row.refresh_from_db()
    assert (row.used, Use.objects.get().door) == (1, "PORTAL")
    assert not Ticket.objects.exists()
    page.locator("input[name=runs][value=stopped]").check(force=True)
    page.fill("#id_phone", "13900001111")
    page.fill("#id_what", SAID + "，还是不行")
    page.locator(".portal-foot button[type=submit]").click()
    page.wait_for_url(TRACK)
    assert Ticket.objects.get().text.endswith("还是不行")


def written(page) -> None:
    """He writes what it is and who he is, and the page keeps the draft."""
    page.fill("#id_what", SAID)
    page.fill("#id_phone", "13900001111")
    page.locator("#suggest summary").first.wait_for()
    page.locator(".draft-note").wait_for()


def test_a_suggestion_leaves_the_draft_alone_and_its_solved_ends_it(house, open_page):
    published(
        title="门打不开时怎么办", title_en="When the lid does not open", part="门锁", symptom="打不开", cause="",
        audiences=(Audience.STAFF, Audience.PUBLIC), remedy="1. 断电\n2. 拉应急杆", now=house.now,
    )  # fmt: skip
    path = f"/q/{house.machine.token}/report/"
    page = open_page(path)
    written(page)
    page.locator("#suggest summary").first.click()
    page.reload()  # a phone that went to sleep over the article
    assert page.locator("#id_what").input_value() == SAID
    assert page.locator("#id_phone").input_value() == "13900001111"
    page.locator("#suggest summary").first.click()
    page.get_by_role("button", name="解决了，不用报修").click()
    page.locator("#suggest [role=status]").wait_for()
    assert (
        page.evaluate(
            "Object.keys(localStorage).filter((each) => each.startsWith('draft:')).length"
        )
        == 0
    )
    page.reload()
    assert page.locator("#id_what").input_value() == ""
    assert not Ticket.objects.exists()


def test_the_tick_of_danger_shows_what_to_do_first_and_hides_what_one_might_try(house, open_page):
    published(
        title="门打不开时怎么办", title_en="When the lid does not open", part="门锁", symptom="打不开", cause="",
        audiences=(Audience.STAFF, Audience.PUBLIC), remedy="1. 断电", now=house.now,
    )  # fmt: skip
    for width, language in ((390, "zh"), (1440, "en")):
        page = open_page(f"/q/{house.machine.token}/report/", width, language)
        page.fill("#id_what", SAID)
        page.locator("#suggest summary").first.wait_for()
        assert not page.locator(".portal-emergency").is_visible()
        page.locator(".portal-danger").click()
        assert page.locator(".portal-emergency").is_visible()
        assert not page.locator("#suggest").is_visible()
        look(page, f"danger-{width}-{language}")
