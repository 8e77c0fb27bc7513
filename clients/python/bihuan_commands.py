"""A device that lets itself be set from afar: each command at most once, whatever the line, the clock or
the power does. Beside `bihuan_device.py`; standard library only, so that MicroPython runs it too.

    speed = Setting(1000, 4800, ("IDLE", "AT_SPEED"), get=read_set_speed, set=write_set_speed)
    device = CommandedDevice("bihuan.example.com", "HY0000000001", key, path="readings.ring",
                             settings={"SET_SPEED": speed}, state=machine_state, kept="command.kept")

A command is carried out when it is signed with this device's key, newer than every one before, not past
its expiry by the device's own clock, within the bounds that THIS program gives, in one of its states, and
the value that stands is the one that people saw. The number is on the disk before anything is touched:
after a power cut in the middle the device says that it does not know, and never tries again.
"""

import binascii
import hashlib
import json
import os
import time

from bihuan_device import CONNACK, PUBLISH, SUBSCRIBE, Device, _packed, _packet, _text

LONGEST = (
    60000  # milliseconds: what expires later than that comes from a clock that differs from ours
)
AGAIN = (5, 60)  # seconds between two tellings of an answer that nobody confirmed
PURPOSE = b"bihuan commands 1"


class Setting:
    """A set-point: its bounds, the states of the machine in which it may be changed, how to read it
    and how to write it. `set` raises when it could not.
    """

    def __init__(self, low, high, states, get, set):
        self.low, self.high, self.states, self.get, self.set = low, high, states, get, set


class Commands:
    """What was commanded last, kept in the file `path`; `state` tells the state of the machine."""

    def __init__(self, id, key, path, settings, state, clock=None, sync=True):
        self.id, self.path, self.settings, self.state, self.sync = id, path, settings, state, sync
        self.clock = clock or _millis
        self.ignored = 0  # messages that were not ours, not signed, or old
        self.forgotten = 0  # commands that the disk did not take: left alone, and not answered
        self._key = hmac(_hex(hashlib.sha256(key.encode()).digest()), PURPOSE)
        self._last = {"n": 0, "a": "", "got": True}
        self._accepted, self._due, self._wait = None, 0, AGAIN[0]
        self._load()

    def heard(self, payload):
        """Take a message of the topic `c/<id>`."""
        body = self._opened(payload)
        if body is None or body.get("d") != self.id:
            self.ignored += 1
        elif body.get("k") == "got":
            if body.get("n") == self._last["n"] and not self._last["got"]:
                self._keep(got=True)
        elif body.get("k") == "set":
            self._commanded(body)

    def answers(self, seconds):
        """What is to be published to `r/<id>` now; `seconds` is any clock that only goes forward."""
        found, self._accepted = [self._accepted] if self._accepted else [], None
        if not self._last["got"] and self._last["a"] and seconds >= self._due:
            found.append(self._signed(self._last))
            self._due, self._wait = seconds + self._wait, min(self._wait * 2, AGAIN[1])
        return found

    def _commanded(self, body):
        number = body.get("n")
        if not isinstance(number, int) or number < self._last["n"]:
            self.ignored += 1  # an old one: played back, or overtaken
        elif number == self._last["n"]:
            self._tell()  # the same once more: our answer did not arrive
        else:
            before, why = self._last, self._why_not(body)
            if not self._keep(n=number, a="rejected" if why else "unknown", y=why, got=False):
                self._last = before  # nothing was touched, and what is not on the disk is not said
                self.forgotten += 1
                return
            if not why:
                self._carry_out(number, self.settings[body["p"]], body["v"])
            self._tell()

    def _why_not(self, body):
        left = body["x"] - self.clock()
        setting = self.settings.get(body["p"])
        if left <= 0:
            return "expired"
        if left > LONGEST:
            return "clock"
        if setting is None:
            return "point"
        if not setting.low <= body["v"] <= setting.high:
            return "range"
        state = self.state()
        if state not in body["s"] or state not in setting.states:
            return "state"
        return "" if abs(setting.get() - body["w"]) <= body["e"] else "changed"

    def _carry_out(self, number, setting, value):
        self._accepted = self._signed({"n": number, "a": "accepted"})
        try:
            setting.set(value)
        except Exception:  # noqa: BLE001 - of the maker's own code
            self._keep(a="rejected", y="failed", v=_stands(setting))
        else:
            self._keep(a="done", v=setting.get())

    def _tell(self):
        self._last["got"], self._due, self._wait = False, 0, AGAIN[0]

    def _keep(self, **changes):
        """On the disk before it counts; False when the disk does not take it."""
        self._last = {**self._last, "t": self.clock(), **changes}
        if "n" in changes:
            self._last.pop("v", None)
        text = _packed({"d": self.id, **self._last}).encode()
        try:
            with open(self.path + ".new", "wb") as file:
                file.write(("%08x " % binascii.crc32(text)).encode() + text + b"\n")
                file.flush()
                if self.sync:
                    os.fsync(file.fileno()) if hasattr(os, "fsync") else os.sync()
            getattr(os, "replace", os.rename)(self.path + ".new", self.path)
        except OSError:
            return False
        return True

    def _load(self):
        """A file that is spoilt stops the program: without its memory a device must not be commanded."""
        try:
            with open(self.path, "rb") as file:
                line = file.read()
        except OSError:
            return  # a new device
        text = line[9:-1]
        if line[:9] != ("%08x " % binascii.crc32(text)).encode():
            raise ValueError(
                "%s is damaged; remove it only when no command is under way" % self.path
            )
        kept = json.loads(text.decode())
        if kept.pop("d") == self.id:
            self._last = kept  # "unknown" stands there when the power went in the middle
            self._tell() if not kept["got"] else None

    def _signed(self, answer):
        body = {
            "d": self.id,
            "n": answer["n"],
            "a": answer["a"],
            "t": answer.get("t", self.clock()),
        }
        body.update({k: answer[k] for k in ("y", "v") if answer.get(k) not in (None, "")})
        text = _packed(body)
        signature = _hex(hmac(self._key, b"r" + text.encode())).decode()
        return _packed({"m": text, "h": signature}).encode()

    def _opened(self, payload):
        try:
            outer = json.loads(payload.decode())
            text, said = outer["m"], outer["h"].encode()
            right = _hex(hmac(self._key, b"c" + text.encode()))
            different = len(right) ^ len(said)
            for one, other in zip(right, said):  # noqa: B905 - MicroPython; all of them, so that time tells nothing
                different |= one ^ other
            body = json.loads(text)
            return body if not different and isinstance(body, dict) else None
        except (ValueError, LookupError, TypeError, AttributeError):
            return None


