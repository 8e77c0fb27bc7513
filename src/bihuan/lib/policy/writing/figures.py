"""Amounts and shares in prose: ``年采购超过五百万元``, ``满意度不低于 90%``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bihuan.lib.policy.writing.numerals import CN, number
from bihuan.lib.policy.writing.proposal import Proposal, Said

_AMOUNT = re.compile(
    rf"(?P<over>超过|超|高于|满|达到|不低于|以上)?\s*(?P<n>\d[\d,.]*\s*[万亿]?|[{CN}]+[万亿]?)\s*元?(?P<unit>万?元)(?P<after>以上|以下)?"
)
_SHARE = re.compile(
    rf"(?P<name>[一-鿿]{{1,12}}?(?:率|度|占比|比例|得分))?(?P<mid>[^，,。；;\d%≥≤><]{{0,8}}?)"
    rf"(?P<op>不低于|不少于|不得低于|不得少于|达到|大于|超过|至少|≥|>=|>|不超过|不高于|不得超过|低于|小于|≤|<=|<)?\s*"
    rf"(?P<n>百分之[{CN}\d.]+|\d{{1,3}}(?:\.\d+)?\s*[%％]|[{CN}]{{1,2}}成)(?P<after>以上|以下|以内)?"
)
_LEAST = frozenset(
    [
        "不低于",
        "不少于",
        "不得低于",
        "不得少于",
        "达到",
        "大于",
        "超过",
        "至少",
        "≥",
        ">=",
        ">",
        "以上",
    ]
)
_MOST = frozenset(["不超过", "不高于", "不得超过", "低于", "小于", "≤", "<=", "<", "以下", "以内"])


def amount(phrases: Iterable[tuple[str, int]]) -> Said | None:
    """Who buys for more than that; ``phrases`` with their places in the clause."""
    for text, start in phrases:
        if "采购" not in text and "购买" not in text:
            continue
        match = _AMOUNT.search(text)
        if match is None or match["after"] == "以下":
            continue
        value = number(match["n"] + ("万" if match["unit"] == "万元" else ""))
        if value:
            sign = ">" if match["over"] in ("超过", "超", "高于") else ">="
            return Said(f"customer.purchase_12m {sign} {value:.0f}", text.strip(), "text", start)
    return None


def targets(text: str, start: int, *, per: bool) -> list[Proposal]:
    """Shares that a measure must reach; ``per``: the words say in which period."""
    found = []
    for match in _SHARE.finditer(text):
        bound = match["op"] or match["after"] or ""
        value = _percent(match["n"]) if match["name"] and bound in _LEAST | _MOST else None
        if value is None:
            continue
        name = re.sub(r"^(?:使|将|确保|保证|要求|提升|提高|年|其|的|对)+", "", match["name"])
        key, place = "at_least" if bound in _LEAST else "at_most", start + match.start()
        values = {
            "name": Said(name, name, "text", start + match.start("name")),
            key: Said(f"{value:g}%", match[0].strip(), "text", place),
        }
        open_ = ("measure",) if per else ("measure", "per")
        found.append(Proposal("target", name, values, open_))
    return found


def _percent(text: str) -> float | None:
    if text.endswith("成"):
        value = number(text[:-1])
        return None if value is None else value * 10
    return number(text.removeprefix("百分之").rstrip("%％ "))
