"""What a worker does with a batch: read, judge, evaluate, and write all of it in one transaction.

The truth is in the database. What is held in memory (`Fleet`) was read from there and is thrown
away whenever a batch could not be committed.
"""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import orjson
from django.db import DatabaseError, DataError, IntegrityError, transaction
from django.db.models import Q
from numpy.typing import NDArray

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions import events
from bihuan.apps.monitoring.actions.refusing import Refusals
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import Agreed
from bihuan.apps.monitoring.models import Consent, Device, Latest, Limit
from bihuan.apps.monitoring.pipe.fleet import Fleet, Known
from bihuan.apps.monitoring.pipe.holding import Fenced, Hold
from bihuan.apps.monitoring.pipe.reading import Message, Said, Unreadable, numbering, read_all
from bihuan.apps.monitoring.store import writing
from bihuan.apps.monitoring.store.keeping import mark_late
from bihuan.base import clock
from bihuan.base.together import reading
from bihuan.lib.machines import Cause, Template
from bihuan.lib.machines.evaluate import Event
from bihuan.lib.machines.judge import Bounds, judge

log = logging.getLogger(__name__)
_ENDLESS = 1e300
"""Beyond any number that could be reckoned with."""
SLOWEST = timedelta(minutes=1)
"""Whoever changes something may commit so long after the time he wrote down."""
HEAR = timedelta(seconds=2)
"""How soon a worker knows of a credential revoked or a limit changed."""


@dataclass
class Taken:
    """What came of a batch: the answers to the devices (code -> boot, number), the messages (by their
    number in the stream) of which nothing was taken, rows that were new, alarms that began.
    """

    acks: dict[str, tuple[str, int]] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)
    samples: int = 0
    points: int = 0
    raised: int = 0


@dataclass
class _Lot:
    """The samples of one template in a batch, in the order in which they came: for each message its
    times and rows, and what is the same for all of them (`count`).
    """

    device: list[int] = field(default_factory=list)
    ts: list[NDArray[np.float64]] = field(default_factory=list)
    received: list[float] = field(default_factory=list)
    values: list[NDArray[np.float64]] = field(default_factory=list)
    message: list[int] = field(default_factory=list)
    past: list[bool] = field(default_factory=list)
    count: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Numbers:
    ahead: float
    old: float
    kept: float
    late: float
    flood: float

    @classmethod
    def at(cls, now: datetime) -> _Numbers:
        return cls(
            figures.number("clock_ahead_s", now), figures.number("oldest_days", now) * 86400,
            figures.number("keep_days", now) * 86400, figures.number("late_s", now), figures.number("flood_per_s", now),
        )  # fmt: skip


