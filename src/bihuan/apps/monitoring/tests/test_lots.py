"""A batch that is judged in many lots is taken as one that is judged at once."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.models import Alarm, Latest, Refused
from bihuan.apps.monitoring.pipe import ahead, taking
from bihuan.apps.monitoring.pipe.judging import LOT
from bihuan.apps.monitoring.pipe.reading import Message
from bihuan.apps.monitoring.tests import factories
from bihuan.base import clock
from bihuan.lib.machines import Cause

pytestmark = pytest.mark.django_db(transaction=True)
POINTS = ["SPEED", "SET_SPEED", "BEARING_TEMP"]


def message(seq, device, received, samples, *, number=None):
    rows = [[round(at * 1000), *values] for at, values in samples]
    body = {"b": "b1", "s": number or seq, "f": 1, "p": POINTS, "r": rows}
    return Message(0, seq, device.code, received, json.dumps(body).encode())


def stored(device):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM at)::float8 FROM monitoring_hot WHERE device_id = %s ORDER BY at",
            [device.pk],
        )
        return [at for (at,) in cursor.fetchall()]


def hot(at, degrees):
    return at, [4000.0, 4000.0, degrees]


@pytest.mark.parametrize("lot", [1, 5, LOT])
def test_alarms_and_rows_are_the_same_in_one_lot_and_in_many(taker, monkeypatch, lot):
    monkeypatch.setattr(taking, "LOT", lot)
    (one, _), (two, _) = factories.device(), factories.device()
    when = clock.now()
    now = float(int(when.timestamp()))
    degrees = [50.0, 92.0, 92.0, 93.0, 95.0, 94.0, *[50.0] * 12]
    messages = [
        message(
            2 * place + number + 1,
            device,
            now,
            [hot(now - 540 + 30 * place + 10 * part, value) for part in range(3)],
            number=place + 1,
        )
        for place, value in enumerate(degrees)
        for number, device in enumerate((one, two))
    ]
    taken = taker.take(messages, when)
    assert taken.acks == {one.code: ("b1", 18), two.code: ("b1", 18)}
    for device in (one, two):
        assert stored(device) == [now - 540 + 10 * part for part in range(54)]
        row = Alarm.objects.get(device=device, rule="bearing.danger")
        assert (row.since.timestamp(), row.peak, row.times) == (now - 510, 95.0, 1)
        assert row.cleared_at is not None
    assert not Refused.objects.exists()


@pytest.mark.parametrize("lot", [1, LOT])
def test_what_a_device_catches_up_on_and_says_again_is_there_once(taker, monkeypatch, caplog, lot):
    monkeypatch.setattr(taking, "LOT", lot)
    device, _ = factories.device()
    when = clock.now()
    now = float(int(when.timestamp()))
    late = 2 * figures.number("late_s", when)
    samples = [hot(now - late + late / 120 * part, 40.0) for part in range(121)]
    more = [*samples, hot(now + 1, 41.0)]
    taken = taker.take([message(1, device, now, samples), message(2, device, now + 1, more)], when)
    assert taken.acks == {device.code: ("b1", 2)}
    assert stored(device) == pytest.approx([at for at, _ in more], abs=0.001)
    assert Latest.objects.get(device=device).at.timestamp() == now + 1
    place = [point.code for point in templates()["centrifuge"].points].index("BEARING_TEMP")
    assert Latest.objects.get(device=device).values[place] == 41.0
    assert not Refused.objects.exists()
    assert caplog.records == []


def test_a_flood_is_one_over_all_lots_of_a_batch(taker, monkeypatch):
    monkeypatch.setattr(taking, "LOT", 1)
    device, _ = factories.device()
    when = clock.now()
    now, most = float(int(when.timestamp())), int(figures.number("flood_per_s", when))
    lots = [
        message(part + 1, device, now, [hot(now + part * 0.2 + each / 1000, 40.0) for each in range(most)])
        for part in range(4)
    ]  # fmt: skip
    taker.take(lots, when)
    assert len(stored(device)) == most
    assert Refused.objects.get(cause=Cause.FLOOD).device_id == device.pk


def test_an_error_in_a_later_lot_puts_one_message_aside_and_costs_no_other(taker, monkeypatch):
    monkeypatch.setattr(taking, "LOT", 1)
    devices = [factories.device()[0] for _ in range(3)]
    bad, add = devices[1].pk, taking.writing.Adding.add

    def refusing(samples, device, *rest, **named):
        add(samples, device, *rest, **named)
        assert bad not in device

    monkeypatch.setattr(taking.writing.Adding, "add", refusing)
    when = clock.now()
    now = float(int(when.timestamp()))
    messages = [
        message(seq, device, now, [hot(now - 1, 40.0)], number=1)
        for seq, device in enumerate(devices, 1)
    ]
    taken = taker.take(messages, when)
    assert [len(stored(device)) for device in devices] == [1, 0, 1]
    assert taken.acks == {device.code: ("b1", 1) for device in devices}
    assert taken.left == {2}
    assert Refused.objects.get().device_id == bad


def test_what_cannot_be_read_ahead_waits_for_its_turn(taker, monkeypatch, caplog):
    device, _ = factories.device()
    when = clock.now()
    now = float(int(when.timestamp()))
    first, then = (message(seq, device, now, [hot(now - 3 + seq, 40.0)]) for seq in (1, 2))
    taker.take([first], when)
    with monkeypatch.context() as broken:
        broken.setattr(ahead, "read_all", lambda *_: 1 / 0)
        found = ahead.read_ahead(taker.fleet, [then])
    assert found == {}
    assert "read ahead" in caplog.text
    taker.take([then], when, found)
    assert len(stored(device)) == 2
