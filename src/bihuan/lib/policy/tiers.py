"""Judging a customer's tier: weighted score or decision table, hysteresis, approval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bihuan.lib.policy.conditions import Condition, Terms
from bihuan.lib.policy.errors import CannotAssess
from bihuan.lib.policy.model import Pack
from bihuan.lib.policy.parts import Criterion, TierRow, Tiers
from bihuan.lib.workcal.words import Words

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # tier conditions ask for no moment


@dataclass(frozen=True)
class Part:
    """What one criterion brought: its value, its score of 100, its weighted points."""

    code: str
    title: Words
    value: float | None
    score: float
    weight: float
    points: float


@dataclass(frozen=True)
class Assessment:
    """The outcome of a review.

    ``raw`` is the tier by score or table alone, ``tier`` the one that holds after hysteresis.
    ``flags``: ``missing:<criterion>`` (it counted as 0), ``unmatched`` (no row fitted, a person
    decides). ``needs_approval_role`` is empty when the tier stays.
    """

    tier: str
    raw: str
    score: float | None
    parts: tuple[Part, ...]
    held_by_hysteresis: bool
    needs_approval_role: str
    flags: tuple[str, ...]
    forced: bool
    words: Words

    def why(self, lang: str = "zh") -> str:
        """The reason in one sentence."""
        return self.words.of(lang)


def assess(
    tiers: Tiers,
    values: Mapping[str, Any],
    history: Sequence[Assessment] = (),
    *,
    terms: Terms | None = None,
) -> Assessment:
    """Judge a tier from the customer's state.

    ``values``: the state, plain names or dotted (``customer.usage``). ``history``: earlier
    assessments, oldest first; the last one's ``tier`` is the tier now held. A better tier takes
    effect at once; a worse one after ``down_after`` reviews in a row below, or when the score
    lies more than ``down_margin`` points under the cut. Raises ``CannotAssess`` when a condition
    asks for a value that is not known.
    """
    state = _State(tiers, values)
    now = history[-1].tier if history else ""
    forced = next((t for t, c in tiers.only_if.items() if _holds(c, state)), "")
    parts = tuple(_part(c, state) for c in tiers.criteria)
    score = round(sum(part.points for part in parts), 6) if tiers.by == "score" else None
    flags = [f"missing:{part.code}" for part in parts if part.value is None]
    if forced:
        raw = forced
    elif score is not None:
        raw = _by_score(tiers, score)
    else:
        raw, unmatched = _by_table(tiers, state)
        flags += ["unmatched"] if unmatched else []
    held = bool(now) and not forced and _held(tiers, now, raw, score, history)
    tier = now if held else raw
    changed = tier != now
    approver = tiers.approve.get(tier, tiers.approve.get("default", "")) if changed else ""
    words = _why(tiers, tier, raw, now, score, parts, held=held, forced=bool(forced))
    if "unmatched" in flags and not held:
        words = Words(
            f"{words.zh}没有一行完全符合，请人工确认。", f"{words.en} No row fits; confirm by hand."
        )
    return Assessment(tier, raw, score, parts, held, approver, tuple(flags), bool(forced), words)


def assessed(tier: str, raw: str = "", score: float | None = None) -> Assessment:
    """An earlier assessment as it was stored, for ``history``."""
    return Assessment(tier, raw or tier, score, (), False, "", (), False, Words("", ""))


def assess_customer(
    pack: Pack, values: Mapping[str, Any], history: Sequence[Assessment] = ()
) -> Assessment:
    """``assess`` with the pack's scheme; raises ``CannotAssess`` when it has none."""
    if pack.tiers is None:
        raise CannotAssess("这个制度包没有客户分级", "this pack has no tiers")
    return assess(pack.tiers, values, history)


class _State(dict[str, Any]):
    """A customer's state, with the answers to the conditions asked so far: a table asks for the
    same limbs again and again, and all of them about the same values.
    """

    def __init__(self, tiers: Tiers, values: Mapping[str, Any]) -> None:
        super().__init__((name.removeprefix("customer."), value) for name, value in values.items())
        self.known: dict[str, bool] = {}
        self.names = tiers.names_asked
        self.activation: Any = None

    def ask(self, condition: Condition) -> bool | str:
        if self.activation is None:
            answer = _activated(condition, KEY, self.names, self)
            if isinstance(answer, str):
                return answer
            self.activation = answer
        return condition.ask(KEY, self.activation)


KEY = "of:customer"


