"""The wording in which the State Council publishes a year's holidays, as rows of a notice.

    二、春节：2月5日（农历除夕、周五）至11日（周四）放假调休，共7天。1月30日（周六）、2月20日（周六）上班。

The year is that of the heading, 关于2027年部分节假日安排的通知; a day may name another one. What is
in brackets is left out, and the number of days is checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from bihuan.lib.workcal.errors import BadNotice

_HOLIDAY = re.compile(r"[一二三四五六七八九十]{1,2}、([^：:。，,]{2,12})[：:]")
_DAY = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日"
_SPAN = re.compile(rf"{_DAY}(?:至{_DAY})?")
_ENGLISH = {
    "元旦": "New Year's Day", "春节": "Spring Festival", "清明节": "Qingming Festival",
    "劳动节": "Labour Day", "端午节": "Dragon Boat Festival", "中秋节": "Mid-Autumn Festival",
    "国庆节": "National Day",
}  # fmt: skip


def is_published(text: str) -> bool:
    """Whether this is the text of a notice and not a table."""
    return bool(_HOLIDAY.search(text) and re.search(r"日[^\n]*放假", text))


def published_rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(number of the holiday, row) in the columns of a notice. Raises ``BadNotice``."""
    plain = re.sub(r"（[^）]*）|\([^)]*\)|\s", "", text)
    heading = re.search(r"(\d{4})年", plain.partition("、")[0]) or re.search(
        r"(\d{4})年部分", plain
    )
    if heading is None:
        raise BadNotice(
            "没有写是哪一年；请连标题一起贴上",
            "the year is missing; paste the heading as well",
        )
    year = int(heading[1])
    parts = _HOLIDAY.split(plain)[1:]
    for number, (name, body) in enumerate(zip(parts[::2], parts[1::2], strict=True), 1):
        names = {"name_zh": name, "name_en": _english(name)}
        off = 0
        for sentence in body.split("。"):
            kind = "休" if "放假" in sentence else "班" if sentence.endswith("上班") else ""
            said = sentence.partition("放假")[0] if kind == "休" else sentence
            for first, last in _spans(number, said, year) if kind else ():
                off += (last - first).days + 1 if kind == "休" else 0
                yield number, {"date": f"{first}..{last}", "kind": kind, **names}
        _as_many(number, name, body, off)


def _spans(number: int, text: str, year: int) -> Iterator[tuple[date, date]]:
    """The days that are named; what a day leaves out is as in the one before it."""
    month = 0
    for found in _SPAN.finditer(text):
        ends = []
        for at in (1, 4) if found[6] else (1,):
            in_year, in_month, day = found.group(at, at + 1, at + 2)
            year, month = int(in_year or year), int(in_month or month)
            try:
                ends.append(date(year, month, int(day)))
            except ValueError:
                raise BadNotice(
                    f"第 {number} 个节日：“{found[0]}”不是日期",
                    f'holiday {number}: "{found[0]}" is not a date',
                ) from None
        yield ends[0], ends[-1]


def _as_many(number: int, name: str, body: str, off: int) -> None:
    said = re.search(r"共(\d{1,2})天", body)
    if not off or (said and int(said[1]) != off):
        told = said[1] if said else "—"
        raise BadNotice(
            f"第 {number} 个节日“{name}”：写着共 {told} 天，读出 {off} 天；请核对原文",
            f'holiday {number}, "{name}": it says {told} days, {off} were read; check the text',
        )


def _english(name: str) -> str:
    return " and ".join(_ENGLISH.get(each, each) for each in name.split("、"))
