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
from bihuan.apps.obligations.trial.reading import Part, Span, told_in
from bihuan.apps.obligations.trial.rules import Row
from bihuan.apps.obligations.trial.run import Progress, heard_by, run
from bihuan.apps.obligations.trial.tally import Tally, merged
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of
from bihuan.lib.policy.apart import apart, narrowed

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
    """What each version brought, the first being what the others are compared with. `count` facts
    are judged on the way.
    """
    of = 1 if count <= ALONE_UP_TO else min(os.cpu_count() or 1, MOST)
    asked = [(trial, tuple(versions), span, changed, now, Part(number, of)) for number in range(of)]
    if of == 1:
        return part(*asked[0])
    with ProcessPoolExecutor(of, get_context("spawn"), initializer=process.begin) as pool:
        parts = [each.result() for each in [pool.submit(process.part, *words) for words in asked]]
    return [_together(shares) for shares in zip(*parts, strict=True)]


def part(
    trial: int, versions: Sequence[int], span: Span, changed: frozenset[str], now: datetime, mine: Part
) -> list[Share]:  # fmt: skip
    """One share of the customers under every version.

    Of the later versions only the rules are asked that may answer otherwise than under the first;
    what the others brought stands for all.
    """
    rows = [PackVersion.objects.get(pk=pk) for pk in versions]
    rules = asked_again(rows, changed)
    alike = Tally(until=span.until, zone=pack_of(rows[0]).zone)
    found: list[Share] = []
    for version in rows:
        zone = pack_of(version).zone
        late = alike.late | found[0].whole.late if found else set()
        share = Share(
            Tally(until=span.until, zone=zone, late_before=frozenset(late)),
            Tally(until=span.until, zone=zone, asked=changed, late_before=frozenset(found[0].changed.late if found else ())),
        )  # fmt: skip
        take, step = _into(share, changed), _reporter(trial)
        if found:
            progress = run(version, span, take, now=now, part=mine, rules=rules, step=step)
        else:
            apart = _apart(take, alike.take, rules)
            progress = run(version, span, apart, now=now, part=mine, step=step)
        share.facts, share.failures = progress.facts, progress.failures
        found.append(share)
    first, *others = found
    named, alike.worst = alike.worst, []  # what is late under all is no news of the others
    for share in others:
        share.facts = first.facts
        share.failures |= {rule: n for rule, n in first.failures.items() if rule not in rules}
    for share in found:
        share.whole = merged((share.whole, alike))
    first.whole.worst += named
    for share in found:
        share.whole.close()
        share.changed.close()
    return found


def asked_again(versions: Sequence[PackVersion], changed: frozenset[str]) -> frozenset[str]:
    """The rules that may answer otherwise under one of these versions than under the first."""
    first, *others = (pack_of(version) for version in versions)
    return frozenset[str]().union(*(apart(first, other, changed) for other in others))


def facts_of(versions: Sequence[PackVersion], span: Span, changed: frozenset[str]) -> int:
    """How many facts are judged, under all versions together."""
    rules = asked_again(versions, changed)
    again = [heard_by(narrowed(pack_of(version), rules)) for version in versions[1:]]
    return sum(told_in(span, kinds).count() for kinds in (None, *again))


def _apart(
    take: Callable[[Row], None], alike: Callable[[Row], None], rules: frozenset[str]
) -> Callable[[Row], None]:
    return lambda row: take(row) if row.rule in rules else alike(row)


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
