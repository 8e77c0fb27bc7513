"""Customers that an import brings while a regulation is in force: their first duties are spread."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.customers.actions import add_customer
from bihuan.apps.customers.ledgers import CUSTOMERS
from bihuan.apps.obligations.explaining import explain
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.nightly import differing
from bihuan.apps.obligations.rehearsal import figures
from bihuan.apps.obligations.replay import again, picture
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.tests.test_going_live import going_live, live, weeks
from bihuan.apps.obligations.tests.test_trial import differences, tried
from bihuan.apps.obligations.ticks import fall_due, open_scheduled
from bihuan.apps.people.models import Capacity
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


FIRST = {
    "rules:\n  - id: fault.urgent.phone": """rules:
  - id: first.rating
    clause: T-2
    title: {zh: 新客户首次评级, en: Rate a new customer}
    when: customer.added
    must: tier.review
    within: 5wd
    by: analyst
    done: {fact: tier.reviewed}
    proved: [system_event]
  - id: fault.urgent.phone""",
    "parameters:\n": """parameters:
  arrivals.within: {value: 3mo, clause: T-2, title: {zh: 分摊, en: Spread over}}
""",
}


def unrated(count, *, per_week, swap=FIRST):
    """Customers without a tier come in by an import; the analyst rates so many in a week."""
    home = going_live(silver=0, gold=0, per_week=11, swap=swap)
    if per_week:
        Capacity.objects.create(user=home.wang, per_week=per_week)
    live(home)
    return home, bring(home, count, tier="")


def ratings(**where):
    return Obligation.objects.filter(rule="first.rating", **where)


def test_first_ratings_of_an_import_begin_in_a_week_of_their_own_and_are_in_time_from_there():
    home, now = unrated(110, per_week=10)
    load = weeks(rule="first.rating")
    assert sum(load.values()) == 110
    assert max(load.values()) <= 10
    assert 0 < ratings(state="OPEN").count() <= 10
    last = ratings().order_by("-opens_at", "pk").first()
    assert last.opens_at == last.anchor_at > last.cause_at == now
    monday = make.shown(last.opens_at)
    after = last.due_at - last.opens_at
    assert monday.endswith(" 00:00")
    assert timedelta(days=5) < after < timedelta(days=15)  # five working days of its own
    assert monday in str(explain(last, now).data["facts"])
    later = now + timedelta(days=14)
    open_scheduled(later)
    fall_due(later)
    fell = ratings(fell_due_at__isnull=False)
    assert 0 < fell.count() <= 20  # only what had begun by then
    assert fell.count() == ratings(due_at__lte=later).count()
    home.told(
        "tier.reviewed", later, subjects={"customer": last.customer_id}, review="2026-H2",
        proposed="SILVER", moved=False,
    )  # fmt: skip
    last.refresh_from_db()
    assert (last.state, last.late) == ("DISCHARGED", False)  # one review rates whoever waits
    assert differing(list(ratings())) == []
    assert again(later).same
    assert differences(tried(None, later + timedelta(seconds=1)), picture()) == []


def test_more_ratings_than_anybody_can_do_are_named_and_none_is_late_before_its_week():
    home, now = unrated(110, per_week=4)
    load = weeks(rule="first.rating")
    assert sum(load.values()) == 110
    assert max(load.values()) - min(load.values()) <= 6
    shown = figures(now, 12, make.ZONE)
    named = sum(each.excess for week in shown.weeks for each in week.loads if each.who == home.wang.pk)  # fmt: skip
    assert named > 0
    assert not ratings(due_at__lte=now).exists()


def test_without_a_figure_or_a_time_in_the_regulation_ratings_begin_at_once():
    _home, now = unrated(12, per_week=None)
    assert {row.opens_at for row in ratings()} == {now}


def test_a_regulation_that_gives_no_time_for_arrivals_spreads_no_ratings():
    silent = {old: new for old, new in FIRST.items() if "arrivals" not in new}
    _home, now = unrated(12, per_week=3, swap=silent)
    assert {row.opens_at for row in ratings()} == {now}


def test_a_customer_that_somebody_adds_is_rated_within_the_limit_of_the_regulation():
    home = going_live(silver=0, gold=0, per_week=11, swap=FIRST)
    Capacity.objects.create(user=home.wang, per_week=1)
    live(home)
    now = make.moment(COME)
    for n in range(5):
        add_customer(by=home.gu, now=now, name=f"单独来的客户{n}", account_manager=home.li)
    home.hear(now)
    assert {make.shown(row.due_at) for row in ratings()} == {"2026-07-09 17:30"}
