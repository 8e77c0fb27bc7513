"""The page that counts how often a first cause was right."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring.enums import Verdict
from bihuan.apps.monitoring.models import Lesson
from bihuan.apps.monitoring.queries.reliability import stated, table
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.apps.monitoring.tests.factories import alarm
from bihuan.base import clock
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def at_ten():
    with clock.set_to(NOON):
        yield


def fault(asset, chance, cause="IMBALANCE", *, back=1, **values):
    """An alarm that named IMBALANCE first, and what it turned out to be."""
    at = NOON - back * DAY
    said = {"causes": [{"code": "IMBALANCE", "title": {"zh": "不平衡", "en": "Imbalance"}, "probability": chance}]}  # fmt: skip
    row = alarm(asset, at, diagnosis=said, cleared_at=at, **values)
    Lesson.objects.create(
        alarm=row, template="centrifuge", rule=row.rule, named="IMBALANCE", cause=cause, said_at=at
    )
    return row


def page(person, query=""):
    return signed_in(person).get(f"/monitoring/diagnosis/{query}").content.decode()


def test_too_few_are_counted_and_nothing_is_concluded(house):
    for n in range(3):
        fault(house.asset, 0.65, back=n + 1)
    shown = page(house.remote)
    assert shown.count("太少，还说不准") == 2  # of all, and of the row that has some
    assert "查明原因的故障 3 次，至少要 20 次" in shown
    assert "95%–" not in shown
    assert "100%</b>" not in shown


def test_enough_are_set_against_what_was_said(house):
    """24 that said 95 %, of which 12 were right: the interval is 31 to 69 %, and 95 lies outside."""
    for n in range(24):
        fault(house.asset, 0.95, "IMBALANCE" if n % 2 else "FOOT_LOOSE", back=n + 1)
    found = table(house.remote, NOON)
    row = found["rows"][-1]
    assert (row["bin"].count, row["bin"].right, row["share"], row["stated"]) == (24, 12, 50, 95)
    assert (row["low"], row["high"], row["off"], found["error"]) == (31, 69, True, 45)
    shown = page(house.remote)
    assert "24 次里第一原因对了 12 次" in shown and "相差 45 个百分点" in shown
    assert "31%–69%" in shown and "和说的不符" in shown
    opened = page(house.remote, "?row=5")
    assert opened.count("说错了") == 12 and opened.count("说对了") == 12
    assert "当时说 转子不平衡" in opened or "当时说" in opened
    assert "这一行的故障" not in page(house.remote, "?row=9") + page(house.remote, "?row=x")


def test_one_ticket_is_one_fault_by_its_first_alarm_and_false_or_old_ones_do_not_count(house):
    fault(house.asset, 0.55, back=3, ticket_number="WX-1")
    fault(house.asset, 0.85, back=2, ticket_number="WX-1")
    fault(house.asset, 0.95, verdict=Verdict.FALSE)
    fault(house.asset, 0.95, back=366)
    fault(house.asset, 0.95, "")  # nobody has said it
    silent = alarm(house.asset, NOON - DAY, rule="bearing.notice")
    Lesson.objects.create(
        alarm=silent, template="centrifuge", rule=silent.rule, cause="IMBALANCE", said_at=NOON
    )
    assert [each.said.probability for each in stated(house.remote, NOON)] == [0.55]


def test_only_what_one_may_see_counts(house):
    away = machine(customer("远方的客户有限公司", region="north", now=NOON), "8L999999", now=NOON)
    theirs = fault(away, 0.75)
    fault(house.asset, 0.75)
    assert len(stated(house.remote, NOON)) == 2
    assert len(stated(house.near, NOON)) == 1
    assert theirs.number not in page(house.near, "?row=3")
    assert theirs.number in page(house.remote, "?row=3")
