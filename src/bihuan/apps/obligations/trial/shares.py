"""A trial worked out in shares of the customers, by as many processes as there are processors."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context

from django.db.models import F

from bihuan.apps.obligations.trial import process
from bihuan.apps.obligations.trial.models import Trial
from bihuan.apps.obligations.trial.reading import Part, Span
from bihuan.apps.obligations.trial.rules import Row
from bihuan.apps.obligations.trial.run import Progress, run
from bihuan.apps.obligations.trial.tally import Tally, merged
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of

ALONE_UP_TO = 60_000
"""Facts that one process judges sooner than a second one has started."""
MOST = 4
REPORT_EVERY = 2000
"""Facts between two lines of the progress bar."""


@dataclass
class Share:
    """What one version brought: everything, and the changed rules alone."""

    whole: Tally
    changed: Tally
    facts: int = 0
    failures: dict[str, int] = field(default_factory=dict)


def all_of(
    trial: int, versions: Sequence[int], span: Span, changed: frozenset[str], now: datetime, count: int
) -> list[Share]:  # fmt: skip
    """What each version brought, the first being what the others are compared with."""
    of = 1 if count * len(versions) <= ALONE_UP_TO else min(os.cpu_count() or 1, MOST)
    asked = [(trial, tuple(versions), span, changed, now, Part(number, of)) for number in range(of)]
    if of == 1:
        return part(*asked[0])
    with ProcessPoolExecutor(of, get_context("spawn"), initializer=process.begin) as pool:
        parts = [each.result() for each in [pool.submit(process.part, *words) for words in asked]]
    return [_together(shares) for shares in zip(*parts, strict=True)]


def part(
    trial: int, versions: Sequence[int], span: Span, changed: frozenset[str], now: datetime, mine: Part
) -> list[Share]:  # fmt: skip
    """One share of the customers under every version."""
    found: list[Share] = []
    for pk in versions:
        version = PackVersion.objects.get(pk=pk)
        zone = pack_of(version).zone
        late = (found[0].whole.late, found[0].changed.late) if found else (set(), set())
        share = Share(
            Tally(until=span.until, zone=zone, late_before=frozenset(late[0])),
            Tally(until=span.until, zone=zone, asked=changed, late_before=frozenset(late[1])),
        )
        step = _reporter(trial)
        progress = run(version, span, _into(share, changed), now=now, part=mine, step=step)
        share.facts, share.failures = progress.facts, progress.failures
        share.whole.close()
        share.changed.close()
        found.append(share)
    return found


def _into(share: Share, changed: frozenset[str]) -> Callable[[Row], None]:
    def take(row: Row) -> None:
        share.whole.take(row)
        if row.rule in changed:
            share.changed.take(row)

    return take


def _reporter(trial: int) -> Callable[[Progress], None]:
    told = 0

    def step(progress: Progress) -> None:
        nonlocal told
        if progress.facts - told >= REPORT_EVERY:
            Trial.objects.filter(pk=trial).update(judged=F("judged") + progress.facts - told)
            told = progress.facts

    return step


def _together(shares: Sequence[Share]) -> Share:
    failures: dict[str, int] = {}
    for share in shares:
        for rule, count in share.failures.items():
            failures[rule] = failures.get(rule, 0) + count
    return Share(
        merged(share.whole for share in shares), merged(share.changed for share in shares),
        sum(share.facts for share in shares), failures,
    )  # fmt: skip
