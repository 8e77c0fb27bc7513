"""Whom alarms reach, and whom one has called so far."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bihuan.apps.monitoring import figures, words
from bihuan.apps.monitoring.actions.calling import desk
from bihuan.apps.monitoring.enums import Klass
from bihuan.apps.monitoring.models import Alarm, Calling
from bihuan.apps.people.calendars import opens_at
from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.texts import in_words
from bihuan.base.vocabulary import vocabulary


def so_far(alarm: Alarm) -> dict[str, Any]:
    """Each call in its order, and what comes next; empty of an alarm that called nobody."""
    row = Calling.objects.filter(alarm=alarm).select_related("answered_by").first()
    calls = [
        {
            "row": each, "way": words.title(words.CALL_WAY, each.way), "role": role_title(each.role),
            "answer": words.title(words.CALL_ANSWER, each.answer),
        }
        for each in alarm.calls.select_related("person").order_by("at", "pk")
    ]  # fmt: skip
    silent = row is None or (row.over_at is not None and row.answered_by is None)
    return {"row": row, "calls": calls} if calls or not silent else {}


def role_title(code: str) -> str:
    role = vocabulary().roles.get(code)
    return in_words(role.title) if role is not None else code


def reach(now: datetime) -> dict[str, Any]:
    """By class whom it reaches in working hours and outside of them, and who these people are now."""
    minutes, night = figures.minutes("answer_min", now), figures.classes("night_classes", now)
    people = desk(0, "", now)
    return {
        "classes": [
            {
                "title": words.title(words.KLASS, each), "colour": words.KLASS_COLOUR[each], "minutes": minutes.get(each),
                "night": each in night,
            }
            for each in reversed(Klass)
        ],
        "desk": [{"role": role_title(role), "person": person} for role, person in people],
        "steps": [role_title(each) for each in figures.words("desk_steps", now)],
        "on_call": on_call(now), "opens": opens_at(figures.words("desk_calendar", now)[0], {}, now),
        "hours": f"{figures.number('call_most_h', now):g}",
    }  # fmt: skip


def on_call(now: datetime) -> list[User]:
    """Who is on the roster now, in the order of calling."""
    asked = registry.service("on_call.people")
    return list(asked("", now)) if asked is not None else []
