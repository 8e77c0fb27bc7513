"""A batch read while the one before it is committed is taken as if it had been read in its turn."""

from __future__ import annotations

import json
import time
from copy import copy

import pytest
from django.db import connection

from bihuan.apps.monitoring.actions.devices import revoke
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.models import Latest, Refused
from bihuan.apps.monitoring.pipe import pulling, worker
from bihuan.apps.monitoring.pipe.ahead import read_ahead, said_by
from bihuan.apps.monitoring.pipe.reading import Message, Said
from bihuan.apps.monitoring.pipe.taking import HEAR
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.servers import (
    empty,
    ingest,
    last_of,
    server,
    signed_in,
    signing,
    state_of,
    wait,
)
from bihuan.base import clock

pytestmark = pytest.mark.django_db(transaction=True)
MESSAGES = 100


def body(number, at, *, s=None):
    values = {"SPEED": 4000.0, "VIBRATION": 2.0 + number % 7 / 10}
    return json.dumps(
        {"b": "b1", "f": 1, "s": s or number, "t": round(at * 1000), "v": values}
    ).encode()


def stored():
    with connection.cursor() as cursor:
        cursor.execute('SELECT device_id, at, "values" FROM monitoring_hot ORDER BY 1, 2')
        return cursor.fetchall()


def test_what_waited_is_there_once_in_order_and_answered(monkeypatch):
    monkeypatch.setattr(pulling, "MOST", 10)
    ahead = []

    def counted(fleet, messages):
        found = read_ahead(fleet, messages)
        ahead.extend(found)
        return found

    monkeypatch.setattr(worker, "read_ahead", counted)
    made = [factories.device() for _ in range(2)]
    begun = time.time() - 2 * MESSAGES
    with server() as bus:
        with ingest():  # the stream is a worker's work
            wait(state_of)
        empty(bus)
        with signing():
            before = last_of(bus)
            for device, key in made:
                client = signed_in(bus, device, key)
                for number in range(1, MESSAGES + 1):
                    client.publish(f"t/{device.code}", body(number, begun + number))
            wait(lambda: last_of(bus) == before + 2 * MESSAGES)
        with ingest():
            for device, _key in made:
                wait(lambda pk=device.pk: Latest.objects.filter(device=pk, acked=MESSAGES))
    assert len(ahead) > MESSAGES  # all but the first and what was not a whole batch
    assert len(set(ahead)) == len(ahead)
    rows = stored()
    assert len(rows) == 2 * MESSAGES
    vibration = [point.code for point in templates()["centrifuge"].points].index("VIBRATION")
    expected = [2.0 + number % 7 / 10 for number in range(1, MESSAGES + 1)]
    for device, _key in made:
        told = [values[vibration] for pk, _at, values in rows if pk == device.pk]
        assert told == pytest.approx(expected)
    assert not Refused.objects.exists()


def test_who_is_revoked_meanwhile_is_not_heard(taker):
    now = clock.now()
    device, _key = factories.device()
    first, then = (
        Message(0, number, device.code, now.timestamp(), body(number, now.timestamp() + number - 2))
        for number in (1, 2)
    )
    taker.take([first], now)
    ahead = read_ahead(taker.fleet, [then])
    assert set(ahead) == {2}
    revoke(device=device, why="卖掉了", by=None, now=now)
    taken = taker.take([then], now + 2 * HEAR, ahead)
    assert taken.left == {2}
    assert len(stored()) == 1


def test_a_device_not_met_yet_waits_for_its_turn(taker):
    now = clock.now()
    device, _key = factories.device()
    message = Message(0, 1, device.code, now.timestamp(), body(1, now.timestamp()))
    assert read_ahead(taker.fleet, [message]) == {}
    assert taker.take([message], now, {}).acks == {device.code: ("b1", 1)}


def test_what_was_read_with_another_template_is_read_again():
    now = 1_700_000_000.0
    message = Message(0, 1, "a", now, body(1, now))
    template = templates()["centrifuge"]
    other = copy(template)
    there = Said("b1", 9, 1, *said_by([message], template)[0][3:])
    assert said_by([message], template, {1: (template, there)}) == [there]
    assert said_by([message], template, {1: (other, there)})[0].number == 1
