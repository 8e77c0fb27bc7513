"""A device that reports to Bihuan: MQTT 3.1.1, and a ring that forgets nothing before the server has
said that it is in its database. Standard library only, so that MicroPython runs it too.

    device = Device("bihuan.example.com", "HY0000000001", key, log=print)
    device.send({"SPEED": 4200.0, "VIBRATION": 2.3})   # puts it into the ring, never waits
    device.loop()                                      # call it often, or run() in a thread
"""

import _thread
import binascii
import json
import os
import socket
import struct
import time

CONNECT, CONNACK, PUBLISH, PUBACK = 0x10, 0x20, 0x30, 0x40
SUBSCRIBE, SUBACK, PINGREQ, DISCONNECT = 0x82, 0x90, 0xC0, 0xE0
REFUSALS = (
    "", "the server does not speak MQTT 3.1.1", "the server refuses this device id",
    "the server is not available", "wrong device id or key", "device id or key refused",
)  # fmt: skip
# Seconds after a first refusal and at most: a server that is being started refuses everybody a moment.
REFUSED_WAIT = (4, 60)
OUT_BYTES, LARGEST = 16384, 65536  # what waits for the socket; the largest packet we take
LATER = (2, 3, 11, 35, 115, 10035)  # "would block": two of TLS, then of Linux, BSD and Windows


class Refused(OSError):
    """The server does not want us; the text says why."""


class Message:
    """Samples under one number. Once sealed, the number always means the same samples."""

    def __init__(self, boot, number, sealed):
        self.boot, self.number, self.sealed = boot, number, sealed
        self.samples, self.bytes = [], 0

    def text(self, oldest):
        """Return what goes over the wire; `oldest` is the lowest number still kept."""
        data = {"b": self.boot, "s": self.number, "f": oldest}
        if len(self.samples) == 1:
            data["t"], values = self.samples[0]
            data["v"] = {code: value for code, value in values.items() if value is not None}
        else:
            codes = data["p"] = []
            for _t, values in self.samples:
                codes += [code for code in values if code not in codes]
            data["r"] = [[t] + [one.get(code) for code in codes] for t, one in self.samples]
        return _packed(data)


class Ring:
    """What is not confirmed yet, oldest first: about `limit` bytes at most.

    Samples join the newest message until it is sealed, up to `batch`: so they travel one by one
    while the line is quick, and together when there is something to catch up with. With a
    `path` each sample is in that file, with a checksum, before `add` returns.
    """

    def __init__(self, limit=262144, batch=60, path=None, sync=True):
        self.limit, self.batch, self.path, self.sync = limit, batch, path, sync
        self.boot = binascii.hexlify(os.urandom(5)).decode()
        self.messages, self.sent = [], 0  # so many of them, from the oldest, are on their way
        self.last = self.bytes = self.samples = self.dropped = self.damaged = 0
        self._file, self._written = None, 0
        if path:
            self._load()

    def add(self, t, values):
        """Keep a sample; the oldest go where there is no room."""
        if not self.messages or self.messages[-1].sealed:
            self.last += 1
        self._keep(self.boot, self.last, t, values)
        self._log(["s", self.boot, self.last, t, values], self.sync)

    def next(self, window):
        """Seal and return the next message to send; None when `window` of them wait already."""
        if self.sent >= min(window, len(self.messages)):
            return None
        message = self.messages[self.sent]
        if message.boot != self.messages[0].boot:
            return None  # first those of an earlier boot are to be confirmed
        message.sealed = True
        self.sent += 1
        return message

    def ack(self, boot, number):
        """Forget what is confirmed; return how many samples that were."""
        gone = 0
        while self.messages and self.messages[0].sealed:
            if self.messages[0].boot != boot or self.messages[0].number > number:
                break
            gone += self._forget()
        if gone:
            self._log(["a", boot, number], False)
        return gone

    def close(self):
        if self._file:
            self._file.close()
        self._file = None

    def _keep(self, boot, number, t, values, sealed=False):
        newest = self.messages[-1] if self.messages else None
        if newest is None or (newest.boot, newest.number) != (boot, number):
            newest = Message(boot, number, sealed)
            self.messages.append(newest)
        size = len(_packed(values)) + 24
        newest.samples.append((t, values))
        newest.bytes += size
        newest.sealed |= len(newest.samples) >= self.batch or newest.bytes * 4 > self.limit
        self.bytes, self.samples = self.bytes + size, self.samples + 1
        while self.bytes > self.limit and len(self.messages) > 1:
            self.dropped += self._forget()

    def _forget(self):
        message = self.messages.pop(0)
        self.sent = max(self.sent - 1, 0)
        self.bytes -= message.bytes
        self.samples -= len(message.samples)
        return len(message.samples)

    def _log(self, record, sync):
        try:
            if self._file:
                self._written += _put(self._file, [record], sync)
                if self._written > 65536 + 3 * self.bytes:
                    self._rewrite()
        except OSError:
            self.damaged += 1  # the disk is full or broken; memory still has it

    def _load(self):
        for path in (self.path, self.path + ".new"):  # the latter alone: cut off in _rewrite
            try:
                with open(path, "rb") as file:
                    for line in file:
                        self._play(line)
                break
            except OSError:
                pass
        self.dropped = 0  # those were counted when they went
        self._rewrite()

    def _play(self, line):
        text = line[9:-1]
        if line[:9] != ("%08x " % binascii.crc32(text)).encode():
            self.damaged += 1  # torn by a power cut, or spoilt
            return
        record = json.loads(text.decode())
        if record[0] == "s":
            self._keep(*record[1:], True)  # sealed: perhaps it was sent before the power went
        else:
            self.ack(*record[1:])

    def _rewrite(self):
        """Write what is left to a new file, which then takes the place of the old one."""
        kept = (["s", m.boot, m.number, t, v] for m in self.messages for t, v in m.samples)
        with open(self.path + ".new", "wb") as file:
            self._written = _put(file, kept, True)
        self.close()
        getattr(os, "replace", os.rename)(self.path + ".new", self.path)
        self._file = open(self.path, "ab")


