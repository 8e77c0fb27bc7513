"""A test rig is watched sample by sample, for as long as anybody may watch it."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from bihuan.apps.assets.tests.factories import machine, model
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring import catalogue
from bihuan.apps.monitoring.actions.consents import record
from bihuan.apps.monitoring.actions.devices import register, revoke
from bihuan.apps.monitoring.actions.quick import watch_samples
from bihuan.apps.monitoring.actions.templates import put_in_force
from bihuan.apps.monitoring.catalogue import as_shipped
from bihuan.apps.monitoring.enums import Agreed, Told
from bihuan.apps.monitoring.models import Alarm, Baseline, Latest, Layout
from bihuan.apps.monitoring.store import writing
from bihuan.apps.monitoring.tests import factories
from bihuan.base import clock
from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db(transaction=True)
POINTS = [point.code for point in as_shipped()["rig"].points]
USUAL = {
    "VIBRATION_1": 0.03, "VIBRATION_2": 0.04, "CURRENT": 1.3, "PRESSURE": 0.4, "MOTOR_TEMP": 70.0, "FLUID_TEMP": 75.0,
    "VOLTAGE": 230.0, "FLOW": 32.0,
}  # fmt: skip


class Rig:
    def __init__(self) -> None:
        factories.no_samples()
        asset = machine(customer(), "RIG-1", model=model("HY-RIG", family="RIG"))
        self.device, _key = register(asset=asset, by=None, now=clock.now())
        self.at = float(int(clock.now().timestamp() - 1800))
        self.noise = np.random.default_rng(1)

    def runs(self, seconds: int, **values: float) -> int:
        """Samples of so many seconds, judged; returns how many alarms began."""
        level = np.array([(USUAL | values)[code] for code in POINTS])
        rows = level * (1 + 0.02 * self.noise.standard_normal((seconds, len(POINTS))))
        ts = np.arange(self.at, self.at + seconds)
        self.at += seconds
        layout, _new = Layout.objects.get_or_create(template="rig", points=POINTS)
        writing.make_days(ts)
        ids = np.full(seconds, self.device.pk)
        same = np.full(seconds, layout.pk)
        factories.add_samples(ids, ts, ts, same, rows, fresh=np.ones(seconds, bool))
        end = datetime.fromtimestamp(ts[-1], UTC)
        Latest.objects.update_or_create(
            device=self.device,
            defaults={"layout": layout, "at": end, "received_at": end, "values": rows[-1].tolist()},
        )
        return self.judged()

    def judged(self) -> int:
        begun = 0
        while True:  # a tick learns, the next one judges
            before = list(Baseline.objects.values_list("memory", flat=True))
            begun += watch_samples(clock.now())
            if before == list(Baseline.objects.values_list("memory", flat=True)):
                return begun

    def says(self, *, given: bool) -> None:
        now = clock.now()
        record(
            asset=self.device.asset, what=Agreed.DATA, given=given, person="王厂长", told=Told.LETTER, evidence="函",
            said_at=now, by=make_person("technical_head"), now=now,
        )  # fmt: skip


@pytest.fixture
def rig(transactional_db) -> Rig:
    found = Rig()
    assert found.runs(600) == 0
    assert Baseline.objects.get().learned
    return found


def test_what_still_stands_when_the_customer_agrees_again_is_raised_again(rig):
    assert rig.runs(120, FLOW=20.0) == 1
    rig.says(given=False)
    assert not Alarm.objects.filter(cleared_at=None).exists()
    rig.says(given=True)
    rig.runs(120, FLOW=20.0)
    assert Alarm.objects.filter(cleared_at=None).count() == 1


def test_a_machine_whose_data_its_customer_refuses_raises_nothing(rig):
    rig.says(given=False)
    assert rig.runs(120, FLOW=20.0) == 0, "what a batch on its way still stored"
    assert not Alarm.objects.exists()
    rig.says(given=True)
    assert rig.runs(60, FLOW=20.0) == 1


def test_a_machine_without_credentials_raises_nothing_and_goes_on_with_new_ones(rig):
    revoke(device=rig.device, why="设备退租", by=None, now=clock.now())
    assert rig.runs(120, FLOW=20.0) == 0
    assert not Alarm.objects.exists()
    before = rig.device
    rig.device, _key = register(asset=before.asset, by=None, now=clock.now())
    assert rig.runs(60, FLOW=20.0) == 1
    assert Alarm.objects.get().device == rig.device, "what the old one said is told of the machine"


@pytest.fixture
def own_templates():
    catalogue.forget()
    yield
    catalogue.rest_on_shipped()


def test_a_version_that_looks_at_other_points_learns_anew(rig, own_templates):
    text = catalogue.shipped()["rig"].replace("version: 1", "version: 2", 1)
    text = text.replace("VOLTAGE, FLOW], states", "FLOW], states")
    put_in_force(text=text, instead_of=1, why="电压不看了", by=None, now=clock.now())
    rig.runs(100)
    assert Baseline.objects.get().learned == {}
    assert rig.runs(450) == 0
    assert rig.runs(120, FLOW=20.0) == 1
    channels = Baseline.objects.get().learned["drift.quick"]["baseline"]["channels"]
    assert "VOLTAGE" not in [each["name"] for each in channels]
