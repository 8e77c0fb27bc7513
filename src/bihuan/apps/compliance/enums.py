"""How a rate is counted."""

from __future__ import annotations

from enum import StrEnum


class Definition(StrEnum):
    """Which duties count as kept, and which are looked at."""

    ON_TIME = "on_time"  # done by the due time, of those neither void nor waived
    STRICT = "strict"  # and verified, where the regulation asks for verification
    WAIVED_TOO = "waived_too"  # on time, of those that are not void: a waived one is not kept
