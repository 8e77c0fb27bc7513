"""Working time: calendars, limits, and when something is due.

    from bihuan.lib.workcal import china, due
    answer = due(china(), start, "3wd")
    answer.due, answer.due_text, answer.provisional, answer.sentence("zh"), answer.rows()

A ``Calendar`` builds its index when first used: keep it (by version) rather than rebuild it.
"""

from __future__ import annotations

from bihuan.lib.workcal.answer import Answer
from bihuan.lib.workcal.calendar import Calendar, Change, DayException, DayInfo, DayKind, Status
from bihuan.lib.workcal.china import BUSINESS_HOURS, china
from bihuan.lib.workcal.due import (
    Window,
    before,
    counted,
    days,
    due,
    elapsed,
    is_working,
    milestone,
    next_working_moment,
    window,
    working_days,
)
from bihuan.lib.workcal.duration import Duration, Period, Unit
from bihuan.lib.workcal.errors import (
    BadCalendar,
    BadDuration,
    BadMoment,
    BadNotice,
    BadPause,
    BadSlot,
    NoWorkingTime,
    WorkcalError,
)
from bihuan.lib.workcal.explain import Piece, Slice
from bihuan.lib.workcal.lunar import LunarDate, cell_words, lunar, solar
from bihuan.lib.workcal.notice import Notice, apply_notice, read_notice
from bihuan.lib.workcal.pauses import Pause
from bihuan.lib.workcal.periods import period_bounds
from bihuan.lib.workcal.rows import Row
from bihuan.lib.workcal.slots import Slot
from bihuan.lib.workcal.words import Words

__all__ = [
    "BUSINESS_HOURS",
    "Answer",
    "BadCalendar",
    "BadDuration",
    "BadMoment",
    "BadNotice",
    "BadPause",
    "BadSlot",
    "Calendar",
    "Change",
    "DayException",
    "DayInfo",
    "DayKind",
    "Duration",
    "LunarDate",
    "NoWorkingTime",
    "Notice",
    "Pause",
    "Period",
    "Piece",
    "Row",
    "Slice",
    "Slot",
    "Status",
    "Unit",
    "Window",
    "Words",
    "WorkcalError",
    "apply_notice",
    "before",
    "cell_words",
    "china",
    "counted",
    "days",
    "due",
    "elapsed",
    "is_working",
    "lunar",
    "milestone",
    "next_working_moment",
    "period_bounds",
    "read_notice",
    "solar",
    "window",
    "working_days",
]  # fmt: skip
