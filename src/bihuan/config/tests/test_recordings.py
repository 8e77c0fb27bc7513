"""A rig's recordings replayed through the real pipe: the labelled fault is one alarm, a quiet start none."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection

from bihuan.apps.assets.tests.factories import machine, model
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring.actions.devices import register
from bihuan.apps.monitoring.catalogue import as_shipped
from bihuan.apps.monitoring.models import Alarm, Baseline, Device, Refused
from bihuan.apps.monitoring.tests.servers import empty, ingest, server, wait
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.config.devices import recordings as rig
from bihuan.config.devices.line import Address
from bihuan.config.words import Halt

SHARED = Path(os.environ.get("BIHUAN_SHARED", Path(__file__).resolve().parents[5] / "shared"))
DATA = SHARED / "data/skab"
RIG = as_shipped()["rig"]
SPEED = 1000.0
HEAD = "datetime;Accelerometer1RMS;Volume Flow RateRMS;anomaly;changepoint\n"


@pytest.mark.skipif(not DATA.exists(), reason="the recordings of the rig are not here")
@pytest.mark.django_db(transaction=True)
def test_a_labelled_fault_raises_one_alarm_and_a_quiet_start_none(transactional_db):
    faulty = rig.read(DATA / "valve1" / "1.csv")
    quiet = rig.read(DATA / "anomaly-free" / "anomaly-free.csv")
    quiet = replace(quiet, rows=[row for row in quiet.rows if row[0] < 1200])
    of, owner = model("HY-RIG", family="RIG"), customer()
    assets = [machine(owner, serial, model=of) for serial in ("RIG-1", "RIG-2")]
    keys = [register(asset=asset, by=None, now=clock.now()) for asset in assets]
    starts = [rig.begins(each, SPEED, time.time(), None) for each in (faulty, quiet)]

    async def both(port):
        await asyncio.gather(*(
            rig.replay(
                each, rig.places(each, RIG), Address("127.0.0.1", port), device.code, key, speed=SPEED, start=start
            )
            for each, (device, key), start in zip((faulty, quiet), keys, starts, strict=True)
        ))  # fmt: skip

    def judged():
        upto = {
            row.pk: row.memory.get("drift.quick", {}).get("upto", 0)
            for row in Baseline.objects.all()
        }
        return all(
            upto.get(asset.pk, 0) >= start + each.lasts - 0.01
            for asset, start, each in zip(assets, starts, (faulty, quiet), strict=True)
        )  # fmt: skip

    with server() as bus:
        empty(bus)
        with ingest():
            asyncio.run(both(bus.place.mqtt_port))
            with connection.cursor() as cursor:
                cursor.execute("SELECT device_id, count(*) FROM monitoring_hot GROUP BY 1")
                stored = dict(cursor.fetchall())
            wait(judged)
    assert stored == {keys[0][0].pk: len(faulty.rows), keys[1][0].pk: len(quiet.rows)}
    assert not Refused.objects.exists()
    found = Alarm.objects.get()
    assert (found.asset, found.kind, found.point, found.times) == (assets[0], "DRIFT", "FLOW", 1)
    at = found.raised_at.timestamp() - starts[0]
    assert faulty.fault < at < faulty.fault + 180
    assert found.evidence[0]["value"] < found.evidence[0]["limit"] < found.evidence[0]["usual"]
    causes = found.diagnosis["causes"]
    assert {each["code"] for each in causes[:2]} == {"OUTLET_VALVE", "INLET_VALVE"}
    assert "流量比试验开始时小" in [each["zh"] for each in causes[0]["for"]]
    told = Fact.objects.filter(kind="alarm.raised")
    assert [fact.data["fact"]["alarm"] for fact in told] == [found.number]


def test_every_column_of_the_rig_has_a_point_and_a_pump_takes_what_has_its_units():
    row = (0.0, *[1.0] * len(rig.COLUMNS))
    whole = rig.Recording("valve1/1", tuple(rig.COLUMNS), [row], None)
    assert set(rig.places(whole, RIG)) == set(RIG.places)
    assert set(rig.places(whole, as_shipped()["pump"])) == {"CURRENT", "MOTOR_TEMP", "FLUID_TEMP", "FLOW"}  # fmt: skip
    assert not rig.places(whole, as_shipped()["excavator"])


@pytest.mark.parametrize(("speed", "last"), [(1, None), (20, None), (1000, None), (20, 999_950.0)])
def test_no_row_is_of_a_time_to_come_or_before_what_was_said(speed, last):
    whole = rig.Recording("a", ("Current",), [(0.0, 1.0), (1200.0, 1.0)], None)
    now = 1_000_000.0
    start = rig.begins(whole, speed, now, last)
    assert last is None or start > last
    if last is None:
        assert start + whole.lasts == pytest.approx(now + whole.lasts / speed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "认得的测量列"), ("a;b\n1;2\n", "第 2 行"), (HEAD, "认得的测量列"),
        (HEAD + "2020-03-09 10:00:00;0.1;32;0;0\n2020-03-09 10:00:00;0.1;32;0;0\n", "第 3 行"),
        (HEAD + "2020-03-09 10:00:00;x;32;0;0\n", "第 2 行"), (HEAD + "2020-03-09 10:00:00;0.1\n", "第 2 行"),
    ],
)  # fmt: skip
def test_a_recording_that_is_not_understood_is_refused_with_its_line(tmp_path, text, said):
    path = tmp_path / "one.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(Halt) as caught:
        rig.recordings(path)
    assert said in caught.value.zh
    with pytest.raises(Halt):
        rig.recordings(tmp_path / "none.csv")


@pytest.mark.django_db
def test_a_machine_for_which_another_device_reports_is_left_alone(tmp_path):
    asset = machine(customer(), "RIG-3", model=model("HY-RIG", family="RIG"))
    first = rig.credentials(asset, tmp_path / "kept.json", clock.now())
    assert rig.credentials(asset, tmp_path / "kept.json", clock.now()) == first
    own, _key = register(asset=asset, by=None, now=clock.now())
    with pytest.raises(Halt, match="Another device"):
        rig.credentials(asset, tmp_path / "kept.json", clock.now())
    assert Device.objects.get(asset=asset, revoked_at=None) == own
