"""What stands around the pages: the red numbers of the menu, the order of the ledgers, and an
exception asked for in the words that people use."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from bihuan.apps.customers import actions
from bihuan.apps.customers.models import ClauseException
from bihuan.apps.customers.tests import factories as make
from bihuan.apps.customers.tests.test_pages import browser
from bihuan.base import clock
from bihuan.base.testing.kept import kept

pytestmark = pytest.mark.django_db
NOW = make.NOW


@pytest.fixture
@kept
def cast():
    make.pack_in_force()
    with clock.set_to(NOW):
        return make.cast()


@pytest.fixture
def played(cast):
    with clock.set_to(NOW):
        yield cast


def test_ledgers_stand_in_the_order_in_which_they_come_in(played):
    page = browser(make.user("root", "姜维一", "administrator")).get("/ledgers/").content.decode()
    places = [page.index(f"<h2>{name}</h2>") for name in ("客户", "联系人", "型号", "设备", "合同")]
    assert places == sorted(places)
    assert places[-1] < page.index("<h2>期初：客户级别</h2>")


def waiting(person, path: str) -> int:
    """The red number beside a line of this person's menu; 0 for none, and for no such line."""
    page = browser(person).get("/customers/").content.decode()
    line = page.partition(f'<a class="menu-item" href="{path}"')[2].partition("</a>")[0]
    number = re.search(r'<span class="count hot">(\d+)<', line)
    return int(number[1]) if number else 0


def test_who_may_decide_an_exception_sees_in_the_menu_that_one_waits(played):
    row = actions.ask_exception(
        customer=played.jinling, target="RULE", code="greeting", change="WAIVE", value="", reason="客户来函不要问候",
        from_at=NOW, to_at=None, by=played.service, now=NOW,
    )  # fmt: skip
    assert waiting(played.boss, "/customer-exceptions/") == 1
    assert waiting(played.service, "/customer-exceptions/") == 0  # he asked for it
    assert waiting(played.manager, "/customer-exceptions/") == 0  # may not decide
    actions.grant_exception(exception=row, by=played.boss, now=NOW)
    assert waiting(played.boss, "/customer-exceptions/") == 0


def test_the_second_person_sees_in_the_menu_that_a_merge_waits(played):
    double = actions.add_customer(name="金陵泵业厂", region="华东", by=None, now=NOW)
    merge = actions.propose_merge(
        kept=played.jinling, gone=double, why="是同一家", by=played.boss, now=NOW
    )
    assert waiting(played.market, "/customer-doubles/") == 1
    assert waiting(played.boss, "/customer-doubles/") == 0  # who proposed does not judge
    actions.decide_merge(proposal=merge, agree=False, by=played.market, now=NOW)
    assert waiting(played.market, "/customer-doubles/") == 0


@pytest.mark.parametrize(
    ("change", "said", "kept"),
    [
        ("BY", "远程支持专员", "remote_specialist"),
        ("BY", "Remote specialist", "remote_specialist"),
        ("BY", "remote_specialist", "remote_specialist"),
        ("WITHIN", "2d", "2d"),
    ],
)
def test_an_exception_names_a_role_as_people_do(played, change, said, kept):
    sent = {
        "target": "RULE", "code": "greeting", "change": change, "value": said, "reason": "客户点名要他",
        "from_at": f"{timezone.localtime(NOW):%Y-%m-%dT%H:%M}",
    }  # fmt: skip
    url = f"/customers/{played.jinling.pk}/exceptions/"
    assert browser(played.boss).post(url, sent).status_code == 302
    assert ClauseException.objects.get().value == kept


def test_a_role_that_nobody_has_is_refused_and_nothing_is_asked(played):
    sent = {
        "target": "RULE", "code": "greeting", "change": "BY", "value": "没有的岗位", "reason": "客户点名要他",
        "from_at": f"{timezone.localtime(NOW):%Y-%m-%dT%H:%M}",
    }  # fmt: skip
    answer = browser(played.boss).post(f"/customers/{played.jinling.pk}/exceptions/", sent)
    assert answer.status_code == 422
    assert "没有这个岗位：没有的岗位" in answer.content.decode()
    assert not ClauseException.objects.exists()
