"""Every second week: told on its Mondays only, whenever the clock looks; done in either week."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.obligations import replay
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.tests.test_trial import differences, tried
from bihuan.apps.obligations.ticks import open_scheduled, periods
from bihuan.apps.policy import actions as policy
from bihuan.base.facts.models import Fact
from bihuan.lib.policy.model import PERIOD_FACT

pytestmark = pytest.mark.django_db(transaction=True)
MONTHLY = "every: month\n    of: customer\n    for: {tiers: [GOLD]}"
FORTNIGHTLY = {MONTHLY: MONTHLY.replace("month", "2 weeks from 2026-01-05", 1)}


def lived(step: timedelta, until: str):
    """The clock looks so often, from the middle of a run on."""
    home = make.house("2026-01-07 10:00", **FORTNIGHTLY)
    gold = make.customer(home)
    now = home.start
    while now < make.moment(until):
        periods(now)
        home.hear(now)
        open_scheduled(now)
        now = min(now + step, make.moment(until))
    periods(now)
    home.hear(now)
    open_scheduled(now)
    return home, gold


def calls() -> list[tuple[str, str]]:
    rows = Obligation.objects.filter(rule="gold.callback").order_by("due_at")
    return [(row.occasion, make.shown(row.due_at)) for row in rows]


@pytest.mark.parametrize("step", [timedelta(hours=7), timedelta(days=5), timedelta(days=60)])
def test_the_runs_do_not_depend_on_when_the_clock_looks(step):
    _, gold = lived(step, "2026-02-17 09:00")
    assert calls() == [
        ("2026-W02~2026-W03", "2026-01-16 17:30"), ("2026-W04~2026-W05", "2026-01-30 17:30"),
        ("2026-W06~2026-W07", "2026-02-14 17:30"), ("2026-W08~2026-W09", "2026-02-28 17:30"),
    ]  # fmt: skip
    told = Fact.objects.filter(kind=PERIOD_FACT, customer_id=gold.pk).order_by("at")
    assert [make.shown(fact.at) for fact in told] == [
        "2026-01-07 10:00", "2026-01-19 00:00", "2026-02-02 00:00", "2026-02-16 00:00",
    ]  # fmt: skip


def test_a_call_in_the_second_week_discharges_the_run_and_no_other():
    home, gold = lived(timedelta(days=1), "2026-02-10 09:00")
    home.told(
        "callback.done", "2026-01-29 15:00", now=make.moment("2026-02-10 09:00"),
        subjects={"customer": gold.pk}, callback="H1", kind="ROUTINE", channel="PHONE",
    )  # fmt: skip
    states = dict(Obligation.objects.filter(rule="gold.callback").values_list("occasion", "state"))
    assert states == {
        "2026-W02~2026-W03": "OPEN", "2026-W04~2026-W05": "DISCHARGED", "2026-W06~2026-W07": "OPEN",
    }  # fmt: skip
    until = make.moment("2026-02-10 09:00:01")
    assert replay.again(until).same
    assert differences(tried(None, until), replay.picture()) == []


def test_a_draft_of_every_second_week_is_tried_with_mondays_that_nobody_told():
    home = make.house("2026-01-01 00:00")
    gold = make.customer(home)
    until = make.moment("2026-02-10 09:00")
    draft = policy.draft(files=make.files("2", FORTNIGHTLY), by=None, now=until)
    rows = [row for row in tried(draft, until).values() if row.rule == "gold.callback"]
    assert {(row.customer_id, row.occasion) for row in rows} == {
        (gold.pk, "2026-W02~2026-W03"), (gold.pk, "2026-W04~2026-W05"), (gold.pk, "2026-W06~2026-W07"),
    }  # fmt: skip
