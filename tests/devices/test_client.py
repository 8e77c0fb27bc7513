"""The client over a real server: lines that break, servers that die, answers that do not come."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time

import pytest

DEVICE = "HY0000000001"


def fill(device, first: int, last: int) -> None:
    for each in range(first, last):
        device.send({"SPEED": float(each), "VIBRATION": 2.5}, t=each)


def times(worker) -> list[int]:
    return [t for t, _values in worker.rows]


def test_a_reading_arrives_and_is_confirmed(start, worker, until):
    device = start()
    device.send({"SPEED": 4200.0, "VIBRATION": 2.3, "LID": None}, t=1764412345678)
    until(lambda: device.confirmed == 1)
    (message,) = worker.messages
    assert message == {
        "b": device.ring.boot, "s": 1, "f": 1, "t": 1764412345678,
        "v": {"SPEED": 4200.0, "VIBRATION": 2.3},
    }  # fmt: skip
    assert device.ring.samples == 0
    assert device.problem == ""
    assert device.said == [f"connected as {DEVICE}"]


def test_without_a_time_it_is_now(start, worker, until):
    device = start()
    before = time.time_ns() // 1_000_000
    device.send({"SPEED": 1.0})
    until(lambda: device.confirmed == 1)
    assert before <= times(worker)[0] <= time.time_ns() // 1_000_000


def test_no_number_is_no_value(start, worker, until):
    device = start()
    device.send({"SPEED": float("nan"), "VIBRATION": float("inf"), "CURRENT": 3}, t=5)
    until(lambda: device.confirmed == 1)
    assert worker.rows == [(5, {"CURRENT": 3})]


def test_catching_up_goes_in_batches(nats, start, worker, until):
    nats.kill()
    device = start(batch=50)
    fill(device, 0, 500)
    nats.start()
    until(lambda: device.confirmed == 500)
    assert times(worker) == list(range(500))
    assert max(len(each.get("r", [1])) for each in worker.messages) == 50
    assert {tuple(each["p"]) for each in worker.messages if "p" in each} == {("SPEED", "VIBRATION")}


def test_a_confirmation_by_mqtt_alone_is_none(start, worker, until):
    """PUBACK came long ago; the device keeps what the worker has not committed."""
    worker.confirms = False
    device = start(ack_wait=60)
    fill(device, 0, 20)
    until(lambda: worker.rows)
    time.sleep(0.3)
    assert device.confirmed == 0
    assert device.ring.samples == 20
    worker.confirm_all()
    worker.confirms = True
    until(lambda: device.confirmed == 20)


def test_what_is_not_confirmed_in_time_goes_again_the_same(start, worker, until):
    worker.confirms = False
    device = start(ack_wait=0.2)
    fill(device, 0, 5)
    until(lambda: len([each for each in worker.messages if each["s"] == 1]) >= 3)
    first = [each for each in worker.messages if each["s"] == 1]
    assert all(each == first[0] for each in first)
    worker.confirm_all()
    until(lambda: device.confirmed == 5)
    assert times(worker) == list(range(5))


def test_repeated_confirmations_change_nothing(start, worker, until):
    device = start()
    fill(device, 0, 3)
    until(lambda: device.confirmed == 3)
    worker.confirms = False
    fill(device, 3, 6)
    until(lambda: worker.high[device.ring.boot] > 3 or len(times(worker)) == 6)
    for _ in range(5):
        worker.confirm(device.ring.boot, 1)
    time.sleep(0.3)
    assert (device.confirmed, device.ring.samples) == (3, 3)
    worker.confirm_all()
    until(lambda: device.confirmed == 6)


def test_the_confirmation_of_another_boot_is_not_for_us(start, worker, until):
    worker.confirms = False
    device = start(ack_wait=60)
    fill(device, 0, 4)
    until(lambda: len(times(worker)) == 4)
    worker.confirm("other", 99)
    for nonsense in (b"", b"{", b"[]", b"17", b'{"b":1}', b'{"b":"x","s":"y"}', b"\xff\xfe"):
        worker.tell(nonsense)
    time.sleep(0.3)
    assert (device.confirmed, device.ring.samples) == (0, 4)
    assert device.connected
    worker.confirm_all()
    until(lambda: device.confirmed == 4)


def test_a_killed_server_loses_nothing(nats, start, worker, until):
    device = start()
    number = 0
    for _ in range(3):
        until(lambda: device.connected)
        fill(device, number, number + 100)
        time.sleep(0.05)
        nats.kill()
        fill(device, number + 100, number + 200)
        number += 200
        until(lambda: not device.connected)
        assert "no connection" in device.problem
        nats.start()
    until(lambda: device.confirmed == number)
    assert times(worker) == list(range(number))
    assert device.ring.dropped == 0


def test_a_cut_line_loses_nothing(nats, bihuan_device, start, worker, until):
    """A relay between the two is cut in the middle of everything, again and again."""
    relay = Relay(nats.mqtt)
    device = bihuan_device.Device(
        "127.0.0.1", DEVICE, "k-7f3a", port=relay.port, ack_wait=0.5, back_off=(0.02, 0.1)
    )
    thread = threading.Thread(target=device.run, args=(0.002,), daemon=True)
    thread.start()
    for each in range(40):
        fill(device, each * 10, each * 10 + 10)
        time.sleep(0.02)
        if each % 8 == 7:
            relay.cut()
    until(lambda: device.confirmed == 400)
    device.running = False
    thread.join(10)
    relay.close()
    assert times(worker) == list(range(400))


def test_after_a_cut_it_sends_again_at_once_what_was_not_confirmed(
    nats, bihuan_device, worker, until
):
    """Without waiting for the time after which an answer is missed."""
    worker.confirms = False
    relay = Relay(nats.mqtt)
    device = bihuan_device.Device(
        "127.0.0.1", DEVICE, "k-7f3a", port=relay.port, ack_wait=600, back_off=(0.02, 0.1)
    )
    thread = threading.Thread(target=device.run, args=(0.002,), daemon=True)
    thread.start()
    fill(device, 0, 5)
    until(lambda: len(times(worker)) == 5)
    worker.confirms = True
    relay.cut()
    until(lambda: device.confirmed == 5)
    device.running = False
    thread.join(10)
    relay.close()
    assert times(worker) == list(range(5))


def test_a_full_ring_drops_the_oldest_counts_them_and_says_so(nats, start, worker, until):
    nats.kill()
    device = start(ring_bytes=4000, batch=5)
    fill(device, 0, 500)
    dropped = device.ring.dropped
    assert 0 < dropped < 500
    assert device.ring.samples == 500 - dropped
    nats.start()
    until(lambda: device.ring.samples == 0)
    assert times(worker) == list(range(dropped, 500))
    oldest = dropped // 5 + 1
    assert worker.messages[0]["s"] == worker.messages[0]["f"] == oldest
    assert device.confirmed == 500 - dropped


def test_sending_never_waits_for_the_line(nats, start):
    nats.kill()
    device = start()
    began = time.monotonic()
    fill(device, 0, 1000)
    assert time.monotonic() - began < 1.0
    assert device.ring.samples == 1000


def test_refused_credentials_are_said_plainly_and_not_tried_at_once_again(start, worker, until):
    device = start(key="wrong", back_off=(0.05, 30))
    fill(device, 0, 3)
    until(lambda: device.problem)
    assert "refused" in device.problem or "wrong device id or key" in device.problem
    time.sleep(1.0)
    assert (len(device.said), device._fails) == (1, 1)
    assert (device.connected, device.ring.samples) == (False, 3)
    assert worker.messages == []


def test_whom_nobody_has_let_in_yet_asks_again_soon_and_then_ever_later(bihuan_device):
    """A server that is being started refuses everybody for a moment."""
    device = bihuan_device.Device("127.0.0.1", DEVICE, "k", back_off=(0.05, 300))
    waits = []
    for _ in range(7):
        device._lost(bihuan_device.Refused("device id or key refused"))
        waits.append(device._retry_at - device._seconds())
    assert 1 < waits[0] < 5
    assert all(30 <= each <= 61 for each in waits[-2:])


def test_credentials_put_right_are_taken(nats, start, worker, until):
    device = start(key="new", back_off=(0.05, 0.2))
    fill(device, 0, 3)
    until(lambda: device.problem)
    nats.stop()
    nats.write(key="new")
    nats.start()
    until(lambda: device.confirmed == 3)
    assert device.problem == ""
    assert times(worker) == [0, 1, 2]


def test_a_server_that_says_nothing_is_left(bihuan_device, until):
    mute = socket.create_server(("127.0.0.1", 0))
    device = bihuan_device.Device(
        "127.0.0.1", DEVICE, "k", port=mute.getsockname()[1], timeout=0.2, back_off=(0.01, 0.01)
    )
    while not device.problem:
        device.loop()
        time.sleep(0.01)
    assert device.problem == "no connection: the server does not answer"
    device.close()
    mute.close()


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x20\xff\xff\xff\xff\xff",
        b"\x20\x00",
        b"\x90\x01\x00",
    ],
)
def test_nonsense_from_the_other_side_is_survived(bihuan_device, said):
    server = socket.create_server(("127.0.0.1", 0))
    device = bihuan_device.Device(
        "127.0.0.1", DEVICE, "k", port=server.getsockname()[1], timeout=0.5, back_off=(5, 5)
    )
    device.send({"SPEED": 1.0})
    device.loop()
    other, _address = server.accept()
    other.sendall(said)
    while not device.problem:
        device.loop()
        time.sleep(0.01)
    other.close()
    assert device.problem.startswith("no connection")
    assert device.ring.samples == 1
    device.close()
    server.close()


def test_a_new_start_of_the_device_sends_what_its_file_kept(nats, start, worker, until, tmp_path):
    worker.confirms = False
    path = str(tmp_path / "ring")
    device = start(path=path, ack_wait=60)
    fill(device, 0, 30)
    until(lambda: len(times(worker)) >= 20)
    device.stopped()
    seen = len(times(worker))
    again = start(path=path)
    assert again.ring.boot != device.ring.boot
    assert again.ring.samples == 30
    fill(again, 30, 40)
    worker.confirms = True
    until(lambda: again.confirmed == 40)
    assert times(worker) == list(range(40))
    assert seen <= 30
    boots = [each["b"] for each in worker.messages]
    assert boots == sorted(boots, key=[device.ring.boot, again.ring.boot].index)


def test_a_quiet_line_is_kept_alive(start, worker, until):
    device = start(keepalive=1)
    until(lambda: device.connected)
    time.sleep(3.5)
    assert device.connected
    assert device.said == [f"connected as {DEVICE}"]
    device.send({"SPEED": 1.0})
    until(lambda: device.confirmed == 1)


def test_over_tls(nats, start, worker, until, tmp_path, authority):
    nats.stop()
    nats.write(f', tls {{ cert_file: "{authority}", key_file: "{authority}" }}')
    nats.start()
    context = ssl.create_default_context(cafile=str(authority))
    device = start(tls=context)
    fill(device, 0, 300)
    until(lambda: device.confirmed == 300)
    assert times(worker) == list(range(300))


def test_an_unknown_authority_is_refused(nats, start, worker, until, authority):
    nats.stop()
    nats.write(f', tls {{ cert_file: "{authority}", key_file: "{authority}" }}')
    nats.start()
    device = start(tls=ssl.create_default_context())
    device.send({"SPEED": 1.0})
    until(lambda: "CERTIFICATE" in device.problem.upper())
    assert worker.messages == []


def test_many_threads_may_send(start, worker, until):
    device = start()
    threads = [
        threading.Thread(target=fill, args=(device, n * 100, n * 100 + 100)) for n in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    until(lambda: device.confirmed == 400)
    assert sorted(times(worker)) == list(range(400))


def test_numbers_and_oldest_only_rise(start, worker, until):
    device = start()
    for each in range(20):
        fill(device, each * 3, each * 3 + 3)
        time.sleep(0.01)
    until(lambda: device.confirmed == 60)
    numbers = [each["s"] for each in worker.messages]
    oldest = [each["f"] for each in worker.messages]
    assert sorted(set(numbers)) == list(range(1, max(numbers) + 1))
    assert oldest == sorted(oldest)
    assert all(low <= number for low, number in zip(oldest, numbers, strict=True))
    assert all(json.dumps(each).isascii() for each in worker.messages)


class Relay:
    """Passes bytes on, until it is cut."""

    def __init__(self, port: int) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._to = port
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open = []

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(997):
                other.sendall(data)
        except OSError:
            pass
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        one.close()
