"""Closed sets that code may test."""

from __future__ import annotations

from enum import StrEnum


class Klass(StrEnum):
    """Values of the fact `alarm.raised`, mildest first."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    URGENT = "URGENT"


class AlarmState(StrEnum):
    """ISA-18.2: whether it holds, and whether somebody has seen it."""

    ACTIVE_UNACK = "ACTIVE_UNACK"
    ACTIVE_ACK = "ACTIVE_ACK"
    RTN_UNACK = "RTN_UNACK"
    CLEARED = "CLEARED"


class Verdict(StrEnum):
    """What a person found: empty until then."""

    REAL = "REAL"
    FALSE = "FALSE"


class Hushed(StrEnum):
    """Why an alarm is recorded and told to nobody."""

    TRIAL = "TRIAL"
    REPAIR = "REPAIR"
    FLOOD = "FLOOD"
