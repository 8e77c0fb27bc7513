"""A terminal over TCP: registered once, answered when committed; whoever claims to be it is not."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connections

from bihuan.apps.assets.models import Model
from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.devices import revoke
from bihuan.apps.monitoring.actions.terminals import make_known
from bihuan.apps.monitoring.gateways import jt808
from bihuan.apps.monitoring.gateways.positions import sources
from bihuan.apps.monitoring.models import Alarm, Latest, Refused, Terminal
from bihuan.apps.monitoring.refusals import NotAPhone, PhoneTaken
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.servers import empty, ingest, server, state_of, wait
from bihuan.apps.monitoring.tests.test_pipe import stored
from bihuan.base import clock
from bihuan.base.testing.people import make_person, signed_in
from bihuan.lib.jt808 import Location, Message, Splitter, decode, encode
from bihuan.lib.jt808.bodies import location_body

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "13900001111"


@pytest.fixture(scope="module")
def bus():
    with server() as found:
        yield found


@pytest.fixture
def quiet(bus, transactional_db):
    empty(bus)
    with gate() as port:
        yield port


@pytest.fixture
def pipe(quiet):
    with ingest():
        yield quiet


@contextmanager
def gate():
    loop, stop, ports, failed = asyncio.new_event_loop(), asyncio.Event(), [], []

    def body():
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(jt808.serve("127.0.0.1", 0, stop, ready=ports.append))
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    try:
        yield wait(lambda: ports or failed)[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()
    assert not failed, failed


class Terminal808:
    def __init__(self, port, phone=PHONE, *, v2019=False, source=""):
        self.socket = socket.create_connection(
            ("127.0.0.1", port), 10, source_address=(source, 0) if source else None
        )
        self.phone, self.v2019, self.serial = phone, v2019, 0
        self.splitter, self.heard = Splitter(), []

    def send(self, kind, body=b"", *, phone=None):
        self.serial += 1
        self.socket.sendall(
            encode(Message(kind, phone or self.phone, self.serial, body, self.v2019))
        )
        return self.serial

    def hear(self, seconds=45.0):
        self.socket.settimeout(seconds)
        while not self.heard:
            data = self.socket.recv(4096)
            if not data:
                raise ConnectionError
            self.heard += [decode(frame) for frame in self.splitter.feed(data)]
        return self.heard.pop(0)

    def answered(self, seconds=45.0):
        said = self.hear(seconds)
        assert said.kind == 0x8001
        return struct.unpack(">HHB", said.body)

    def register(self, terminal="ID00001"):
        wide = (11, 30, 30) if self.v2019 else (5, 20, 7)
        texts = [
            each.encode("gbk").ljust(size, b"\0")
            for each, size in zip(("XG", "XE215", terminal), wide, strict=True)
        ]
        serial = self.send(0x0100, bytes(4) + b"".join(texts) + b"\x01" + "苏A12345".encode("gbk"))
        said = self.hear()
        assert said.kind == 0x8100
        assert struct.unpack_from(">H", said.body)[0] == serial
        return said.body[2], said.body[3:].decode()

    def authenticate(self, code):
        raw = code.encode()
        body = bytes([len(raw)]) + raw + b"8" * 15 + b"v1".ljust(20, b"\0") if self.v2019 else raw
        self.send(0x0102, body)
        return self.answered()[2]

    def gone(self):
        self.socket.settimeout(10)
        try:
            return self.socket.recv(100) == b""
        except ConnectionError:
            return True


def place(at, **values):
    items = {
        0x01: struct.pack(">I", 12345), 0xE1: struct.pack(">H", 1800), 0xE2: struct.pack(">h", 850), 0xE3: struct.pack(">h", 610),
        0xE4: struct.pack(">H", 210), 0xE5: b"\x3c", 0xE6: struct.pack(">I", 31415), 0xE7: b"\x37",
    }  # fmt: skip
    given = {
        "alarms": 0, "status": 3, "latitude": 31.234567, "longitude": 121.5, "altitude": 8.0, "speed": 4.2,
        "direction": 90.0,
    }  # fmt: skip
    return location_body(
        Location(at=float(int(at)), items=items | values.pop("items", {}), **given | values)
    )


def excavator():
    asset = machine(customer())
    Model.objects.filter(pk=asset.model_id).update(family="EXCAVATOR")
    asset.refresh_from_db()
    return factories.device(asset=asset)[0]


def known(device, **values):
    given = {"device": device, "phone": PHONE, "terminal": "", "by": None, "now": clock.now()}
    return make_known(**given | values)


@pytest.mark.parametrize("v2019", [False, True])
def test_a_terminal_registers_authenticates_and_is_answered_when_its_position_is_stored(
    pipe, v2019
):
    device = excavator()
    known(device)
    one = Terminal808(pipe, v2019=v2019)
    result, code = one.register()
    assert result == 0
    assert Terminal.objects.get().said["plate"] == "苏A12345"
    assert one.authenticate(code) == 0
    serial = one.send(0x0002)
    assert one.answered() == (serial, 0x0002, 0)
    now = time.time()
    serial = one.send(0x0200, place(now))
    assert one.answered() == (serial, 0x0200, 0)
    assert len(stored()) == 1  # it was there before the answer
    latest = Latest.objects.get(device=device)
    points = dict(zip(latest.layout.points, latest.values, strict=True))
    assert {code: value for code, value in points.items() if value is not None} == {
        "LATITUDE": 31.234567, "LONGITUDE": 121.5, "ENGINE_SPEED": 1800, "COOLANT_TEMP": 85.0, "OIL_TEMP": 61.0,
        "PRESSURE": 21.0, "FUEL": 60, "HOURS": 3141.5, "LOAD": 55,
    }  # fmt: skip
    assert latest.state == "WORKING"


def test_nothing_is_answered_before_it_is_committed(quiet):
    device = excavator()
    known(device)
    one = Terminal808(quiet)
    one.authenticate(one.register()[1])
    serial = one.send(0x0200, place(time.time()))
    with pytest.raises(TimeoutError):
        one.hear(1.5)
    with ingest():
        assert one.answered() == (serial, 0x0200, 0)
    assert len(stored()) == 1


def test_a_terminal_that_gets_no_answer_is_let_go_and_repeats_it_over_a_new_line(
    quiet, monkeypatch
):
    known(excavator())
    with ingest():
        wait(state_of)
        one = Terminal808(quiet)
        code = one.register()[1]
        one.authenticate(code)
        serial = one.send(0x0200, place(time.time() - 60))
        assert one.answered() == (serial, 0x0200, 0)
    monkeypatch.setattr(jt808, "STUCK", 0.0)
    one.send(0x0200, body := place(time.time()))
    assert one.gone()
    monkeypatch.undo()
    again = Terminal808(quiet)
    again.authenticate(code)
    serial = again.send(0x0200, body)
    with ingest():
        assert (again.answered(), len(stored())) == ((serial, 0x0200, 0), 2)


def test_a_late_batch_in_fragments_is_stored_once_and_raises_nothing(pipe):
    device = excavator()
    known(device)
    one = Terminal808(pipe)
    _result, code = one.register()
    one.authenticate(code)
    start = time.time() - 86400
    hot = {"items": {0xE3: struct.pack(">h", 1200)}}
    positions = [place(start + 30 * n, **hot) for n in range(60)]
    body = struct.pack(">HB", 60, 1) + b"".join(
        struct.pack(">H", len(each)) + each for each in positions
    )
    pieces = [body[at : at + 900] for at in range(0, len(body), 900)]
    for _ in range(2):
        for number, piece in enumerate(pieces, 1):
            one.serial += 1
            one.socket.sendall(
                encode(Message(0x0704, PHONE, one.serial, piece, part=number, parts=len(pieces)))
            )
        assert one.answered() == (one.serial, 0x0704, 0)
    assert len(stored()) == 60
    assert not Alarm.objects.exists()


def test_who_claims_to_be_another_is_refused_and_seen(pipe):
    device = excavator()
    known(device, terminal="ID00001")
    true = Terminal808(pipe)
    _result, code = true.register()
    assert true.authenticate(code) == 0

    again = Terminal808(pipe)  # its number is taken: no second code for it
    assert again.register()[0] == 3
    assert again.gone()
    guess = Terminal808(pipe)
    assert guess.authenticate("x" * 20) == 1
    assert guess.gone()
    silent = Terminal808(pipe)  # no word of who it is
    silent.send(0x0200, place(time.time()))
    assert silent.gone()
    true.send(0x0200, place(time.time()), phone="13900002222")
    assert true.gone()
    stranger = Terminal808(pipe, "18800000000")
    assert stranger.register()[0] == 4
    assert not stored()
    causes = set(
        wait(
            lambda: (
                Refused.objects.count() >= 4
                and Refused.objects.values_list("code", "cause", "device")
            )
        )
    )
    assert causes == {
        (device.code, "UNKNOWN_DEVICE", device.pk), (device.code, "WRONG_KEY", device.pk),
        (device.code, "OTHER_DEVICE", device.pk), ("JT808", "UNKNOWN_DEVICE", None),
    }  # fmt: skip
    for row in Refused.objects.all():
        assert code.encode() not in bytes(row.raw)


def test_another_terminal_than_the_one_that_was_named_gets_no_code(pipe):
    known(excavator(), terminal="ID00001")
    assert Terminal808(pipe).register("ID00002")[0] == 4
    assert Terminal808(pipe).register("ID00001")[0] == 0


def test_after_its_time_nobody_registers(pipe):
    known(excavator(), now=clock.now() - timedelta(hours=25))
    assert Terminal808(pipe).register()[0] == 3
    assert not Terminal.objects.get().code_hash


def test_garbage_harms_nobody_and_is_counted(pipe):
    device = excavator()
    known(device)
    one = Terminal808(pipe)
    code = one.register()[1]
    one.authenticate(code)
    for raw in (b"\x00" * 100, b"\x7e\x00\x7e", b"\x7e" * 50, b"\x7ex\x7d\x05\x7e"):
        stranger = Terminal808(pipe)
        stranger.socket.sendall(raw + b"\x7e" + b"\xff" * 5000)
        assert stranger.gone()
    serial = one.send(0x0200, b"short")
    assert one.answered() == (serial, 0x0200, 2)
    serial = one.send(0x0900, b"through")
    assert one.answered() == (serial, 0x0900, 3)
    one.socket.sendall(b"\x7e\x02\x00\x00\x7e")
    serial = one.send(0x0200, place(time.time(), status=1))
    assert one.answered() == (serial, 0x0200, 0)
    assert Latest.objects.get(device=device).values[5:7] == [3141.5, None]
    said = Refused.objects.filter(cause="GARBAGE")
    wait(lambda: dict(said.values_list("code", "times")) == {device.code: 2, "JT808": 4})


def heard(port, source):
    try:
        return Terminal808(port, source=source).authenticate("x" * 20) == 1
    except OSError:
        return False


def test_an_address_that_guesses_is_heard_no_more_and_its_neighbours_are(
    bus, transactional_db, monkeypatch
):
    few = {"jt808_of_address": 3, "jt808_wrong_codes": 4, "jt808_wrong_min": 10}
    real = figures.number
    monkeypatch.setattr(figures, "number", lambda name, now: few.get(name) or real(name, now))
    empty(bus)
    device = excavator()
    known(device)
    with gate() as port:
        one = Terminal808(port, source="127.0.0.2")
        code = one.register()[1]
        assert one.authenticate(code) == 0
        for _ in range(4):
            guess = Terminal808(port, source="127.0.0.3")
            assert guess.authenticate("x" * 20) == 1
            assert guess.gone()
        assert Terminal808(port, source="127.0.0.3").gone()
        assert Terminal808(port, source="127.0.0.4").authenticate("x" * 20) == 1
        held = [Terminal808(port, source="127.0.0.5") for _ in range(3)]
        assert Terminal808(port, source="127.0.0.5").gone()
        held.pop().socket.close()
        assert wait(lambda: heard(port, "127.0.0.5"))
        serial = one.send(0x0002)
        assert one.answered() == (serial, 0x0002, 0)
        row = wait(lambda: Refused.objects.filter(cause="ADDRESS").first())
        assert row.code == "JT808"
        assert bytes(row.raw) in {b"127.0.0.3", b"127.0.0.5"}


def test_a_revoked_terminal_is_out_and_its_number_free(pipe):
    device = excavator()
    known(device)
    one = Terminal808(pipe)
    code = one.register()[1]
    one.authenticate(code)
    other = excavator()
    with pytest.raises(PhoneTaken):
        known(other)
    revoke(device=device, why="x", by=None, now=clock.now())
    assert one.gone()
    assert Terminal808(pipe).authenticate(code) == 1
    known(other)
    assert Terminal808(pipe).register()[0] == 0


def test_a_terminal_that_is_made_known_anew_must_register_anew(pipe):
    """Whoever holds a line with the code of before is out, as the code is."""
    device = excavator()
    known(device)
    one = Terminal808(pipe)
    code = one.register()[1]
    one.authenticate(code)
    known(device)
    assert one.gone()
    assert Terminal808(pipe).authenticate(code) == 1


def test_the_page_makes_a_terminal_known():
    device = excavator()
    client = signed_in(make_person("remote_specialist"))
    answer = client.post(
        f"/devices/{device.pk}/terminal/",
        {"phone": "0" + PHONE, "terminal": "ID00001"},
        follow=True,
    )
    assert "等待注册" in answer.content.decode()
    assert Terminal.objects.get().phone == PHONE
    answer = client.post(f"/devices/{device.pk}/terminal/", {"phone": "abc"}, follow=True)
    assert "终端手机号只写数字" in answer.content.decode()
    with pytest.raises(NotAPhone):
        known(device, phone="１２３")


def test_the_data_name_points_that_the_templates_have():
    assert set(sources()) == {"excavator"}
