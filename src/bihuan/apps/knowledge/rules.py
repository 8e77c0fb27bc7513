"""What holds of articles, without a database."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from bihuan.apps.knowledge.enums import Audience, Status

VERB = {
    Audience.ENGINEER: "knowledge.engineer",
    Audience.STAFF: "knowledge.staff",
    Audience.DEALER: "knowledge.dealer",
    Audience.CUSTOMER: "knowledge.see",
    Audience.PUBLIC: "knowledge.see",
}
"""The right by which somebody belongs to an audience; from the smallest circle to the widest."""
_CODES = re.compile(r"[\s,;，；、]+")


@dataclass(frozen=True)
class Content:
    """All that a version of an article says; `files` are ids of the evidence store."""

    kind: str
    title: str
    body: str
    audiences: tuple[str, ...]
    title_en: str = ""
    families: tuple[str, ...] = ()
    model_codes: tuple[str, ...] = ()
    part: str = ""
    symptom: str = ""
    cause: str = ""
    remedy: str = ""
    codes: tuple[str, ...] = ()
    language: str = "zh"
    safety: bool = False
    files: tuple[int, ...] = ()


def widest(audiences: Collection[str]) -> str:
    """The verb of the widest circle that may read it."""
    return VERB[circle(audiences)]


def circle(audiences: Collection[str]) -> Audience:
    """The widest circle that may read it."""
    return next(each for each in reversed(VERB) if each in audiences)


def fault_codes(text: str) -> tuple[str, ...]:
    """Codes as people type them, one width and case, without repetition."""
    return tuple(dict.fromkeys(each.upper() for each in _CODES.split(text.strip()) if each))


def is_waiting(status: str, *, pending: bool, submitted: bool) -> bool:
    """Whether somebody else has to look at it before it is read."""
    changed = status in (Status.PUBLISHED, Status.RETIRED) and pending and submitted
    return status == Status.REVIEW or changed


def fits(families: Collection[str], models: Collection[str], family: str, model: str) -> int:
    """How well it fits a machine: 2 its model, 1 its family or all machines, 0 other machines."""
    if model and model in models:
        return 2
    if not models and not families:
        return 1
    return int(not family or family in families)
