"""Sparkplug B 3.0 (ISO/IEC 20237) as far as a host application needs it: what a payload says, and
what the host knows of an edge node. No network and no clock: times are handed in.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from dataclasses import dataclass, field, replace

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

log = logging.getLogger("bihuan_sparkplug")
BIRTHS, KINDS = ("NBIRTH", "DBIRTH"), ("NBIRTH", "DBIRTH", "NDATA", "DDATA", "NDEATH", "DDEATH")
LARGEST = 4 << 20  # bytes of a payload that are read
HELD = 10_000  # values of a device that wait for its birth
STALE = 540_000  # milliseconds before its birth: such a value is no longer how it is
BOOLEAN, GOOD = 11, 192
SIGNED, UNSIGNED = {1: 8, 2: 16, 3: 32, 4: 64}, {5: 8, 6: 16, 7: 32, 8: 64}
FLOATS = (9, 10)
REBIRTH = "Node Control/Rebirth"
# What a payload has, as far as we read it: number, kind (message name or type), `*` repeated,
# `|` one of several. The rest of the standard's fields are stepped over.
FIELDS = {
    "Value": {
        "type": (1, "uint32"), "is_null": (2, "bool"), "int_value": (3, "uint32|"), "long_value": (4, "uint64|"),
    },
    "Properties": {"keys": (1, "bytes*"), "values": (2, "Value*")},
    "Metric": {
        "name": (1, "bytes"), "alias": (2, "uint64"), "timestamp": (3, "uint64"), "datatype": (4, "uint32"),
        "is_historical": (5, "bool"), "is_null": (7, "bool"), "properties": (9, "Properties"),
        "int_value": (10, "uint32|"), "long_value": (11, "uint64|"), "float_value": (12, "float|"),
        "double_value": (13, "double|"), "boolean_value": (14, "bool|"), "string_value": (15, "bytes|"),
        "bytes_value": (16, "bytes|"), "dataset_value": (17, "bytes|"), "template_value": (18, "bytes|"),
        "extension_value": (19, "bytes|"),
    },
    "Payload": {"timestamp": (1, "uint64"), "metrics": (2, "Metric*"), "seq": (3, "uint64")},
}  # fmt: skip


class Bad(ValueError):
    """Why something cannot be taken. One of a few sentences, so that they can be counted."""


def _messages():
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug_b", package="b", syntax="proto2")
    for name, fields in FIELDS.items():
        message = file.message_type.add(name=name)
        for title, (number, said) in fields.items():
            kind = said.rstrip("*|")
            one = message.field.add(name=title, number=number, label=3 if said[-1] == "*" else 1)
            if kind in FIELDS:
                one.type, one.type_name = one.TYPE_MESSAGE, ".b." + kind
            else:
                one.type = getattr(one, "TYPE_" + kind.upper())
            if said[-1] == "|":
                if not message.oneof_decl:
                    message.oneof_decl.add(name="value")
                one.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("b.Payload"))


_Payload = _messages()


@dataclass(frozen=True)
class Metric:
    """One value as it was sent; `at` in milliseconds since 1970, 0 where nothing was said."""

    name: str
    alias: int | None
    at: int
    type: int
    value: object  # None: null, or marked as not good
    historical: bool = False

    def number(self, born):
        """Its value as a number, None where it has none; `born` is the type of its birth. Raises Bad."""
        kind, value = self.type or born, self.value
        if value is None:
            return None
        if kind == BOOLEAN and isinstance(value, bool):
            return float(value)
        if kind in FLOATS and isinstance(value, float):
            return value if math.isfinite(value) else None
        if kind in SIGNED or kind in UNSIGNED:
            if isinstance(value, int) and not isinstance(value, bool):
                return float(_integer(kind, value))
        elif kind not in (BOOLEAN, *FLOATS):
            raise Bad("its type is no number")
        raise Bad("its value is not of its type")


def _integer(kind, value):
    """Negative numbers come as two's complement, of the type's own width or of the field's."""
    bits = UNSIGNED.get(kind) or SIGNED[kind]
    if kind in UNSIGNED:
        if value < 1 << bits:
            return value
    else:
        for width in (bits, 32, 64):
            signed = value - (1 << width) if value >> (width - 1) == 1 else value
            if -(1 << (bits - 1)) <= signed < 1 << (bits - 1):
                return signed
    raise Bad("its value is outside its type")


