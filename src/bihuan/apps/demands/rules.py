"""What holds for demands, without database and clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from bihuan.apps.demands.enums import OUTCOMES, UNENDED, WRITTEN, Decision, Deed, State

SCORES = (1, 2, 3, 4, 5)
MOVES: dict[Deed, tuple[State, ...]] = {
    Deed.CLASSIFIED: tuple(State),
    Deed.ASSIGNED: UNENDED,
    Deed.POSTPONED: (State.NEW, State.PLANNED),
    Deed.REVIEWED: (State.NEW, State.PLANNED),
    Deed.PROPOSED: UNENDED,
    Deed.PLAN_CONFIRMED: UNENDED,
    Deed.PLAN_REFUSED: UNENDED,
    Deed.DELIVERED: (State.ACCEPTED, State.PLANNED, State.MERGED),
    Deed.TOLD: OUTCOMES,
    Deed.CONTENT: OUTCOMES,
    Deed.NOT_CONTENT: OUTCOMES,
}
"""In which states a deed is possible."""


def after_no(state: State) -> State:
    """Where a demand goes on when the customer is not content with its outcome: what was carried
    out is carried out again, what was decided is decided again.
    """
    return State.ACCEPTED if state == State.DELIVERED else State.NEW


def lacking(
    decision: str, *, scores: Iterable[int | None], words: str, planned_for: date | None,
    other: bool, today: date,
) -> list[str]:  # fmt: skip
    """What a decision of the review still needs (names of fields): three scores, unless it waits;
    a reason to decline; a day to come to plan; another matter to go with.
    """
    found = []
    if decision != Decision.LATER and any(score not in SCORES for score in scores):
        found.append("scores")
    if decision == Decision.DECLINED and not words.strip():
        found.append("words")
    if decision == Decision.PLANNED and (planned_for is None or planned_for < today):
        found.append("planned_for")
    if decision == Decision.MERGED and not other:
        found.append("into")
    return found


def proves(channel: str, *, recording: bool, said: str) -> list[str]:
    """The kinds of evidence that a telling leaves; none: it cannot be shown that he was told."""
    found = ["message_receipt"] if channel in WRITTEN else []
    if recording:
        found.append("recording")
    if said.strip():
        found.append("customer_reply")
    return found


# --- The machine's proposal of a class: the words that speak for it, nothing else.
@dataclass(frozen=True)
class Class:
    """A class and the words that speak for it."""

    code: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Guess:
    """A class with those of its words that stand in the text."""

    code: str
    spoke: tuple[str, ...]


def guesses(text: str, classes: Sequence[Class]) -> list[Guess]:
    """Every class that a word of the text speaks for, most words first. A word within a longer
    one of the same class is not counted again.
    """
    found = []
    for each in classes:
        spoke: list[str] = []
        for word in sorted(each.words, key=lambda word: (-len(word), word)):
            if _stands(word, text) and not any(word.lower() in more.lower() for more in spoke):
                spoke.append(word)
        if spoke:
            found.append(Guess(each.code, tuple(spoke)))
    return sorted(found, key=lambda each: -len(each.spoke))


def proposal(found: Sequence[Guess]) -> Guess | None:
    """The class with more words than any other; none where two speak equally loud."""
    if not found or (len(found) > 1 and len(found[0].spoke) == len(found[1].spoke)):
        return None
    return found[0]


def _stands(word: str, text: str) -> bool:
    """Latin words only as whole words; Chinese has no gaps between words."""
    if word.isascii():
        return re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) is not None
    return word in text


def marked(text: str, spoke: Iterable[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it spoke for the class."""
    words = sorted({word for word in spoke if word}, key=len, reverse=True)
    if not words:
        return [(text, False)] if text else []
    parts = re.split(
        "(" + "|".join(re.escape(word) for word in words) + ")", text, flags=re.IGNORECASE
    )
    return [(part, n % 2 == 1) for n, part in enumerate(parts) if part]


def middle(values: Iterable[float]) -> float | None:
    """The median, one decimal; none of nothing."""
    rows = list(values)
    return round(median(rows), 1) if rows else None
