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
