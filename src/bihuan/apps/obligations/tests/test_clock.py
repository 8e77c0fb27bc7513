"""What the clock writes: once each, whatever how often it beats or how long it stood still."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.obligations import actions, ticks, wellness
from bihuan.apps.obligations.acts import Proof
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Escalation, Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.ticks import escalate, fall_due, open_scheduled, periods
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice

pytestmark = pytest.mark.django_db


def test_fell_due_is_told_once_at_its_true_time():
    home = make.house()
    gold = make.customer(home)
    home.told(
        "fault.reported",
        "2026-03-09 09:00",
        subjects={"asset": 7, "customer": gold.pk},
        ticket="T1",
        severity="URGENT",
    )
    assert fall_due(make.moment("2026-03-09 13:00")) == 0
    later = make.moment("2026-03-09 20:00")
    assert fall_due(later) == 1
    assert fall_due(later) == 0
    told = Fact.objects.get(kind="obligation.fell_due")
    assert make.shown(told.at) == "2026-03-09 13:00"
    assert told.customer_id == gold.pk


def test_nobody_calls_back_within_fifteen_minutes_and_the_desk_lead_is_told():
    home = make.house()
    gold = make.customer(home)
    home.told(
        "ticket.dispatched",
        "2026-03-09 14:00",
        subjects={"asset": 7, "customer": gold.pk},
        ticket="T1",
    )
    assert escalate(make.moment("2026-03-09 14:14")) == 0
    escalate(make.moment("2026-03-09 14:15"))
    step = Escalation.objects.get()
    assert (step.told, make.shown(step.planned_at)) == (home.zhou, "2026-03-09 14:15")
    escalate(make.moment("2026-03-09 15:00"))
    assert Escalation.objects.count() == 1
    assert Notice.objects.filter(to=home.zhou).count() == 1


def test_an_order_open_for_48_hours_asks_for_its_cause_and_is_not_closed_by_itself():
    home = make.house()
    gold = make.customer(home)
    home.told(
        "ticket.dispatched",
        "2026-03-09 14:00",
        subjects={"asset": 7, "customer": gold.pk},
        ticket="T1",
    )
    row = make.one(rule="order.investigate")
    assert row.state == State.SCHEDULED
    open_scheduled(make.moment("2026-03-11 13:59"))
    assert make.one(rule="order.investigate").state == State.SCHEDULED
    open_scheduled(make.moment("2026-03-11 14:00"))
    row = make.one(rule="order.investigate")
    assert (row.state, row.assignee) == (State.OPEN, home.zhou)
    fall_due(make.moment("2026-03-20 14:00"))
    assert make.one(rule="order.investigate").state == State.OPEN
    actions.discharge(
        obligation_ids=[row.pk],
        by=home.zhou,
        now=make.moment("2026-03-20 15:00"),
        at=make.moment("2026-03-20 15:00"),
        evidence=[Proof("record", "等件")],
    )
    assert make.one(rule="order.investigate").late


def test_steps_of_the_ladder_are_taken_once_each_and_caught_up_after_downtime():
    home = make.house()
    gold = make.customer(home)
    home.told(
        "fault.reported",
        "2026-03-09 09:00",
        subjects={"asset": 7, "customer": gold.pk},
        ticket="T1",
        severity="URGENT",
    )
    escalate(make.moment("2026-03-09 12:00"))
    phone = make.one(rule="fault.urgent.phone")
    assert [e.told for e in phone.escalations.all()] == [home.chen]
    escalate(make.moment("2026-03-10 12:00"))
    phone = make.one(rule="fault.urgent.phone")
    assert [e.told for e in phone.escalations.all()] == [home.chen, home.shen, home.gu]
    assert phone.next_step_at is None


def test_a_month_begins_once_for_each_living_customer_also_after_downtime():
    home = make.house()
    golds = [make.customer(home, f"客户{n}") for n in range(3)]
    make.customer(home, "走了的客户", status="LOST")
    late = make.moment("2026-03-12 09:00")
    periods(late)
    told = Fact.objects.filter(kind="period.began").count()
    periods(late)
    assert Fact.objects.filter(kind="period.began").count() == told
    home.hear(late)
    rows = Obligation.objects.filter(rule="gold.callback")
    assert sorted(rows.filter(customer=golds[0]).values_list("occasion", flat=True)) == [
        "2026-01",
        "2026-02",
        "2026-03",
    ]
    assert make.shown(rows.get(customer=golds[0], occasion="2026-02").due_at) == "2026-02-28 17:30"
    assert rows.values("customer").distinct().count() == 3
    make.customer(home, "三月里来的客户")
    periods(make.moment("2026-03-15 09:00"))
    home.hear(late)
    assert rows.values("customer").distinct().count() == 3


def test_a_tier_change_in_mid_period_makes_no_doubles():
    home = make.house()
    who = make.customer(home, tier="SILVER")
    periods(make.moment("2026-01-01 00:01"))
    home.hear(make.moment("2026-01-01 00:01"))
    who.tier = "GOLD"
    who.save()
    home.told(
        "tier.changed",
        "2026-02-05 09:00",
        subjects={"customer": who.pk},
        change="X1",
        before="SILVER",
        after="GOLD",
        up=True,
    )
    live = Obligation.objects.filter(kind="callback.routine").exclude(state=State.VOID)
    # gold is called each month: sooner than silver's quarter ends, so it takes its place
    assert [(row.rule, row.occasion) for row in live] == [("gold.callback", "2026-02")]
    april = make.moment("2026-04-01 00:01")
    periods(april)
    home.hear(april)
    assert ("gold.callback", "2026-04") in {(row.rule, row.occasion) for row in live.all()}
    assert not Obligation.objects.filter(rule="silver.callback", occasion="2026-Q2").exists()


def test_a_new_version_takes_over_from_its_day_and_the_old_duties_stay():
    home = make.house()
    who = make.customer(home, tier="SILVER")
    home.version.in_force_to = make.moment("2026-05-15 00:00")
    home.version.save()
    monthly = make.files(
        "2",
        {
            "every: quarter\n    of: customer\n    for: {tiers: [SILVER]}": "every: month\n    of: customer\n    for: {tiers: [SILVER]}"
        },
    )
    make.put_in_force(monthly, from_at=make.moment("2026-05-15 00:00"))
    for text in (
        "2026-01-01 00:01",
        "2026-04-01 00:01",
        "2026-05-01 00:01",
        "2026-06-01 00:01",
        "2026-07-01 00:01",
    ):
        periods(make.moment(text))
        home.hear(make.moment(text))
    rows = Obligation.objects.filter(rule="silver.callback", customer=who).exclude(state=State.VOID)
    found = {row.occasion: row.pack_version.version for row in rows}
    assert found == {"2026-Q1": "1", "2026-Q2": "1", "2026-07": "2"}


def test_what_fell_due_and_its_steps_are_written_together_once_each(monkeypatch):
    home = make.house()
    gold = make.customer(home)
    for number in range(3):
        home.told(
            "fault.reported",
            "2026-03-09 09:00",
            subjects={"asset": 7, "customer": gold.pk},
            ticket=f"T{number}",
            severity="URGENT",
        )
    monkeypatch.setattr(ticks, "BATCH", 2)
    assert ticks.sweep(make.moment("2026-03-09 09:00")) == 0
    late = make.moment("2026-03-09 20:00")
    open_ = Obligation.objects.open()
    falling = set(open_.filter(due_at__lt=late).values_list("uid", flat=True))
    climbing = open_.filter(next_step_at__lte=late).count()
    assert len(falling) >= 3
    assert climbing >= 3
    ticks.sweep(late)
    after = Fact.objects.order_by("id").values_list("kind", "at", "key")
    assert ticks.sweep(late) == 0
    assert list(Fact.objects.order_by("id").values_list("kind", "at", "key")) == list(after)
    fallen = Obligation.objects.filter(fell_due_at__isnull=False)
    assert {row.uid for row in fallen} == falling
    for row in fallen:
        told = Fact.objects.get(kind="obligation.fell_due", key=f"fell_due:{row.uid}")
        assert told.at == row.fell_due_at == row.due_at
        assert told.customer_id == gold.pk
        assert told.data["customer"]["tier"] == gold.tier
    steps = Escalation.objects.all()
    assert steps.count() == Fact.objects.filter(kind="obligation.escalated").count() >= climbing
    for row in Obligation.objects.all():
        assert row.steps_done == row.escalations.count()
        assert row.next_step_at is None or row.next_step_at > late
    told = {(each.told_id, each.obligation.uid, each.step) for each in steps if each.told_id}
    keys = {(to, key) for to, key in Notice.objects.values_list("to_id", "key")}
    assert {(to, f"escalated:{uid}:{step}") for to, uid, step in told} <= keys


def test_falling_due_alone_takes_no_step_and_a_step_alone_lets_nothing_fall_due():
    home = make.house()
    gold = make.customer(home)
    home.told(
        "fault.reported",
        "2026-03-09 09:00",
        subjects={"asset": 7, "customer": gold.pk},
        ticket="T1",
        severity="URGENT",
    )
    late = make.moment("2026-03-09 20:00")
    assert fall_due(late) > 0
    assert not Escalation.objects.exists()
    Obligation.objects.update(fell_due_at=None)
    assert escalate(late) > 0
    assert not Obligation.objects.filter(fell_due_at__isnull=False).exists()


def _three(home):
    gold = make.customer(home)
    for number in range(3):
        home.told(
            "fault.reported",
            "2026-03-09 09:00",
            subjects={"asset": 7, "customer": gold.pk},
            ticket=f"T{number}",
            severity="URGENT",
        )
    return gold, list(Obligation.objects.filter(rule="fault.urgent.phone").order_by("pk"))


def _written():
    return (
        sorted(Fact.objects.values_list("kind", "key", "at")),
        sorted(Escalation.objects.values_list("obligation", "step", "at")),
        sorted(Notice.objects.values_list("to", "key")),
    )


@pytest.mark.parametrize("size", [500, 2, 1])
@pytest.mark.parametrize(
    ("broken", "falls"), [({"ladder": []}, True), ({"subject_type": '"'}, False)]
)
def test_what_cannot_be_written_holds_nobody_else_up(monkeypatch, caplog, broken, falls, size):
    monkeypatch.setattr(ticks, "BATCH", size)
    home = make.house()
    gold, (bad, *good) = _three(home)
    Obligation.objects.filter(pk=bad.pk).update(**broken)
    late = make.moment("2026-03-09 20:00")
    ticks.sweep(late)
    for row in good:
        row.refresh_from_db()
        assert row.fell_due_at == row.due_at
        assert row.steps_done == row.escalations.count() > 0
        assert Fact.objects.filter(key=f"fell_due:{row.uid}").count() == 1
    bad.refresh_from_db()
    assert (bad.fell_due_at is not None) is falls
    assert Fact.objects.filter(key=f"fell_due:{bad.uid}").count() == falls
    assert (bad.steps_done, bad.escalations.count()) == (0, 0)
    assert f"obligation {bad.pk} is left out" in caplog.text
    _title, wrong = wellness.unswept(late)
    assert f"（YW-{bad.pk:06d}）" in wrong
    before = _written()
    ticks.sweep(late)
    assert _written() == before
    home.told(
        "fault.reported",
        "2026-03-10 09:00",
        subjects={"asset": 7, "customer": gold.pk},
        ticket="T9",
        severity="URGENT",
    )
    ticks.sweep(make.moment("2026-03-10 20:00"))
    row = Obligation.objects.filter(rule="fault.urgent.phone").latest("pk")
    assert row.pk > good[-1].pk
    assert row.fell_due_at == row.due_at
    assert row.escalations.count() == row.steps_done > 0
    Obligation.objects.filter(pk=bad.pk).update(state=State.VOID)
    assert wellness.unswept(make.moment("2026-03-10 20:00"))[1] == ""


def test_what_the_clock_has_not_taken_up_is_named_after_five_minutes():
    home = make.house()
    _gold, (one, *_rest) = _three(home)
    Obligation.objects.exclude(pk=one.pk).delete()
    Obligation.objects.filter(pk=one.pk).update(next_step_at=None)
    assert one.due_at is not None
    for minutes, named in ((4, False), (6, True)):
        _title, wrong = wellness.unswept(one.due_at + timedelta(minutes=minutes))
        assert (f"（YW-{one.pk:06d}）" in wrong) is named
    step = one.due_at - timedelta(hours=1)
    Obligation.objects.filter(pk=one.pk).update(next_step_at=step)
    assert wellness.unswept(step + timedelta(minutes=4))[1] == ""
    assert wellness.unswept(step + timedelta(minutes=6))[1] != ""


def test_what_fails_for_everybody_is_not_tried_with_each(monkeypatch):
    monkeypatch.setattr(ticks, "ALL_BAD", 1)
    home = make.house()
    _three(home)
    Obligation.objects.update(ladder=[])
    before = _written()
    with pytest.raises(IndexError):
        escalate(make.moment("2026-03-09 20:00"))
    assert _written() == before
