"""What a machine's alarm turned out to be: asked where its ticket is solved, and by it later first
opinions are better.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bihuan.apps.monitoring.actions.calling import of_ticket
from bihuan.apps.monitoring.actions.lessons import find_cause, known_of
from bihuan.apps.monitoring.enums import Klass, Verdict
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.queries import lessons
from bihuan.apps.monitoring.refusals import CauseAlreadySaid
from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.lib.diagnosis import OTHER

NOT_KNOWN = "-"
"""He cannot say what it was: nothing is learnt."""
Choices = list[tuple[str | Promise, Any]]


def asked(ticket: Ticket) -> Alarm | None:
    """Whose cause is asked when this ticket is solved: of the alarms that led to it the gravest, of
    these the first; none where nobody has written down what its machines can have.
    """
    rows = [
        each
        for each in of_ticket(ticket.number)
        if each.verdict != Verdict.FALSE and known_of(each) is not None
    ]
    return max(
        rows, key=lambda each: (list(Klass).index(Klass(each.klass)), -each.pk), default=None
    )


def choices(alarm: Alarm) -> Choices:
    """The causes of the first opinion with their probabilities, the others of its kind of machine, and
    what is in no list or not known.
    """
    said = {
        each["code"]: each.get("probability") or 0 for each in alarm.diagnosis.get("causes") or []
    }
    known = lessons.choices(alarm)
    ranked = [
        (code, f"{title} {round(100 * said[code])}%") for code, title in known if code in said
    ]
    others = [(code, title) for code, title in known if code not in said and code != OTHER]
    last = [pair for pair in known if pair[0] == OTHER]
    found: Choices = [("", "—")]
    found += [(_("初步诊断"), ranked)] if ranked else []
    return [*found, (_("别的原因"), [*others, *last]), (NOT_KNOWN, _("还不清楚"))]


def said_before(alarm: Alarm) -> str:
    """What somebody has said already; empty where nobody has."""
    row = lessons.own(alarm)
    return row.cause if row is not None else ""


def teach(*, ticket: Ticket, cause: str, by: User, now: datetime) -> None:
    """It was this one. Raises NoSuchCause."""
    alarm = asked(ticket) if cause and cause != NOT_KNOWN else None
    if alarm is not None:
        with suppress(CauseAlreadySaid):
            find_cause(alarm=alarm, cause=cause, by=by, now=now)