class CommandedDevice(Device):
    """A `Device` that also hears commands; `kept` is the file of `Commands`."""

    def __init__(self, host, id, key, settings, state, kept, **options):
        super().__init__(host, id, key, **options)
        self.commands = Commands(id, key, kept, settings, state, sync=options.get("sync", True))

    def _got(self, kind, body):
        super()._got(kind, body)
        topic = _text("c/" + self.id)
        if kind == CONNACK:
            self._out += _packet(SUBSCRIBE, self._packet_id() + topic + b"\x01")
        elif kind & 0xF0 == PUBLISH and body[: len(topic)] == topic:
            self.commands.heard(body[len(topic) + (2 if kind & 0x06 else 0) :])

    def _transmit(self, now):
        super()._transmit(now)
        for each in self.commands.answers(now):
            self._out += _packet(PUBLISH | 2, _text("r/" + self.id) + self._packet_id() + each)


def hmac(key, text):
    """HMAC-SHA256, which MicroPython lacks."""
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key) + bytes(64)
    inner = hashlib.sha256(bytes(each ^ 0x36 for each in key[:64]) + text).digest()
    return hashlib.sha256(bytes(each ^ 0x5C for each in key[:64]) + inner).digest()


def _stands(setting):
    """What stands there after it could not be set; None where that cannot be told either."""
    try:
        return setting.get()
    except Exception:  # noqa: BLE001 - of the maker's own code
        return None


def _hex(data):
    return binascii.hexlify(data)


def _millis():
    """Since 1970; some boards count from 2000."""
    return time.time_ns() // 1000000 + (946684800000 if time.gmtime(0)[0] == 2000 else 0)
