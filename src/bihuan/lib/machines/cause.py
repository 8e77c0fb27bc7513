"""Why a reading was not taken."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """Why a reading was not taken."""

    GARBAGE = "GARBAGE"
    TOO_LARGE = "TOO_LARGE"
    OTHER_DEVICE = "OTHER_DEVICE"
    FORBIDDEN = "FORBIDDEN"
    REVOKED = "REVOKED"
    UNKNOWN_DEVICE = "UNKNOWN_DEVICE"
    UNKNOWN_POINT = "UNKNOWN_POINT"
    NO_NUMBER = "NO_NUMBER"
    FUTURE = "FUTURE"
    ANCIENT = "ANCIENT"
    RANGE = "RANGE"
    COUNTER_BACK = "COUNTER_BACK"
    COUNTER_JUMP = "COUNTER_JUMP"
    COUNTER_NEW = "COUNTER_NEW"
    """Taken: another counter stands there now."""
    FLOOD = "FLOOD"
    WRONG_KEY = "WRONG_KEY"
    CONSENT = "CONSENT"
    SIGNATURE = "SIGNATURE"
    UNKNOWN_COMMAND = "UNKNOWN_COMMAND"
    ADDRESS = "ADDRESS"
