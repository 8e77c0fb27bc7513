"""What the message server sends is read whole however it is cut, and asked for as long as it lasts."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.monitoring.models import Latest
from bihuan.apps.monitoring.pipe import pulling, worker
from bihuan.apps.monitoring.pipe.bus import connect
from bihuan.apps.monitoring.pipe.pulling import AHEAD, MOST, Hole, Pull, cut
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.servers import empty, ingest, server, signed_in, wait


def told(head, body):
    if head is None:
        return b"MSG tele.3.abc 1 $JS.ACK.x %d\r\n%s\r\n" % (len(body), body)
    sizes = len(head), len(head) + len(body)
    return b"HMSG tele.3.abc 1 $JS.ACK.x %d %d\r\n%s%s\r\n" % (*sizes, head, body)


heads = st.sampled_from([None, b"NATS/1.0\r\nA: b\r\n\r\n", b"NATS/1.0 408 Timeout\r\n\r\n"])
bodies = st.sampled_from([b"", b"{}", b"a\r\nPING\r\nb", b"\r\n"])
parts = st.lists(
    st.one_of(st.tuples(heads, bodies), st.sampled_from([b"PING", b"+OK", b"-ERR 'no'"])),
    max_size=5,
)


@given(parts, st.lists(st.integers(0, 400), max_size=6))
def test_it_is_read_whole_however_it_is_cut(parts, places):
    whole = b"".join(part + b"\r\n" if type(part) is bytes else told(*part) for part in parts)
    found, rest = [], b""
    bounds = sorted({0, len(whole), *(place for place in places if place < len(whole))})
    for low, high in pairwise(bounds):
        some, rest = cut(rest + whole[low:high])
        found += some
    assert rest == b""
    assert [(head.strip(), body) for _words, head, body in found] == [
        (b"", b"") if type(part) is bytes else ((part[0] or b"").strip(), part[1]) for part in parts
    ]
    lines = [b" ".join(words) for words, _, _ in found]
    assert [line for line in lines if not line.startswith((b"MSG", b"HMSG"))] == [
        part for part in parts if type(part) is bytes
    ]


@pytest.mark.django_db(transaction=True)
def test_a_request_that_ran_out_is_asked_for_again(monkeypatch):
    """And not only after a silence: a machine that says a little all the time is heard all the time."""
    monkeypatch.setattr(pulling, "EXPIRES", 0.5)
    monkeypatch.setattr(worker, "HOLD", 3600.0)
    with server() as bus:
        empty(bus)
        with ingest():
            device, key = factories.device()
            client = signed_in(bus, device, key)
            for number in range(1, 4):
                time.sleep(1.0)  # longer than a request lasts
                at = round(time.time() * 1000)
                body = {"b": "b", "s": number, "f": 1, "t": at, "v": {"SPEED": 1.0}}
                client.publish(f"t/{device.code}", json.dumps(body).encode())
                wait(lambda number=number: Latest.objects.filter(device=device, acked=number))


async def asked(subject):
    client = await connect("service")
    try:
        return json.loads((await client.request(f"$JS.API.CONSUMER.{subject}", b"{}")).data)
    finally:
        await client.close()


def readers():
    return asyncio.run(asked("NAMES.TELE"))["consumers"]


@pytest.mark.django_db(transaction=True)
def test_a_silence_does_not_multiply_what_is_asked_for(monkeypatch):
    monkeypatch.setattr(pulling, "EXPIRES", 0.3)
    monkeypatch.setattr(worker, "HOLD", 0.3)
    with server() as bus:
        empty(bus)
        before = set(readers())
        with ingest():
            device, key = factories.device()
            client = signed_in(bus, device, key)
            name = wait(lambda: set(readers()) - before).pop()
            for _ in range(60):
                time.sleep(0.3)
                assert asyncio.run(asked(f"INFO.TELE.{name}"))["num_waiting"] <= AHEAD
            for number in range(1, 20):
                at = round(time.time() * 1000)
                body = {"b": "b", "s": number, "f": 1, "t": at, "v": {"SPEED": 1.0}}
                client.publish(f"t/{device.code}", json.dumps(body).encode())
                time.sleep(0.1)  # of each request a little is used before it runs out
            wait(lambda: Latest.objects.filter(device=device, acked=19))
            assert asyncio.run(asked(f"INFO.TELE.{name}"))["num_waiting"] <= AHEAD
            assert name in readers()  # it is still the first one: nothing was lost on the way
            asyncio.run(asked(f"DELETE.TELE.{name}"))
            wait(lambda: set(readers()) - before - {name})


INFO = b'INFO {"headers":true}\r\n'


@asynccontextmanager
async def speaking(said, after=b"", *, reads=True, tls=None):
    """A server that says so to whoever comes, PONG and `after` once it is asked; yields its port and
    what it heard. With `tls` all but its first words are enciphered.
    """
    heard, hold = [], asyncio.Event()

    async def serve(reader, writer):
        writer.write(said)
        if tls is not None:
            await writer.start_tls(tls)
        while line := await reader.readline():
            heard.append(line)
            if line == b"PING\r\n":
                writer.write(b"PONG\r\n" + after)
                if not reads:
                    await hold.wait()
        writer.close()

    found = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield found.sockets[0].getsockname()[1], heard
    finally:
        hold.set()
        found.close()


@pytest.fixture
def house(settings, tmp_path, monkeypatch):
    """Run something against servers at some ports, with little patience and within a time."""
    settings.HOME = tmp_path
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "nats_service").write_text("secret", "ascii")
    monkeypatch.setattr(pulling, "PATIENCE", 0.5)

    def at(*urls):
        monkeypatch.setenv("NATS_URL", ",".join(str(each) for each in urls))
        return Pull("reader")

    return at


def limited(work):
    async def whole():
        async with asyncio.timeout(30):
            await work

    asyncio.run(whole())


MESSAGE = b"MSG tele.3.abc 1 $JS.ACK.TELE.reader.1.7.1.1700000000000000000.0 2\r\n{}\r\n"


def test_who_may_not_be_told_something_keeps_nobody_else_from_being_heard(house, caplog):
    denied = b"-ERR 'Permissions Violation for Publish to \"ack.x\"'\r\n"

    async def work():
        async with speaking(INFO, denied + denied + MESSAGE) as (port, _heard):
            pull = house(f"nats://127.0.0.1:{port}")
            await pull.open()
            await pull.came.wait()
            assert [(each.partition, each.seq, each.code) for each in pull.batch()] == [
                (3, 7, "abc")
            ]
            await pull.close()

    limited(work())
    assert caplog.text.count("ack.x") == 1


@pytest.mark.parametrize(
    "said", [b"'Stale Connection'", b"'Permissions Violation for Subscription to \"_INBOX.a\"'"]
)
def test_whatever_else_it_complains_of_is_found_by_who_asks_for_a_batch(house, said):
    async def work():
        async with speaking(INFO, b"-ERR " + said + b"\r\n") as (port, _heard):
            pull = house(f"nats://127.0.0.1:{port}")
            await pull.open()
            await pull.came.wait()
            with pytest.raises(Hole):
                pull.batch()
            await pull.close()

    limited(work())


def test_a_server_that_answers_no_request_is_gone(house, monkeypatch):
    monkeypatch.setattr(pulling, "EXPIRES", 0.2)
    monkeypatch.setattr(pulling, "SLACK", 0.2)

    async def work():
        async with speaking(INFO, b"PING\r\n" * 3) as (port, heard):
            pull = house(f"nats://127.0.0.1:{port}")
            await pull.open()
            pull.ensure_answered()
            await asyncio.sleep(1.0)
            assert b"PONG\r\n" in heard
            with pytest.raises(Hole):
                pull.ensure_answered()
            await pull.close()
            asked = [json.loads(line) for line in heard if line.startswith(b'{"batch"')]
            assert sum(each["batch"] for each in asked) == MOST * AHEAD

    limited(work())


def test_a_server_that_does_not_read_holds_nobody_up(house):
    async def work():
        async with speaking(INFO, reads=False) as (port, _heard):
            pull = house(f"nats://127.0.0.1:{port}")
            await pull.open()
            with pytest.raises(Hole):
                await pull.tell([("ack.x", b"x" * 30_000_000)])
            await pull.close()

    limited(work())


@pytest.mark.parametrize("said", [b"INFO {\r\n", b"INFO []\r\n", b"x" * 2_000_000, b"SSH-2.0\r\n"])
def test_a_server_that_does_not_answer_properly_is_passed_over(house, said):
    async def work():
        async with speaking(said) as (bad, _), speaking(INFO, MESSAGE) as (good, _heard):
            alone = house(f"nats://127.0.0.1:{bad}")
            with pytest.raises(OSError, match="no NATS server"):
                await alone.open()
            await alone.close()
            pull = house(f"nats://127.0.0.1:{bad}", f"nats://127.0.0.1:{good}")
            await pull.open()
            await pull.came.wait()
            assert len(pull.batch()) == 1
            await pull.close()

    limited(work())


def test_an_address_that_cannot_be_read_is_passed_over(house):
    async def work():
        alone = house("nats://127.0.0.1:port")
        with pytest.raises(OSError, match="no NATS server"):
            await alone.open()
        await alone.close()
        async with speaking(INFO, MESSAGE) as (good, _heard):
            pull = house("nats://127.0.0.1:port", f"nats://127.0.0.1:{good}")
            await pull.open()
            await pull.came.wait()
            assert len(pull.batch()) == 1
            await pull.close()

    limited(work())


def large(number, size=40):
    body = b"x" * size
    subject = b"$JS.ACK.TELE.reader.1.%d.%d.1700000000000000000.0" % (number, number)
    return b"MSG tele.3.abc 1 %s %d\r\n%s\r\n" % (subject, len(body), body)


def test_large_messages_are_taken_a_few_at_a_time_and_no_more_asked_for_meanwhile(
    house, monkeypatch
):
    monkeypatch.setattr(pulling, "LARGE", 100)
    monkeypatch.setattr(pulling, "HELD", 200)
    monkeypatch.setattr(pulling, "MOST", 10)

    async def work():
        said = b"".join(large(number) for number in range(1, 31))
        async with speaking(INFO, said) as (port, heard):
            pull = house(f"nats://127.0.0.1:{port}")
            await pull.open()
            await pull.came.wait()
            await asyncio.sleep(0.2)
            taken, asked = [], []
            while len(taken) < 30:
                batch = pull.batch()
                assert len(batch) == 3
                taken += [each.seq for each in batch]
                assert pull.full.is_set() == (pull.waiting >= 3)
                await asyncio.sleep(0.02)
                asked.append(sum(line.startswith(b'{"batch"') for line in heard))
            await pull.close()
        assert taken == list(range(1, 31))
        assert asked == [AHEAD] * 8 + [AHEAD + 2, AHEAD + 3]

    limited(work())
