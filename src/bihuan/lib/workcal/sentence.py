"""An answer in one sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bihuan.lib.workcal.duration import DAYS, PERIODIC, Unit
from bihuan.lib.workcal.explain import Piece, Slice
from bihuan.lib.workcal.words import Words, day_words, span_words

if TYPE_CHECKING:
    from bihuan.lib.workcal.answer import Answer


def sentence_of(answer: Answer) -> Words:
    """From when, how long, what was left out, until when, and how sure that is."""
    start = _moment(answer, answer.start)
    limit = Words(answer.within.words("zh"), answer.within.words("en"))
    left_out = _left_out(answer)
    skip = _joined(left_out) if left_out else Words("", "")
    if answer.due is None:
        middle = Words(f"，跳过{skip.zh}", f", leaving out {skip.en},") if skip.zh else skip
        return Words(
            f"从 {start.zh} 起算 {limit.zh}{middle.zh}，现在停表，恢复后才有到期时间。",
            f"{limit.en[0].upper()}{limit.en[1:]} from {start.en}{middle.en} "
            "now paused; the due time is known once it resumes.",
        )
    end = _end(answer)
    middle = Words(f"，跳过{skip.zh}", f", leaving out {skip.en}") if skip.zh else skip
    if answer.backward:
        text = Words(
            f"{start.zh} 往前 {limit.zh.removeprefix('提前 ')}{middle.zh}，最迟 {end.zh}。",
            f"{_capital(limit.en)} {start.en}{middle.en}: no later than {end.en}.",
        )
    elif answer.within.unit in PERIODIC:
        text = Words(
            f"从 {start.zh} 起，{limit.zh}完成，到 {end.zh}。",
            f"From {start.en}, by {limit.en}: {end.en}.",
        )
    else:
        text = Words(
            f"从 {start.zh} 起算 {limit.zh}{middle.zh}，到 {end.zh}。",
            f"{_capital(limit.en)} from {start.en}{middle.en}, ends {end.en}.",
        )
    return _with_doubt(answer, text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _with_doubt(answer: Answer, text: Words) -> Words:
    if not answer.provisional:
        return text
    return Words(
        f"{text.zh}其中有的放假安排尚未公布，日期可能变动。",
        f"{text.en} Some of these holidays are not officially settled yet; the date may move.",
    )


def _year(answer: Answer) -> bool:
    due = answer.due
    return due is not None and due.year != answer.start.year


def _moment(answer: Answer, moment: datetime) -> Words:
    day = day_words(moment.date(), year=_year(answer))
    return Words(f"{day.zh} {moment:%H:%M}", f"{day.en} {moment:%H:%M}")


def _end(answer: Answer) -> Words:
    assert answer.due_day is not None
    day = day_words(answer.due_day, year=_year(answer))
    clock = answer.due_text[-5:]
    return Words(f"{day.zh} {clock}", f"{day.en} {clock}")


def _left_out(answer: Answer) -> list[Words]:
    """Holidays with their days, weekends, breaks, pauses, in this order."""
    pieces = answer.slices
    found = [*_holidays(pieces), *_weekends(pieces)]
    breaks = {piece.label: None for piece in pieces if piece.kind is Piece.BREAK}
    return [*found, *breaks, *_pauses(answer, pieces)]


def _days_by_label(pieces: tuple[Slice, ...], kind: Piece) -> dict[Words, int]:
    days: dict[Words, set[int]] = {}
    for piece in pieces:
        if piece.kind is kind:
            days.setdefault(piece.label, set()).add(piece.day.toordinal())
    return {label: len(found) for label, found in days.items()}


def _holidays(pieces: tuple[Slice, ...]) -> list[Words]:
    counted = _days_by_label(pieces, Piece.HOLIDAY).items()
    return [Words(f"{label.zh} {n} 天", f"{label.en} ({_days(n)})") for label, n in counted]


def _weekends(pieces: tuple[Slice, ...]) -> list[Words]:
    counted = _days_by_label(pieces, Piece.WEEKEND).items()
    return [Words(f"{label.zh} {n} 天", f"{_days(n)} of {label.en}") for label, n in counted]


def _days(number: int) -> str:
    return f"{number} day{'s' * (number != 1)}"


def _pauses(answer: Answer, pieces: tuple[Slice, ...]) -> list[Words]:
    """Each reason with the time or the days by which it held the limit up."""
    by_days = answer.within.unit in DAYS or answer.within.unit is Unit.WORK_DAY
    held: dict[Words, timedelta] = {}
    for piece in pieces:
        if piece.kind is Piece.PAUSE and piece.end is not None:
            length = timedelta(days=1) if by_days else piece.end - piece.start
            held[piece.label] = held.get(piece.label, timedelta()) + length
    if not by_days:
        return [
            Words(f"{reason.zh} {span_words(span).zh}", f"{span_words(span).en} {reason.en}")
            for reason, span in held.items()
        ]
    return [
        Words(f"{reason.zh} {span.days} 天", f"{_days(span.days)} {reason.en}")
        for reason, span in held.items()
    ]


def _joined(parts: list[Words]) -> Words:
    """国庆节 7 天、午休和等客户 6 小时 20 分."""
    if len(parts) == 1:
        return parts[0]
    *head, last = parts
    zh = "、".join(part.zh for part in head) + "和" + last.zh
    return Words(zh, ", ".join(part.en for part in head) + " and " + last.en)