class Device:
    """One device. `send` may be called from any thread, `loop` from one."""

    def __init__(
        self, host, id, key, port=1883, tls=None, ring_bytes=262144, path=None, sync=True,
        batch=60, window=16, keepalive=60, ack_wait=15, timeout=10, back_off=(1, 60), log=None,
    ):  # fmt: skip
        self.host, self.port, self.id, self.key, self.tls = host, port, id, key, tls
        self.window, self.keepalive, self.timeout = window, keepalive, timeout
        self.ack_wait, self.back_off, self.log = ack_wait, back_off, log
        self.ring = Ring(ring_bytes, batch, path, sync)
        self.connected, self.running = False, True
        self.problem = ""  # what is wrong just now, for people
        self.confirmed = 0  # samples that are in the server's database
        self._lock = _thread.allocate_lock()
        self._socket, self._in, self._out, self._packet = None, b"", b"", 0
        self._fails = self._retry_at = self._waits = self._progress_at = 0
        self._opened_at = self._heard_at = self._pinged_at = self._ticks = self._ms = 0

    def send(self, values, t=None):
        """Keep a sample: point -> number (None: no value), `t` in milliseconds since 1970."""
        if t is None:  # some boards count from 2000
            t = time.time_ns() // 1000000 + (946684800000 if time.gmtime(0)[0] == 2000 else 0)
        # JSON has neither infinity nor "not a number".
        clean = {k: v if v is not None and v - v == 0 else None for k, v in values.items()}
        with self._lock:
            self.ring.add(int(t), clean)

    def run(self, pause=0.05):
        """Loop until `running` is set to False; for a thread of its own."""
        while self.running:
            self.loop()
            time.sleep(pause)
        self.close()

    def close(self):
        try:
            if self._socket:
                self._out += bytes((DISCONNECT, 0))
                self._write()
        except OSError:
            pass
        self._shut()
        with self._lock:
            self.ring.close()

    def loop(self):
        """Do what can be done now. It waits for nothing but a connection being opened."""
        now = self._seconds()
        try:
            if self._socket is None:
                if now >= self._retry_at:
                    self._open()
                return
            self._read(now)
            if self.connected:
                self._transmit(now)
            self._keep_alive(now)
            self._write()
        except (OSError, ValueError, LookupError, TypeError) as error:
            self._lost(error)

    def _open(self):
        address = socket.getaddrinfo(self.host, self.port, 0, socket.SOCK_STREAM)[0]
        self._socket = socket.socket(address[0], socket.SOCK_STREAM)
        self._socket.settimeout(self.timeout)
        self._socket.connect(address[-1])
        if self.tls:
            self._socket = self.tls.wrap_socket(self._socket, server_hostname=self.host)
        self._socket.setblocking(False)
        self._opened_at = self._heard_at = self._pinged_at = self._seconds()
        # Protocol level 4; flags: user name, password, clean session.
        head = _text("MQTT") + struct.pack("!BBH", 4, 0xC2, self.keepalive)
        self._out = _packet(CONNECT, head + _text(self.id) + _text(self.id) + _text(self.key))
        self._write()

    def _lost(self, error):
        refused = isinstance(error, Refused)
        self._say(str(error) if refused else "no connection: %s" % (error or type(error).__name__))
        self._shut()
        least, most = self.back_off
        if refused:
            least, most = REFUSED_WAIT[0], min(most, REFUSED_WAIT[1])
        wait = min(most, least * 2 ** min(self._fails, 16))
        self._fails += 1
        self._retry_at = self._seconds() + wait * (0.5 + os.urandom(1)[0] / 512)

    def _shut(self):
        if self._socket:
            self._socket.close()
        self._socket, self.connected, self._in, self._out = None, False, b"", b""
        with self._lock:
            self.ring.sent = 0  # all that is not confirmed goes again

    def _say(self, problem):
        if self.log and (problem != self.problem or not problem):
            self.log(problem or "connected as %s" % self.id)
        self.problem = problem

    def _transmit(self, now):
        ring = self.ring
        with self._lock:
            if ring.sent and now - self._progress_at > self.ack_wait * 2 ** min(self._waits, 3):
                ring.sent, self._waits = 0, self._waits + 1  # again, the more patiently the longer
                if self._waits % 3 == 0:  # perhaps this server no longer hears of confirmations
                    raise OSError("the server does not confirm")
            if not ring.sent:
                self._progress_at = now
            while len(self._out) < OUT_BYTES and (message := ring.next(self.window)):
                text = message.text(ring.messages[0].number).encode()
                self._out += _packet(PUBLISH | 2, _text("t/" + self.id) + self._packet_id() + text)

    def _seconds(self):
        if hasattr(time, "monotonic"):
            return time.monotonic()
        ticks = time.ticks_ms()  # of MicroPython: they begin anew after some days
        self._ms += time.ticks_diff(ticks, self._ticks)
        self._ticks = ticks
        return self._ms / 1000

    def _packet_id(self):
        self._packet = self._packet % 65535 + 1
        return struct.pack("!H", self._packet)

    def _keep_alive(self, now):
        if not self.connected and now - self._opened_at > self.timeout:
            raise OSError("the server does not answer")
        if now - self._heard_at > self.keepalive * 1.5:
            raise OSError("the server has fallen silent")
        if self.connected and now - self._pinged_at > self.keepalive / 2:
            self._pinged_at = now
            self._out += bytes((PINGREQ, 0))

    def _write(self):
        say = getattr(self._socket, "send", None) or self._socket.write
        while self._out and (count := _tried(say, self._out)):
            self._out = self._out[count:]

    def _read(self, now):
        while True:
            data = _tried(getattr(self._socket, "recv", None) or self._socket.read, 4096)
            if data:
                self._heard_at = now
                self._in += data
            while (found := _unpacked(self._in)) is not None:
                self._in = found[2]
                self._got(found[0], found[1])
            if data is None:
                return
            if not data:
                raise OSError("the server closed the connection")

    def _got(self, kind, body):
        if kind == CONNACK and body[1]:
            raise Refused(REFUSALS[min(body[1], 5)])
        if kind == CONNACK:
            self._out += _packet(SUBSCRIBE, self._packet_id() + _text("ack/" + self.id) + b"\x01")
        elif kind == SUBACK:
            if body[2] == 0x80:
                raise Refused("the server does not let this device hear its confirmations")
            self.connected, self._fails, self._waits = True, 0, 0
            self._say("")
        elif kind & 0xF0 == PUBLISH:
            start = 2 + (body[0] << 8 | body[1])
            mine = body[2:start] == ("ack/" + self.id).encode()
            if kind & 0x06:
                self._out += _packet(PUBACK, body[start : start + 2])
                start += 2
            if mine:
                self._acked(body[start:])

    def _acked(self, payload):
        try:
            answer = json.loads(payload.decode())
            boot, number = answer["b"], int(answer["s"])
        except (ValueError, LookupError, TypeError):
            return  # not one of ours: the readings go again
        with self._lock:
            gone = self.ring.ack(boot, number)
        if gone:
            self.confirmed += gone
            self._waits, self._progress_at = 0, self._seconds()


