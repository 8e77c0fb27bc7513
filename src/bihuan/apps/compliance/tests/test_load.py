"""Load of the coming weeks against capacity, and overdue duties by age."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from bihuan.apps.compliance import load
from bihuan.apps.compliance.tests.test_counting import row
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.people.actions import set_capacity, take_leave
from bihuan.apps.policy.actions import shipped
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import read_files
from bihuan.base import clock
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
NOW = make.moment("2026-03-18 12:00")  # a Wednesday


@pytest.fixture
def home():
    home = make.house()
    home.gold = make.customer(home)
    home.fact = home.told(
        "fault.reported", "2026-03-09 09:00", subjects={"asset": 7, "customer": home.gold.pk},
        ticket="T", severity="URGENT",
    )  # fmt: skip
    Obligation.objects.all().delete()
    with clock.set_to(NOW):
        yield home


def at(text: str):
    return make.moment(text)


def test_duties_stand_in_the_week_in_which_they_fall_due(home):
    row(home, due_at=at("2026-03-18 11:00"))  # late
    row(home, due_at=at("2026-03-20 18:00"))
    row(home, due_at=at("2026-03-23 00:00"))  # 24:00 of Sunday
    row(home, due_at=at("2026-03-23 00:01"), state=State.SCHEDULED)
    row(home, due_at=at("2026-06-07 23:00"), assignee=None)
    row(home, due_at=at("2026-06-08 00:01"))  # beyond the twelve weeks
    row(home, due_at=at("2026-03-19 09:00"), state=State.DISCHARGED)
    row(home, due_at=None)
    found = load.forecast(home.gu, NOW)
    assert [week.begin for week in found.weeks[:2]] == [date(2026, 3, 18), date(2026, 3, 23)]
    assert found.weeks[-1].end == date(2026, 6, 7)
    li = next(each for d in found.departments for each in d.people if each.user_id == home.li.pk)
    assert (li.late, li.owed[:3], sum(li.owed)) == (1, [2, 1, 0], 3)
    nobody = next(each for d in found.departments for each in d.people if each.user_id is None)
    assert nobody.owed[-1] == 1
    assert found.endless == 1
    for each in [*found.departments, *(one for d in found.departments for one in d.people)]:
        who = None if each.people else each.user_id or 0
        behind = [
            load.owed(home.gu, NOW, department=each.code, user_id=who, week=week).count()
            for week in range(load.WEEKS + 1)
        ]
        assert behind == [each.late, *each.owed]
    assert sum(sum(d.owed) for d in found.departments) == 4


def test_each_figure_says_its_week_by_dates_as_a_phone_shows_it_without_a_head(home):
    row(home, due_at=at("2026-03-24 10:00"))
    client = signed_in(home.gu)
    text = client.get("/compliance/load/").content.decode()
    assert 'data-label="03-23 至 03-29"' in text
    assert "第 2 周" not in text
    assert "03-23 至 03-29</span>" in client.get("/compliance/load/?week=2").content.decode()


def test_capacity_counts_working_days_without_those_away(home):
    for _number in range(5):
        row(home, due_at=at("2026-03-24 10:00"))
    set_capacity(user=home.li, per_week=5, by=home.gu, now=NOW)
    take_leave(
        user=home.li, substitute=None, from_on=date(2026, 3, 24), to_on=date(2026, 3, 26), by=None,
        now=NOW,
    )  # fmt: skip
    found = load.forecast(home.gu, NOW)
    li = found.departments[0].people[0]
    assert li.room[:3] == [3, 3, 5]
    assert li.cells[1] == (5, 3, True)
    assert li.cells[2] == (0, 5, False)
    assert found.departments[0].room[1] == 3
    row(home, due_at=at("2026-03-24 10:00"), assignee=home.chen)
    found = load.forecast(home.gu, NOW)
    assert found.departments[0].room[1] is None and found.departments[0].without == 1
    own = load.forecast(home.li, NOW)
    assert not own.whole and own.departments[0].people[0].room[0] is None


def banded(home, ends):
    """From yesterday on the regulation names the ends of the bands of age; gives back its clause."""
    PackVersion.objects.filter(pk=home.version.pk).update(in_force_to=NOW - timedelta(days=1))
    clause = next(iter(read_files(make.files()).clauses))
    more = f"overdue.bands: {{value: {ends}, clause: {clause}, title: {{zh: 账龄, en: Ages}}}}"
    texts = make.files("2", {"parameters:": f"parameters:\n  {more}"})
    make.put_in_force(texts, from_at=NOW - timedelta(days=1))
    return clause


def aged(home):
    for age in (0.1, 7, 7.1, 30.5, 200):
        row(home, due_at=NOW - timedelta(days=age))
    row(home, due_at=NOW + timedelta(days=1))
    row(home, due_at=NOW - timedelta(days=3), state=State.WAIVED)


def test_overdue_duties_stand_in_the_bands_of_age_of_the_regulation(home):
    clause = banded(home, [30, 7, 90])
    aged(home)
    found = load.ageing(home.gu, NOW)
    assert load.band_ends(NOW) == ((7, 30, 90), clause)
    assert found.counts == [2, 1, 1, 1] and found.total == 5
    assert found.oldest == NOW - timedelta(days=200)
    counts = [
        load.overdue(home.gu, NOW, band=n, department=found.departments[0].code).count()
        for n in range(4)
    ]
    assert counts == found.departments[0].counts
    assert load.overdue(home.gu, NOW, band=None, department="").count() == 5
    assert load.ageing(home.chen, NOW).total == 0
    number = read_files(make.files()).clauses[clause].number
    assert found.number == number != clause


def test_where_the_regulation_is_silent_all_that_is_overdue_stands_in_one_band(home):
    aged(home)
    found = load.ageing(home.gu, NOW)
    assert (found.bands, found.counts) == (["全部逾期"], [5])
    assert load.overdue(home.gu, NOW, band=0, department="").count() == 5


@pytest.mark.parametrize(
    "pack", ["centrifuge", "instruments", "machinery", "general", "automation"]
)
def test_each_shipped_regulation_says_its_bands_and_under_which_clause(pack):
    found = read_files(shipped(pack)).parameters["overdue.bands"]
    assert list(found.value) == sorted(set(found.value)) and found.clause


def test_the_pages_open_and_ask_as_often_whatever_the_number(home, django_assert_max_num_queries):
    page = Client()
    page.force_login(home.gu)
    assert "没有逾期的义务" in page.get("/compliance/overdue/").content.decode()
    assert "往后 12 周没有到期的义务" in page.get("/compliance/load/").content.decode()
    row(home, due_at=NOW - timedelta(days=3))
    row(home, due_at=NOW + timedelta(days=3))
    page.get("/compliance/load/")
    with django_assert_max_num_queries(40) as first:
        page.get("/compliance/overdue/?band=0&who=general_manager")
        page.get("/compliance/load/")
    for n in range(15):
        row(home, due_at=NOW - timedelta(days=n, hours=1), assignee=home.chen, role="analyst")
        row(home, due_at=NOW + timedelta(days=n, hours=1), assignee=home.sun)
    with django_assert_max_num_queries(len(first)):
        page.get("/compliance/overdue/?band=0&who=general_manager")
        assert "孙乐平" in page.get("/compliance/load/").content.decode()
    department = load.forecast(home.gu, NOW).departments[0]
    opened = page.get(f"/compliance/load/{department.link}&week=1").content.decode()
    assert "/obligations/" in opened and 'id="rows"' in opened
    for wrong in ("week=x", "week=13", "week=1&person=9999999999999&who=%00", "week=0&page=99"):
        assert page.get(f"/compliance/load/?{wrong}").status_code == 200
    for wrong in ("band=x", "band=99", "band=9999999999999", "who=x", "page=0"):
        assert page.get(f"/compliance/overdue/?{wrong}").status_code == 200


def test_a_large_department_shows_its_busiest_and_the_rest_when_asked(home):
    people = [make_person("account_manager", name=f"同事{n:02d}") for n in range(8)]
    for n, person in enumerate(people):
        for copy in range(n + 1):
            row(home, due_at=at("2026-03-20 18:00"), assignee=person, occasion=f"{n}/{copy}")
    client = Client()
    client.force_login(home.gu)
    shown = client.get("/compliance/load/").content.decode()
    assert "同事07" in shown and "同事00" not in shown and "另有 3 人" in shown
    department = load.forecast(home.gu, NOW).departments[0].code
    assert "同事00" in client.get(f"/compliance/load/?who={department}").content.decode()
