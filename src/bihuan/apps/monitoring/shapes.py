"""What the parameters of monitoring may say."""

from __future__ import annotations

from pathlib import Path

from bihuan.apps.monitoring.enums import Agreed, Klass
from bihuan.base.parameters import Roles, numbers
from bihuan.lib.policy.values import CalendarName, Shape, Table, Words

CLASSES = tuple(map(str, reversed(Klass)))
SHAPES: dict[str, Shape] = {
    **numbers(Path(__file__).resolve().parent / "data" / "profile.yaml"),
    "monitoring.ticket_at_once": Words(CLASSES, empty=True),
    "monitoring.customer_at_once": Words(CLASSES, empty=True),
    "monitoring.customer_ways": Words(("MAIL", "SMS", "VOICE"), empty=True),
    "monitoring.untold_by": Roles(1),
    "monitoring.expected_classes": Words(CLASSES, empty=True),
    "monitoring.night_classes": Words(CLASSES, empty=True),
    "monitoring.consent_first": Words(tuple(map(str, Agreed)), empty=True),
    "monitoring.answer_min": Table(CLASSES, "URGENT 5, HIGH 15, NORMAL 120"),
    "monitoring.desk_steps": Roles(),
    "monitoring.desk_calendar": CalendarName(),
}
