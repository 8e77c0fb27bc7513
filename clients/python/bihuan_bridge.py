"""What the bridges of other protocols share: how their configuration is read, whose clock holds, the
rows of a machine, how they get into the rings, and the program around it.
"""

from __future__ import annotations

import logging
import os
import signal
import ssl
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bihuan_device import Device
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

FLUSH = 0.1  # seconds that changes of one moment wait for each other
REMEMBERED = 20_000  # instants of a machine of which we know what was sent
# Milliseconds. A clock within `NEAR` is right; `SOON` is how long one value vouches for the way of the
# next. Beyond `AHEAD` or `LATE` the server would not take its times as they are, or raise nothing by
# them (`monitoring.clock_ahead_s`, `monitoring.late_s`, less a minute for the way there): that is told.
NEAR, SOON = 2_000, 60_000
AHEAD, LATE = 240_000, 540_000


class BadConfig(ValueError):
    """What is wrong in the configuration, and where."""


@dataclass(frozen=True)
class Point:
    """A point of the machine's template and its source in the other protocol."""

    code: str
    source: str
    scale: float = 1.0
    offset: float = 0.0

    def of(self, number):
        return None if number is None else number * self.scale + self.offset


@dataclass(frozen=True)
class Machine:
    """A device and its points; `every` seconds a whole row is sent though nothing has changed."""

    id: str
    key: str
    points: tuple[Point, ...]
    every: float = 10.0
    origin: tuple[str, ...] = ()


def take(given, where, needed, may=()):
    """A mapping with these names; raises BadConfig."""
    if not isinstance(given, dict):
        raise BadConfig("%s: a mapping is expected" % (where or "the file"))
    for name in needed:
        if name not in given:
            raise BadConfig("%s: `%s` is missing" % (where or "the file", name))
    unknown = sorted(str(name) for name in set(given) - set(needed) - set(may))
    if unknown:
        raise BadConfig("%s: unknown: %s" % (where or "the file", ", ".join(unknown)))
    return given


def secret(text, where):
    """A key, or `env:NAME` where the environment has it."""
    text = str(text)
    if not text.startswith("env:"):
        return text
    if text[4:] not in os.environ:
        raise BadConfig("%s: the environment has no %s" % (where, text[4:]))
    return os.environ[text[4:]]


def number(given, where, name, default, least=0.0):
    """A number of the configuration; raises BadConfig."""
    try:
        found = float(given.get(name, default))
    except (TypeError, ValueError):
        raise BadConfig("%s: `%s` is no number" % (where, name))
    if not least <= found < 1e9:
        raise BadConfig("%s: `%s` must be %g or more" % (where, name, least))
    return found


def parts(given, word, needed, may, also=()):
    """The section `word` of a configuration, what every bridge has (as options of `Config`), and the
    whole; raises BadConfig.
    """
    top = take(given, "", (word, "mqtt", "devices"), ("ring", "ring_mb", *also))
    mine = take(top[word], word, needed, may)
    mqtt = take(top["mqtt"], "mqtt", ("host", "port"), ("ca",))
    number(mqtt, "mqtt", "port", 0, 1)
    size = int(number(top, "the file", "ring_mb", 16, 1) * (1 << 20))
    return mine, {"mqtt": mqtt, "ring": str(top.get("ring", ".")), "ring_bytes": size}, top


def machines(given, word, needed=(), may=(), check=lambda row, where: ()):
    """The devices of a configuration; a point is its source, or `{word: source, scale, offset}`."""
    if not isinstance(given, list) or not given:
        raise BadConfig("devices: a list is expected")
    found = []
    for place, row in enumerate(given):
        where = "devices[%d]" % place
        one = take(row, where, ("id", "key", "points", *needed), ("every_s", *may))
        if not isinstance(one["points"], dict) or not one["points"]:
            raise BadConfig("%s.points: a mapping is expected" % where)
        points = []
        for code, said in one["points"].items():
            at = "%s.points.%s" % (where, code)
            part = take(
                {word: said} if isinstance(said, str) else said, at, (word,), ("scale", "offset")
            )
            points.append(
                Point(
                    str(code),
                    str(part[word]),
                    number(part, at, "scale", 1, -1e9),
                    number(part, at, "offset", 0, -1e9),
                )
            )
        found.append(
            Machine(
                str(one["id"]),
                secret(one["key"], where),
                tuple(points),
                number(one, where, "every_s", 10),
                tuple(check(one, where)),
            )
        )
    return tuple(found)