def _holds(condition: Condition, state: _State) -> bool:
    known = state.known.get(condition.text)
    if known is not None:
        return known
    answer = state.ask(condition)
    if isinstance(answer, bool):
        state.known[condition.text] = answer
        return answer
    lacking = [n for n in condition.names if state.get(n.partition(".")[2]) is None]
    names = ", ".join(lacking) or condition.text
    raise CannotAssess(f"无法评定级别：缺少 {names}", f"the tier cannot be judged: {names} unknown")


def ask(condition: Condition, subject: str, state: Mapping[str, Any]) -> bool | str:
    """Ask a condition on the state of one subject."""
    key = f"of:{subject}"
    activation = _activated(condition, key, condition.names, state)
    return activation if isinstance(activation, str) else condition.ask(key, activation)


def _activated(
    condition: Condition, key: str, names: Iterable[str], state: Mapping[str, Any]
) -> Any:
    """The values of these names for CEL; a text says why there are none."""
    terms = condition.terms[key]
    try:
        return terms.env.Activation(terms.values(names, {key.removeprefix("of:"): state}, _NO_TIME))
    except (ValueError, TypeError, RuntimeError) as error:
        return str(error)


def _part(criterion: Criterion, state: Mapping[str, Any]) -> Part:
    value = state.get(criterion.of.removeprefix("customer."))
    number = float(value) if isinstance(value, int | float) else None
    score = 0.0
    if number is not None:
        reached = [band for band in criterion.bands if number >= band[0]]
        score = reached[-1][1] if reached else 0.0
    title = criterion.title if criterion.title.zh else Words(criterion.code, criterion.code)
    points = round(criterion.weight * score, 9)
    return Part(criterion.code, title, number, score, criterion.weight, points)


def _by_score(tiers: Tiers, score: float) -> str:
    for tier in tiers.order:
        cut = tiers.cuts.get(tier)
        if cut is not None and score >= cut:
            return tier
    return tiers.otherwise


def _by_table(tiers: Tiers, state: _State) -> tuple[str, bool]:
    for row in tiers.table:
        if _row_holds(row, state):
            return row.tier, False
    if tiers.unmatched == "lower_limb":
        return _lower_limb(tiers, state), tiers.unmatched_flag
    return tiers.unmatched or tiers.otherwise, tiers.unmatched_flag


def _row_holds(row: TierRow, state: _State) -> bool:
    if any(_holds(either, state) for either in row.alternatives):
        return True
    return bool(row.limbs) and all(_holds(limb, state) for limb in row.limbs)


def _lower_limb(tiers: Tiers, state: _State) -> str:
    """Each limb alone names a tier; the worst of these is taken."""
    named = (
        next((tier for tier, limbs in rows if all(_holds(each, state) for each in limbs)), None)
        or tiers.otherwise
        for rows in tiers.limbs_by_name
    )
    return max(named, key=tiers.rank, default=tiers.otherwise)


def _held(
    tiers: Tiers, now: str, raw: str, score: float | None, history: Sequence[Assessment]
) -> bool:
    """Whether a fall to a worse tier still waits."""
    if tiers.rank(raw) <= tiers.rank(now):
        return False
    cut = tiers.cuts.get(now)
    margin = tiers.down_margin
    if score is not None and cut is not None and margin >= 0 and cut - score > margin:
        return False
    below = 1
    for earlier in reversed(history):
        if earlier.tier != now or tiers.rank(earlier.raw) <= tiers.rank(now):
            break
        below += 1
    return below < tiers.down_after


def _why(
    tiers: Tiers,
    tier: str,
    raw: str,
    now: str,
    score: float | None,
    parts: tuple[Part, ...],
    *,
    held: bool,
    forced: bool,
) -> Words:
    def name(code: str) -> Words:
        return tiers.names.get(code, Words(code, code))

    listed_zh = "，".join(f"{p.title.zh} {p.score:g}×{p.weight:g}" for p in parts)
    listed_en = ", ".join(f"{p.title.en} {p.score:g}×{p.weight:g}" for p in parts)
    if forced:
        return Words(f"按规定定为{name(tier).zh}。", f"{name(tier).en} by the scheme's own rule.")
    if score is None:
        base = Words(f"按分级表为{name(raw).zh}。", f"{name(raw).en} by the table.")
    else:
        base = Words(
            f"得分 {score:g}（{listed_zh}），对应{name(raw).zh}。",
            f"Score {score:g} ({listed_en}): {name(raw).en}.",
        )
    if held:
        return Words(
            f"{base.zh}未到降级条件，暂保留{name(now).zh}。",
            f"{base.en} Not yet a reason to go down: {name(now).en} is kept.",
        )
    return base