class Taker(Hold):
    """One worker's hold on some partitions; it knows its fleet from its first claim on."""

    fleet: Fleet

    def __init__(self) -> None:
        super().__init__()
        self._heard: datetime | None = None

    def claim(self, now: datetime, *, most: int) -> set[int]:
        mine = super().claim(now, most=most)
        self._anew()
        self._heard = now - HEAR  # what is changed from now on, however long nothing comes
        return mine

    def take(self, messages: Sequence[Message], now: datetime) -> Taken:
        """Commit a batch. Raises Fenced, and DatabaseError when the database is away; then nothing
        was written and the worker claims anew.
        """
        fresh = [
            each for each in messages if (mark := self.marks.get(each.partition)) and each.seq > mark.seq
        ]  # fmt: skip
        if not fresh:
            return Taken()
        try:
            with reading():
                return self._take(fresh, now)
        except (DatabaseError, Fenced) as error:
            if not isinstance(error, DataError | IntegrityError):
                raise
            log.exception("a batch of %d messages was refused; taking them one by one", len(fresh))
        except Exception:
            log.exception("a batch of %d messages failed; taking them one by one", len(fresh))
        return self._one_by_one(fresh, now)

    def _one_by_one(self, messages: Sequence[Message], now: datetime) -> Taken:
        """The one message that fails by itself is put aside; it holds nobody up."""
        whole = Taken()
        self._anew()
        for message in messages:
            try:
                part = self._take([message], now)
            except Exception as error:
                if isinstance(error, DatabaseError | Fenced) and not isinstance(
                    error, DataError | IntegrityError
                ):
                    raise
                log.exception("message %d of %s was put aside", message.seq, message.code)
                part = self._put_aside(message, now)
            whole.acks |= part.acks
            whole.left |= part.left
            whole.samples += part.samples
            whole.points += part.points
            whole.raised += part.raised
        return whole

    def _put_aside(self, message: Message, now: datetime) -> Taken:
        """Its number counts where it can be read: else the device would send it again for ever."""
        self._anew()
        self.fleet.meet({message.code})
        known, refusals = self.fleet.device(message.code), Refusals()
        raw = message.data if known is None else self.fleet.raw(known, message.data)
        refusals.add(message.code, Cause.GARBAGE, raw, device=known.pk if known else None)
        taken = Taken(left={message.seq})
        if known is not None and not known.revoked:
            known.count(*numbering(message.data))
            if known.boot:
                taken.acks[known.code] = (known.boot, known.acked)
        with transaction.atomic():
            self.pass_on([message], now)
            refusals.write(now)
            if known is not None:
                Latest.objects.filter(device=known.pk).update(boot=known.boot, acked=known.acked)
        return taken

    def _anew(self) -> None:
        """Forget what a batch that was not committed left in memory."""
        before = self.__dict__.get("fleet")
        self.fleet = Fleet()
        self.fleet.load()
        if before is not None:
            self.fleet.still_missing(before)
        writing.forget_days()

    def _take(self, messages: Sequence[Message], now: datetime) -> Taken:
        self._hear(now)
        numbers, refusals, taken = _Numbers.at(now), Refusals(), Taken()
        self.fleet.meet({each.code for each in messages})
        lots: dict[str, _Lot] = defaultdict(_Lot)
        touched: dict[int, Known] = {}
        for code, places in self._by_template(messages, refusals).items():
            bodies = [(messages[place].data, messages[place].code) for place in places]
            read = read_all(bodies, self.fleet.template(code).places)
            for place, said in zip(places, read, strict=True):
                known = self._heed(messages[place], place, said, lots, refusals)
                touched[known.pk] = known
        _say_what_is_missing(touched.values(), messages)
        judged = [
            self._judged(self.fleet.template(code), lot, messages, numbers, refusals) for code, lot in lots.items()
        ]  # fmt: skip
        for lot in judged:
            writing.make_days(lot.ts)
        with transaction.atomic():
            self.pass_on(messages, now)
            for lot in judged:
                taken.samples += writing.add(
                    lot.device, lot.ts, lot.received, lot.layout, lot.values, fresh=lot.fresh
                )
                mark_late(lot.device, lot.ts, now)
                taken.points += int((~np.isnan(lot.values)).sum())
                taken.raised += events.record(lot.template, lot.events, fleet=self.fleet, now=now)
            writing.put_latest(self._lines(touched.values()))
            refusals.write(now)
        for known in touched.values():
            if known.boot:
                taken.acks[known.code] = (known.boot, known.acked)
        used = {place for lot in lots.values() for place in lot.message}
        taken.left = {each.seq for place, each in enumerate(messages) if place not in used}
        return taken

    def _hear(self, now: datetime) -> None:
        """What people changed since we looked: templates, what is asked of customers beforehand,
        rules on trial, credentials revoked, limits set, what an owner said, and that he is none any more.
        """
        if self._heard is not None and now - self._heard < HEAR:
            return
        anew = self.fleet.templates is not templates()
        if anew or self.fleet.first != figures.classes("consent_first", clock.now()):
            self._anew()
        since = (self._heard or now) - SLOWEST
        self._heard = now
        self.fleet.hear_trials()
        limits = Limit.objects.filter(Q(at__gte=since) | Q(ended_at__gte=since))
        said = Consent.objects.filter(Q(recorded_at__gte=since) | Q(replaced_at__gte=since))
        devices = Device.objects.filter(
            Q(revoked_at__gte=since) | Q(asset__in=limits.values("asset")) | Q(asset__in=said.values("asset"))
        )  # fmt: skip
        changed = set(devices.values_list("pk", flat=True))
        if changed:
            self.fleet.refresh(changed)

    def _by_template(self, messages: Sequence[Message], refusals: Refusals) -> dict[str, list[int]]:
        """The places of the messages of devices that may say something, in their order."""
        found: dict[str, list[int]] = defaultdict(list)
        for place, message in enumerate(messages):
            known = self.fleet.device(message.code)
            if known is None or known.revoked:
                cause = Cause.UNKNOWN_DEVICE if known is None else Cause.REVOKED
                raw = message.data if known is None else self.fleet.raw(known, message.data)
                refusals.add(message.code, cause, raw, device=known.pk if known else None)
            else:
                found[known.template.code].append(place)
        return found

    def _heed(
        self, message: Message, place: int, said: Said | Unreadable, lots: dict[str, _Lot], refusals: Refusals
    ) -> Known:  # fmt: skip
        """What is not a row is refused; either way the device need not send it again."""
        known = self.fleet.known(message.code)
        known.count(said.boot, said.number, said.oldest)
        if known.leaves(said, message.received):
            return known
        causes = {said.cause} if isinstance(said, Unreadable) else set(said.faults)
        if not isinstance(said, Unreadable):
            if Agreed.DATA in known.refused:
                causes = {Cause.CONSENT}  # not a byte of it is kept
            else:
                self._put(said, message, place, known, lots[known.template.code])
        for cause in causes:
            raw = self.fleet.raw(known, message.data)
            refusals.add(known.code, cause, raw, device=known.pk)
        return known

    def _put(self, said: Said, message: Message, place: int, known: Known, lot: _Lot) -> None:
        if known.refused and (hidden := self.fleet.positions(known)):
            said.values[:, hidden] = math.nan
        lot.ts.append(said.ts)
        lot.values.append(said.values)
        lot.device.append(known.pk)
        lot.received.append(message.received)
        lot.message.append(place)
        lot.past.append(bool(message.past))
        lot.count.append(len(said.ts))
        if not message.past:
            known.heard = True
            known.received = max(known.received, message.received)

    def _judged(
        self, template: Template, lot: _Lot, messages: Sequence[Message], numbers: _Numbers, refusals: Refusals
    ) -> _Judged:  # fmt: skip
        evaluator = self.fleet.evaluators[template.code]
        of = np.repeat(np.arange(len(lot.count)), lot.count)
        device = np.array(lot.device, np.int64)[of]
        ts, received = np.concatenate(lot.ts), np.array(lot.received)[of]
        values = np.concatenate(lot.values)
        values[np.abs(values) >= _ENDLESS] = math.inf
        slots = np.array([evaluator.slot(each) for each in lot.device], np.int64)[of]
        old = np.where(lot.past, numbers.kept, numbers.old)[of]
        fine = judge(
            template, ts, received, values, evaluator.last[slots], Bounds(numbers.ahead, old),
            last_ts=evaluator.last_ts[slots],
        )  # fmt: skip
        keep = fine.keep.copy()
        keep[fine.keep] = self._no_flood(device[fine.keep], ts[fine.keep], numbers)
        for row, cause in (
            fine.causes | dict.fromkeys(np.flatnonzero(fine.keep & ~keep).tolist(), Cause.FLOOD)
        ).items():
            message, known = messages[lot.message[of[row]]], self.fleet.by_pk[lot.device[of[row]]]
            raw = self.fleet.raw(known, message.data)
            refusals.add(message.code, cause, raw, device=known.pk)
        device, ts, received, slots = device[keep], ts[keep], received[keep], slots[keep]
        values = fine.values[keep]
        newest = _newest_before(slots, ts, evaluator.last_ts)
        fresh = ~(ts <= newest)
        live = fresh & (received - ts <= numbers.late)
        found = evaluator.feed(device[live], ts[live], values[live])
        evaluator.note(device[fresh & ~live], ts[fresh & ~live], values[fresh & ~live])
        layout = np.full(len(device), self.fleet.layout(template.code), np.int64)
        return _Judged(template, device, ts, received, layout, values, fresh, found)

    @staticmethod
    def _no_flood(
        device: NDArray[np.int64], ts: NDArray[np.float64], numbers: _Numbers
    ) -> NDArray[np.bool_]:  # fmt: skip
        """Of a device that measures many times a second more than it may, the rest of each second
        is left out; what it catches up on after a silence is no flood. The times were judged: the
        key below holds for none but those that can be.
        """
        keep = np.ones(len(device), bool)
        if not len(device):
            return keep
        key = device * 10**11 + np.floor(ts).astype(np.int64)
        order = np.argsort(key, kind="stable")
        starts = np.flatnonzero(np.r_[True, key[order][1:] != key[order][:-1]])
        rank = np.arange(len(key)) - np.repeat(starts, np.diff(np.r_[starts, len(key)]))
        keep[order[rank >= numbers.flood]] = False
        return keep

    def _lines(self, touched: Iterable[Known]) -> list[str]:
        """What is known of each device now, of all of one template at once."""
        of: dict[str, list[Known]] = defaultdict(list)
        for known in touched:
            of[known.template.code].append(known)
        lines = []
        for code, devices in of.items():
            evaluator, layout = self.fleet.evaluators[code], self.fleet.layout(code)
            slots = [evaluator.slot(known.pk) for known in devices]
            ats, values = evaluator.last_ts[slots].tolist(), evaluator.last[slots].tolist()
            memories = evaluator.memories([known.pk for known in devices])
            for known, at, told, memory in zip(devices, ats, values, memories, strict=True):
                if not math.isnan(at):
                    lines.append(
                        writing.latest_line(
                            known.pk, layout, at, known.received if known.heard else at, told,
                            evaluator.state_of(known.pk), orjson.dumps(memory).decode(), known.boot, known.acked,
                            heard=known.heard,
                        )
                    )  # fmt: skip
        return lines


