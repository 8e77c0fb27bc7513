"""Which words two texts have in common, for a person to read."""

from __future__ import annotations

from bihuan.lib.similar.texts import normal, runs

SHORTEST = 2
# What stands in every report and says nothing of the fault.
_EMPTY = frozenset((
    "一个", "一下", "一直", "一样", "现在", "今天", "昨天", "上午", "下午", "这个", "那个", "我们", "你们", "客户", "设备",
    "机器", "没有", "可以", "不能", "需要", "出现", "发现", "情况", "问题", "进行", "正常", "还是", "已经", "报警", "请尽快", "尽快", "之后", "以后", "时候", "the", "and",
    "of", "is", "in", "on", "to", "at", "it", "not", "with", "for",
))  # fmt: skip


def shared(text: str, other: str, most: int = 3) -> list[str]:
    """The longest pieces of a text that stand in the other too, in the order of the text."""
    theirs = normal(other)
    words = set(runs(theirs))
    found: list[str] = []
    for run in runs(normal(text)):
        if run[0] < "\u3400":
            found += [run] if run in words and len(run) >= SHORTEST else []
        else:
            found += _common(run, theirs)
    kept = [each for each in dict.fromkeys(found) if each not in _EMPTY]
    kept = [each for each in kept if not any(each != more and each in more for more in kept)]
    longest = sorted(kept, key=lambda each: -len(each))[:most]
    return [each for each in kept if each in longest]


def _common(run: str, theirs: str) -> list[str]:
    found, at = [], 0
    while at < len(run) - 1:
        end = at + SHORTEST
        if run[at:end] not in theirs:
            at += 1
            continue
        while end < len(run) and run[at : end + 1] in theirs:
            end += 1
        found.append(run[at:end])
        at = end
    return found
