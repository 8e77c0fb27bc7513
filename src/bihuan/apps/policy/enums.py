"""Words of packs as stored."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """A version is a draft until it is published; a published one never changes, and neither
    does one that waits for approval.
    """

    DRAFT = "DRAFT"
    REVIEW = "REVIEW"
    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"


class Carrying(StrEnum):
    """What somebody decided of a clause while writing a pack; OPEN: nothing yet."""

    OPEN = "OPEN"
    RULE = "RULE"
    MANUAL = "MANUAL"
    PRINCIPLE = "PRINCIPLE"
    NOT_YET = "NOT_YET"
    DROPPED = "DROPPED"
