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
from bihuan.apps.monitoring.pipe.ahead import NOTHING, Ahead, said_by
from bihuan.apps.monitoring.pipe.fleet import Fleet, Known
from bihuan.apps.monitoring.pipe.holding import Fenced, Hold
from bihuan.apps.monitoring.pipe.judging import LOT, Lot, Numbers, judged
from bihuan.apps.monitoring.pipe.reading import Message, Said, Unreadable, numbering
from bihuan.apps.monitoring.store import writing
from bihuan.apps.monitoring.store.keeping import mark_late
from bihuan.base import clock
from bihuan.base.together import reading
from bihuan.lib.machines import Cause
from bihuan.lib.machines.evaluate import Event

log = logging.getLogger(__name__)
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

    def take(self, messages: Sequence[Message], now: datetime, ahead: Ahead = NOTHING) -> Taken:
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
                return self._take(fresh, now, ahead)
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
                part = self._take([message], now, NOTHING)
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

    def _take(self, messages: Sequence[Message], now: datetime, ahead: Ahead) -> Taken:
        self._hear(now)
        numbers, refusals, taken = Numbers.at(now), Refusals(), Taken()
        self.fleet.meet({each.code for each in messages})
        lots: list[Lot] = []
        touched: dict[int, Known] = {}
        for code, places in self._by_template(messages, refusals).items():
            template = self.fleet.template(code)
            read = said_by([messages[place] for place in places], template, ahead)
            self.fleet.layout(code)  # known from here on: nothing is asked while samples go in
            lots.append(Lot(template))
            for place, said in zip(places, read, strict=True):
                if lots[-1].rows >= LOT:
                    lots.append(Lot(template))
                known = self._heed(messages[place], place, said, lots[-1], refusals)
                touched[known.pk] = known
        _say_what_is_missing(touched.values(), messages)
        lots = [lot for lot in lots if lot.rows]
        for lot in lots:
            writing.make_days(lot.times(numbers))
        found: dict[str, list[Event]] = defaultdict(list)
        stored: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
        seconds: dict[int, int] = {}
        with transaction.atomic():
            self.pass_on(messages, now)
            with writing.adding() as samples:
                for lot in lots:
                    each = judged(lot, self.fleet, messages, numbers, refusals, seconds)
                    stored.append((each.device, each.ts))
                    columns = each.device, each.ts, each.received, each.layout, each.values
                    samples.add(*columns, fresh=each.fresh)
                    found[lot.template.code] += each.events
                    taken.points += int((~np.isnan(each.values)).sum())
            taken.samples = samples.stored
            if stored:
                devices, times = zip(*stored, strict=True)
                mark_late(np.concatenate(devices), np.concatenate(times), now)
            for code, happened in found.items():
                template = self.fleet.template(code)
                taken.raised += events.record(template, happened, fleet=self.fleet, now=now)
            writing.put_latest(self._lines(touched.values()))
            refusals.write(now)
        for known in touched.values():
            if known.boot:
                taken.acks[known.code] = (known.boot, known.acked)
        used = {place for lot in lots for place in lot.message}
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
        self, message: Message, place: int, said: Said | Unreadable, lot: Lot, refusals: Refusals
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
                self._put(said, message, place, known, lot)
        for cause in causes:
            raw = self.fleet.raw(known, message.data)
            refusals.add(known.code, cause, raw, device=known.pk)
        return known

    def _put(self, said: Said, message: Message, place: int, known: Known, lot: Lot) -> None:
        if known.refused and (hidden := self.fleet.positions(known)):
            said.values[:, hidden] = math.nan
        lot.ts.append(said.ts)
        lot.values.append(said.values)
        lot.device.append(known.pk)
        lot.received.append(message.received)
        lot.message.append(place)
        lot.past.append(bool(message.past))
        lot.count.append(len(said.ts))
        lot.rows += len(said.ts)
        if not message.past:
            known.heard = True
            known.received = max(known.received, message.received)

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
