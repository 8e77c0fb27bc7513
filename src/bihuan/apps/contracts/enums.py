"""Words of contracts as stored; their titles are in `words.py`."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The values of `contract.kind`."""

    SALE = "SALE"
    SERVICE = "SERVICE"
    EXTENDED_WARRANTY = "EXTENDED_WARRANTY"
    RENTAL = "RENTAL"
    TRAINING = "TRAINING"
    JOINT_LAB = "JOINT_LAB"
    FRAMEWORK = "FRAMEWORK"


class Status(StrEnum):
    """What is stored; whether a signed contract runs is read from its dates."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "APPROVED"
    SIGNED = "SIGNED"
    ENDED = "ENDED"


class State(StrEnum):
    """What a contract is on a day."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "APPROVED"
    COMING = "COMING"
    ACTIVE = "ACTIVE"
    EXPIRING = "EXPIRING"
    EXPIRED = "EXPIRED"
    RENEWED = "RENEWED"
    TERMINATED = "TERMINATED"


class EndReason(StrEnum):
    EXPIRED = "EXPIRED"
    RENEWED = "RENEWED"
    TERMINATED = "TERMINATED"


class Covers(StrEnum):
    """What the customer does not pay for."""

    LABOUR = "LABOUR"
    PARTS = "PARTS"
    TRAVEL = "TRAVEL"


class Hours(StrEnum):
    """When service is given."""

    WORKING = "WORKING"
    EXTENDED = "EXTENDED"
    ROUND_THE_CLOCK = "ROUND_THE_CLOCK"


class RowKind(StrEnum):
    """Kinds of rows in the ledger of an entitlement."""

    GRANT = "GRANT"
    USE = "USE"
    UNDO = "UNDO"


class Care(StrEnum):
    """Kinds of maintenance: the values of `maintenance.due`."""

    CLEAN = "CLEAN"
    LUBRICATE = "LUBRICATE"
    INSPECT = "INSPECT"
    CALIBRATE = "CALIBRATE"
    REPLACE = "REPLACE"
    OVERHAUL = "OVERHAUL"


class CountedFrom(StrEnum):
    """From what the next maintenance is counted."""

    PLANNED = "PLANNED"
    DONE = "DONE"