class Clock:
    """A source's clock set against ours. What is live comes at once: of the values of the last minute
    the one that came soonest tells how far the clock is off. With that taken off its times keep their
    distances, and the server takes them, however wrong the clock is.
    """

    def __init__(self, log, name):
        self.log, self.name, self.off = log, name, False
        self._lags, self._said = deque(), 0  # (ms of ours, by how much later than by its own clock)

    def of(self, ms, now):
        """When a live value was measured, by our clock; `ms` is what its own says (0: it has none)."""
        if not ms:
            return now
        lags, lag = self._lags, now - ms  # only those that none after them undercuts
        if lags and abs(lag - lags[0][1]) > LATE:
            lags.clear()  # one of the clocks was set
        while lags and not now - SOON <= lags[0][0] <= now:
            lags.popleft()
        while lags and lags[-1][1] >= lag:
            lags.pop()
        lags.append((now, lag))
        lag = lags[0][1]
        self.off = abs(lag) > (NEAR / 2 if self.off else NEAR)  # at the bound: not to and fro
        if not -AHEAD <= lag <= LATE and abs(lag - self._said) > max(AHEAD, abs(self._said)):
            self._said = lag  # once, and when it is far worse
            self.log.warning(
                "the clock of %s is %d s %s: that much is taken off its times",
                self.name, abs(lag) // 1000, "behind" if lag > 0 else "ahead",
            )  # fmt: skip
        return ms + lag if self.off else ms


@dataclass
class Row:
    """What a machine's points said last, and what has changed since it was sent; and its past: what
    its source kept while nobody heard it.
    """

    machine: Machine
    good: dict = field(default_factory=dict)
    changed: list = field(default_factory=list)  # (ms, code, value or None)
    past: dict = field(default_factory=dict)  # ms -> values
    sent_at: float = 0.0
    bad: set = field(default_factory=set)
    _newest: int = 0  # of the rows that say how the machine is
    _said: dict = field(default_factory=dict)  # ms -> what was sent of the past
    _taken: dict = field(default_factory=dict)  # ms that have a row: another would not be stored

    def note(self, ms, code, value):
        self.changed.append((ms, code, value))

    def note_past(self, ms, code, value):
        if value is not None:
            self.past.setdefault(ms, {})[code] = value

    def ready(self, together, now):
        """Rows to be sent, [(ms, values)]: the past without what was sent already, then how it is.

        Whole rows only go forward in time: what was heard after a row was sent is later than it,
        whatever its clock says, or the server would hold it for old and raise nothing.
        """
        if self._newest > now + AHEAD:
            self._newest = 0  # our own clock was set back
        past, self.past = sorted(self.past.items()), {}
        found = []
        for ms, values in past:
            known = self._said.setdefault(ms, {})
            new = {code: value for code, value in values.items() if known.get(code) != value}
            known.update(new)
            if new:
                found.append((self._free(ms), new))
        for ms, values in self._whole(together):
            self._newest = self._free(max(ms, self._newest + 1))
            found.append((self._newest, values))
        for kept in (self._said, self._taken):
            while len(kept) > REMEMBERED:
                del kept[next(iter(kept))]
        return found

    def _whole(self, together):
        """In the order of time: changes within so many milliseconds belong together."""
        found, at = [], None
        for ms, code, value in sorted(self.changed, key=lambda each: each[0]):
            if at is not None and ms - at >= together and self.good:
                found.append((at, dict(self.good)))
            at = ms if at is None or ms - at >= together else at
            if value is None:
                self.good.pop(code, None)
            else:
                self.good[code] = value
        if at is not None and self.good:
            found.append((at, dict(self.good)))
        self.changed.clear()
        return found

    def _free(self, ms):
        """Another row of the same instant goes to the next free millisecond."""
        while ms in self._taken:
            ms += 1
        self._taken[ms] = True
        return ms

    def tell(self, log, code, good, why):
        """Once when a point turns bad, once when it is good again."""
        if good and code in self.bad:
            self.bad.discard(code)
            log.info("%s %s is good again", self.machine.id, code)
        elif not good and code not in self.bad:
            self.bad.add(code)
            log.warning("%s %s has no good value: %s", self.machine.id, code, why)


