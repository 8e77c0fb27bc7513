"""What the bridges of other protocols share: how their configuration is read, and rows of a machine."""

from __future__ import annotations

import logging
import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from bihuan_device import Device


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


@dataclass
class Row:
    """What a machine's points said last, and what has changed since it was sent."""

    machine: Machine
    good: dict = field(default_factory=dict)
    changed: list = field(default_factory=list)  # (ms, code, value or None)
    sent_at: float = 0.0
    bad: set = field(default_factory=set)

    def note(self, ms, code, value):
        self.changed.append((ms, code, value))

    def rows(self, together):
        """Whole rows in the order of time: changes within so many milliseconds belong together."""
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

    def tell(self, log, code, good, why):
        """Once when a point turns bad, once when it is good again."""
        if good and code in self.bad:
            self.bad.discard(code)
            log.info("%s %s is good again", self.machine.id, code)
        elif not good and code not in self.bad:
            self.bad.add(code)
            log.warning("%s %s has no good value: %s", self.machine.id, code, why)


def device(mqtt, machine, ring, log, **options):
    """The reference client of a machine, with its ring in the folder `ring`."""
    tls = ssl.create_default_context(cafile=mqtt["ca"]) if mqtt.get("ca") else None
    path = str(Path(ring) / (machine.id + ".ring"))
    say = logging.getLogger("%s.%s" % (log.name, machine.id)).info
    return Device(
        mqtt["host"], machine.id, machine.key, port=int(mqtt["port"]), tls=tls, path=path, log=say,
        **options,
    )  # fmt: skip
