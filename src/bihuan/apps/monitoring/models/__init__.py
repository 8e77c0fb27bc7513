"""The tables of machines that report by themselves."""

from __future__ import annotations

from bihuan.apps.monitoring.models.alarms import Alarm, Limit
from bihuan.apps.monitoring.models.archive import ArchivedDay
from bihuan.apps.monitoring.models.baselines import Baseline
from bihuan.apps.monitoring.models.calling import Call, Calling
from bihuan.apps.monitoring.models.commands import Command, CommandStep, CommandSwitch, Permit
from bihuan.apps.monitoring.models.condition import Condition, DayDue, MachineDay, Report, Wear
from bihuan.apps.monitoring.models.consents import Consent
from bihuan.apps.monitoring.models.devices import Device, Latest, Layout
from bihuan.apps.monitoring.models.expected import Expected
from bihuan.apps.monitoring.models.history import History, HistoryPart
from bihuan.apps.monitoring.models.lessons import Lesson
from bihuan.apps.monitoring.models.pipe import Checkpoint, Refused
from bihuan.apps.monitoring.models.store import Block, Hour, Late
from bihuan.apps.monitoring.models.telling import Telling
from bihuan.apps.monitoring.models.templates import TemplateVersion
from bihuan.apps.monitoring.models.terminals import Terminal
from bihuan.apps.monitoring.models.trials import PastTest, Trial

__all__ = [
    "Alarm",
    "ArchivedDay",
    "Baseline",
    "Block",
    "Call",
    "Calling",
    "Checkpoint",
    "Command",
    "CommandStep",
    "CommandSwitch",
    "Condition",
    "Consent",
    "DayDue",
    "Device",
    "Expected",
    "History",
    "HistoryPart",
    "Hour",
    "Late",
    "Latest",
    "Layout",
    "Lesson",
    "Limit",
    "MachineDay",
    "PastTest",
    "Permit",
    "Refused",
    "Report",
    "Telling",
    "TemplateVersion",
    "Terminal",
    "Trial",
    "Wear",
]
