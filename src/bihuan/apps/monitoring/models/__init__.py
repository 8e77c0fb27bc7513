"""The tables of machines that report by themselves."""

from __future__ import annotations

from bihuan.apps.monitoring.models.alarms import Alarm, Limit
from bihuan.apps.monitoring.models.devices import Device, Latest, Layout
from bihuan.apps.monitoring.models.history import History, HistoryPart
from bihuan.apps.monitoring.models.pipe import Checkpoint, Refused
from bihuan.apps.monitoring.models.store import Block, Hour, Late
from bihuan.apps.monitoring.models.terminals import Terminal

__all__ = [
    "Alarm",
    "Block",
    "Checkpoint",
    "Device",
    "History",
    "HistoryPart",
    "Hour",
    "Late",
    "Latest",
    "Layout",
    "Limit",
    "Refused",
    "Terminal",
]
