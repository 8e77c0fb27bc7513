"""Working time: calendars, limits, and when something is due.

    from bihuan.lib.workcal import china, due
    answer = due(china(), start, "3wd")
    answer.due, answer.due_text, answer.provisional, answer.sentence("zh"), answer.rows()

A ``Calendar`` builds its index when first used: keep it (by version) rather than rebuild it.
"""

from .answer import Answer
from .calendar import Calendar, Change, DayException, DayInfo, DayKind, Status
from .china import BUSINESS_HOURS, china
from .due import (
    Window,
    before,
    days,
    due,
    elapsed,
    is_working,
    milestone,
    next_working_moment,
    window,
    working_days,
)
from .duration import Duration, Period, Unit
from .errors import (
    BadCalendar,
    BadDuration,
    BadMoment,
    BadNotice,
    BadPause,
    BadSlot,
    NoWorkingTime,
    WorkcalError,
)
from .explain import Piece, Slice
from .lunar import LunarDate, cell_words, lunar, solar
from .notice import Notice, apply_notice, read_notice
from .pauses import Pause
from .periods import period_bounds
from .rows import Row
from .slots import Slot
from .words import Words

__all__ = [
    "BUSINESS_HOURS", "Answer", "BadCalendar", "BadDuration", "BadMoment", "BadNotice", "BadPause",
    "BadSlot", "Calendar", "Change", "DayException", "DayInfo", "DayKind", "Duration", "LunarDate",
    "NoWorkingTime", "Notice", "Pause", "Period", "Piece", "Row", "Slice", "Slot", "Status", "Unit",
    "Window", "Words", "WorkcalError", "apply_notice", "before", "cell_words", "china", "days",
    "due", "elapsed", "is_working", "lunar", "milestone", "next_working_moment", "period_bounds",
    "read_notice", "solar", "window", "working_days",
]  # fmt: skip
