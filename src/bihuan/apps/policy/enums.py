"""Words of packs as stored."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """A version is a draft until it is published; a published one never changes."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"
