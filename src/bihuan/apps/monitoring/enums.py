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
    EXPECTED = "EXPECTED"


class Awaited(StrEnum):
    """Why alarms of a machine are expected for a time."""

    MAINTENANCE = "MAINTENANCE"
    COMMISSIONING = "COMMISSION"
    WASH_DOWN = "WASH_DOWN"
    OTHER = "OTHER"


class CommandState(StrEnum):
    """What became of a remote command. `APPROVED` stands in its history alone: what is approved is
    queued at once. `UNKNOWN`: it went out and the machine has not said what it did.
    """

    PROPOSED = "PROPOSED"
    CONSENTED = "CONSENTED"
    APPROVED = "APPROVED"
    QUEUED = "QUEUED"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    DONE = "DONE"
    READ_BACK = "READ_BACK"
    RETURNED = "RETURNED"
    UNKNOWN = "UNKNOWN"
    EXPIRED = "EXPIRED"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class YesBy(StrEnum):
    """How the customer said yes: on his own page, or on the telephone as somebody wrote down."""

    OWN_HAND = "OWN_HAND"
    PHONE = "PHONE"


class HistoryState(StrEnum):
    """Of a table of history on its way in."""

    UPLOADED = "UPLOADED"
    CHECKING = "CHECKING"
    CHECKED = "CHECKED"
    QUEUED = "QUEUED"
    DONE = "DONE"
    REFUSED = "REFUSED"


class RowFault(StrEnum):
    """Why a row of a table is not taken, beside the causes of `lib.machines.Cause`."""

    NO_TIME = "NO_TIME"
    EMPTY = "EMPTY"
    TOO_OLD = "TOO_OLD"
    TWICE = "TWICE"


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


class Unreached(StrEnum):
    """Why a way did not bring an alarm to the customer."""

    NOT_SET_UP = "NOT_SET_UP"
    NO_ADDRESS = "NO_ADDRESS"
    NOT_SENT = "NOT_SENT"
