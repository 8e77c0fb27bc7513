"""Codes of calls, visits, problems and promises as stored."""

from __future__ import annotations

from enum import StrEnum


class CallState(StrEnum):
    """How a call stands. `CONFIRM_TIMEOUT` is its own state: silence is no confirmation."""

    OPEN = "OPEN"
    DONE = "DONE"
    RESCHEDULED = "RESCHEDULED"
    REFUSED = "REFUSED"
    UNREACHABLE = "UNREACHABLE"
    CONFIRM_TIMEOUT = "CONFIRM_TIMEOUT"


LIVE_CALLS = (CallState.OPEN, CallState.RESCHEDULED)


class CallKind(StrEnum):
    """Values of the fact `callback.done`."""

    COMPLETION = "COMPLETION"
    VERIFICATION = "VERIFICATION"
    PROGRESS = "PROGRESS"
    SPECIAL_QUALITY = "SPECIAL_QUALITY"
    NODE = "NODE"
    ROUTINE = "ROUTINE"
    CARPET = "CARPET"
    TRIGGERED = "TRIGGERED"
    CARE = "CARE"


class Outcome(StrEnum):
    """Values of the fact `callback.attempted`."""

    DONE = "DONE"
    PARTIAL = "PARTIAL"
    NO_ANSWER = "NO_ANSWER"
    BUSY = "BUSY"
    POWER_OFF = "POWER_OFF"
    VOICEMAIL = "VOICEMAIL"
    RESCHEDULED = "RESCHEDULED"
    REFUSED = "REFUSED"
    WRONG_NO = "WRONG_NO"
    LEFT_COMPANY = "LEFT_COMPANY"
    DND = "DND"


REACHED = (Outcome.DONE, Outcome.PARTIAL)
NOT_REACHED = (Outcome.NO_ANSWER, Outcome.BUSY, Outcome.POWER_OFF, Outcome.VOICEMAIL)


class Channel(StrEnum):
    """How the customer was reached (values of the facts)."""

    PHONE = "PHONE"
    VIDEO = "VIDEO"
    WECOM = "WECOM"
    ONLINE = "ONLINE"
    QUESTIONNAIRE = "QUESTIONNAIRE"
    ONSITE = "ONSITE"
    EMAIL = "EMAIL"
    SMS = "SMS"


class Grade(StrEnum):
    GENERAL = "GENERAL"
    SERIOUS = "SERIOUS"
    MAJOR = "MAJOR"


class Disposition(StrEnum):
    """What becomes of a problem; one is obligatory."""

    ON_THE_SPOT = "ON_THE_SPOT"
    TICKET = "TICKET"
    RD = "RD"
    COMPLAINT = "COMPLAINT"
    NONE = "NONE"


class ProblemState(StrEnum):
    OPEN = "OPEN"
    HANDLED = "HANDLED"
    FED_BACK = "FED_BACK"
    CONFIRMED = "CONFIRMED"


class PromiseState(StrEnum):
    OPEN = "OPEN"
    KEPT = "KEPT"


class VisitState(StrEnum):
    PLANNED = "PLANNED"
    AGREED = "AGREED"
    IN_VISIT = "IN_VISIT"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


OPEN_VISITS = (VisitState.PLANNED, VisitState.AGREED, VisitState.IN_VISIT)


class Level(StrEnum):
    STAFF = "STAFF"
    EXECUTIVE = "EXECUTIVE"


class CheckIn(StrEnum):
    """What proves that somebody was there."""

    CODE = "CODE"
    QR = "QR"
    PLACE = "PLACE"


class Side(StrEnum):
    OURS = "OURS"
    THEIRS = "THEIRS"


class TouchKind(StrEnum):
    """What uses up the contact cap; a safety notice does not."""

    CALL = "CALL"
    VISIT = "VISIT"
    SURVEY = "SURVEY"
    GREETING = "GREETING"
    NOTICE = "NOTICE"


class NewsKind(StrEnum):
    EXPANSION = "EXPANSION"
    ORGANISATION = "ORGANISATION"
    BID = "BID"
    CREDIT = "CREDIT"
    COMPETITOR = "COMPETITOR"
    OTHER = "OTHER"


class TargetState(StrEnum):
    """A customer of a campaign."""

    WAITING = "WAITING"
    DONE = "DONE"
    UNREACHABLE = "UNREACHABLE"
    REFUSED = "REFUSED"
