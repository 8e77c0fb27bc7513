"""A limit of one machine alone: seen by the worker within seconds, with its reason."""

from __future__ import annotations

import time

import pytest

from bihuan.apps.monitoring.actions.limits import end_limit, set_limit
from bihuan.apps.monitoring.models import Alarm, Limit
from bihuan.apps.monitoring.pipe.reading import Message
from bihuan.apps.monitoring.pipe.taking import Taker
from bihuan.apps.monitoring.refusals import NoSuchRule, ReasonMissing
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.test_pipe import RUNNING, message
from bihuan.base import clock
from bihuan.base.errors import BadInput
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    found, _key = factories.device()
    return found


def fed(taker, device, values, *, first, count=10, start):
    lot = [
        Message(1, first + n, device.code, time.time(), message(first + n, RUNNING | values, at=start + 2 * n)) for n in range(count)
    ]  # fmt: skip
    return taker.take(lot, clock.now())


def test_the_worker_hears_of_a_limit_and_of_its_end(device, monkeypatch):
    from datetime import timedelta

    from bihuan.apps.monitoring.pipe import taking

    monkeypatch.setattr(taking, "HEAR", timedelta(0))
    taker = Taker()
    taker.claim(clock.now(), most=16)
    start = time.time() - 200
    set_limit(
        asset=device.asset,
        rule="vibration.danger",
        value=9.0,
        why="旧机座",
        by=None,
        now=clock.now(),
    )
    set_limit(
        asset=device.asset,
        rule="vibration.notice",
        value=None,
        why="旧机座",
        by=None,
        now=clock.now(),
    )
    assert fed(taker, device, {"VIBRATION": 8.0}, first=1, start=start).raised == 0
    end_limit(asset=device.asset, rule="vibration.danger", why="换了机座", by=None, now=clock.now())
    assert fed(taker, device, {"VIBRATION": 8.0}, first=11, start=start + 30).raised == 1
    assert Alarm.objects.get().limit == 7.1


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"rule": "nobody"}, NoSuchRule), ({"why": " "}, ReasonMissing), ({"value": float("nan")}, BadInput), ({"value": 1e9}, BadInput),
        ({"value": 4.5}, BadInput), ({"rule": "vibration.notice", "value": 7.1}, BadInput),
    ],
)  # fmt: skip
def test_a_slip_changes_nothing(device, given, refusal):
    with pytest.raises(refusal):
        set_limit(
            **{
                "asset": device.asset,
                "rule": "vibration.danger",
                "value": 9.0,
                "why": "旧",
                "by": None,
                "now": clock.now(),
            }
            | given
        )
    assert not Limit.objects.exists()


def test_the_page_sets_a_limit_and_says_what_is_wrong(device):
    client = signed_in(make_person("technical_head"))
    path = f"/machines/{device.asset_id}/rules/"
    assert client.get(path).status_code == 200
    client.post(
        f"{path}change/", {"rule": "vibration.danger", "value": "八", "why": "x", "deed": "set"}
    )
    assert not Limit.objects.exists()
    assert "限值要写数字" in client.get(path).content.decode()
    client.post(
        f"{path}change/",
        {"rule": "vibration.danger", "value": "8.5", "why": "旧机座", "deed": "set"},
    )
    page = client.get(path).content.decode()
    assert "8.5" in page
    assert "旧机座" in page
    seeing = signed_in(make_person("service_desk"))
    assert (
        seeing.post(
            f"{path}change/", {"rule": "vibration.danger", "value": "1", "why": "x", "deed": "set"}
        ).status_code
        == 403
    )
    assert Limit.objects.get().value == 8.5
