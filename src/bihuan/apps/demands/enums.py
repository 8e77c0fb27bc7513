"""Codes of demands as stored."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """Values of the fact `demand.received`."""

    INTENT = "INTENT"
    SUGGESTION = "SUGGESTION"
    OPTIMISE = "OPTIMISE"
    FAULT = "FAULT"


class Source(StrEnum):
    """Values of the fact `demand.received`."""

    TICKET = "TICKET"
    VISIT = "VISIT"
    CALLBACK = "CALLBACK"
    SURVEY = "SURVEY"
    PORTAL = "PORTAL"
    OTHER = "OTHER"


class State(StrEnum):
    """Where a demand stands. The last four are what the customer is told: the closed set of
    outcomes. `PLANNED` is for a later day and goes on; the others end it.
    """

    NEW = "NEW"
    ACCEPTED = "ACCEPTED"
    PLANNED = "PLANNED"
    MERGED = "MERGED"
    DECLINED = "DECLINED"
    DELIVERED = "DELIVERED"


UNENDED = (State.NEW, State.ACCEPTED, State.PLANNED)
OUTCOMES = (State.DELIVERED, State.PLANNED, State.MERGED, State.DECLINED)


class Decision(StrEnum):
    """What a review decides; `LATER` leaves it on the agenda of the next one."""

    ACCEPTED = "ACCEPTED"
    PLANNED = "PLANNED"
    MERGED = "MERGED"
    DECLINED = "DECLINED"
    LATER = "LATER"


class Deed(StrEnum):
    """What is done to a demand; each leaves one line in its history."""

    RECEIVED = "RECEIVED"
    CLASSIFIED = "CLASSIFIED"
    ASSIGNED = "ASSIGNED"
    POSTPONED = "POSTPONED"
    REVIEWED = "REVIEWED"
    PROPOSED = "PROPOSED"
    PLAN_CONFIRMED = "PLAN_CONFIRMED"
    PLAN_REFUSED = "PLAN_REFUSED"
    DELIVERED = "DELIVERED"
    TOLD = "TOLD"
    CONTENT = "CONTENT"
    NOT_CONTENT = "NOT_CONTENT"


class Channel(StrEnum):
    """How the customer was told."""

    EMAIL = "EMAIL"
    WECOM = "WECOM"
    SMS = "SMS"
    PHONE = "PHONE"
    ONSITE = "ONSITE"


WRITTEN = (Channel.EMAIL, Channel.WECOM, Channel.SMS)
"""Channels that leave a receipt by themselves."""
