"""Slow failures are found weeks before a limit is passed; a healthy fleet raises nothing."""

from __future__ import annotations

import pytest

from bihuan.apps.assets.actions import install_part
from bihuan.apps.monitoring.actions.comparing import compare
from bihuan.apps.monitoring.actions.consents import record
from bihuan.apps.monitoring.actions.devices import let_go_late, revoke
from bihuan.apps.monitoring.actions.limits import set_limit
from bihuan.apps.monitoring.actions.watching import watch
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import Agreed, Told
from bihuan.apps.monitoring.models import Alarm, Baseline, Block, Device, Layout
from bihuan.apps.monitoring.tests.factories import alarm
from bihuan.apps.monitoring.tests.living import DAY, HOUR, START, lived, packed, packed_until, park
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person
from bihuan.lib.simulate import Failure, Kind

pytestmark = pytest.mark.django_db
DAYS, MACHINES, WORN = 44, 4, 3
WEAR = Failure(
    Kind.BEARING_WEAR, begins=(START + 30 * DAY).timestamp(), grows=50 * DAY.total_seconds()
)


FAILURES = tuple((WEAR,) if place == WORN else () for place in range(MACHINES))


def live(first, last):
    """Let days pass: each evening the hours of the day are packed, and judged."""
    for day in range(first, last):
        now = START + (day + 1) * DAY
        packed_until(now, now - DAY)
        while watch(now) or Baseline.objects.filter(upto__lt=now - HOUR).exists():
            pass


def passed(device, point, limit):
    """When a mean of an hour first stood beyond a limit."""
    place = Layout.objects.get().points.index(point)
    rows = Block.objects.filter(device=device).order_by("hour")
    return next((row.hour for row in rows if (row.summary[place][1] or 0) > limit), None)


def test_wear_is_found_long_before_its_limit_and_healthy_machines_raise_nothing():
    fleet = dict(enumerate(park(MACHINES, "LARGE")))
    packed(lived("centrifuge", DAYS, FAILURES), fleet)
    live(0, DAYS)
    worn = fleet[WORN]
    found = Alarm.objects.get()
    assert (found.asset, found.device, found.point) == (worn.asset, worn, "HIGH_BAND")
    assert found.kind in {"DRIFT", "RESIDUAL"} and not found.hushed
    assert START + 30 * DAY < found.raised_at < START + DAYS * DAY
    assert (
        passed(worn, "HIGH_BAND", 2.0) is None or passed(worn, "HIGH_BAND", 2.0) > found.raised_at
    )
    assert found.value > found.limit > found.evidence[0]["usual"]
    assert found.evidence[0]["point"] == "HIGH_BAND" and found.evidence[0]["ratio"] > 1
    first = found.diagnosis["causes"][0]
    assert first["code"] == "BEARING_WEAR", "the diagnosis hears of the drift"
    assert "高频振动比平时大" in [each["zh"] for each in first["for"]]
    told = Fact.objects.filter(kind="alarm.raised")
    assert [fact.data["fact"]["alarm"] for fact in told] == [found.number]

    # The same hours once more: nothing a second time.
    Baseline.objects.update(upto=START + (DAYS - 4) * DAY)
    live(DAYS - 1, DAYS)
    assert Alarm.objects.count() == 1 and told.count() == 1

    # A new bearing is another life: the alarm is over, and the machine learns again.
    moment = START + DAYS * DAY
    install_part(
        asset=worn.asset,
        position="B1",
        name="主轴承",
        installed_on=moment.date(),
        by=None,
        now=moment,
    )
    packed_until(moment + DAY, moment)
    watch(moment + DAY)
    assert not Alarm.objects.filter(cleared_at=None, kind__in=("DRIFT", "RESIDUAL")).exists()
    assert Fact.objects.filter(kind="alarm.cleared", data__fact__alarm=found.number).count() == 1
    row = Baseline.objects.get(asset=worn.asset)
    assert (row.learned, row.from_at) == ({}, moment)
    assert Baseline.objects.get(asset=fleet[0].asset).learned


def test_a_watch_switched_off_for_a_machine_raises_nothing_there():
    (worn,) = park(1, "LARGE")
    packed(lived("centrifuge", DAYS, FAILURES), {WORN: worn})
    for rule in ("drift.own", "drift.explained"):
        set_limit(asset=worn.asset, rule=rule, value=None, why="试验台", by=None, now=START)
    live(0, DAYS)
    assert Baseline.objects.get().learned and not Alarm.objects.exists()


def test_history_that_comes_late_raises_nothing():
    (worn,) = park(1, "LARGE")
    packed(lived("centrifuge", DAYS, FAILURES), {WORN: worn})
    end = START + DAYS * DAY
    packed_until(end, START)
    while Baseline.objects.filter(upto__gte=end - HOUR).count() < 1:
        watch(end + 10 * DAY)
    assert Baseline.objects.get().memory["drift.own"]["since"] and not Alarm.objects.exists()


