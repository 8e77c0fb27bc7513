"""The devices as a worker holds them in memory: read from the database, written back by batches."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.refusing import raw_of
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import Agreed
from bihuan.apps.monitoring.models import Device, Latest, Layout, Limit
from bihuan.apps.monitoring.pipe.reading import Said, Unreadable
from bihuan.apps.monitoring.queries import consents
from bihuan.apps.monitoring.queries.trials import all_on_trial
from bihuan.base import clock
from bihuan.lib.machines import Template
from bihuan.lib.machines.evaluate import Evaluator

SENT_AGAIN_S = 150.0
"""Within so long a device sends again what is not answered: our own 15, 45 and 105 s after it."""


@dataclass(slots=True)
class Known:
    """A device; `acked` is the number of its start `boot` up to which everything is committed;
    `heard` whether it has ever said anything itself (a file of its history is not itself).
    """

    pk: int
    code: str
    asset: int
    template: Template
    revoked: bool
    refused: frozenset[str] = frozenset()
    """What its customer does not agree to (`enums.Agreed`)."""
    boot: str = ""
    acked: int = 0
    received: float = 0.0
    heard: bool = False
    ahead_since: float | None = None
    """Since when what comes is ahead of what the device has to send again (time of the stream); None:
    nothing is missing.
    """

    @property
    def unwatched(self) -> bool:
        """Nobody watches its values: no alarm of it stands."""
        return self.revoked or Agreed.DATA in self.refused

    def count(self, boot: str, number: int, oldest: int) -> None:
        """The numbering moves on by one; over a hole only when the device itself says that it no
        longer keeps what was in it (`oldest`).
        """
        if not boot or not number:
            return
        if boot != self.boot:
            self.boot, self.acked = boot, (oldest or number) - 1
        self.acked = max(self.acked, oldest - 1)
        if number == self.acked + 1:
            self.acked, self.ahead_since = number, None

    def leaves(self, said: Said | Unreadable, received: float) -> bool:
        """Whether a message just counted is to be left: one before it was lost on its way, and the
        device, which says what it still keeps, sends both again. Taken now, what was measured
        earlier would come later, and raise no alarm. One that sends nothing again is not waited for
        for ever.
        """
        if not said.boot or not said.oldest or said.number <= self.acked:
            return False
        if self.ahead_since is None:
            self.ahead_since = received
        return received - self.ahead_since < SENT_AGAIN_S


class Fleet:
    def __init__(self) -> None:
        self._devices: dict[str, Known | None] = {}
        self.by_pk: dict[int, Known] = {}
        self.templates = templates()
        self.evaluators = {code: Evaluator(template) for code, template in self.templates.items()}
        self._layouts: dict[str, int] = {}
        self.first = figures.classes("consent_first", clock.now())
        """What is asked of customers beforehand."""

    def load(self) -> None:
        """Every device that has reported, and which rules are on trial."""
        self.hear_trials()
        self._add(Device.objects.filter(latest__isnull=False))

    def hear_trials(self) -> None:
        """Rules were put on trial, or into use."""
        trial = all_on_trial(self.templates.values())
        for code, evaluator in self.evaluators.items():
            evaluator.set_trial(trial[code])

    def meet(self, codes: Iterable[str]) -> None:
        """Devices that report for the first time since we read; and what people changed meanwhile."""
        strange = {code for code in codes if self._devices.get(code) is None}
        if strange:
            self._devices |= dict.fromkeys(strange)
            self._add(Device.objects.filter(code__in=strange))

    def device(self, code: str) -> Known | None:
        return self._devices.get(code)

    def known(self, code: str) -> Known:
        """One that `device` knows."""
        found = self._devices[code]
        assert found is not None
        return found

    def template(self, code: str) -> Template:
        return self.templates[code]

    def layout(self, template: str) -> int:
        """The number of the order in which a template's points are stored."""
        found = self._layouts.get(template)
        if found is None:
            points = [point.code for point in self.templates[template].points]
            row, _made = Layout.objects.get_or_create(template=template, points=points)
            found = self._layouts[template] = row.pk
        return found

    def asset_of(self, device: int) -> int:
        return self.by_pk[device].asset

    def values_of(self, device: int) -> list[float | None]:
        evaluator = self.evaluators[self.by_pk[device].template.code]
        values = evaluator.last[evaluator.slot(device)].tolist()
        return [None if math.isnan(value) else value for value in values]

    def limit_of(self, device: int, rule: str) -> float | None:
        return self.evaluators[self.by_pk[device].template.code].limit_of(device, rule)

    def still_missing(self, before: Fleet) -> None:
        """Where it was known already that something is missing, nobody is waited for anew."""
        for pk, known in self.by_pk.items():
            if (then := before.by_pk.get(pk)) is not None:
                known.ahead_since = then.ahead_since

    def refresh(self, devices: Iterable[int]) -> None:
        """What people changed on these: revoked, other owner, other limits."""
        rows = Device.objects.filter(pk__in=list(devices))
        refused = consents.refused([row.asset_id for row in rows], clock.now())
        for row in rows:
            known = self.by_pk.get(row.pk)
            if known is not None:
                known.refused = refused.get(row.asset_id, frozenset())
                self._forget(known)
                known.revoked = row.revoked_at is not None
                if known.unwatched:
                    self.evaluators[known.template.code].forget(known.pk)
        self._limit([row.asset_id for row in rows])

    def positions(self, known: Known) -> list[int]:
        """Places of the points that its customer does not want taken."""
        if not known.refused:
            return []
        points = known.template.points
        return [place for place, point in enumerate(points) if point.position]

    def raw(self, known: Known, data: bytes) -> bytes:
        """What may be kept of a message as it came."""
        return raw_of(data, known.refused, known.template)

    def _forget(self, known: Known) -> None:
        """Where it was: not written again with the next batch."""
        evaluator = self.evaluators[known.template.code]
        evaluator.last[evaluator.slot(known.pk), self.positions(known)] = math.nan

    def _add(self, rows: QuerySet[Device]) -> None:
        found = list(rows)
        refused = consents.refused([row.asset_id for row in found], clock.now())
        latest = {row.pk: row for row in Latest.objects.filter(device__in=found)}
        layouts = {row.pk: row.points for row in Layout.objects.all()}
        for row in found:
            template = self.templates.get(row.template)
            if template is None:
                continue
            known = Known(
                row.pk, row.code, row.asset_id, template, row.revoked_at is not None,
                refused.get(row.asset_id, frozenset()),
            )  # fmt: skip
            self._devices[row.code] = self.by_pk[row.pk] = known
            evaluator, said = self.evaluators[template.code], latest.get(row.pk)
            if said is None:
                evaluator.slot(row.pk)
                continue
            known.boot, known.acked, known.heard = said.boot, said.acked, said.heard
            known.received = said.received_at.timestamp() if said.heard else 0.0
            by_point = dict(zip(layouts[said.layout_id], said.values, strict=False))
            values = [by_point.get(point.code) for point in template.points]
            memory = {} if known.unwatched else said.memory
            evaluator.load(row.pk, at=said.at.timestamp(), values=values, memory=memory)
        self._limit([row.asset_id for row in found])

    def _limit(self, assets: list[int]) -> None:
        limits: dict[int, dict[str, float]] = {}
        lasting: dict[int, dict[str, float]] = {}
        off: dict[int, list[str]] = {}
        for row in Limit.objects.filter(asset__in=assets, ended_at=None):
            if row.off:
                off.setdefault(row.asset_id, []).append(row.rule)
            if row.value is not None:
                limits.setdefault(row.asset_id, {})[row.rule] = row.value
            if row.lasting is not None:
                lasting.setdefault(row.asset_id, {})[row.rule] = row.lasting
        of = set(assets)
        for known in self.by_pk.values():
            if known.asset in of:
                evaluator = self.evaluators[known.template.code]
                evaluator.set_limits(
                    known.pk, limits.get(known.asset, {}), off.get(known.asset, ()), lasting.get(known.asset, {})
                )  # fmt: skip
