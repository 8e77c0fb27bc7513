"""What cannot be done yet holds up nothing behind it, and nobody waits for what he need not."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.monitoring.actions import (
    assessing,
    commanding,
    days,
    delivering,
    duties,
    silence,
    watching,
)
from bihuan.apps.monitoring.actions.consents import record
from bihuan.apps.monitoring.enums import Agreed, CommandState, Told
from bihuan.apps.monitoring.models import (
    Alarm,
    Baseline,
    Checkpoint,
    Command,
    Condition,
    DayDue,
    Latest,
    Layout,
    MachineDay,
)
from bihuan.apps.monitoring.store.keeping import keep
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.commanding import approved, proposed, reads, ready, said
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.apps.monitoring.tests.days import DAY, START, connected, folded, report
from bihuan.apps.monitoring.tests.living import HOUR, lived, packed, packed_until, park
from bihuan.apps.monitoring.tests.living import START as BEGUN
from bihuan.apps.obligations.enums import REMOTE_APPROVAL, State
from bihuan.apps.obligations.models import Obligation
from bihuan.base import clock
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person

SOON = NOON + timedelta(seconds=10)


@pytest.mark.django_db
def test_machines_without_packed_hours_keep_no_later_one_from_being_learnt(monkeypatch):
    monkeypatch.setattr(watching, "AT_ONCE", 1)
    silent, fresh, worker = park(3, "LARGE")
    packed(lived("centrifuge", 2, ((),)), {0: worker})
    layout = Layout.objects.get()
    for each, at in ((silent, BEGUN - timedelta(days=100)), (fresh, BEGUN + timedelta(days=2))):
        Latest.objects.create(device=each, layout=layout, at=at, received_at=at, values=[])
    Latest.objects.filter(device=worker).update(at=BEGUN + timedelta(days=2))
    packed_until(BEGUN + timedelta(days=2), BEGUN)
    watching.watch(BEGUN + timedelta(days=2) + HOUR)
    assert list(Baseline.objects.values_list("asset", flat=True)) == [worker.asset_id]


@pytest.mark.django_db
def test_machines_that_cannot_be_assessed_keep_no_other_from_it(monkeypatch):
    monkeypatch.setattr(days, "AT_ONCE", 1)
    now, found = folded(connected())
    other = factories.condition(machine(found.asset.customer, "BROKEN"), now - timedelta(days=9))
    MachineDay.objects.filter(asset=other.asset).update(template="nobody")
    later = now + timedelta(days=2)
    for _ in range(2):
        days.keep_days(later)
    assert Condition.objects.get(pk=found.pk).at == later
    assert Condition.objects.get(pk=other.pk).at == other.at, "it says when it was assessed"


@pytest.mark.django_db
def test_machines_whose_owner_refuses_data_keep_no_silent_one_from_notice(monkeypatch):
    monkeypatch.setattr(silence, "AT_ONCE", 1)
    Checkpoint.objects.all().delete()
    now, by = clock.now(), make_person("technical_head")
    layout = Layout.objects.create(template="centrifuge", points=["SPEED"])
    refusing, silent, third = (factories.device(now=now)[0] for _ in range(3))
    for each in (refusing, silent, third):
        Latest.objects.create(device=each, layout=layout, at=now, received_at=now, values=[4000.0])
    record(
        asset=refusing.asset, what=Agreed.DATA, given=False, person="王厂长", told=Told.LETTER, evidence="函 7", said_at=now,
        by=by, now=now,
    )  # fmt: skip
    assert silence.watch(now + timedelta(hours=1)) == 1
    assert Alarm.objects.get().asset == silent.asset
    assert silence.watch(now + timedelta(hours=1)) == 1
    assert silence.watch(now + timedelta(hours=1)) == 0


@pytest.mark.django_db
def test_duties_that_still_wait_keep_no_other_from_being_settled(house, monkeypatch):
    monkeypatch.setattr(duties, "AT_ONCE", 1)
    home = ready(house, NOON, monkeypatch)
    gone = proposed(home, NOON)
    drain(NOON)
    commanding.cancel(command=gone, why="客户改主意", by=home.remote, now=SOON)
    waits = proposed(home, SOON)
    drain(SOON)
    first, second = Obligation.objects.filter(kind=REMOTE_APPROVAL).order_by("pk")
    swapped = {first.pk: waits, second.pk: gone}
    for pk, command in swapped.items():  # the one that still waits stands in front
        Obligation.objects.filter(pk=pk).update(match={"command": command.number})
    assert (duties.settle(SOON), duties.settle(SOON)) == (1, 0)
    for pk, state in ((first.pk, State.OPEN), (second.pk, State.VOID)):
        assert Obligation.objects.get(pk=pk).state == state


@pytest.mark.django_db
def test_a_command_whose_outcome_nobody_knows_keeps_no_other_from_being_read_back(
    house, monkeypatch
):
    monkeypatch.setattr(delivering, "AT_ONCE", 1, raising=False)
    home = ready(house, NOON, monkeypatch)
    mute, _key = factories.device(asset=machine(house.customer, "MUTE"), now=NOON)
    stuck = factories.change(
        mute.asset, mute, NOON, state=CommandState.UNKNOWN, expires_at=NOON, sequence=1
    )
    owed = factories.change(
        mute.asset,
        mute,
        NOON,
        state=CommandState.FAILED,
        return_due_at=NOON,
        number="TC-1",
        sequence=2,
    )
    command = approved(home, NOON)
    delivering.to_send(NOON)
    for word in ("accepted", "done"):
        body = said(home, command.sequence, word, SOON, v=6.0)
        delivering.answered(home.device.code, body, SOON)
    reads(home, SOON + timedelta(seconds=5), SET_TEMP=6.0)
    delivering.watch(SOON + timedelta(seconds=5))
    command.refresh_from_db()
    assert command.state == CommandState.READ_BACK
    after = SOON + timedelta(hours=1)
    reads(home, after, SET_TEMP=6.0)
    delivering.watch(after)
    assert command.returnings.exists()
    assert {row.state for row in Command.objects.filter(pk__in=[stuck.pk, owed.pk])} == {
        "UNKNOWN", "FAILED",
    }  # fmt: skip


def elsewhere(work):
    """In a thread, on a connection of its own; to be awaited with `.result()`."""

    def done():
        try:
            return work()
        finally:
            connection.close()

    return ThreadPoolExecutor(1).submit(done)


@pytest.mark.django_db(transaction=True)
def test_an_alarm_begins_while_its_machine_is_assessed():
    asset = connected().asset

    def begins():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        return factories.alarm(asset, clock.now()).pk

    with transaction.atomic():
        assessing.assess([asset.pk], clock.now())
        begun = elsewhere(begins).result()
    assert Alarm.objects.get().pk == begun


@pytest.mark.django_db(transaction=True)
def test_days_are_there_and_packing_goes_on_while_an_assessment_waits():
    device = connected()
    with transaction.atomic():
        report(device, START, 4)
    now = START + timedelta(hours=20)
    keep(now)
    assert DayDue.objects.filter(day=DAY).exists()
    with transaction.atomic():
        Asset.objects.select_for_update(no_key=True).get(pk=device.asset_id)  # somebody works at it
        work = elsewhere(lambda: days.keep_days(now))
        until = time.monotonic() + 20
        while not MachineDay.objects.filter(asset=device.asset, day=DAY).exists():
            assert time.monotonic() < until and not work.done()
            time.sleep(0.05)
        assert not DayDue.objects.filter(day=DAY).exists()
        assert not Condition.objects.exists()
    assert work.result() == 1
    assert Condition.objects.get().asset == device.asset


@pytest.mark.django_db
def test_duties_that_a_program_carries_out_are_found_in_their_own_index():
    asked: list[tuple[str, Any]] = []

    def listen(execute, sql, params, many, context):
        if "obligations_obligation" in sql:
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        duties.settle(SOON)
    ((statement, values),) = asked
    assert "'remote.approve'" in statement  # a plan for any values knows it
    assert "remote.approve" not in values
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "ob_live_remote" in plan
