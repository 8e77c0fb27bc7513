"""The tables of machines that report by themselves."""

from __future__ import annotations

from bihuan.apps.monitoring.models.alarms import Alarm, Limit
from bihuan.apps.monitoring.models.baselines import Baseline
from bihuan.apps.monitoring.models.consents import Consent
from bihuan.apps.monitoring.models.devices import Device, Latest, Layout
from bihuan.apps.monitoring.models.pipe import Checkpoint, Refused
from bihuan.apps.monitoring.models.store import Block, Hour, Late
from bihuan.apps.monitoring.models.trials import PastTest, Trial

__all__ = [
    "Alarm",
    "Baseline",
    "Block",
    "Checkpoint",
    "Consent",
    "Device",
    "Hour",
    "Late",
    "Latest",
    "Layout",
    "Limit",
    "PastTest",
    "Refused",
    "Trial",
]
