"""The board as a head sees it, and what lies behind a cell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client

from bihuan.apps.compliance import queries
from bihuan.apps.compliance.enums import Definition
from bihuan.apps.compliance.queries import Asked
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.base import clock

pytestmark = pytest.mark.django_db
NOW = make.moment("2026-03-20 12:00")
MARCH = date(2026, 3, 1)
URGENT = "fault.urgent.phone"


@pytest.fixture
def home():
    """Six urgent faults of March: kept, kept and verified, late, open and late, waived, void."""
    home = make.house()
    home.gold = make.customer(home)
    for number in range(6):
        home.told(
            "fault.reported", "2026-03-09 09:00", subjects={"asset": 7, "customer": home.gold.pk},
            ticket=f"T{number}", severity="URGENT",
        )  # fmt: skip
    Obligation.objects.exclude(rule=URGENT).delete()
    rows = list(Obligation.objects.filter(rule=URGENT).order_by("pk"))
    assert len(rows) == 6
    due = rows[0].due_at
    kept, verified, late, _open, waived, void = (
        Obligation.objects.filter(pk=row.pk) for row in rows
    )
    kept.update(state=State.DISCHARGED, discharged_at=due, verified_by_rule="CUSTOMER")
    verified.update(
        state=State.VERIFIED, discharged_at=due, verified_at=due, verified_by_rule="CUSTOMER"
    )
    late.update(state=State.DISCHARGED, discharged_at=due + timedelta(seconds=1))
    waived.update(state=State.WAIVED)
    void.update(state=State.VOID)
    home.clause, home.due = rows[0].clause, due
    with clock.set_to(NOW):
        yield home


def tally(home, by=Definition.ON_TIME, person=None, now=NOW, month=MARCH):
    shown = queries.board(person or home.gu, Asked(first=month, by=by), now)
    return shown.total


def test_every_duty_that_fell_due_is_counted_and_silence_is_not_consent(home):
    total = tally(home)
    assert (total.due, total.on_time, total.strict, total.waived) == (4, 2, 1, 1)
    assert total.rate(Definition.ON_TIME) == 0.5
    assert total.rate(Definition.STRICT) == 0.25
    assert total.rate(Definition.WAIVED_TOO) == 0.4


def test_what_is_not_due_yet_is_not_counted_and_the_month_ends_at_midnight(home):
    row = Obligation.objects.filter(state=State.OPEN)
    row.update(due_at=make.moment("2026-03-25 10:00"))
    assert tally(home).due == 3
    row.update(due_at=make.moment("2026-04-01 00:00"))  # 24:00 of March 31
    later = make.moment("2026-04-02 09:00")
    assert tally(home, now=later).due == 4
    assert tally(home, now=later, month=date(2026, 4, 1)).due == 0


def test_behind_a_cell_are_exactly_its_duties(home):
    for by in Definition:
        asked = Asked(first=MARCH, by=by, clause=home.clause)
        found = {}
        for show in ("missed", "kept", "waived"):
            behind = queries.behind(home.gu, replace(asked, show=show), NOW)
            found[show] = behind.rows.count()
            assert found[show] == behind.counts[show]
        total = tally(home, by)
        assert found == {
            "missed": total.due - total.kept(by), "kept": total.kept(by), "waived": 1,
        }  # fmt: skip


def test_somebody_sees_the_figures_of_their_own_reach_only(home):
    other = make.customer(home, "别家", account_manager=home.chen)
    Obligation.objects.filter(state=State.OPEN).update(customer=other, assignee=home.chen)
    assert tally(home).due == 4
    assert tally(home, person=home.li).due == 3


def client(person) -> Client:
    made = Client()
    made.force_login(person)
    return made


def test_the_board_opens_into_the_duty_that_was_missed(home, django_assert_max_num_queries):
    head = client(home.gu)
    page = head.get("/compliance/?month=2026-03").content.decode()
    assert f"clause={home.clause}" in page
    assert "<b>50</b><small>4</small>" in page
    with django_assert_max_num_queries(40) as first:
        cell = head.get(f"/compliance/?month=2026-03&clause={home.clause}").content.decode()
    missed = Obligation.objects.get(state=State.OPEN)
    assert f'href="/obligations/{missed.pk}/"' in cell
    for number in range(12):
        home.told(
            "fault.reported", "2026-03-10 09:00", subjects={"asset": 8, "customer": home.gold.pk},
            ticket=f"N{number}", severity="URGENT",
        )  # fmt: skip
    with django_assert_max_num_queries(len(first)):
        head.get(f"/compliance/?month=2026-03&clause={home.clause}")


@pytest.mark.parametrize(
    "asked",
    [
        "month=x",
        "month=9999-99",
        "as=?",
        "show=1&clause=S9",
        "who=x",
        "clause=%00",
        "month=0001-01",
        "who=%00&clause=a",
    ],
)
def test_a_wrong_address_is_answered_plainly(home, asked):
    assert client(home.gu).get(f"/compliance/?{asked}").status_code == 200


def test_an_empty_month_says_so_and_a_desk_clerk_has_no_board(home):
    empty = client(home.gu).get("/compliance/?month=2025-01").content.decode()
    assert "这个月还没有到期的义务" in empty
    assert client(home.chen).get("/compliance/").status_code == 403
