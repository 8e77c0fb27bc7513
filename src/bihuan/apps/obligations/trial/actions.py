"""Asking for a trial, and working it out in the background."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from bihuan.apps.obligations.tasks import try_later
from bihuan.apps.obligations.trial import shares
from bihuan.apps.obligations.trial.enums import TrialState
from bihuan.apps.obligations.trial.models import Trial, TrialResult
from bihuan.apps.obligations.trial.reading import Span
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of
from bihuan.base.access.models import User
from bihuan.base.audit import actions as audit
from bihuan.base.errors import BadInput
from bihuan.base.system.company import zone
from bihuan.lib.policy.difference import difference
from bihuan.lib.policy.limits import local_moment

MOST_VERSIONS = 4
LONGEST = timedelta(days=3 * 366)


def ask(
    *, versions: Sequence[PackVersion], since: date, until: date, minutes: int, by: User, now: datetime
) -> Trial:  # fmt: skip
    """Ask what these versions would have meant; the first is what the others are compared with.

    Raises BadInput.
    """
    _check(versions, since, until, minutes, now)
    with transaction.atomic():
        trial = Trial.objects.create(
            since=since, until=until, minutes=minutes, asked_by=by, asked_at=now
        )
        TrialResult.objects.bulk_create(
            TrialResult(trial=trial, place=place, version=version, hash=version.hash)
            for place, version in enumerate(versions)
        )
        audit.log(
            "policy.trial", by=by, now=now, thing=trial,
            after={"versions": [str(version) for version in versions], "since": since.isoformat(), "until": until.isoformat()},
        )  # fmt: skip
        try_later(trial.pk)
    return trial


def _check(
    versions: Sequence[PackVersion], since: date, until: date, minutes: int, now: datetime
) -> None:
    if not 1 <= len({version.pk for version in versions}) == len(versions) <= MOST_VERSIONS:
        raise BadInput({"versions": _("选 1 到 %(n)s 个不同的版本。") % {"n": MOST_VERSIONS}})
    if until < since:
        raise BadInput({"until": _("结束日期早于开始日期。")})
    if until - since > LONGEST:
        raise BadInput({"until": _("一次最多试跑三年。")})
    if since > now.astimezone(zone()).date():
        raise BadInput({"since": _("还没有发生的事实没法试跑，开始日期要在今天以前。")})
    if not 1 <= minutes <= 600:
        raise BadInput({"minutes": _("每项用时写 1 到 600 分钟。")})


def span_of(trial: Trial) -> Span:
    """From the first moment of the first day to the last of the last one."""
    local = pack_of(trial.results.order_by("place")[0].version).zone
    return Span(
        local_moment(trial.since, local), local_moment(trial.until + timedelta(days=1), local)
    )


def work(pk: int, *, now: datetime) -> bool:
    """Work one trial out; False when somebody else does it or it is done.

    The lock lives as long as the connection: when its holder dies, the next one may begin.
    """
    with _alone(pk) as alone:
        if not alone:
            return False
        trial = Trial.objects.get(pk=pk)
        if trial.state in (TrialState.DONE, TrialState.FAILED):
            return False
        _work(trial, now)
        return True


@contextmanager
def _alone(pk: int) -> Iterator[bool]:
    name = [f"trial {pk}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 3))", name)
        got = bool(cursor.fetchone()[0])
        try:
            yield got
        finally:
            if got:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 3))", name)


def _work(trial: Trial, now: datetime) -> None:
    asked = span_of(trial)
    span = Span(asked.since, min(asked.until, now))
    results = list(trial.results.select_related("version").order_by("place"))
    changed = changed_rules(results)
    count = shares.facts_of([row.version for row in results], span, changed)
    rows = Trial.objects.filter(pk=trial.pk)
    rows.update(state=TrialState.RUNNING, facts=count, judged=0)
    ids = [row.version_id for row in results]
    for row, share in zip(
        results, shares.all_of(trial.pk, ids, span, changed, now, count), strict=True
    ):
        row.hash = row.version.hash
        row.result = {
            "all": share.whole.to_data(), "changed": share.changed.to_data(),
            "rules": sorted(changed), "facts": share.facts, "failures": share.failures,
        }  # fmt: skip
    with transaction.atomic():
        TrialResult.objects.bulk_update(results, ["result", "hash"])
        rows.update(state=TrialState.DONE, done_at=now, judged=count)


def changed_rules(results: Sequence[TrialResult]) -> frozenset[str]:
    """The rules that any of the versions changes against the first."""
    base = pack_of(results[0].version)
    return frozenset(
        change.id
        for other in results[1:]
        for change in difference(base, pack_of(other.version))
        if change.part == "rule"
    )


def give_up(pk: int, why: str) -> None:
    """A trial that cannot be worked out says why."""
    Trial.objects.filter(pk=pk).exclude(state=TrialState.DONE).update(
        state=TrialState.FAILED, why=why[:400]
    )