def _say_what_is_missing(devices: Iterable[Known], messages: Sequence[Message]) -> None:
    """Once for each time that something of a device is missing, however many there are of them."""
    times = {each.received for each in messages}
    found = [known.code for known in devices if known.ahead_since in times]
    if found:
        log.warning("lost on their way: messages of %d devices, such as %s", len(found), found[0])


@dataclass(frozen=True)
class _Judged:
    template: Template
    device: NDArray[np.int64]
    ts: NDArray[np.float64]
    received: NDArray[np.float64]
    layout: NDArray[np.int64]
    values: NDArray[np.float64]
    fresh: NDArray[np.bool_]
    events: list[Event]


def _newest_before(
    slots: NDArray[np.int64], ts: NDArray[np.float64], last_ts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """For each row the newest time of its machine before it: known earlier, or by a row above."""
    known = last_ts[slots]
    if len(np.unique(slots)) == len(slots):
        return known
    order = np.argsort(slots, kind="stable")
    ordered, span = slots[order], 10**13
    millis = np.rint(ts[order] * 1000).astype(np.int64) + ordered * span
    before = np.r_[np.int64(-1), np.maximum.accumulate(millis)[:-1]]
    begins = np.r_[True, ordered[1:] != ordered[:-1]]
    seen = np.where(begins, np.nan, (before - ordered * span) / 1000)
    found = np.empty(len(ts))
    found[order] = np.fmax(seen, known[order])
    return found
