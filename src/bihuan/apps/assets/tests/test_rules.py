"""Warranty, stages, sets and part life: pure."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.assets.enums import SetState, Status, WarrantyStart
from bihuan.apps.assets.rules import stages
from bihuan.apps.assets.rules.life import life
from bihuan.apps.assets.rules.sets import Member, view
from bihuan.apps.assets.rules.warranty import Agreed, Terms, add_months, warranty

DELIVERED, COMMISSIONED = date(2024, 1, 8), date(2024, 1, 22)


def codes(found):
    return [step.code for step in found.steps]


def test_it_runs_from_commissioning():
    found = warranty(Terms(36), delivered_on=DELIVERED, commissioned_on=COMMISSIONED)
    assert (found.from_on, found.to_on) == (COMMISSIONED, date(2027, 1, 22))
    assert codes(found) == ["FROM_COMMISSIONED", "MODEL_MONTHS"]
    assert found.holds(date(2027, 1, 22))
    assert not found.holds(date(2027, 1, 23))


def test_a_late_commissioning_does_not_prolong_beyond_the_latest_day():
    found = warranty(
        Terms(12, latest_months=15), delivered_on=DELIVERED, commissioned_on=date(2024, 10, 1)
    )
    assert found.to_on == date(2025, 4, 8)
    assert codes(found)[-1] == "LATEST"


def test_before_commissioning_it_runs_from_delivery_to_the_latest_day():
    found = warranty(Terms(12, latest_months=15), delivered_on=DELIVERED, commissioned_on=None)
    assert (found.from_on, found.to_on) == (DELIVERED, date(2025, 4, 8))


@pytest.mark.parametrize(
    "terms", [Terms(12), Terms(12, WarrantyStart.DELIVERED), Terms(12, latest_months=18)]
)
def test_without_a_date_it_has_not_begun(terms):
    found = warranty(terms, delivered_on=None, commissioned_on=None)
    assert (found.from_on, found.to_on, codes(found)) == (None, None, ["NOT_BEGUN"])


def test_months_of_a_contract_replace_the_models_and_cover_until_a_day_prolongs():
    agreed = [Agreed("合同·A", months=24), Agreed("合同·B", until=date(2028, 6, 30))]
    found = warranty(
        Terms(12, latest_months=13),
        delivered_on=DELIVERED,
        commissioned_on=COMMISSIONED,
        agreed=agreed,
    )
    assert found.to_on == date(2028, 6, 30)
    assert codes(found) == ["FROM_COMMISSIONED", "AGREED_MONTHS", "PROLONGED"]


def test_a_resale_without_transfer_cuts_it_off():
    found = warranty(
        Terms(36), delivered_on=DELIVERED, commissioned_on=COMMISSIONED, ended_on=date(2025, 3, 1)
    )
    assert found.to_on == date(2025, 3, 1)


@given(
    st.integers(0, 120),
    st.integers(0, 120),
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    st.integers(0, 400),
)
def test_it_never_ends_before_it_begins(months, latest, delivered, wait):
    from datetime import timedelta

    found = warranty(
        Terms(months, latest_months=latest),
        delivered_on=delivered,
        commissioned_on=delivered + timedelta(days=wait),
        ended_on=delivered,
    )
    assert found.from_on is not None
    assert found.to_on is not None
    if latest == 0 or add_months(delivered, latest) >= found.from_on:
        assert found.to_on >= found.from_on


def test_a_month_without_that_day_ends_on_its_last():
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)


def test_scrapped_is_the_end_and_every_other_stage_has_a_way_on():
    assert stages.following(Status.SCRAPPED) == ()
    assert all(stages.following(each) for each in Status if each != Status.SCRAPPED)
    assert not stages.may_follow(Status.PRODUCED, Status.IN_USE)


def test_zero_trainees_is_an_answer_and_none_is_not():
    given_ = {"checklist": True, "accepted": True, "trainees": 0}
    assert stages.missing(Status.COMMISSIONED, given_) == []
    assert stages.missing(Status.COMMISSIONED, given_ | {"trainees": None, "accepted": False}) == [
        "accepted",
        "trainees",
    ]


def test_one_stopped_member_stops_the_set_and_a_spare_one_does_not():
    running, down = Member(1, "A", Status.IN_USE), Member(2, "B", Status.DOWN)
    assert view([running]).state == SetState.RUNNING
    found = view([running, down])
    assert (found.state, found.because) == (SetState.STOPPED, (down,))
    assert view([running, Member(3, "C", Status.DOWN, spare=True)]).state == SetState.RUNNING
    assert view([running, Member(4, "D", Status.IDLE)]).state == SetState.NOT_READY
    assert view([]).state == SetState.EMPTY


def test_the_nearest_limit_counts():
    found = life(
        cycles=1860,
        cycle_limit=2500,
        installed_on=date(2024, 1, 1),
        expires_on=date(2034, 1, 1),
        day=date(2033, 1, 1),
    )
    assert found is not None
    assert found.by == "DAYS"
    assert life(installed_on=date(2024, 1, 1), day=date(2025, 1, 1)) is None
    over = life(cycles=2600, cycle_limit=2500, installed_on=date(2024, 1, 1), day=date(2025, 1, 1))
    assert over is not None
    assert over.is_over
