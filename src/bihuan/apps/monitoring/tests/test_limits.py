"""A limit of one machine alone: seen by the worker within seconds, with its reason."""

from __future__ import annotations

import time

import pytest

from bihuan.apps.monitoring.actions.limits import end_limit, set_limit
from bihuan.apps.monitoring.actions.watching import own_time
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.models import Alarm, Limit
from bihuan.apps.monitoring.pipe.reading import Message
from bihuan.apps.monitoring.pipe.taking import Taker
from bihuan.apps.monitoring.refusals import NoSuchRule, ReasonMissing
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.test_pipe import RUNNING, message
from bihuan.base import clock
from bihuan.base.audit.models import Entry as Logged
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


def test_a_duration_of_one_machine_is_heard_by_the_worker_and_leaves_the_limit_to_the_template(
    device, monkeypatch
):
    from datetime import timedelta

    from bihuan.apps.monitoring.pipe import taking

    monkeypatch.setattr(taking, "HEAR", timedelta(0))
    taker = Taker()
    taker.claim(clock.now(), most=16)
    start = time.time() - 200
    given = {"asset": device.asset, "rule": "vibration.danger", "by": None, "now": clock.now()}
    set_limit(value=None, why="旧机座", **given | {"rule": "vibration.notice"})
    row = set_limit(value=7.1, lasting=60.0, why="启动时会抖", **given)
    assert (row.value, row.lasting, row.off) == (None, 60.0, False)
    # 18 s beyond: of five that it needs by the template, of sixty of its own
    assert fed(taker, device, {"VIBRATION": 8.0}, first=1, start=start).raised == 0
    assert fed(taker, device, {"VIBRATION": 8.0}, first=11, count=40, start=start + 20).raised == 1
    assert Alarm.objects.get(rule="vibration.danger").limit == 7.1
    said = Logged.objects.filter(verb="alarm.limit").latest("pk")
    assert said.after == {"rule": "vibration.danger", "value": None, "lasting": 60.0, "why": "启动时会抖"}  # fmt: skip
    off = set_limit(value=None, lasting=60.0, why="旧机座", **given)
    assert off.off
    assert Limit.objects.filter(rule="vibration.danger", ended_at=None).count() == 1


@pytest.mark.parametrize(
    "given",
    [
        {"lasting": -1.0}, {"lasting": 86401.0}, {"lasting": float("nan")}, {"rule": "starts.many", "value": 50.0, "lasting": 60.0},
        {"rule": "drift.own", "value": 2.4, "lasting": 600.0},
    ],
)  # fmt: skip
def test_a_duration_beyond_sense_changes_nothing(device, given):
    asked = {"asset": device.asset, "rule": "vibration.danger", "value": 9.0, "why": "旧", "by": None, "now": clock.now()}  # fmt: skip
    with pytest.raises(BadInput):
        set_limit(**asked | given)
    assert not Limit.objects.exists()
    assert not Logged.objects.filter(verb="alarm.limit").exists()


def test_a_watch_stands_as_long_as_its_machine_says(device):
    watch = templates()["centrifuge"].watch("drift.own")
    assert own_time(watch, device.asset_id).lasting == 86400.0
    set_limit(asset=device.asset, rule="drift.own", value=3.0, lasting=3 * 86400.0, why="工况多变", by=None, now=clock.now())  # fmt: skip
    assert own_time(watch, device.asset_id).lasting == 3 * 86400.0


def test_the_page_saves_a_duration_with_the_same_rights(device):
    client = signed_in(make_person("technical_head"))
    path = f"/machines/{device.asset_id}/rules/"
    form = {"rule": "vibration.danger", "value": "7.1", "minutes": "2", "why": "启动时会抖", "deed": "set"}  # fmt: skip
    assert signed_in(make_person("service_desk")).post(f"{path}change/", form).status_code == 403
    client.post(f"{path}change/", form | {"minutes": "两分钟"})
    assert not Limit.objects.exists()
    assert "持续时间要写数字" in client.get(path).content.decode()
    client.post(f"{path}change/", form)
    assert (Limit.objects.get().value, Limit.objects.get().lasting) == (None, 120.0)
    page = client.get(path).content.decode()
    for words in ("本机持续时间", "持续 2 分钟", "模板是 5 秒", "启动时会抖"):
        assert words in page
    assert "本机限值" not in page
    assert 'value="7.1"' in page
    client.post(f"{path}change/", form | {"minutes": "0.0833333333"})
    client.post(f"{path}change/", form | {"deed": "back", "why": "调好了"})
    assert not Limit.objects.filter(ended_at=None).exists()
