"""Customers that an import brings while a regulation is in force: their first duties are spread."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.customers.actions import add_customer
from bihuan.apps.customers.ledgers import CUSTOMERS
from bihuan.apps.obligations.explaining import explain
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.replay import again
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.tests.test_going_live import going_live, live, weeks
from bihuan.apps.obligations.ticks import open_scheduled
from bihuan.base.facts.models import Fact
from bihuan.base.ledgers.reading import Sheet
from bihuan.base.ledgers.running import run

pytestmark = pytest.mark.django_db
COME = "2026-07-02 09:00"  # a Thursday, two days into the third quarter
QUARTER = "2026-09-30 17:30"


def bring(home, count, tier="SILVER", *, keep=True, first=0):
    rows = tuple(
        (n + 2, (f"N{first + n:04d}", f"新来客户{first + n:04d}", home.li.staff_no, tier))
        for n in range(count)
    )
    sheet = Sheet("", ("code", "name", "account_manager", "tier"), rows)
    mapping = {name: name for name in sheet.headings}
    now = make.moment(COME)
    report = run(CUSTOMERS, sheet, mapping, keep=keep, only_good=False, by=home.gu, now=now)
    assert not report.wrong, report.errors
    home.hear(now)
    open_scheduled(now)
    return now


def silver():
    return Obligation.objects.filter(rule="silver.callback", occasion="2026-Q3")


def test_what_an_import_brings_is_spread_beside_what_stands_already():
    home = going_live(silver=0, gold=2, per_week=11)
    live(home)
    now = bring(home, 120)  # more than one batch of the import
    load = weeks(assignee=home.li)
    assert silver().count() == 120
    assert max(load.values()) <= 11
    assert all(now <= row.opens_at <= row.due_at for row in silver())
    assert all(row.planned_at < row.due_at for row in silver() if row.planned_at)
    assert len(weeks(rule="silver.callback")) >= 12
    assert again(now).same


def test_the_due_time_of_the_clause_is_kept_shown_and_never_passed():
    home = going_live(silver=0, gold=0, per_week=3)
    live(home)
    now = bring(home, 30)
    rows = list(silver())
    assert {make.shown(row.due_at) for row in rows} == {QUARTER}
    # where the week would end after the clause's due time only the beginning is moved
    assert all(row.planned_at is None or row.planned_at < row.due_at for row in rows)
    moved = next(row for row in rows if row.planned_at)
    lines = {each["label"]: each["text"] for each in explain(moved, now).data["facts"]}
    assert QUARTER in lines["排期"] and make.shown(moved.planned_at) in lines["排期"]


def test_in_the_last_week_of_a_period_only_the_beginning_is_moved():
    home = going_live(silver=12, gold=0, per_week=1)
    live(home)
    rows = Obligation.objects.filter(rule="silver.callback")
    pressed = [row for row in rows if row.opens_at >= make.moment("2026-06-29 00:00")]
    assert pressed
    assert {make.shown(row.due_at) for row in pressed} == {"2026-06-30 17:30"}
    assert all(row.planned_at is None for row in pressed)


def test_a_customer_that_somebody_adds_has_the_limit_of_the_regulation():
    home = going_live(silver=0, gold=0, per_week=3)
    live(home)
    now = make.moment(COME)
    add_customer(by=home.gu, now=now, name="单独来的客户", tier="SILVER", account_manager=home.li)
    home.hear(now)
    row = silver().get()
    assert (make.shown(row.due_at), row.planned_at) == (QUARTER, None)


def test_a_check_of_an_import_leaves_nothing_and_the_next_period_is_as_the_regulation_says():
    home = going_live(silver=0, gold=0, per_week=10)
    live(home)
    bring(home, 30, keep=False)
    assert not silver().exists()
    assert not Fact.objects.filter(kind="customer.added", at=make.moment(COME)).exists()
    bring(home, 30)
    assert len(weeks(rule="silver.callback")) > 1
    fourth = live(home, "2026-10-01 00:00")
    assert fourth - make.moment(COME) > timedelta(days=90)
    later = Obligation.objects.filter(rule="silver.callback", occasion="2026-Q4")
    assert later.count() == 30
    assert all(row.planned_at is None for row in later)
    assert len({row.due_at for row in later}) == 1
