"""A machine's counters as they come through the pipe into what is known of it."""

from __future__ import annotations

import json
import time

import pytest

from bihuan.apps.monitoring.models import Latest, Refused
from bihuan.apps.monitoring.pipe.reading import Message
from bihuan.apps.monitoring.pipe.taking import Taker
from bihuan.apps.monitoring.tests import factories
from bihuan.base import clock
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def told(taker, device, number, at, **values):
    body = {"b": "b1", "s": number, "f": 1, "t": round(at * 1000), "v": {"SPEED": 4000.0, **values}}
    taker.take([Message(0, number, device.code, at, json.dumps(body).encode())], clock.now())


def known(device, point):
    row = Latest.objects.select_related("layout").get(device=device)
    return row.values[row.layout.points.index(point)]


def again(taker):
    """The worker was killed, another one goes on."""
    taker.release()
    found = Taker()
    found.claim(clock.now(), most=16)
    return found


def test_an_hour_meter_that_tells_seldom_is_known_however_often_the_worker_dies(taker):
    device, _key = factories.device()
    begun = time.time() - 3600
    told(taker, device, 1, begun, HOURS=500.0)
    for number in range(2, 7):
        told(taker, device, number, begun + 300 * number)
        taker = again(taker)
    told(taker, device, 7, begun + 2410, HOURS=500.66)
    assert known(device, "HOURS") == 500.66
    assert not Refused.objects.exists()


def test_a_controller_that_was_replaced_is_told_once_where_refusals_are_seen(taker):
    device, _key = factories.device()
    begun = time.time() - 3600
    told(taker, device, 1, begun, CYCLES=5000.0)
    told(taker, device, 2, begun + 10, CYCLES=99_999_999.0)
    assert known(device, "CYCLES") == 5000.0, "a misread"
    for number in range(3, 20):
        told(taker, device, number, begun + 100 * number, CYCLES=float(number))
        taker = again(taker) if number % 4 == 0 else taker
    assert known(device, "CYCLES") == 19.0
    counts = dict(Refused.objects.values_list("cause", "times"))
    assert counts == {"COUNTER_JUMP": 1, "COUNTER_BACK": 6, "COUNTER_NEW": 1}
    page = signed_in(make_person("remote_specialist")).get(f"/machines/{device.asset_id}/connect/")
    assert "换了计数器" in page.content.decode()
