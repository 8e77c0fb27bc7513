"""The channels of a cadence and the shares that it asks of them."""

from __future__ import annotations

import re

from bihuan.lib.policy import keys
from bihuan.lib.policy.reading import Reading
from bihuan.lib.policy.source import Node
from bihuan.lib.policy.vocabulary import Vocabulary

_COMPARISON = re.compile(r"(>=|<=|>|<|=)?\s*(\d+(?:\.\d+)?)\s*%$")
_ROUNDING = 1e-9


def read_channels(r: Reading, node: Node | None, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The channels that a rule allows."""
    known = _known(vocabulary)
    for item in r.items(node) if known else ():
        r.one_of(item, known, "渠道", "channel", "channel.unknown")
    return r.texts(node)


def read_mix(
    r: Reading, node: Node | None, listed: tuple[str, ...], vocabulary: Vocabulary
) -> tuple[dict[str, tuple[str, float]], int, float]:
    """Shares by channel (of those `listed`), fewest acts, tolerance."""
    found = r.resolve(node)
    shares: dict[str, tuple[str, float]] = {}
    if found is None:
        return shares, 0, 0.0
    known = listed or _known(vocabulary)
    for channel, item in found.map.items():
        if channel in keys.MIX_OPTIONS:
            continue
        text = r.text(item).strip()
        match = _COMPARISON.match(text)
        if match is None or float(match[2]) > 100:
            r.note(item, "mix.share", f"“{text}”不是占比", f'"{text}" is no share', ">=60%")
            continue
        if known and channel not in known:
            r.unknown(item, "channel.unknown", "渠道", "channel", channel, known)
        shares[channel] = (match[1] or "=", float(match[2]) / 100)
    least = sum(share for sign, share in shares.values() if sign in (">=", ">", "="))
    if least > 1 + _ROUNDING:
        r.note(
            found, "mix.over", f"各渠道最少的占比加起来是 {least:.0%}，超过 100%",
            f"the least shares of the channels add up to {least:.0%}, more than 100%",
            'ONSITE: ">=60%"',
        )  # fmt: skip
    return shares, r.whole(found.map.get("min"), 1), r.number(found.map.get("tolerance"))


def _known(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Every channel that a fact can tell; none where the vocabulary has none."""
    fields = (kind.fields.get("channel") for kind in vocabulary.facts.values())
    return tuple({value: "" for field in fields if field is not None for value in field.values})
