"""What one device says never costs another its readings, nor holds their partition up."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection
from nats.errors import NoRespondersError

from bihuan.apps.monitoring.actions.devices import revoke
from bihuan.apps.monitoring.actions.trials import put
from bihuan.apps.monitoring.models import Alarm, Device, Latest, Refused
from bihuan.apps.monitoring.pipe import callout, fleet, taking
from bihuan.apps.monitoring.pipe.reading import Message
from bihuan.apps.monitoring.tests import factories
from bihuan.base import clock
from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db(transaction=True)


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
    add = taking.writing.Adding.add

    def refusing(samples, device, *rest, **named):
        if bad in device:
            raise IntegrityError
        add(samples, device, *rest, **named)

    monkeypatch.setattr(taking.writing.Adding, "add", refusing)
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


def test_what_is_put_aside_is_answered_so_that_it_is_not_sent_for_ever(taker, monkeypatch):
    mine, _ = factories.device()
    when = clock.now()
    now, values = when.timestamp(), {"SPEED": 4000}
    taker.take([said(1, mine, now, s=1, t=now * 1000, v=values)], when)
    with monkeypatch.context() as broken:
        broken.setattr(taking.writing.Adding, "add", lambda *_, **__: 1 / 0)
        bad = said(2, mine, now, s=2, t=now * 1000 + 1000, v=values)
        taken = taker.take([bad], when)
    assert taken.acks == {mine.code: ("b1", 2)}
    assert taken.left == {2}, "a file of history is not told that it was taken"
    assert Latest.objects.get(device=mine).acked == 2
    assert Refused.objects.get().times == 1
    taken = taker.take([said(3, mine, now, s=3, t=now * 1000 + 2000, v=values)], when)
    assert (taken.acks, taken.left) == ({mine.code: ("b1", 3)}, set())
    assert stored(mine) == 2


def test_what_is_put_aside_without_a_number_is_put_aside_all_the_same(taker, monkeypatch):
    mine, _ = factories.device()
    when = clock.now()
    monkeypatch.setattr(taking.Taker, "_heed", lambda *_: 1 / 0)
    lot = [
        said(1, mine, when.timestamp(), b="not a boot!"),
        taking.Message(0, 2, mine.code, 1.0, b"\xff{"),
        taking.Message(0, 3, "nobody", 1.0, b"[]"),
    ]
    taken = taker.take(lot, when)
    assert (taken.acks, taken.left, taker.marks[0].seq) == ({}, {1, 2, 3}, 3)
    assert {row.code: row.times for row in Refused.objects.all()} == {mine.code: 2, "nobody": 1}


def measured(taker, device, first, start, *, count, vibration):
    """So many samples of a machine at speed, two seconds apart."""
    values = {"SPEED": 4000.0, "SET_SPEED": 4000.0, "VIBRATION": vibration}
    for number in range(first, first + count):
        at = start + timedelta(seconds=2 * number)
        numbers = {"s": number, "f": number}
        message = said(number, device, at.timestamp(), **numbers, t=at.timestamp() * 1000, v=values)
        taker.take([message], at)


def test_a_rule_on_trial_holds_no_alarm_that_is_told(taker, monkeypatch):
    """Also one that is put on trial, or into use, while a worker is at it."""
    device, _ = factories.device()
    person, start = make_person("remote_specialist"), clock.now()
    taker.claim(start, most=16)

    def trial(at, *, observe):
        put(
            template="centrifuge", rule="vibration.danger", observe=observe, why="看一个月", by=person, now=start + timedelta(seconds=at),
        )  # fmt: skip

    measured(taker, device, 1, start, count=20, vibration=5.0)
    notice = Alarm.objects.get()
    trial(41, observe=True)
    measured(taker, device, 21, start, count=20, vibration=8.0)
    danger = Alarm.objects.get(rule="vibration.danger")
    notice.refresh_from_db()
    assert (danger.hushed, notice.hushed, notice.cleared_at) == ("TRIAL", "", None)
    measured(taker, device, 41, start, count=70, vibration=1.0)
    assert not Alarm.objects.filter(cleared_at=None).exists()
    measured(taker, device, 2000, start, count=30, vibration=8.0)
    assert set(Alarm.objects.filter(cleared_at=None).values_list("rule", "hushed")) == {
        ("vibration.notice", ""), ("vibration.danger", "TRIAL"),
    }  # fmt: skip
    measured(taker, device, 2030, start, count=70, vibration=1.0)
    trial(4210, observe=False)
    measured(taker, device, 4000, start, count=30, vibration=8.0)
    assert [row.rule for row in Alarm.objects.filter(cleared_at=None)] == ["vibration.danger"]


def shaking(device, number, start, oldest=1):
    """A message of a machine that shakes up to its 40th, most of all in its 25th."""
    at = (start + timedelta(seconds=2 * number)).timestamp()
    shakes = 1.0 if number > 40 else 9.9 if number == 25 else 8.0
    values = {"SPEED": 4000.0, "SET_SPEED": 4000.0, "VIBRATION": shakes}
    return {"device": device, "s": number, "f": oldest, "t": at * 1000, "v": values}


def hears(taker, times, messages):
    """Each (seconds after the start, message), as the stream hands it over."""
    taken = None
    for seq, (after, message) in enumerate(
        zip(times, messages, strict=True), taker.marks[0].seq + 1
    ):
        at = START + timedelta(seconds=after)
        taken = taker.take([said(seq, message.pop("device"), at.timestamp(), **message)], at)
    return taken


def raised_by(device):
    fields = ("rule", "times", "since", "raised_at", "peak")
    return list(Alarm.objects.filter(device=device).order_by("rule").values_list(*fields))


START = clock.now().replace(microsecond=0) - timedelta(minutes=8)


def test_what_was_lost_on_its_way_is_judged_in_its_order(taker, caplog):
    """The message server lost a message that it had not answered, and not those after it."""
    undisturbed, _ = factories.device()
    mine, _ = factories.device()
    hears(taker, range(2, 202, 2), [shaking(undisturbed, n, START) for n in range(1, 101)])
    arriving = [*range(1, 25), *range(26, 36)]
    taken = hears(taker, [2 * n for n in arriving], [shaking(mine, n, START) for n in arriving])
    assert (taken.acks, stored(mine)) == ({mine.code: ("b1", 24)}, 24)
    assert [row.args for row in caplog.records] == [(1, mine.code)]
    again = hears(taker, [202] * 76, [shaking(mine, n, START) for n in range(25, 101)])
    assert (again.acks, stored(mine)) == ({mine.code: ("b1", 100)}, 100)
    assert raised_by(mine) == raised_by(undisturbed) != []
    assert {row[-1] for row in raised_by(mine)} == {9.9}


def test_a_device_that_no_longer_keeps_what_was_lost_is_not_waited_for(taker):
    mine, _ = factories.device()
    hears(taker, [2, 4], [shaking(mine, n, START) for n in (1, 2)])
    taken = hears(taker, [12], [shaking(mine, 6, START, oldest=6)])
    assert (taken.acks, stored(mine)) == ({mine.code: ("b1", 6)}, 3)


def test_one_that_sends_nothing_again_is_not_waited_for_for_ever(taker):
    """Until it comes back and sends all that was not answered; also when the worker begins anew."""
    mine, _ = factories.device()
    hears(taker, [2, 4], [shaking(mine, n, START) for n in (1, 2)])
    later = [*range(4, 140)]
    half = len(later) // 2
    for part in (later[:half], later[half:]):
        taken = hears(taker, [2 * n for n in part], [shaking(mine, n, START) for n in part])
        assert taken.acks == {mine.code: ("b1", 2)}
        taker.claim(clock.now(), most=16)
    taken_late = [n for n in later if 2 * n >= 8 + fleet.SENT_AGAIN_S]
    assert stored(mine) == 2 + len(taken_late) < 140
    whole = range(3, 140)
    taken = hears(taker, [300] * len(whole), [shaking(mine, n, START) for n in whole])
    assert (taken.acks, stored(mine)) == ({mine.code: ("b1", 139)}, 139)


def test_one_whose_memory_is_full_is_not_waited_for_at_each_message(taker):
    """The oldest that it keeps goes on with each, and it sends nothing again."""
    mine, _ = factories.device()
    numbers = [n for n in range(1, 200) if n != 25]
    hears(
        taker, [2 * n for n in numbers], [shaking(mine, n, START, max(1, n - 60)) for n in numbers]
    )
    late = [n for n in numbers if n < 25 or 2 * n >= 52 + fleet.SENT_AGAIN_S]
    assert stored(mine) == len(late)


def test_one_that_does_not_say_what_it_keeps_is_not_waited_for(taker):
    mine, _ = factories.device()
    lot = [shaking(mine, n, START, oldest=0) for n in (1, 2, 4)]
    taken = hears(taker, [2, 4, 8], lot)
    assert (taken.acks, stored(mine)) == ({mine.code: ("b1", 2)}, 3)


def test_a_number_without_a_start_is_no_number(taker):
    mine, _ = factories.device()
    lot = [shaking(mine, n, START) | {"b": ""} for n in (4, 9)]
    hears(taker, [8, 18], lot)
    assert stored(mine) == 2
