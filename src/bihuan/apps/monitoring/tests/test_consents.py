"""A customer's word decides what of a machine is taken, kept and shown."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from django.db import connection

from bihuan.apps.assets.tests.factories import machine, model
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring import figures, handlers
from bihuan.apps.monitoring.actions import silence
from bihuan.apps.monitoring.actions.assessing import assess
from bihuan.apps.monitoring.actions.common import subjects
from bihuan.apps.monitoring.actions.consents import record
from bihuan.apps.monitoring.enums import Agreed, Told
from bihuan.apps.monitoring.gateways.left_out import left_out
from bihuan.apps.monitoring.models import Alarm, Consent, Latest, MachineDay, Refused
from bihuan.apps.monitoring.pipe import taking
from bihuan.apps.monitoring.pipe.reading import Message
from bihuan.apps.monitoring.pipe.taking import Taker
from bihuan.apps.monitoring.queries.live import live
from bihuan.apps.monitoring.refusals import AlreadySaid, EvidenceMissing, SaidInTheFuture
from bihuan.apps.monitoring.tests.factories import alarm, condition, device, no_samples
from bihuan.apps.monitoring.tests.test_pipe import message
from bihuan.base import clock
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import make_person, signed_in
from bihuan.lib.machines import Cause

pytestmark = pytest.mark.django_db(transaction=True)
HERE = {"ENGINE_SPEED": 1500.0, "LATITUDE": 31.2, "LONGITUDE": 120.5}


def test_what_the_owner_before_said_is_not_the_new_owners_word(digger):
    asset = digger.asset
    said = {
        "person": "李工",
        "told": Told.PHONE,
        "evidence": "录音 7",
        "by": make_person("service_desk"),
    }
    now = clock.now()
    record(asset=asset, what=Agreed.DATA, given=False, said_at=now, now=now, **said)
    before = Consent.objects.get()
    for reason, kept in (("RELOCATED", True), ("RESOLD", False), ("RESOLD", False)):
        now += timedelta(minutes=1)
        moved(asset, reason, now)
        assert Consent.objects.filter(pk=before.pk, replaced_at=None).exists() is kept
    record(asset=asset, what=Agreed.DATA, given=False, said_at=now, now=now, **said)
    handlers.new_owner(Fact.objects.filter(kind="asset.moved"), now)  # heard again
    assert Consent.objects.filter(replaced_at=None).count() == 1


def moved(asset, reason, now):
    tell(
        "asset.moved",
        at=now,
        now=now,
        by=None,
        subjects=subjects(asset),
        data={"reason": reason},
        key=f"moved:{now}",
    )
    handlers.new_owner(list(Fact.objects.filter(kind="asset.moved").order_by("-pk")[:1]), now)


@pytest.fixture
def digger(db, monkeypatch):
    monkeypatch.setattr(taking, "HEAR", timedelta(0))
    no_samples()
    found, _key = device(asset=machine(customer(), model=model("HY-EX", family="EXCAVATOR")))
    return found


def said(asset, what, given, **values):
    given_values = {
        "asset": asset, "what": what, "given": given, "person": "王厂长", "told": Told.LETTER, "evidence": "函 2026-11",
        "said_at": clock.now() - timedelta(hours=1), "by": make_person("technical_head"), "now": clock.now(),
    }  # fmt: skip
    return record(**given_values | values)


def fed(taker, device, values, *, first, start):
    lot = [
        Message(1, n, device.code, time.time(), message(n, values, at=start + 2 * n))
        for n in range(first, first + 10)
    ]
    return taker.take(lot, clock.now())


def kept():
    with connection.cursor() as cursor:
        cursor.execute('SELECT "values" FROM monitoring_hot ORDER BY at')
        return [row[0] for row in cursor.fetchall()]


def test_a_position_taken_back_is_neither_stored_nor_shown(digger):
    taker, start = Taker(), time.time() - 300
    taker.claim(clock.now(), most=16)
    fed(taker, digger, HERE, first=1, start=start)
    place = Latest.objects.get().layout.points.index("LATITUDE")
    before = len(kept())
    assert kept()[-1][place] == 31.2 == Latest.objects.get().values[place]
    said(digger.asset, Agreed.POSITION, False)
    assert Latest.objects.get().values[place] is None
    fed(taker, digger, HERE, first=11, start=start + 60)
    rows = kept()[before:]
    assert rows and all(row[place] != row[place] for row in rows), "stored without a place"
    assert Latest.objects.get().values[place] is None
    client = signed_in(make_person("technical_head"))
    page = client.get(f"/machines/{digger.asset_id}/live/chart/?point=LATITUDE").content.decode()
    assert "纬度" not in page and "31.2" not in page
    assert (
        "客户不同意传送这台设备的位置"
        in client.get(f"/machines/{digger.asset_id}/live/").content.decode()
    )
    said(digger.asset, Agreed.POSITION, True)
    fed(taker, digger, HERE, first=21, start=start + 120)
    assert Latest.objects.get().values[place] == 31.2


def test_data_taken_back_are_acknowledged_counted_and_dropped(digger):
    taker, start = Taker(), time.time() - 300
    taker.claim(clock.now(), most=16)
    fed(taker, digger, HERE, first=1, start=start)
    stands = alarm(digger.asset, clock.now() - timedelta(minutes=5), device=digger)
    said(digger.asset, Agreed.DATA, False)
    stands.refresh_from_db()
    assert stands.cleared_at is not None, "nobody watches its values any more"
    before = len(kept())
    taken = fed(taker, digger, {"COOLANT_TEMP": 119.0}, first=11, start=start + 60)
    assert len(kept()) == before and taken.samples == 0 and taken.raised == 0
    assert taken.acks[digger.code][1] >= 11, "the device need not send it again"
    row = Refused.objects.get(cause="CONSENT")
    assert row.times > 0 and bytes(row.raw) == b""
    silence.watch(clock.now() + timedelta(days=1))
    assert not Alarm.objects.filter(rule="offline").exists()
    client = signed_in(make_person("technical_head"))
    assert (
        "客户不同意传送这台设备的数据"
        in client.get(f"/machines/{digger.asset_id}/live/").content.decode()
    )
    assert live(digger.asset, clock.now()) is not None, "what was taken before stays"
    assert [fact.kind for fact in Fact.objects.filter(kind__startswith="consent.")] == [
        "consent.withdrawn"
    ]


@pytest.mark.parametrize("dies", [None, "refused", "agreed"])
def test_what_still_stands_when_he_agrees_again_is_raised_again(digger, dies):
    """Whether or not the worker was killed meanwhile."""
    taker, start = Taker(), time.time() - 500
    taker.claim(clock.now(), most=16)

    def hot(first):
        nonlocal taker
        for at in (first, first + 10, first + 20):
            fed(
                taker,
                digger,
                {"ENGINE_SPEED": 1500.0, "COOLANT_TEMP": 119.0},
                first=at,
                start=start,
            )

    hot(1)
    alarms = Alarm.objects.filter(asset=digger.asset)
    assert alarms.exists()
    said(digger.asset, Agreed.DATA, False)
    assert not alarms.filter(cleared_at=None).exists()
    for moment in ("refused", "agreed"):
        if dies == moment:
            taker.release()
            taker = Taker()
            taker.claim(clock.now(), most=16)
        if moment == "refused":
            hot(31)
            assert not alarms.filter(cleared_at=None).exists()
            said(digger.asset, Agreed.DATA, True)
    hot(61)
    assert alarms.filter(cleared_at=None).exists()


def test_it_is_recorded_on_a_page_by_who_may(digger):
    path = f"/machines/{digger.asset_id}/consents/"
    form = {
        "what": "POSITION",
        "given": "0",
        "person": "王厂长",
        "told": "LETTER",
        "evidence": "函 2026-11",
        "said_at": "2026-01-02T10:00",
    }
    assert signed_in(make_person("quality_engineer")).post(f"{path}say/", form).status_code == 403
    client = signed_in(make_person("technical_head"))
    assert client.post(f"{path}say/", form | {"evidence": ""}).status_code == 422
    assert not Consent.objects.exists()
    assert client.post(f"{path}say/", form).status_code == 302
    page = client.get(path).content.decode()
    assert "已撤回" in page and "王厂长" in page and "函 2026-11" in page and "没有记录" in page


@pytest.mark.parametrize(
    ("values", "refusal"),
    [({"person": " "}, EvidenceMissing), ({"evidence": ""}, EvidenceMissing), ({"said_at": clock.now() + timedelta(days=1)}, SaidInTheFuture)],
)  # fmt: skip
def test_a_slip_changes_nothing(digger, values, refusal):
    with pytest.raises(refusal):
        said(digger.asset, Agreed.DATA, False, **values)
    said(digger.asset, Agreed.DATA, False)
    with pytest.raises(AlreadySaid):
        said(digger.asset, Agreed.DATA, False)
    assert (
        Consent.objects.count() == 1 and Fact.objects.filter(kind="consent.withdrawn").count() == 1
    )


@pytest.mark.parametrize("what", list(Agreed))
def test_a_position_taken_back_is_on_no_map_and_in_no_brief(digger, what):
    condition(digger.asset, clock.now(), latitude=31.2345, longitude=120.5)
    day = MachineDay.objects.latest("day")
    MachineDay.objects.filter(pk=day.pk).update(latitude=31.2345, longitude=120.5)
    client = signed_in(make_person("technical_head"))
    brief = {"of": "machine", "id": digger.asset_id, "on": str(day.day)}

    def shown():
        found = client.get("/monitoring/fleet/").context["map"]
        inside = client.get("/monitoring/fleet/", {"box": "31,120,32,121"}).context["rows"]
        page = client.get("/monitoring/brief/", brief).content.decode()
        return found.placed, len(found.circles), len(found.nowhere), len(inside), "31.2345" in page

    assert shown() == (1, 1, 0, 1, True)
    said(digger.asset, what, False)
    assert shown() == (0, 0, 1, 0, False)
    said(digger.asset, what, True)
    assert shown() == (1, 1, 0, 1, True)


@pytest.mark.parametrize("what", list(Agreed))
def test_a_position_taken_back_stays_with_the_owner_who_took_it_back(digger, what):
    now = clock.now()
    taker, start = Taker(), time.time() - 300
    taker.claim(now, most=16)
    fed(taker, digger, HERE, first=1, start=start)
    condition(digger.asset, now, latitude=31.2345, longitude=120.5)
    day = MachineDay.objects.latest("day")
    MachineDay.objects.filter(pk=day.pk).update(latitude=31.2345, longitude=120.5)
    client = signed_in(make_person("technical_head"))
    brief = {"of": "machine", "id": digger.asset_id, "on": str(day.day)}

    def shown():
        chart = client.get(
            f"/machines/{digger.asset_id}/live/chart/?point=LATITUDE&span=1h&table=1"
        )
        page = client.get("/monitoring/brief/", brief).content.decode()
        placed = client.get("/monitoring/fleet/").context["map"].placed
        return len(chart.context["drawing"].buckets) > 0, "31.2345" in page, placed

    assert shown() == (True, True, 1)
    moved(digger.asset, "RESOLD", now)
    assert shown() == (True, True, 1), "nobody had taken anything back"
    said(digger.asset, what, False)
    moved(digger.asset, "RESOLD", clock.now())
    assert shown() == (False, False, 0)
    assess([digger.asset_id], clock.now())
    assert shown() == (False, False, 0)
    said(digger.asset, what, False)
    said(digger.asset, what, True)
    assert shown() == (False, False, 0), "the yes of the new owner is for himself"


LONG = timedelta(minutes=10)
"""Longer than a worker looks back."""


def test_a_running_worker_hears_of_the_new_owner(digger):
    said(digger.asset, Agreed.DATA, False, now=clock.now() - LONG)
    taker, start = Taker(), time.time() - 300
    taker.claim(clock.now(), most=16)
    assert fed(taker, digger, HERE, first=1, start=start).samples == 0
    moved(digger.asset, "RESOLD", clock.now())
    assert fed(taker, digger, HERE, first=11, start=start).samples == 10


def test_the_yes_of_the_owner_before_is_none_of_the_new_owner(digger, monkeypatch):
    monkeypatch.setitem(figures._own(), "monitoring.consent_first", "DATA")
    said(digger.asset, Agreed.DATA, True, now=clock.now() - LONG)
    taker, start = Taker(), time.time() - 300
    taker.claim(clock.now(), most=16)
    assert fed(taker, digger, HERE, first=1, start=start).samples == 10
    moved(digger.asset, "RESOLD", clock.now())
    assert fed(taker, digger, HERE, first=11, start=start).samples == 0


def test_a_running_worker_hears_that_the_company_asks_beforehand(digger, monkeypatch):
    taker, start = Taker(), time.time() - 300
    taker.claim(clock.now(), most=16)
    assert fed(taker, digger, HERE, first=1, start=start).samples == 10
    monkeypatch.setitem(figures._own(), "monitoring.consent_first", "DATA")
    assert fed(taker, digger, HERE, first=11, start=start).samples == 0


def test_a_worker_to_whom_nothing_came_for_long_knows_what_was_said_meanwhile(digger):
    taker, begun = Taker(), clock.now() - 2 * LONG
    fed_before = Taker()
    fed_before.claim(begun, most=16)
    fed(fed_before, digger, HERE, first=1, start=time.time() - 300)
    fed_before.release()
    taker.claim(begun, most=16)
    said(digger.asset, Agreed.DATA, False, now=clock.now() - LONG)
    assert fed(taker, digger, HERE, first=11, start=time.time() - 200).samples == 0


@pytest.mark.parametrize("what", list(Agreed))
@pytest.mark.parametrize(
    "body",
    [
        {"s": 11, "v": HERE | {"NOBODY": 1.0}},
        {"s": 11, "v": HERE, "t": 4e12},
        {"s": 11, "v": HERE, "device": "another"},
        {"s": 11, "p": ["LATITUDE"], "r": [[1, 31.2], [2]]},
    ],
)
def test_nothing_of_what_was_taken_back_is_kept_as_it_came(digger, what, body):
    taker, now = Taker(), clock.now()
    taker.claim(now, most=16)
    fed(taker, digger, HERE, first=1, start=time.time() - 300)
    said(digger.asset, what, False)
    data = json.dumps({"b": "b1", "f": 1, "t": time.time() * 1000} | body).encode()
    taken = taker.take([Message(1, 11, digger.code, time.time(), data)], clock.now())
    assert [bytes(row.raw) for row in Refused.objects.all()] == [b""]
    assert taken.acks[digger.code] == ("b1", 11)


@pytest.mark.parametrize("what", list(Agreed))
def test_nor_of_what_the_database_refuses(digger, what, monkeypatch):
    taker = Taker()
    taker.claim(clock.now(), most=16)
    fed(taker, digger, HERE, first=1, start=time.time() - 300)
    said(digger.asset, what, False)
    monkeypatch.setattr(taking.writing, "put_latest", lambda _lines: 1 / 0)
    monkeypatch.setattr(taking.Taker, "_heed", lambda *_: 1 / 0)
    fed(taker, digger, HERE, first=11, start=time.time() - 200)
    assert {(row.cause, bytes(row.raw)) for row in Refused.objects.all()} == {("GARBAGE", b"")}


@pytest.mark.parametrize("what", list(Agreed))
def test_nor_of_what_a_terminal_said_wrong(digger, what):
    left_out(digger, "13900001111", Cause.GARBAGE, b"place")
    assert bytes(Refused.objects.get().raw) == b"place"
    said(digger.asset, what, False)
    assert bytes(Refused.objects.get().raw) == b""
    left_out(digger, "13900001111", Cause.GARBAGE, b"place")
    assert (bytes(Refused.objects.get().raw), Refused.objects.get().times) == (b"", 2)
