"""A regulation of a maker of laser cutters, written from the reference alone, in the engine itself.

Its limits hang on the customer's class of city and on the hour of the report, as it prints them.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bihuan.apps.obligations.models import Obligation, RuleFailure
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.policy.models import PackVersion
from bihuan.lib.policy import Vocabulary, check, lint, read, run_cases
from bihuan.lib.workcal import Calendar, china

HERE = Path(__file__).parent / "laser"
FILES = {path.relative_to(HERE).as_posix(): path.read_text("utf-8") for path in HERE.rglob("*.*")}
VOCABULARY = Path(__file__).parents[2] / "src" / "bihuan" / "packs" / "vocabulary"
WORDS = Vocabulary.read({path.name: path.read_text("utf-8") for path in VOCABULARY.iterdir()})

ARRIVAL = {"FIRST": 4, "SECOND": 8, "OTHER": 24}
BANDS = {  # minutes until somebody talks to the customer
    "2026-12-01 08:29": 60,  # before working hours
    "2026-12-01 08:30": 15,
    "2026-12-01 17:29": 15,
    "2026-12-01 17:30": 30,
    "2026-12-01 21:59": 30,
    "2026-12-01 22:00": 60,
    "2026-12-05 10:00": 60,  # a Saturday
    "2026-10-02 10:00": 60,  # a holiday
    "2026-10-10 10:00": 15,  # a Saturday that makes up for one
}
RANKS = {"KEY": 1, "REGULAR": 2}
MONTH = {
    "month": "2026-12", "quarter": "2026-Q4", "half": "2026-H2", "year": "2026", "week_begins": False,
    "month_begins": True, "quarter_begins": False, "half_begins": False, "year_begins": False,
}  # fmt: skip


class Days:
    def __init__(self) -> None:
        self.named = {"cn": china(), "24x7": Calendar.always()}

    def for_(self, name, sections):
        return self.named[name]


@pytest.fixture
def home(db):
    house = make.house()
    begun = make.moment("2026-09-01 00:00")
    PackVersion.objects.update(in_force_to=begun)
    house.version = make.put_in_force(FILES, from_at=begun)
    return house


def customer(home, city_class: str, tier: str = "REGULAR"):
    return make.customer(home, tier=tier, tier_rank=RANKS[tier], city_class=city_class)


def report(home, at: str, who, ticket: str = "T1"):
    home.told(
        "fault.reported", at, subjects={"asset": 1, "customer": who.pk}, ticket=ticket,
        severity="NORMAL",
    )  # fmt: skip
    return {row.rule: row for row in Obligation.objects.all()}


def test_it_takes_force_and_every_case_holds():
    pack = read(FILES, WORDS)
    assert check(pack) == []
    assert lint(pack) == []
    assert [case.name for case in run_cases(pack, Days()) if not case.ok] == []


@pytest.mark.parametrize("city_class", ARRIVAL)
@pytest.mark.parametrize("at", BANDS)
def test_limits_follow_the_class_of_city_and_the_hour(home, city_class, at):
    found = report(home, at, customer(home, city_class))
    assert found.keys() == {"fault.first", "fault.arrive"}
    assert found["fault.first"].due_at == make.moment(at) + timedelta(minutes=BANDS[at])
    assert found["fault.arrive"].due_at == make.moment(at) + timedelta(hours=ARRIVAL[city_class])
    assert not RuleFailure.objects.exists()


def test_without_a_class_of_city_the_arrival_is_a_counted_failure(home):
    found = report(home, "2026-12-01 10:00", customer(home, ""))
    assert found.keys() == {"fault.first"}
    assert RuleFailure.objects.get().rule == "fault.arrive"


def test_key_customers_alone_are_contacted_each_month(home):
    home.told(
        "period.began",
        "2026-12-01 00:00",
        subjects={"customer": customer(home, "FIRST", "KEY").pk},
        **MONTH,
    )
    home.told(
        "period.began",
        "2026-12-01 00:00",
        subjects={"customer": customer(home, "FIRST").pk},
        **MONTH,
    )
    (row,) = Obligation.objects.all()
    assert (row.rule, row.due_at) == ("key.contact", make.moment("2026-12-31 17:30"))
