"""From a device's message to rows, alarms and the answer: over the real servers."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from bihuan.apps.monitoring.actions.devices import revoke
from bihuan.apps.monitoring.models import Alarm, Checkpoint, Latest, Refused
from bihuan.apps.monitoring.pipe import bus as bus_
from bihuan.apps.monitoring.pipe.forbidden import Forbidden
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.mqtt import Mqtt
from bihuan.apps.monitoring.tests.mqtt import Refused as NotAdmitted
from bihuan.apps.monitoring.tests.servers import (
    empty,
    ingest,
    last_of,
    server,
    signed_in,
    signing,
    wait,
)
from bihuan.base import clock
from bihuan.base.access.tokens import make_token
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def bus():
    with server() as found:
        yield found


@pytest.fixture
def pipe(bus, transactional_db):
    empty(bus)
    with ingest():
        yield bus


def message(number, values, *, at=None, boot="b1", oldest=1):
    at = time.time() if at is None else at
    return json.dumps(
        {"b": boot, "s": number, "f": oldest, "t": round(at * 1000), "v": values}
    ).encode()


def stored():
    with connection.cursor() as cursor:
        cursor.execute('SELECT device_id, at, "values" FROM monitoring_hot ORDER BY 1, 2')
        return cursor.fetchall()


RUNNING = {"SPEED": 4000, "SET_SPEED": 4000, "VIBRATION": 2.2, "BEARING_TEMP": 40.0}


def test_a_reading_is_stored_and_answered(pipe):
    device, key = factories.device()
    client = signed_in(pipe, device, key)
    assert client.subscribe(f"ack/{device.code}") == 1
    client.publish(f"t/{device.code}", message(1, RUNNING))
    topic, said = client.next()
    assert topic == f"ack/{device.code}"
    assert json.loads(said) == {"b": "b1", "s": 1}
    assert len(stored()) == 1
    latest = Latest.objects.get(device=device)
    assert latest.state == "AT_SPEED"
    assert latest.values[2] == 2.2


def test_a_stream_made_anew_is_read_from_its_beginning(bus, transactional_db):
    empty(bus)
    with connection.cursor() as cursor:  # as after the message server has lost its folder
        cursor.execute("UPDATE monitoring_checkpoint SET seq = seq + 1000000")
    device, key = factories.device()
    with ingest():
        client = signed_in(bus, device, key)
        client.subscribe(f"ack/{device.code}")
        client.publish(f"t/{device.code}", message(1, RUNNING))
        assert json.loads(client.next()[1])["s"] == 1
    assert len(stored()) == 1


def test_a_stream_that_lost_its_newest_messages_is_read_on_from_what_it_still_has(
    bus, transactional_db
):
    """As after a power cut: what had not reached the disk is gone, its numbers are given anew."""
    device, key = factories.device()

    def sent(numbers):
        client = signed_in(bus, device, key)
        client.subscribe(f"ack/{device.code}")
        for number in numbers:
            client.publish(f"t/{device.code}", message(number, RUNNING, at=start + number))
        return client

    def answered(client, number):
        wait(lambda: [each for each in client.listen(0.2) if json.loads(each[1])["s"] == number])

    start = time.time() - 100
    empty(bus)
    with ingest():
        answered(sent([1, 2]), 2)
    bus.keep()
    with ingest():
        answered(sent([3, 4, 5]), 5)
    bus.lose()
    with signing():  # nobody reads yet: the numbers of 3, 4 and 5 are those of 6, 7 and 8 now
        sent([6, 7, 8, 9])
        wait(lambda: last_of(bus) >= Checkpoint.objects.order_by("-seq")[0].seq + 1)
    with ingest():
        client = signed_in(bus, device, key)
        client.subscribe(f"ack/{device.code}")
        wait(lambda: len(stored()) == 9)
    assert Latest.objects.get(device=device).acked == 9
    with ingest():  # found once: not read again at every start
        pass
    assert len(stored()) == 9


@pytest.mark.parametrize("stream", ["$MQTT_msgs", "GATE"])
def test_a_stream_that_numbers_its_messages_anew_is_read_all_the_same(
    bus, transactional_db, client, stream
):
    """As after a power cut while all that was said was taken and nothing was kept any more."""
    device, key = factories.device()
    token = gateway_token()
    start = time.time() - 90

    def say(numbers):
        given = [message(number, RUNNING, at=start + number) for number in numbers]
        if stream == "GATE":
            body = {"messages": [{"device": device.code, **json.loads(each)} for each in given]}
            assert handed_in(client, token, body).status_code == 202
        else:
            mine = signed_in(bus, device, key)
            for each in given:
                mine.publish(f"t/{device.code}", each)

    empty(bus)
    with ingest():
        say(range(1, 41))
        wait(lambda: len(stored()) == 40)
        bus.lose_numbers(stream)
        say([41, 42])
        wait(lambda: len(stored()) == 42)
    with ingest():  # found once
        say([43])
        wait(lambda: len(stored()) == 43)


def test_a_value_that_stays_beyond_its_limit_raises_one_alarm_and_the_regulation_hears_of_it(pipe):
    device, key = factories.device()
    client = signed_in(pipe, device, key)
    client.subscribe(f"ack/{device.code}")
    start = time.time() - 60
    for number in range(1, 31):
        client.publish(
            f"t/{device.code}", message(number, RUNNING | {"VIBRATION": 8.0}, at=start + 2 * number)
        )
    wait(lambda: [each for each in client.listen(0.2) if json.loads(each[1])["s"] == 30])
    alarm = Alarm.objects.get()
    assert (alarm.rule, alarm.klass, alarm.value, alarm.times) == (
        "vibration.danger",
        "URGENT",
        8.0,
        1,
    )
    fact = Fact.objects.get(kind="alarm.raised")
    assert fact.data["fact"]["alarm"] == alarm.number
    assert fact.subjects["customer"] == device.asset.customer_id


def test_a_device_has_only_its_own_name(pipe):
    mine, key = factories.device()
    other, _ = factories.device()
    watcher = Forbidden(pipe.home / "nats" / "log")
    client = signed_in(pipe, mine, key)
    client.publish(f"t/{other.code}", message(1, RUNNING), wait=False)
    for topic in ("$MQTT.msgs.t", "$JS/API/STREAM/DELETE/TELE", "ack", "gate/x"):
        client.publish(topic, message(1, RUNNING), wait=False)
    for topic in ("#", "+/+", f"ack/{other.code}", f"c/{other.code}/#", "t/#", "$SYS/#"):
        assert client.subscribe(topic) == 0x80
    client.publish(f"t/{mine.code}", message(1, RUNNING), wait=False)
    wait(lambda: stored())
    assert {row[0] for row in stored()} == {mine.pk}
    # the server has answered as if all were well; a person sees it all the same
    assert wait(lambda: watcher.count(clock.now()))
    row = Refused.objects.get(cause="FORBIDDEN")
    assert (row.device, row.code) == (mine, mine.code)
    assert Refused.objects.count() == 1


def test_nobody_takes_over_anothers_session_or_comes_without_a_key(pipe):
    mine, key = factories.device()
    other, others = factories.device()
    client = signed_in(pipe, mine, key, clean=False)
    port = pipe.place.mqtt_port
    for clean in (True, False):
        with pytest.raises(NotAdmitted):
            Mqtt(port, mine.code, other.code, others, clean=clean)
    for user, password in ((mine.code, others), ("", ""), ("service", key), (other.code, "")):
        with pytest.raises(NotAdmitted):
            Mqtt(port, user or "x", user, password)
    client.publish(f"t/{mine.code}", message(1, RUNNING))
    wait(lambda: stored())


def gateway_token():
    person, now = make_person("remote_specialist"), clock.now()
    _row, token = make_token(
        person, title="网关", scopes=["monitoring.devices"], expires_at=now + timedelta(days=1), by=person, now=now,
    )  # fmt: skip
    return token


def handed_in(client, token, body):
    return client.post(
        "/api/monitoring/readings", json.dumps(body), content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip


def test_a_gateway_hands_in_by_http_what_its_machines_measured(pipe, client):
    device, _key = factories.device()
    token = gateway_token()
    at = round(time.time() * 1000)
    given = {
        "messages": [
            {"device": device.code, "t": at, "v": RUNNING},
            {"device": device.code, "p": ["SPEED"], "r": [[at + 1000, 3999.0]]},
        ]
    }
    send = partial(handed_in, client, token)

    assert send(given).status_code == 202
    wait(lambda: len(stored()) == 2)
    assert send(given).status_code == 202  # told twice is once
    refused = send({"messages": [*given["messages"], {"device": "nobody", "t": at, "v": RUNNING}]})
    assert refused.status_code == 422
    assert "messages.2.device" in refused.content.decode()
    last = {"messages": [{"device": device.code, "t": at + 2000, "v": RUNNING}]}
    assert send(last).status_code == 202
    numbered = {"device": device.code, "b": "g1", "s": 1, "f": 1, "t": at, "v": RUNNING}
    assert send({"messages": [numbered]}).json()["taken"] == 1
    committed = {device.code: {"b": "g1", "s": 1}}
    wait(lambda: send({"messages": [numbered]}).json()["committed"] == committed)
    wait(lambda: at + 2000 in {round(row[1].timestamp() * 1000) for row in stored()})
    assert len(stored()) == 3  # what was refused, and what was told twice, came before it


def test_a_revoked_device_is_out_within_seconds(pipe):
    device, key = factories.device()
    client = signed_in(pipe, device, key)
    client.publish(f"t/{device.code}", message(1, RUNNING))
    wait(lambda: stored())
    revoke(device=device, why="已报废", by=None, now=clock.now())
    client.socket.settimeout(5)
    with pytest.raises(ConnectionError):
        client.receive()
    with pytest.raises(NotAdmitted):
        Mqtt(pipe.place.mqtt_port, device.code, device.code, key)


def test_garbage_is_put_aside_answered_and_harms_nobody(pipe):
    device, key = factories.device()
    client = signed_in(pipe, device, key)
    client.subscribe(f"ack/{device.code}")
    topic = f"t/{device.code}"
    bad = [
        b"", b"\x00\xff", b"[]", b"{}", b'{"b":"b1","s":2,"t":1}', b"[" * 10000,
        message(3, {"VIBRATION": "8"}), message(4, {"NOBODY": 1}), message(5, {"VIBRATION": 1e308}),
        message(6, RUNNING, at=time.time() + 10 * 365 * 86400), message(7, RUNNING, at=0),
        json.dumps({"b": "b1", "s": 8, "f": 1, "t": 1, "device": "other", "v": {}}).encode(),
    ]  # fmt: skip
    client.publish(topic, message(1, RUNNING))
    for each in bad:
        client.publish(topic, each)
    client.publish(topic, message(9, RUNNING, at=time.time() + 1))
    wait(lambda: [each for each in client.listen(0.2) if json.loads(each[1])["s"] == 9])
    assert len(stored()) == 2
    assert not Alarm.objects.exists()
    causes = dict(Refused.objects.values_list("cause", "times"))
    assert causes == {
        "GARBAGE": 6, "NO_NUMBER": 1, "UNKNOWN_POINT": 1, "RANGE": 1, "FUTURE": 1, "ANCIENT": 1, "OTHER_DEVICE": 1,
    }  # fmt: skip
    assert bytes(Refused.objects.get(cause="FUTURE").raw).startswith(b'{"b": "b1"')


def test_a_message_server_that_is_not_as_it_must_be_is_refused_in_one_sentence(pipe, monkeypatch):
    async def looked_at():
        client = await bus_.connect("service")
        try:
            await bus_.ensure_streams(client)
            await bus_.ensure_synced()
        finally:
            await client.close()

    asyncio.run(looked_at())
    # the worker of this test looks as well: not at what is changed here
    wait(lambda: Checkpoint.objects.filter(owner__isnull=False).exists())
    monkeypatch.setattr(bus_, "SLOWEST_SYNC_S", 0.5)
    with pytest.raises(bus_.BusUnfit, match="每 1 秒才写一次盘"):
        asyncio.run(looked_at())
    monkeypatch.setenv("NATS_URL", pipe.place.url)  # as another's server
    for told, said in (("3", "只有 1 份副本"), ("two", "不能是“two”")):
        monkeypatch.setenv("BIHUAN_NATS_REPLICAS", told)
        with pytest.raises(bus_.BusUnfit, match=said):
            asyncio.run(looked_at())
