"""Somebody comes back from a leave earlier than thought, on its first day or later."""

from __future__ import annotations

from datetime import date

import pytest

from bihuan.apps.obligations.replay import again
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.people.actions import end_leave, take_leave, tell_leaves

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("back", ["2026-03-11 15:00", "2026-03-12 08:00"])
def test_who_is_back_earlier_than_thought_owes_it_again_from_that_day(back):
    home = make.house()
    gold = make.customer(home)
    home.told(
        "demand.received", "2026-03-09 10:00", subjects={"customer": gold.pk}, demand="D1",
        kind="OPTIMISE", source="CALLBACK",
    )  # fmt: skip
    leave = take_leave(
        user=home.li, substitute=home.wu, from_on=date(2026, 3, 11), to_on=date(2026, 3, 20),
        by=home.gu, now=make.moment("2026-03-09 11:00"),
    )  # fmt: skip
    began, now = make.moment("2026-03-11 00:01"), make.moment(back)
    tell_leaves(began)
    home.hear(began)
    row = make.one(rule="demand.proposal")
    assert (row.assignee, row.stands_in_for) == (home.wu, home.li)
    end_leave(leave=leave, by=home.gu, now=now)
    tell_leaves(now)
    home.hear(now)
    row.refresh_from_db()
    assert (row.assignee, row.stands_in_for) == (home.li, None)
    found = again(now)
    assert found.same, found.differing
