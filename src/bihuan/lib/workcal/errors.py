"""What ``workcal`` refuses. Every refusal says, in both languages, what to write instead."""

from __future__ import annotations

from typing import ClassVar

from bihuan.lib.workcal.words import Words


class WorkcalError(ValueError):
    """Base of all refusals. ``code`` is stable, ``words`` are for people."""

    code: ClassVar[str] = "workcal"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(zh, en)

    def sentence(self, lang: str = "zh") -> str:
        return self.words.of(lang)

    def __reduce__(self) -> tuple[type[WorkcalError], tuple[str, str]]:
        return type(self), (self.words.zh, self.words.en)


class BadSlot(WorkcalError):
    """Hours of a day that cannot be read or that overlap."""

    code = "workcal.bad_slot"


class BadCalendar(WorkcalError):
    """A calendar that cannot be read or that contradicts itself."""

    code = "workcal.bad_calendar"


class BadDuration(WorkcalError):
    """A limit that cannot be read."""

    code = "workcal.bad_duration"


class BadMoment(WorkcalError):
    """A moment without a time zone, or outside the years 1900 to 2200."""

    code = "workcal.bad_moment"


class BadPause(WorkcalError):
    """A pause that ends before it begins."""

    code = "workcal.bad_pause"


class BadNotice(WorkcalError):
    """A holiday notice that cannot be read or cannot be true."""

    code = "workcal.bad_notice"


class NoWorkingTime(WorkcalError):
    """The calendar holds too little working time within ten years."""

    code = "workcal.no_working_time"
