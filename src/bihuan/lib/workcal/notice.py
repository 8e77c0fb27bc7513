"""Official holiday notices (date, 休 or 班, name) as dated exceptions of a calendar.

A notice is a table of one year, as CSV, as JSON or as rows already read (YAML):

    date,kind,name_zh,name_en          also: 日期,类型,名称,英文名称
    2027-10-01,休,国庆节,National Day
    2027-10-09,班,国庆节,National Day

The heading may be left out; the columns are then these, in this order. A row may cover a run of
days: ``2027-10-01..2027-10-07``. The text as it was published is read as well (``published``).
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from bihuan.lib.workcal.calendar import Calendar, Change, DayException
from bihuan.lib.workcal.errors import BadNotice
from bihuan.lib.workcal.published import is_published, published_rows
from bihuan.lib.workcal.words import NO_WORDS, Words

_KINDS = {
    "休": Change.OFF, "放假": Change.OFF, "off": Change.OFF, "holiday": Change.OFF,
    "班": Change.WORK, "上班": Change.WORK, "work": Change.WORK, "workday": Change.WORK,
}  # fmt: skip
_HEADS = {
    "日期": "date", "day": "date", "类型": "kind", "休班": "kind", "change": "kind",
    "名称": "name_zh", "节日": "name_zh", "name": "name_zh", "英文名称": "name_en",
}  # fmt: skip
_COLUMNS = ("date", "kind", "name_zh", "name_en")
_MOST_OFF, _MOST_WORK = 60, 20


@dataclass(frozen=True, slots=True)
class Notice:
    """The checked notice of one year."""

    year: int
    exceptions: tuple[DayException, ...]
    source: Words

    @property
    def off_days(self) -> int:
        return sum(e.change is Change.OFF for e in self.exceptions)

    @property
    def work_days(self) -> int:
        return len(self.exceptions) - self.off_days


def notice_source(year: int) -> Words:
    return Words(
        f"国务院办公厅关于 {year} 年部分节假日安排的通知",
        f"State Council notice on the holidays of {year}",
    )


def read_notice(text: str | Sequence[Mapping[str, Any]], *, source: Words | None = None) -> Notice:
    """Read and check a notice; raises ``BadNotice`` with the row and what is wrong with it.

    Refused: no rows, several years, one date twice, an unknown kind, a make-up day that is a
    weekday, a year without any holiday, more days than a notice can hold.
    """
    rows = _rows(text)
    found: dict[date, tuple[int, Change, Words]] = {}
    for number, row in rows:
        kind, name = _kind(number, row), _name(number, row)
        for day in _days(number, row):
            if day in found:
                raise _bad(
                    number,
                    f"{day} 与第 {found[day][0]} 行重复",
                    f"{day} is already in row {found[day][0]}",
                )
            if kind is Change.WORK and day.weekday() < 5:
                raise _bad(
                    number,
                    f"{day} 本来就是工作日，不必写成“班”",
                    f"{day} is a weekday and needs no make-up",
                )
            found[day] = number, kind, name
    year = _one_year(found)
    _plausible(found)
    words = source or notice_source(year)
    exceptions = (
        DayException(day, kind, name=name, source=words)
        for day, (_, kind, name) in sorted(found.items())
    )
    return Notice(year, tuple(exceptions), words)


def apply_notice(calendar: Calendar, notice: Notice, *, version: str = "") -> Calendar:
    """The calendar with this year settled: what was provisional in the year is dropped.

    ``provisional_from`` moves behind the year when the notice joins on to what is settled;
    a notice further ahead settles its own dates only, and is refused.
    """
    _, provisional = calendar.unsettled
    first, after = date(notice.year, 1, 1), date(notice.year + 1, 1, 1)
    if provisional and first > provisional:
        raise BadNotice(
            f"{provisional.year} 年的安排还没有导入；请先导入它，再导入 {notice.year} 年",
            f"{provisional.year} is not settled yet; import it before {notice.year}",
        )
    kept = {d: e for d, e in calendar.exceptions.items() if not first <= d < after}
    for exception in notice.exceptions:
        kept[exception.day] = exception
    later = max(provisional, after) if provisional else None
    return replace(calendar, exceptions=kept, provisional_from=later, version=version)


def _rows(text: str | Sequence[Mapping[str, Any]]) -> list[tuple[int, dict[str, str]]]:
    """(row number as people count it, row with known headings)."""
    first = 1
    if not isinstance(text, str):
        raw: list[Any] = list(text)
    elif text.lstrip("\ufeff \n\r\t").startswith(("[", "{")):
        raw = _json_rows(text)
    elif is_published(text):
        return list(published_rows(text))
    else:
        lines = text.lstrip("\ufeff").strip().replace("，", ",").splitlines()
        bare = bool(lines) and lines[0][:4].isdecimal()  # typed by hand: a day, and no heading
        raw = list(csv.DictReader(lines, fieldnames=_COLUMNS if bare else None))
        first = 1 if bare else 2
    rows = []
    for number, row in enumerate(raw, start=first):
        if not isinstance(row, Mapping):
            raise _bad(number, f"“{row}”不是一行数据", f'"{row}" is not a row of data')
        clean = {str(k or "").strip().lower(): str(v or "").strip() for k, v in row.items()}
        rows.append((number, {_HEADS.get(key, key): value for key, value in clean.items()}))
    if not rows:
        raise BadNotice(
            "通知里没有一行数据。一行写：日期,类型,名称",
            "the notice has no rows. A row is: date,kind,name",
        )
    return rows


def _json_rows(text: str) -> list[Any]:
    try:
        data = json.loads(text.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        raise BadNotice(
            f"JSON 第 {error.lineno} 行第 {error.colno} 字读不懂",
            f"the JSON cannot be read at line {error.lineno}, column {error.colno}",
        ) from None
    rows = data.get("days") if isinstance(data, dict) else data
    return rows if isinstance(rows, list) else []


def _kind(number: int, row: Mapping[str, str]) -> Change:
    kind = _KINDS.get(row.get("kind", "").lower())
    if kind is None:
        text = row.get("kind", "")
        raise _bad(
            number,
            f"类型“{text}”不认识；请写“休”或“班”",
            f'the kind "{text}" is unknown; write 休 (off) or 班 (work)',
        )
    return kind


def _name(number: int, row: Mapping[str, str]) -> Words:
    zh = row.get("name_zh", "")
    if not zh and not row.get("name_en"):
        raise _bad(number, "没有节日名称", "the holiday has no name")
    return Words(zh or row["name_en"], row.get("name_en") or zh) if zh else NO_WORDS


def _days(number: int, row: Mapping[str, str]) -> list[date]:
    text = row.get("date", "")
    first_text, _, last_text = text.partition("..")
    first, last = _date(number, first_text), _date(number, last_text or first_text)
    length = (last - first).days + 1
    if not 1 <= length <= 31:
        raise _bad(
            number,
            f"“{text}”不是 1 至 31 天的一段",
            f'"{text}" is not a run of 1 to 31 days',
        )
    return [first + timedelta(days=n) for n in range(length)]


def _date(number: int, text: str) -> date:
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text.strip())
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise _bad(
        number,
        f"“{text.strip()}”不是日期；请写成 2027-10-01",
        f'"{text.strip()}" is not a date; write 2027-10-01',
    )


def _one_year(found: Mapping[date, tuple[int, Change, Words]]) -> int:
    """The year of the notice. New Year's holiday may begin in the December before it."""
    (year, _), *_ = Counter(day.year for day in sorted(found)).most_common()
    for day in sorted(found):
        if day.year != year and (day.year, day.month) != (year - 1, 12):
            raise _bad(
                found[day][0],
                f"{day} 不在 {year} 年；一次只导入一年",
                f"{day} is not in {year}; import one year at a time",
            )
    return year


def _plausible(found: Mapping[date, tuple[int, Change, Words]]) -> None:
    off = sum(kind is Change.OFF for _, kind, _ in found.values())
    work = len(found) - off
    if not off or off > _MOST_OFF or work > _MOST_WORK:
        raise BadNotice(
            f"休 {off} 天、班 {work} 天，不像一年的放假安排；请核对文件",
            f"{off} days off and {work} make-up days do not look like a year's notice",
        )


def _bad(number: int, zh: str, en: str) -> BadNotice:
    return BadNotice(f"第 {number} 行：{zh}", f"row {number}: {en}")
