"""Whether a customer was told of an alarm, and who has to tell him where no way reached him."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from bihuan.apps.monitoring import figures, words
from bihuan.apps.monitoring.models import Alarm, Telling
from bihuan.apps.monitoring.queries.alarms import DIAGNOSE
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.words import role_word
from bihuan.apps.people.queries import holder
from bihuan.base.access.models import User
from bihuan.base.texts import listed
from bihuan.base.ui.addresses import address


class Teller(NamedTuple):
    """A person, or the role that nobody holds."""

    person: User | None
    role: str

    @property
    def called(self) -> str:
        return self.person.name if self.person is not None else role_word(self.role)


def who_tells(alarm: Alarm, now: datetime) -> Teller:
    """Whoever owes the customer the first opinion; where the regulation asks nobody, the role that it names
    for calls.
    """
    owed = Obligation.objects.filter(occasion=alarm.number, kind=DIAGNOSE, state__in=LIVE)
    duty = owed.select_related("assignee").order_by("due_at", "pk").first()
    if duty is not None:
        return Teller(duty.assignee, duty.role)
    (role,) = figures.words("untold_by", now)
    customer = alarm.asset.customer
    on = figures.day_of(now)
    return Teller(holder(role, on=on, customer_id=customer.pk, region=customer.region), role)


def why_words(why: Iterable[tuple[str, str]]) -> str:
    """邮件：没有设置；短信：客户没有留"""
    return listed(
        _("%(way)s：%(why)s") % {"way": words.WAY[way], "why": words.UNREACHED[each]}
        for way, each in why
    )


def untold(alarm: Alarm, now: datetime) -> dict[str, Any] | None:
    """What the page says where no way reached the customer and nobody has told him yet."""
    last = _last(alarm) if alarm.customer_told_at is None else None
    return _notice(last, now) if last is not None and not last.way else None


def under_way(alarm: Alarm) -> str:
    """That a message is on its way, and by which."""
    last = _last(alarm)
    if last is None or not last.way or last.ended_at is not None:
        return ""
    return _("%(way)s还没有发出") % {"way": words.WAY[last.way]}


def untold_of(ticket: str, now: datetime) -> list[dict[str, Any]]:
    """The same for the alarms of a ticket."""
    rows = Telling.objects.filter(
        alarm__ticket_number=ticket, alarm__customer_told_at=None
    ).exclude(alarm__ticket_number="")
    last = rows.order_by("alarm", "-pk").distinct("alarm").select_related("alarm__asset__customer")
    return [_notice(each, now) for each in last if not each.way]


def _last(alarm: Alarm) -> Telling | None:
    return Telling.objects.filter(alarm=alarm).order_by("-pk").first()


def _notice(last: Telling, now: datetime) -> dict[str, Any]:
    alarm = last.alarm
    why = why_words(last.why) or _("没有选定自动告知的方式")
    return {
        "title": _("报警 %(number)s 没有送到客户") % {"number": alarm.number},
        "text": _("%(why)s。请%(who)s打电话告知客户，再在报警上记下。")
        % {"why": why, "who": who_tells(alarm, now).called},
        "url": address("monitoring:alarm", alarm.pk), "action": _("去报警"),
    }  # fmt: skip