def _packed(data):
    return json.dumps(data, separators=(",", ":"))


def _put(file, records, sync):
    size = 0
    for record in records:
        text = _packed(record).encode()
        size += file.write(("%08x " % binascii.crc32(text)).encode() + text + b"\n")
    file.flush()
    if sync:
        os.fsync(file.fileno()) if hasattr(os, "fsync") else os.sync()
    return size


def _packet(kind, body):
    head, size = bytes((kind,)), len(body)
    while size > 127:
        head += bytes((size & 127 | 128,))
        size >>= 7
    return head + bytes((size,)) + body


def _unpacked(data):
    """The first packet in the bytes: kind, body, the rest; None while it is not all there."""
    size = 0
    for place in range(1, min(len(data), 5)):
        size |= (data[place] & 127) << (7 * (place - 1))
        if size > LARGEST or (place == 4 and data[place] > 127):
            raise ValueError("the server sends nonsense")
        if data[place] < 128:
            end = place + 1 + size
            return (data[0], data[place + 1 : end], data[end:]) if len(data) >= end else None
    return None


def _text(text):
    return struct.pack("!H", len(text.encode())) + text.encode()


def _tried(call, argument):
    """Call it on a socket that does not wait; None when it would have to."""
    try:
        return call(argument)
    except OSError as error:
        if error.args and error.args[0] in LATER:
            return None
        raise
