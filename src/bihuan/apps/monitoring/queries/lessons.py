"""What alarms like this one turned out to be."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

from bihuan.apps.monitoring.actions.lessons import known_of
from bihuan.apps.monitoring.learning import fault_of, standing
from bihuan.apps.monitoring.models import Alarm, Lesson
from bihuan.apps.monitoring.queries.alarms import fit, seen
from bihuan.base.access.models import User
from bihuan.base.texts import in_language, in_words
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.diagnosis import OTHER, Knowledge

LOOKED, LINKS = 300, 5
"""So many of the newest are counted; so many of them are named."""


def found(person: User, alarm: Alarm) -> dict[str, Any]:
    """What it was itself, and what its like were: counts over all machines of the template, links
    to those alone that the reader may see.
    """
    known = known_of(alarm)
    if known is None:
        return {}
    mine = own(alarm)
    return {
        "own": mine, "cause": title(known, mine.cause) if mine and mine.cause else "", "hint": hint(mine),
        **_past(person, alarm, known),
    }  # fmt: skip


def _past(person: User, alarm: Alarm, known: Knowledge) -> dict[str, Any]:
    rows = standing().filter(template=known.template, rule=alarm.rule).exclude(alarm=alarm)
    if alarm.ticket_number:
        rows = rows.exclude(alarm__ticket_number=alarm.ticket_number)
    faults: dict[str, Lesson] = {}
    for row in rows.select_related("alarm").order_by("-said_at", "-pk")[:LOOKED]:
        faults.setdefault(fault_of(row), row)
    counts = Counter(row.cause for row in faults.values()).most_common()
    causes = {row.alarm_id: row.cause for row in faults.values()}
    named = fit(seen(person).filter(pk__in=causes)).order_by("-pk")[:LINKS] if causes else []
    return {
        "all": len(faults),
        "causes": [{"title": title(known, code), "count": count} for code, count in counts],
        "links": [{"row": row, "title": in_language(row.title), "cause": title(known, causes[row.pk])} for row in named],
    }  # fmt: skip


def choices(alarm: Alarm) -> list[tuple[str, str]]:
    """The causes of its kind of machine, those of its first opinion first; `OTHER` last."""
    known = known_of(alarm)
    if known is None:
        return []
    first = [each["code"] for each in alarm.diagnosis.get("causes") or []]
    codes = [code for code in first if code in known.cause]
    codes += [code for code in known.cause if code not in codes]
    return [(code, title(known, code)) for code in [*codes, OTHER]]


def title(known: Knowledge, code: str) -> str:
    cause = known.cause.get(code)
    if cause is not None:
        return in_words(cause.title)
    return _("清单以外的原因") if code == OTHER else code


def own(alarm: Alarm) -> Lesson | None:
    return Lesson.objects.filter(alarm=alarm).select_related("said_by").first()


def hint(lesson: Lesson | None) -> str:
    """The class of cause that the ticket was solved with, in words."""
    if lesson is None or not lesson.hint:
        return ""
    said = vocabulary().facts["ticket.resolved"].fields["cause"].value_titles.get(lesson.hint)
    return in_words(said) if said is not None else lesson.hint
