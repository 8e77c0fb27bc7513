"""Codes of tickets as stored."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    FAULT = "FAULT"
    CONSULT = "CONSULT"
    OPTIMISE = "OPTIMISE"
    INSTALL = "INSTALL"
    COMMISSION = "COMMISSION"
    MAINTENANCE = "MAINTENANCE"
    INSPECTION = "INSPECTION"
    TRAINING = "TRAINING"
    PARTS = "PARTS"
    CUSTOM = "CUSTOM"
    RENTAL = "RENTAL"
    OTHER = "OTHER"


class Status(StrEnum):
    """The few states that code may test; what a ticket waits for is `Wait`.

    `UNCONFIRMED`: the customer could not be reached for a yes; counted apart, never as confirmed.
    """

    NEW = "NEW"
    ACCEPTED = "ACCEPTED"
    DIAGNOSING = "DIAGNOSING"
    DISPATCHED = "DISPATCHED"
    WORKING = "WORKING"
    WAITING = "WAITING"
    SOLVED = "SOLVED"
    FED_BACK = "FED_BACK"
    CONFIRMED = "CONFIRMED"
    UNCONFIRMED = "UNCONFIRMED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"
    DUPLICATE = "DUPLICATE"


UNSOLVED = (
    Status.NEW, Status.ACCEPTED, Status.DIAGNOSING, Status.DISPATCHED, Status.WORKING, Status.WAITING,
)  # fmt: skip
OPEN = (*UNSOLVED, Status.SOLVED, Status.FED_BACK, Status.CONFIRMED, Status.UNCONFIRMED)
ENDED = (Status.CLOSED, Status.CANCELLED, Status.DUPLICATE)


class Wait(StrEnum):
    """What a waiting ticket waits for. Only the customer's side may stop a clock, and only by a
    pause with evidence (`obligations`); waiting for ourselves stops none.
    """

    CUSTOMER = "CUSTOMER"
    PART = "PART"
    LINE2 = "LINE2"
    LINE3 = "LINE3"
    SUPPLIER = "SUPPLIER"
    SUSPENDED = "SUSPENDED"


class Event(StrEnum):
    """What moves a ticket; the table is `rules.MOVES`."""

    ACCEPT = "ACCEPT"
    VERIFY = "VERIFY"
    DISPATCH = "DISPATCH"
    ARRIVE = "ARRIVE"
    WAIT = "WAIT"
    GO_ON = "GO_ON"
    SOLVE = "SOLVE"
    FEED_BACK = "FEED_BACK"
    CONFIRM = "CONFIRM"
    DENY = "DENY"
    GIVE_UP = "GIVE_UP"
    CLOSE = "CLOSE"
    REOPEN = "REOPEN"
    CANCEL = "CANCEL"
    MERGE = "MERGE"
    PUT_BACK = "PUT_BACK"


class Note(StrEnum):
    """What else is written into the history of a ticket (codes of an `Entry` of kind EVENT)."""

    RECEIVED = "RECEIVED"
    OPENED = "OPENED"
    ASSIGNED = "ASSIGNED"
    HELPED = "HELPED"
    HANDED_OVER = "HANDED_OVER"
    TAKEN_OVER = "TAKEN_OVER"
    CONTACTED = "CONTACTED"
    CALLED = "CALLED"
    PAGED = "PAGED"
    ASKED = "ASKED"
    CHASED = "CHASED"
    CHANGED = "CHANGED"
    GRAVER = "GRAVER"
    WEIGHED = "WEIGHED"
    TRIAGED = "TRIAGED"
    REPORT_ASKED = "REPORT_ASKED"
    REPORTED_AT = "REPORTED_AT"
    PAUSED = "PAUSED"
    RESUMED = "RESUMED"
    LINKED = "LINKED"
    SPLIT = "SPLIT"
    MERGED_IN = "MERGED_IN"
    SHARED = "SHARED"
    UNTOLD = "UNTOLD"
    CHECKED = "CHECKED"
    UNCHECKED = "UNCHECKED"
    ROUTED = "ROUTED"
    LINE_ANSWERED = "LINE_ANSWERED"
    HANDED_BACK = "HANDED_BACK"
    WITHDRAWN = "WITHDRAWN"
    TERM_ASKED = "TERM_ASKED"
    TERM_GRANTED = "TERM_GRANTED"
    TERM_REFUSED = "TERM_REFUSED"
    SLOT_ASKED = "SLOT_ASKED"
    SLOT_GRANTED = "SLOT_GRANTED"
    SLOT_REFUSED = "SLOT_REFUSED"
    PROBLEM = "PROBLEM"
    WORKAROUND = "WORKAROUND"


class EntryKind(StrEnum):
    PUBLIC_REPLY = "PUBLIC_REPLY"
    NOTE = "NOTE"
    EVENT = "EVENT"
    INBOUND = "INBOUND"


class Disposition(StrEnum):
    """What became of an inbound envelope."""

    NEW_TICKET = "NEW_TICKET"
    REPLY = "REPLY"
    DOUBLE = "DOUBLE"
    IGNORED = "IGNORED"
    REFUSED = "REFUSED"
    TO_LOOK = "TO_LOOK"


class Channel(StrEnum):
    """Values of the fact `fault.reported`."""

    PHONE = "PHONE"
    WECOM = "WECOM"
    WECHAT_KF = "WECHAT_KF"
    MINIAPP = "MINIAPP"
    H5_QR = "H5_QR"
    WEB = "WEB"
    APP = "APP"
    EMAIL = "EMAIL"
    SMS = "SMS"
    FAX = "FAX"
    ONSITE = "ONSITE"
    DEALER = "DEALER"
    IOT = "IOT"
    SOCIAL = "SOCIAL"
    EXHIBITION = "EXHIBITION"
    STATION = "STATION"


class Source(StrEnum):
    """Who says when it was reported."""

    CALL = "CALL"
    MESSAGE = "MESSAGE"
    FORM = "FORM"
    PAPER = "PAPER"
    MACHINE = "MACHINE"
    CUSTOMER = "CUSTOMER"


class Severity(StrEnum):
    URGENT = "URGENT"
    HIGH = "HIGH"
    NORMAL = "NORMAL"
    LOW = "LOW"


class Impact(StrEnum):
    PERSON_SAFETY = "PERSON_SAFETY"
    LINE_STOP = "LINE_STOP"
    SET_STOP = "SET_STOP"
    DEGRADED = "DEGRADED"
    COSMETIC = "COSMETIC"
    NONE = "NONE"


class Cause(StrEnum):
    QUALITY = "QUALITY"
    MISUSE = "MISUSE"
    ENVIRONMENT = "ENVIRONMENT"
    WEAR = "WEAR"
    INSTALLATION = "INSTALLATION"
    MAINTENANCE_LACK = "MAINTENANCE_LACK"
    SOFTWARE = "SOFTWARE"
    LOGISTICS = "LOGISTICS"
    UNKNOWN = "UNKNOWN"


class How(StrEnum):
    ONSITE = "ONSITE"
    REMOTE = "REMOTE"
    SELF = "SELF"


class Answer(StrEnum):
    """What came of asking the customer whether it is solved."""

    YES = "YES"
    NO = "NO"
    NO_ANSWER = "NO_ANSWER"


class Topic(StrEnum):
    """Values of the fact `consultation.triaged`."""

    BASIC = "BASIC"
    TECHNICAL = "TECHNICAL"
    FAULT = "FAULT"
    PRICE = "PRICE"
    UNCLEAR = "UNCLEAR"


class ReportKind(StrEnum):
    """Values of the fact `report.requested`."""

    ENERGY_ANALYSIS = "ENERGY_ANALYSIS"
    METHOD_VALIDATION = "METHOD_VALIDATION"
    OTHER = "OTHER"


class AskKind(StrEnum):
    """What other departments are asked: finance a payment term, production a slot."""

    TERM = "TERM"
    SLOT = "SLOT"


class Danger(StrEnum):
    """What somebody is called for at night: people are in danger, or the machine stands."""

    SAFETY = "SAFETY"
    STOPPED = "STOPPED"


class ProblemState(StrEnum):
    """OPEN: the cause is looked for; KNOWN: cause and workaround are known; ENDED: it is gone."""

    OPEN = "OPEN"
    KNOWN = "KNOWN"
    ENDED = "ENDED"


# Channels as the fact `consultation.asked` names them.
ASKED_BY = {
    Channel.PHONE: "PHONE", Channel.EMAIL: "EMAIL", Channel.WECOM: "WECOM", Channel.WECHAT_KF: "ONLINE",
    Channel.MINIAPP: "ONLINE", Channel.H5_QR: "WEB", Channel.WEB: "WEB", Channel.APP: "APP",
    Channel.SOCIAL: "SOCIAL", Channel.STATION: "STATION",
}  # fmt: skip
# Kinds of ticket as the fact `service.requested` names them.
SERVICE = {
    Kind.INSTALL: "INSTALL", Kind.COMMISSION: "COMMISSION", Kind.MAINTENANCE: "PM",
    Kind.INSPECTION: "INSPECTION", Kind.TRAINING: "TRAINING", Kind.PARTS: "PARTS", Kind.CUSTOM: "CUSTOM",
    Kind.RENTAL: "RENTAL", Kind.OTHER: "OTHER",
}  # fmt: skip