@dataclass(frozen=True)
class Said:
    """A payload: its time (0: none), its number in the session (None: none), its metrics."""

    at: int
    seq: int | None
    metrics: tuple[Metric, ...]

    def value(self, name):
        return next((one.value for one in self.metrics if one.name == name), None)


def decode(payload) -> Said:
    """Raises Bad, and nothing else."""
    if len(payload) > LARGEST:
        raise Bad("a payload of more than 4 MB")
    try:
        read = _Payload.FromString(bytes(payload))
        metrics = tuple(_metric(one) for one in read.metrics)
    except (DecodeError, ValueError):  # a text that is not UTF-8 is a ValueError
        raise Bad("a payload that is not Sparkplug B")
    return Said(read.timestamp, read.seq if read.HasField("seq") else None, metrics)


def _metric(one):
    kind = one.WhichOneof("value")
    value = getattr(one, kind) if kind and not one.is_null and _good(one.properties) else None
    alias = one.alias if one.HasField("alias") else None
    return Metric(one.name.decode(), alias, one.timestamp, one.datatype, value, one.is_historical)


def _good(properties):
    for key, value in zip(properties.keys, properties.values, strict=False):
        if key == b"Quality" and value.WhichOneof("value"):
            return getattr(value, value.WhichOneof("value")) == GOOD
    return True


def rebirth(now):
    """The payload of an NCMD that asks an edge node for its births."""
    payload = _Payload(timestamp=now)
    payload.metrics.add(name=REBIRTH.encode(), timestamp=now, datatype=BOOLEAN, boolean_value=True)
    return payload.SerializeToString()


@dataclass
class Source:
    """An edge node itself (device "") or one of its devices: what its last birth said."""

    names: dict | None = None  # alias -> name; None is an alias that was given twice
    types: dict = field(default_factory=dict)
    sure: bool = False  # nothing was missed since that birth
    held: list = field(default_factory=list)  # (time, metric): their aliases wait for a birth


