"""What the parameters of the service desk may say."""

from __future__ import annotations

from pathlib import Path

from bihuan.apps.tickets.enums import Impact, Kind, Severity
from bihuan.base.parameters import Roles, numbers
from bihuan.lib.policy.values import CalendarName, Read, Shape, Words, phrases

KINDS = tuple(map(str, Kind))
SHAPES: dict[str, Shape] = {
    **numbers(Path(__file__).resolve().parent / "data" / "profile.yaml"),
    "tickets.same_call": Words(KINDS, empty=True),
    "tickets.propose_kinds": Words(KINDS, empty=True),
    "tickets.other_team": Words(("yes", "no", "true", "false"), most=1),
    "tickets.major": Words(tuple(map(str, Impact)), empty=True),
    "tickets.page_severities": Words(tuple(map(str, Severity)), empty=True),
    "tickets.page_ways": Words(("MESSAGE", "SMS", "VOICE")),
    "tickets.danger_words": Read(phrases, "受伤, 起火, on fire"),
    "tickets.page_role": Roles(most=1),
    "tickets.desk_calendar": CalendarName(),
}
