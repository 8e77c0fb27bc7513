"""Words of the loop as stored."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """What is stored; due soon and overdue are read from `due_at` and now."""

    SCHEDULED = "SCHEDULED"
    OPEN = "OPEN"
    DISCHARGED = "DISCHARGED"
    VERIFIED = "VERIFIED"
    WAIVED = "WAIVED"
    VOID = "VOID"


LIVE = (State.SCHEDULED, State.OPEN)
DONE = (State.DISCHARGED, State.VERIFIED)
REMOTE_APPROVAL = "remote.approve"
"""The kind of duty that a program carries out: it looks at every beat for those that live, so they
have an index of their own.
"""


class Verifier(StrEnum):
    """Who has to say that it is really done."""

    NONE = "NONE"
    CUSTOMER = "CUSTOMER"
    INDEPENDENT = "INDEPENDENT"


class Verb(StrEnum):
    """What people do to an obligation; each is a fact `obligation.<verb>`."""

    DISCHARGED = "discharged"
    VERIFIED = "verified"
    REJECTED = "rejected"  # told as `obligation.verified` with `satisfied: false`
    WAIVED = "waived"
    VOID = "void"
    PAUSED = "paused"
    RESUMED = "resumed"
    ASSIGNED = "assigned"
    NOTED = "noted"
    RESTORED = "restored"  # what a change had closed stands again


class WaiveReason(StrEnum):
    """The closed list of reasons for letting a promise go (values of the fact)."""

    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"
    CUSTOMER_CLOSED = "CUSTOMER_CLOSED"
    FORCE_MAJEURE = "FORCE_MAJEURE"
    DUPLICATE_DUTY = "DUPLICATE_DUTY"
    TIER_CHANGED = "TIER_CHANGED"
    MANAGEMENT_DECISION = "MANAGEMENT_DECISION"


class VoidReason(StrEnum):
    """Why an obligation no longer stands and is not counted."""

    SUBJECT_GONE = "SUBJECT_GONE"
    MISTAKE = "MISTAKE"
    SUPERSEDED = "SUPERSEDED"
    EXCEPTED = "EXCEPTED"
    TIER_CHANGED = "TIER_CHANGED"
    MERGED = "MERGED"
    CONTRACT_CHANGED = "CONTRACT_CHANGED"
    RULE_WITHDRAWN = "RULE_WITHDRAWN"


class PauseReason(StrEnum):
    """The closed list of reasons that stop a clock; own parts, staff or approval are none."""

    WAIT_CUSTOMER = "WAIT_CUSTOMER"
    WAIT_CUSTOMER_PART = "WAIT_CUSTOMER_PART"
    FORCE_MAJEURE = "FORCE_MAJEURE"
    CUSTOMER_SITE_UNSAFE = "CUSTOMER_SITE_UNSAFE"


class Change(StrEnum):
    """Why a due time moved."""

    RESUMED = "RESUMED"
    CALENDAR = "CALENDAR"
    RECLASSIFIED = "RECLASSIFIED"


class MeetingState(StrEnum):
    PREPARED = "PREPARED"
    HELD = "HELD"
