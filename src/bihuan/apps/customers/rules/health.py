"""Health from 0 to 100: weighted components, bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def total(known: Mapping[str, float], weights: Mapping[str, float]) -> tuple[int | None, float]:
    """(score, coverage): the weights of the unknown are spread over the known."""
    weight = sum(share for code, share in weights.items() if code in known)
    whole = sum(weights.values())
    if not weight or not whole:
        return None, 0.0
    score = sum(known[code] * share for code, share in weights.items() if code in known) / weight
    return round(score), round(weight / whole, 2)


def band(score: int | None, bands: Mapping[str, float]) -> str:
    """green, yellow, red; empty when nothing is known."""
    if score is None:
        return ""
    if score >= bands["green"]:
        return "green"
    return "yellow" if score >= bands["yellow"] else "red"


def commerce(year: float, before: float, steps: Sequence[Sequence[float]]) -> float | None:
    """Score of the last step that this year's purchases against the year before reach.

    None when nothing was ever bought in both years; buying where nothing was before is full.
    """
    if year <= 0 and before <= 0:
        return None
    ratio = year / before if before > 0 else float("inf")
    reached = [score for start, score in steps if ratio >= start]
    return float(reached[-1]) if reached else 0.0


def engagement(days: int, full: int, none: int) -> float:
    """100 within `full` days since the last talk, falling evenly to 0 after `none` days."""
    if days <= full:
        return 100.0
    return max(0.0, 100.0 * (none - days) / (none - full))
