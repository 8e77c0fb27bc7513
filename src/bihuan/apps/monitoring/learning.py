"""The knowledge of causes with what closed alarms of the same kind of machine have taught."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.enums import Verdict
from bihuan.apps.monitoring.models import Lesson
from bihuan.lib.diagnosis import Closed, Knowledge, weighed

_held: dict[str, tuple[tuple[tuple[int, int], ...], Knowledge, int]] = {}
"""By template: the lessons (each with how often it was said), what they make of the file, and of how
many faults they are. Thrown away as soon as one of them is another.
"""


def standing() -> QuerySet[Lesson]:
    """Those that count: somebody said the cause, and nobody that the alarm was false."""
    return Lesson.objects.exclude(cause="").exclude(alarm__verdict=Verdict.FALSE)


def taught_by(file: Knowledge, now: datetime) -> tuple[Knowledge, int]:
    """The file with its newest lessons in it, and how many faults they were."""
    most = int(figures.number("lessons_most", now))
    rows = standing().filter(template=file.template).order_by("-said_at", "-pk")[:most]
    mark = tuple(rows.values_list("pk", "times"))
    held = _held.get(file.template)
    if held is None or held[0] != mark:
        faults = closed(rows.select_related("alarm")) if mark else []
        held = mark, weighed(file, faults) if faults else file, len(faults)
        _held[file.template] = held
    return held[1], held[2]


def closed(lessons: Iterable[Lesson]) -> list[Closed]:
    """One fault for each ticket, however many alarms it raised: what any of them showed was there."""
    found: dict[str, Closed] = {}
    for lesson in lessons:
        fault = found.get(fault_of(lesson))
        if fault is None:
            found[fault_of(lesson)] = Closed(lesson.cause, dict(lesson.shown))
        else:
            both = {
                code: lesson.shown.get(code, False) or fault.shown.get(code, False)
                for code in {**lesson.shown, **fault.shown}
            }
            found[fault_of(lesson)] = Closed(fault.cause, both)
    return list(found.values())


def fault_of(lesson: Lesson) -> str:
    """Alarms of one ticket are one fault."""
    return lesson.alarm.ticket_number or lesson.alarm.number