class Sender:
    """Between a source and the devices of one configuration: what every bridge does alike. `source`
    is what it is connected to, `together` milliseconds.
    """

    def __init__(self, config, log, source, together, devices=None):
        self.config, self.log, self.source, self.together = config, log, source, together
        self.problem = "not yet connected"
        self.rows = [Row(machine) for machine in config.machines]
        self.devices = devices or {one.id: self._device(one) for one in config.machines}
        self._wait = 1.0

    def _device(self, machine):
        """The reference client of a machine, with its ring in the folder `ring`."""
        mqtt = self.config.mqtt
        tls = ssl.create_default_context(cafile=mqtt["ca"]) if mqtt.get("ca") else None
        return Device(
            mqtt["host"], machine.id, machine.key, port=int(mqtt["port"]), tls=tls, ring_bytes=self.config.ring_bytes,
            path=str(Path(self.config.ring) / (machine.id + ".ring")),
            log=logging.getLogger("%s.%s" % (self.log.name, machine.id)).info,
        )  # fmt: skip

    @contextmanager
    def sending(self):
        """The devices run, each in a thread of its own."""
        threads = [threading.Thread(target=each.run, daemon=True) for each in self.devices.values()]
        for each in threads:
            each.start()
        try:
            yield
        finally:
            for each in self.devices.values():
                each.running = False
            for each in threads:
                each.join(5)

    def note(self, row, point, ms, number, why):
        """A live value; None is none, and then `why`."""
        row.tell(self.log, point.code, number is not None, why)
        row.note(ms, point.code, point.of(number))

    def flush(self):
        """What has changed, and a whole row where nothing has for `every` seconds."""
        for row in self.rows:
            due = time.monotonic() - row.sent_at >= row.machine.every
            if due and row.good and not row.changed:
                row.note(millis(), *next(iter(row.good.items())))
            self.send(row)

    def send(self, row):
        """Into the ring; it is on the disk when the last of them is."""
        to, ready = self.devices[row.machine.id], row.ready(self.together, millis())
        for place, (ms, values) in enumerate(ready):
            to.ring.sync = place == len(ready) - 1
            to.send(values, t=ms)
        if ready:
            row.sent_at = time.monotonic()

    def forget(self, rows):
        """How these machines are now nobody knows."""
        for row in rows:
            self.send(row)
            row.good.clear()

    def say(self, problem):
        """Once when it begins; "": we are connected."""
        if problem != self.problem:
            (self.log.warning if problem else self.log.info)(
                problem or "connected to " + self.source
            )
        self.problem = problem

    def lost(self, what, error):
        """The source is away: seconds until it is tried again."""
        self._wait = min(30.0, self._wait * 2) if self.problem else 1.0
        self.say("%s: %s" % (what, error or type(error).__name__))
        return self._wait


def millis():
    return time.time_ns() // 1_000_000


def main(read, run):
    """The program itself: `run(config, stop)` goes on until the event `stop` is set."""
    if len(sys.argv) != 2:
        sys.exit("python %s CONFIG.yaml" % Path(sys.argv[0]).name)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            config = read(YAML(typ="safe", pure=True).load(file))
        run(config, stop)
    except (BadConfig, YAMLError, OSError) as error:
        sys.exit("%s: %s" % (sys.argv[1], error))