def away(asset, how, now):
    if how == "revoked":
        revoke(device=Device.objects.get(asset=asset), why="退租", by=None, now=now)
    else:
        record(
            asset=asset, what=Agreed.DATA, given=False, person="王厂长", told=Told.LETTER, evidence="函", said_at=now,
            by=make_person("technical_head"), now=now,
        )  # fmt: skip


@pytest.mark.parametrize("how", ["revoked", "refused"])
def test_a_machine_that_nobody_may_watch_any_more_raises_nothing(how):
    """Its hours that were packed meanwhile neither, and they hold up nobody."""
    (worn,) = park(1, "LARGE")
    packed(lived("centrifuge", DAYS, FAILURES), {WORN: worn})
    live(0, 28)
    away(worn.asset, how, START + 28 * DAY)
    live(28, DAYS)
    assert not Alarm.objects.exists()
    assert Baseline.objects.get().upto == START + DAYS * DAY - HOUR


@pytest.mark.parametrize("how", ["revoked", "refused"])
def test_what_was_raised_all_the_same_is_over_with_the_next_tick(how):
    gone, other = park(2, "LARGE")
    away(gone.asset, how, START)
    stands = alarm(other.asset, START, device=other)
    assert let_go_late(START) == 0
    late = alarm(gone.asset, START, device=gone)  # by a batch on its way
    assert let_go_late(START + HOUR) == 1
    assert let_go_late(START + HOUR) == 0
    assert list(Alarm.objects.filter(cleared_at=None)) == [stands]
    assert [fact.own()["alarm"] for fact in Fact.objects.filter(kind="alarm.cleared")] == [
        late.number
    ]


@pytest.mark.parametrize(("machines", "raised"), [(12, 1), (9, 0)])
@pytest.mark.parametrize("how", ["", "revoked", "refused"])
def test_one_that_lies_apart_from_its_model_is_found_once(machines, raised, how):
    """From a fleet that is large enough, and no sooner than it has stood apart for a day."""
    codes = [point.code for point in templates()["centrifuge"].points]
    hour = START + DAY
    for number, each in enumerate(park(machines, "LARGE")):
        means = [20.0] * len(codes)
        means[codes.index("VIBRATION")] = 4.0 if number == 5 else 1.6 + 0.05 * (number % 4)
        recent = [[hour.timestamp() - 3600 * back, *means] for back in range(10)]
        Baseline.objects.create(
            asset=each.asset, template="centrifuge", from_at=START, upto=hour, recent=recent
        )  # fmt: skip
        if how and number == 5:
            away(each.asset, how, hour)
    raised = 0 if how else raised
    begun = []
    for passed_hours in (0, 1, 25, 26):
        Baseline.objects.update(upto=hour + passed_hours * HOUR)
        begun.append(compare(hour + passed_hours * HOUR, hour + (passed_hours + 1) * HOUR))
    assert begun == [0, 0, raised, 0]
    assert compare(hour + 26 * HOUR, hour + 27 * HOUR) == 0, "an hour is compared once"
    if raised:
        found = Alarm.objects.get()
        assert (found.kind, found.point, found.klass) == ("FLEET", "VIBRATION", "LOW")
        assert found.evidence[0]["usual"] < 1.8 < found.limit < found.value == 4.0
        Baseline.objects.filter(asset=found.asset).update(
            recent=Baseline.objects.exclude(asset=found.asset)[0].recent
        )
        for passed_hours in (27, 52):
            Baseline.objects.update(upto=hour + passed_hours * HOUR)
            compare(hour + passed_hours * HOUR, hour + (passed_hours + 1) * HOUR)
        found.refresh_from_db()
        assert found.cleared_at is not None


@pytest.mark.parametrize(("how", "kind", "anew"), [("ONSITE", "FAULT", True), ("REMOTE", "FAULT", False), ("ONSITE", "TRAINING", False)])  # fmt: skip
def test_a_machine_that_was_worked_on_is_learnt_anew(how, kind, anew):
    (one,) = park(1, "LARGE")
    row = Baseline.objects.create(
        asset=one.asset, template="centrifuge", from_at=START, upto=START + DAY, hours=24
    )  # fmt: skip
    at = START + 2 * DAY
    tell(
        "ticket.resolved", at=at, now=at, by=None, subjects={"asset": one.asset.pk, "customer": one.asset.customer_id},
        data={"ticket": "WX-1", "kind": kind, "how": how}, key="t1",
    )  # fmt: skip
    drain(at)
    packed_until(START + 3 * DAY, START)
    watch(START + 3 * DAY)
    row.refresh_from_db()
    assert (row.from_at == at) is anew and (row.hours == 0) is anew


def test_a_machine_that_cannot_be_judged_holds_up_nobody():
    """What was learnt of it is damaged: its hours are passed over, and the next machine is judged."""
    for each, learned in zip(park(2, "LARGE"), ({"drift.own": {"baseline": {}}}, {}), strict=True):
        Baseline.objects.create(
            asset=each.asset, template="centrifuge", from_at=START, upto=START, learned=learned
        )  # fmt: skip
    packed_until(START + DAY, START)
    watch(START + DAY)
    assert set(Baseline.objects.values_list("upto", flat=True)) == {START + DAY - HOUR}
