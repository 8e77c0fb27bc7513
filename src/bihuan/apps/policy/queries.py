"""The pack in force at an instant, read once per process and content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from threading import RLock

from django.utils.translation import gettext_lazy as _

from bihuan.apps.people.calendars import Calendars, calendars
from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion
from bihuan.base import sql
from bihuan.base.errors import Refusal
from bihuan.base.parameters import unreadable
from bihuan.base.together import read_once
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import CaseResult, Pack, Problem, check, read, run_cases
from bihuan.lib.policy.errors import nearest

PUBLISHED = "policy.published"
"""What `base.together` keeps of this app within a block."""


class NoPackInForce(Refusal):
    code = "no_pack_in_force"
    message = _("这个时刻没有生效的制度。请先在制度中心发布一个版本。")


class UnknownClause(Refusal):
    code = "unknown_clause"
    message = _("制度里没有这一条。")
    status = 404


_READING = RLock()
"""A part that starts asks for the pack in several threads at once: one reads it, in seconds."""


@lru_cache(maxsize=16)
def _read(_hash: str, pk: int) -> Pack:
    return read_files(PackVersion.objects.get(pk=pk).files)


def read_files(files: Mapping[str, str]) -> Pack:
    """The pack of these files; the same content is read once. Raises PackErrors."""
    with _READING:
        return _once(tuple(sorted(files.items())))


@lru_cache(maxsize=16)
def _once(files: tuple[tuple[str, str], ...]) -> Pack:
    return read(dict(files), vocabulary())


def pack_of(version: PackVersion) -> Pack:
    """The pack that a version holds."""
    return _read(version.hash, version.pk)


@lru_cache(maxsize=64)
def published_pack(pk: int) -> Pack:
    """The pack of a published version, of which nothing changes any more."""
    return pack_of(PackVersion.objects.defer("files").get(pk=pk))


def case_results(version: PackVersion) -> tuple[CaseResult, ...]:
    """How the cases of a version turn out with the calendars as they are; the same run once."""
    return _results(version.hash, version.pk, calendars())


@lru_cache(maxsize=4)
def _results(content: str, pk: int, known: Calendars) -> tuple[CaseResult, ...]:
    return tuple(run_cases(_read(content, pk), known))


IN_FORCE_EVER = f"WHERE status = '{Status.PUBLISHED}'"
BETWEEN = f"""
    {IN_FORCE_EVER} AND in_force_from <= %(last)s
        AND (in_force_to IS NULL OR in_force_to > %(first)s)
    ORDER BY in_force_from
"""


def faults_of(pack: Pack, lang: str) -> list[str]:
    """All that keeps a pack from taking force: what contradicts itself or is left open, values that
    nobody can read, calendars that are not there, cases that fail; place and remedy of each.
    """
    faults = [problem.sentence(lang) for problem in check(pack)]
    faults += [problem.sentence(lang) for problem in _calendars_missing(pack)]
    faults += [problem.sentence(lang) for problem in unreadable(pack, calendars().names())]
    return faults + [case.sentence(lang) for case in run_cases(pack, calendars()) if not case.ok]


def _calendars_missing(pack: Pack) -> Iterator[Problem]:
    """Rules that count on a calendar which the company does not have."""
    known = calendars().names()
    for rule in pack.rules.values():
        for name in sorted(set(rule.calendar.values) - set(known)):
            yield Problem(
                rule.file, rule.line, "calendar.unknown", f"规则 {rule.id} 用的日历 {name} 不存在",
                f"rule {rule.id} counts on the calendar {name}, which there is not",
                f"calendar: {nearest(name, known) or ' | '.join(known[:4])}",
            )  # fmt: skip


def version_at(moment: datetime) -> PackVersion:
    """The version in force at an instant. Raises NoPackInForce."""
    for version in read_once(PUBLISHED, _published):
        if version.in_force_at(moment):
            return version
    raise NoPackInForce


def _published() -> list[PackVersion]:
    """All published versions without their files, the newest first: a handful."""
    return sql.load(PackVersion, f"{IN_FORCE_EVER} ORDER BY in_force_from DESC", without=("files",))


def named(editions: Iterable[tuple[str, str]]) -> list[str]:
    """Versions given by code and version as people call them, in the page's language; one that is
    not here goes by its code.
    """
    asked = list(editions)
    rows = PackVersion.objects.filter(code__in={code for code, _version in asked}).defer("files")
    known = {(row.code, row.version): row.named() for row in rows}
    return [known.get(each, " ".join(each)) for each in asked]


def version_before(version: PackVersion) -> PackVersion | None:
    """What a version takes the place of; a draft, what is published last. None for the first."""
    rows = [each for each in _published() if each.pk != version.pk]
    if version.in_force_from is None:
        return rows[0] if rows else None
    start = version.in_force_from
    return next((each for each in rows if each.in_force_from and each.in_force_from < start), None)


def versions_between(first: datetime, last: datetime) -> list[PackVersion]:
    """Published versions that were in force at some instant of a span, oldest first, without their
    files (one query).
    """
    return sql.load(PackVersion, BETWEEN, {"first": first, "last": last}, without=("files",))


def pack_at(moment: datetime) -> Pack:
    """The pack in force at an instant. Raises NoPackInForce."""
    return pack_of(version_at(moment))


def pack_for_opening(now: datetime) -> Pack | None:
    """The pack in force, else the first that is published to take force; None without either."""
    try:
        return pack_at(now)
    except NoPackInForce:
        later = [row for row in _published() if row.in_force_from and row.in_force_from > now]
        return pack_of(later[-1]) if later else None
