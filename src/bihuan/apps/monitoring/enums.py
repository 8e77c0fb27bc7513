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


class Agreed(StrEnum):
    """What a customer agrees to, machine by machine: values of the facts `consent.*`."""

    DATA = "DATA"
    POSITION = "POSITION"


class Told(StrEnum):
    """How he said it."""

    CONTRACT = "CONTRACT"
    LETTER = "LETTER"
    MAIL = "MAIL"
    WECOM = "WECOM"
    PHONE = "PHONE"