class Node:
    """An edge node's session, and of its `devices` those that matter ("": itself).

    `hear`, `tick` and `begin` return in order what there is to do: `("values", device, [(ms, name,
    type of its birth, metric), ...])`, `("gone", device)`. Seconds are of any clock that only rises.
    """

    def __init__(self, name, devices, reorder=2.0, rebirth=60.0):
        self.name, self.reorder, self.rebirth = name, reorder, rebirth
        self.refused = Counter()  # what could not be taken, by cause
        self.born = False
        self._sources = {device: Source() for device in devices}
        self._next = self._session = None
        self._late, self._late_since = {}, None
        self._wants, self._wants_from, self._asked_at = "", 0.0, None

    def hear(self, kind, device, payload, now):
        """A message of it. Raises Bad, and then has not been heard."""
        said = decode(payload)
        if kind == "NDEATH":
            session = said.value("bdSeq")
            if None not in (session, self._session) and session != self._session:
                raise Bad("the death of an earlier session")
            return self._end(now)
        if said.seq is None or said.seq > 255:
            raise Bad("a message without its number (seq)")
        if kind == "NBIRTH":
            return self._birth(said, now)
        if self._next is None:
            self._next = said.seq
            self._want("data came before its birth", now)
        self._late[said.seq] = (kind, device, said)
        return self._drain(now)

    def tick(self, now):
        """What was missing longer than `reorder` will not come."""
        if self._late_since is None or now - self._late_since < self.reorder:
            return []
        self.refuse("messages are missing")
        self._want("messages are missing", now)
        return self._rest(now)

    def ask(self, now):
        """Why a rebirth is to be asked for now; "" where it is not, or was a moment ago."""
        early = self._asked_at is not None and now - self._asked_at < self.rebirth
        if not self._wants or early or now < self._wants_from:
            return ""
        why, self._wants, self._asked_at = self._wants, "", now
        return why

    def begin(self, now):
        """We are connected anew: what it said meanwhile, and whether it lives, nobody knows."""
        events = self._end(now)
        self._want("nothing is known of it yet", now + self.reorder)
        return events

    def refuse(self, cause, count=1):
        if cause not in self.refused:
            log.warning("%s: not taken: %s (counted from now on)", self.name, cause)
        self.refused[cause] += count

    def _want(self, why, since):
        if not self._wants:
            self._wants, self._wants_from = why, since

    def _end(self, now):
        self._unsure()
        events = self._rest(now) + self._gone()
        self._next, self._wants, self.born = None, "", False
        return events

    def _gone(self):
        return [("gone", device) for device in self._sources]

    def _unsure(self):
        for source in self._sources.values():
            source.sure = False

    def _birth(self, said, now):
        """Numbers begin anew; what waited from before is read by the aliases of before."""
        following, after = {}, (said.seq + 1) % 256
        while after in self._late:
            following[after] = self._late.pop(after)
            after = (after + 1) % 256
        events = self._end(now)
        self._next, self._session = (said.seq + 1) % 256, said.value("bdSeq")
        self._late, self.born = following, True
        return events + self._apply("NBIRTH", "", said, now) + self._drain(now)

    def _drain(self, now):
        """What follows on what was taken; what does not, waits."""
        events = []
        while self._next in self._late:
            one = self._late.pop(self._next)
            self._next = (self._next + 1) % 256
            events += self._apply(*one, now)
        if not self._late:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = now
        return events

    def _order(self):
        return sorted(self._late, key=lambda seq: (seq - (self._next or 0)) % 256)

    def _rest(self, now):
        """What waits, though something before it is missing: perhaps a birth."""
        events = []
        for seq in self._order():
            if seq != self._next:
                self._unsure()
            overtaken = (seq - self._next) % 256 > 128
            self._next = (seq + 1) % 256
            events += self._apply(*self._late.pop(seq), now, overtaken)
        self._late_since = None
        return events

    def _apply(self, kind, device, said, now, overtaken=False):
        source = self._sources.get(device)
        if source is None:
            return []
        if kind == "DDEATH":
            source.sure = False
            return [("gone", device)]
        if kind in BIRTHS:
            return self._born(source, device, said)
        found = []
        for one in said.metrics:
            name = one.name or (source.names or {}).get(one.alias)
            if not one.name and overtaken:
                self.refuse("an alias, perhaps of before its birth, that came after it")
            elif not one.name and not source.sure:
                self._hold(source, (one.at or said.at, one))
            elif not name:
                self.refuse("an alias that its birth does not name")
                self._want("an alias is unknown", now)
            else:
                found.append((one.at or said.at, name, source.types.get(name, 0), one))
        if not source.sure:
            self._want("data came before its birth", now)
        return [("values", device, found)]

    def _hold(self, source, one):
        """It may be another metric by now: the next birth says."""
        source.held.append(one)
        if len(source.held) > HELD:
            source.held.pop(0)
            self.refuse("too much came before its birth")

    def _born(self, source, device, said):
        names, types = {}, {}
        for one in said.metrics:
            if one.alias is not None:
                names[one.alias] = None if one.alias in names else one.name
            types[one.name] = one.type
        found = []
        if names == source.names:
            for at, one in source.held:
                if name := names.get(one.alias):
                    past = one.historical or said.at - at > STALE
                    found.append((at, name, types.get(name, 0), replace(one, historical=past)))
        if len(source.held) > len(found):
            self.refuse(
                "aliases of before a birth that changed them", len(source.held) - len(found)
            )
        source.names, source.types, source.sure, source.held = names, types, True, []
        # What a birth says holds at the birth, however long ago it was measured.
        found += [
            (one.at if one.historical else said.at, one.name, one.type, one)
            for one in said.metrics
            if one.name
        ]
        return [("values", device, found)]
