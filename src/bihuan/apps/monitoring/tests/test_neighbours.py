"""What one device says never costs another its readings, nor holds their partition up."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, IntegrityError, connection
from nats.errors import NoRespondersError

from bihuan.apps.monitoring.actions.devices import revoke
from bihuan.apps.monitoring.models import Device, Refused
from bihuan.apps.monitoring.pipe import callout, taking
from bihuan.apps.monitoring.pipe.reading import Message
from bihuan.apps.monitoring.pipe.taking import Taker
from bihuan.apps.monitoring.tests import factories
from bihuan.base import clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def taker(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE monitoring_checkpoint")
        cursor.execute("INSERT INTO monitoring_checkpoint (partition, seq) VALUES (0, 0)")
    found = Taker()
    found.claim(clock.now(), most=16)
    return found


def said(seq, device, now, **body):
    return Message(0, seq, device.code, now, json.dumps({"b": "b1", "f": 1} | body).encode())


def stored(device):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM monitoring_hot WHERE device_id = %s", [device.pk])
        return cursor.fetchone()[0]


def test_times_that_cannot_be_do_not_count_as_anothers_flood(taker):
    mine, _ = factories.device()
    other, _ = factories.device()
    when = clock.now()
    now = float(int(when.timestamp()))
    shifted = now + (other.pk - mine.pk) * 10**11
    lines = [[shifted * 1000, 4000]] * 1000
    attack = said(1, mine, now, s=1, p=["SPEED"], r=lines)
    taken = taker.take([attack, said(2, other, now, s=1, t=now * 1000, v={"SPEED": 4000})], when)
    assert taken.acks[other.code] == ("b1", 1)
    assert stored(other) == 1
    assert not Refused.objects.filter(device=other).exists()


def test_times_within_one_millisecond_are_one_and_no_batch_fails_by_them(taker, caplog):
    mine, _ = factories.device()
    other, _ = factories.device()
    when = clock.now()
    now = float(int(when.timestamp()))
    for seq, part in ((1, 0.6), (2, 0.7), (3, 0.8)):
        taker.take([said(seq, mine, now, s=seq, t=now * 1000 + part, v={"SPEED": 4000})], when)
    taken = taker.take([said(4, other, now, s=1, t=now * 1000, v={"SPEED": 4000})], when)
    assert (stored(mine), stored(other)) == (1, 1)
    assert caplog.records == []
    assert not Refused.objects.exists()
    assert taken.acks[other.code] == ("b1", 1)


def test_a_message_that_the_database_refuses_is_put_aside_alone(taker, monkeypatch):
    mine, _ = factories.device()
    other, _ = factories.device()
    when = clock.now()
    now, bad = when.timestamp(), mine.pk
    add = taking.writing.add

    def refusing(device, *rest, **named):
        if bad in device:
            raise IntegrityError
        return add(device, *rest, **named)

    monkeypatch.setattr(taking.writing, "add", refusing)
    values = {"SPEED": 4000}
    taker.take(
        [
            said(1, mine, now, s=1, t=now * 1000, v=values),
            said(2, other, now, s=1, t=now * 1000, v=values),
        ],
        when,
    )
    assert (stored(mine), stored(other)) == (0, 1)
    assert Refused.objects.get().code == mine.code
    assert taker.marks[0].seq == 2


def test_a_database_that_fails_while_samples_are_copied_costs_none_of_them(taker, monkeypatch):
    device, _ = factories.device()
    when = clock.now()
    now = when.timestamp()
    monkeypatch.setattr(taking.writing, "HOT", "(SELECT pg_sleep(0))")
    message = said(1, device, now, s=1, t=now * 1000, v={"SPEED": 4000})
    with pytest.raises(DatabaseError):
        taker.take([message], when)
    assert not Refused.objects.exists()
    taker.claim(when, most=16)
    assert taker.marks[0].seq == 0
    monkeypatch.undo()
    assert taker.take([message], when).acks == {device.code: ("b1", 1)}
    assert stored(device) == 1


def test_a_revoked_device_of_a_server_that_is_gone_holds_no_other_back():
    gone, _ = factories.device()
    there, _ = factories.device()
    for device, server in ((gone, "GONE"), (there, "HERE")):
        Device.objects.filter(pk=device.pk).update(server=server, client=7)
        revoke(device=device, why="遗失", by=None, now=clock.now())
    kicked = []

    class System:
        async def request(self, subject, data, timeout):  # noqa: ASYNC109 - as the client's
            if ".GONE." in subject:
                raise NoRespondersError
            kicked.append(subject)

    with ThreadPoolExecutor(1) as pool:
        asyncio.run(callout._end_revoked(System(), pool))
        pool.submit(lambda: connection.close()).result()
    assert kicked == ["$SYS.REQ.SERVER.HERE.KICK"]
    assert not Device.objects.filter(ended_at=None).exists()
