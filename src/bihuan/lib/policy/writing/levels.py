"""The kinds of customers that a regulation names: 金牌, 一级, A 类, 重点."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bihuan.lib.policy.writing.outline import Article


@dataclass(frozen=True)
class Tier:
    """A kind of customers that the regulation names: its code and its names."""

    code: str
    name: str
    words: tuple[str, ...]


_TIER_WORDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("DIAMOND", "钻石客户", ("钻石客户", "钻石级", "钻石")),
    ("PLATINUM", "白金客户", ("白金客户", "铂金客户", "白金级")),
    ("GOLD", "金牌客户", ("金牌客户", "金牌", "gold customers", "gold")),
    ("SILVER", "银牌客户", ("银牌客户", "银牌", "silver customers", "silver")),
    ("BRONZE", "铜牌客户", ("铜牌客户", "铜牌", "bronze customers", "bronze")),
    ("VIP", "VIP 客户", ("VIP客户", "VIP 客户", "贵宾客户")),
    ("STRATEGIC", "战略客户", ("战略客户", "战略合作客户", "战略级客户")),
    ("KEY", "重点客户", ("重点客户", "关键客户", "大客户", "重大客户")),
    ("L1", "一级客户", ("一级客户", "一级(", "一级（", "评为一级")), ("L2", "二级客户", ("二级客户", "二级(", "二级（", "评为二级")),
    ("L3", "三级客户", ("三级客户", "三级(", "三级（", "评为三级")), ("L4", "四级客户", ("四级客户",)),
    ("A", "A 类客户", ("A类客户", "A 类客户", "A级客户", "A 级客户")), ("B", "B 类客户", ("B类客户", "B 类客户", "B级客户", "B 级客户")),
    ("C", "C 类客户", ("C类客户", "C 类客户", "C级客户", "C 级客户")),
    ("NORMAL", "普通客户", ("普通客户", "一般客户")), ("POTENTIAL", "潜力客户", ("潜力客户", "潜在客户")),
)  # fmt: skip
NOT_TIERS = re.compile(r"(?:大|关键)客户(?=经理|关怀|管理|关系)|评为[一二三]级[^客]")


def tiers_in(articles: Iterable[Article]) -> tuple[Tier, ...]:
    """The kinds of customers that a regulation names, the best first.

    Words such as 重点客户 count only where the text knows no named levels.
    """
    text = "\n".join(f"{a.title}\n{a.text}\n{a.lead}" for a in articles)
    found = [Tier(code, name, words) for code, name, words in _TIER_WORDS if _named(text, words)]
    levels = [tier for tier in found if tier.code not in ("STRATEGIC", "KEY", "NORMAL", "VIP")]
    return tuple(levels or (found if len(found) > 1 else ()))


def _named(text: str, words: Sequence[str]) -> bool:
    return any(word in NOT_TIERS.sub("", text) for word in words)
