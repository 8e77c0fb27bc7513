"""What one version of a regulation says otherwise than another, in the words of their readers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bihuan.lib.policy.cards import OF
from bihuan.lib.policy.cases import CaseResult, run_case
from bihuan.lib.policy.limits import turn_words
from bihuan.lib.policy.model import Done, Pack
from bihuan.lib.policy.telling import Calendars
from bihuan.lib.workcal import WorkcalError
from bihuan.lib.workcal.duration import Duration
from bihuan.lib.workcal.words import Words

Part = Literal[
    "clause", "rule", "parameter", "choice", "tier", "criterion", "benefit", "threshold",
    "target", "grade", "earning", "reward", "feature",
]  # fmt: skip
Kind = Literal["added", "removed", "changed"]


PART_WORDS: Mapping[Part, Words] = {
    "parameter": Words("参数", "Parameter"), "rule": Words("规则", "Rule"), "clause": Words("条款", "Clause"),
    "choice": Words("解释", "Choice"), "tier": Words("级别", "Tier"), "criterion": Words("评分项", "Criterion"),
    "benefit": Words("权益", "Benefit"), "threshold": Words("预警线", "Threshold"), "target": Words("目标", "Target"),
    "grade": Words("投诉等级", "Complaint grade"), "earning": Words("得分", "Earning"), "reward": Words("兑换", "Reward"),
    "feature": Words("客户特征", "Feature"),
}  # fmt: skip
KIND_WORDS: Mapping[Kind, Words] = {
    "added": Words("新增", "added"), "removed": Words("删去", "removed"), "changed": Words("改了", "changed"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line that reads differently; "" where one of the two has no such line."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One thing that is new, gone, or says something else. `clause` may be empty."""

    part: Part
    id: str
    clause: str
    title: str
    kind: Kind
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class _Item:
    """One thing of a pack as it reads, line by line."""

    clause: str
    title: str
    lines: Mapping[str, str]


def difference(old: Pack, new: Pack, lang: str = "zh") -> list[Change]:
    """The changes from one version to the other, part by part, in the order they are written;
    what is gone comes after what is there. Empty when both say the same.
    """
    before, after = dict(_items(old, lang)), dict(_items(new, lang))
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        was, now = before.get(key), after.get(key)
        item = now or was
        assert item is not None
        lines = _lines(was.lines if was else {}, now.lines if now else {})
        kind: Kind = "changed" if was and now else "added" if now else "removed"
        if lines or kind != "changed":
            found.append(Change(key[0], key[1], item.clause, item.title, kind, lines))
    order = {part: place for place, part in enumerate(_PARTS)}
    return sorted(found, key=lambda change: order[change.part])


def no_longer(old: Pack, new: Pack, calendars: Calendars) -> list[CaseResult]:
    """The sentences of the old version, with their numbers, that do not hold under the new one:
    what the change means, told by the regulation's own examples.
    """
    results = (run_case(new, case, calendars) for case in old.cases)
    return [result for result in results if not result.ok]


def _lines(was: Mapping[str, str], now: Mapping[str, str]) -> tuple[Line, ...]:
    labels = [*now, *(label for label in was if label not in now)]
    both = ((label, was.get(label, ""), now.get(label, "")) for label in labels)
    return tuple(Line(label, one, other) for label, one, other in both if one != other)


_Read = Callable[[Pack, "_Writer"], Iterator[tuple[str, _Item]]]


def _items(pack: Pack, lang: str) -> Iterator[tuple[tuple[Part, str], _Item]]:
    writer = _Writer(pack, "zh" if lang.startswith("zh") else "en")
    for part, read in _PARTS.items():
        for code, item in read(pack, writer):
            yield (part, code), item


class _Writer:
    """Labels and values in one language."""

    def __init__(self, pack: Pack, lang: str) -> None:
        self.pack, self.lang = pack, lang

    def item(self, clause: str, title: Words, lines: Mapping[str, object]) -> _Item:
        """An item with those lines that say something; labels by their key in `_LABELS`."""
        told = {_LABELS[key].of(self.lang): self.value(each) for key, each in lines.items()}
        return _Item(
            clause, title.of(self.lang), {label: text for label, text in told.items() if text}
        )

    def value(self, value: object) -> str:
        """A value as its readers say it."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return Words("是", "yes").of(self.lang) if value else ""
        if isinstance(value, Words | Duration):
            return value.of(self.lang) if isinstance(value, Words) else value.words(self.lang)
        if isinstance(value, float):
            return f"{value:g}"
        if isinstance(value, tuple | list):
            return ("、" if self.lang == "zh" else ", ").join(map(self.value, value))
        return self.text(str(value))

    def text(self, value: str) -> str:
        """A code as a word where it is one: a period, a limit, a tier, a role, a duty, a fact."""
        words = self.pack.vocabulary
        if (turn := turn_words(value)) is not None:
            return turn.of(self.lang)
        if self.pack.tiers is not None and value in self.pack.tiers.names:
            return self.pack.tiers.names[value].of(self.lang)
        for known in (words.roles, words.duties, words.facts):
            if value in known:
                return known[value].title.of(self.lang)
        try:
            return Duration.parse(value).words(self.lang)
        except WorkcalError:
            return value


_LABELS = {
    "number": Words("条号", "Number"),
    "title": Words("标题", "Title"),
    "text": Words("条文", "Text"),
    "carried": Words("由什么承担", "Carried by"),
    "from": Words("起用日", "From"),
    "done": Words("由什么事实办结", "Discharged by"),
    "owed": Words("为谁而做", "Owed to"),
    "opens": Words("何时开始", "Opens"),
    "needs": Words("要先有", "Needs"),
    "mid_period": Words("期中加入", "Joined in mid-period"),
    "severity": Words("轻重", "Severity"),
    "mix": Words("渠道占比的起算数与容差", "Mix: smallest number and tolerance"),
    "value": Words("取值", "Value"),
    "chosen": Words("采用", "Chosen"),
    "why": Words("理由", "Reason"),
    "rank": Words("次序", "Rank"),
    "cut": Words("分数线", "Cut"),
    "condition": Words("条件", "Condition"),
    "review": Words("复评", "Review"),
    "approve": Words("由谁批准", "Approved by"),
    "hold": Words("连续几次才降", "Reviews before a lower tier"),
    "margin": Words("降级余量", "Margin of a lower tier"),
    "weight": Words("权重", "Weight"),
    "of": Words("按", "Measured by"),
    "bands": Words("分段", "Bands"),
    "tiers": Words("级别", "Tiers"),
    "kind": Words("种类", "Kind"),
    "amount": Words("数量", "Amount"),
    "unit": Words("单位", "Unit"),
    "per": Words("每", "Per"),
    "rule": Words("规则", "Rule"),
    "below": Words("低于", "Below"),
    "above": Words("高于", "Above"),
    "then": Words("则须", "Then"),
    "by": Words("由", "By"),
    "within": Words("限", "Within"),
    "measure": Words("指标", "Measure"),
    "at_least": Words("不低于", "At least"),
    "at_most": Words("不高于", "At most"),
    "owner": Words("负责", "Owner"),
    "reply": Words("答复", "Reply"),
    "contain": Words("控制", "Contain"),
    "close": Words("办结", "Close"),
    "progress": Words("进度通报", "Progress"),
    "questions": Words("升级的问题", "Questions that raise the grade"),
    "points": Words("积分", "Points"),
    "expire": Words("失效", "Expires after"),
}


def _clauses(pack: Pack, writer: _Writer) -> Iterator[tuple[str, _Item]]:
    for clause in pack.clauses.values():
        lines = {
            "number": clause.number, "title": clause.title, "text": clause.text,
            "carried": " ".join(filter(None, (clause.carried, clause.by))), "from": clause.from_,
        }  # fmt: skip
        yield clause.id, writer.item(clause.id, clause.title, lines)


def _rules(pack: Pack, writer: _Writer) -> Iterator[tuple[str, _Item]]:
    for rule in pack.rules.values():
        beside = {
            "title": rule.title, "from": rule.from_, "done": [_done(each, writer) for each in rule.done],
            "opens": rule.opens.words(writer.lang) if rule.opens else None, "needs": rule.needs,
            "owed": OF.get(rule.of) if rule.tiers else None, "mid_period": rule.mid_period, "severity": rule.severity,
            "mix": [rule.mix_min, rule.mix_tolerance] if rule.mix else None,
        }  # fmt: skip
        own = writer.item(rule.clause, rule.title, beside)
        yield rule.id, _Item(rule.clause, own.title, {**dict(rule.card(writer.lang)), **own.lines})


def _done(either: Done, writer: _Writer) -> str:
    """A fact that discharges, with what must be the same and what must hold."""
    told = [writer.text(either.fact), *either.same]
    return " ".join([*told, either.condition.text] if either.condition else told)


def _parameters(pack: Pack, writer: _Writer) -> Iterator[tuple[str, _Item]]:
    for each in pack.parameters.values():
        yield each.name, writer.item(each.clause, each.title, {"value": each.value})


def _choices(pack: Pack, writer: _Writer) -> Iterator[tuple[str, _Item]]:
    for choice in pack.choices:
        chosen = choice.options.get(choice.chosen, Words(choice.prefer, choice.prefer))
        clause = choice.about[0] if choice.about else ""
        yield choice.id, writer.item(clause, choice.question, {"chosen": chosen, "why": choice.why})


def _tiers(pack: Pack, writer: _Writer) -> Iterator[tuple[str, _Item]]:
    tiers = pack.tiers
    for code in tiers.order if tiers is not None else ():
        assert tiers is not None
        tests = [
            test.text
            for row in tiers.table
            if row.tier == code
            for test in (*row.limbs, *row.alternatives)
        ]
        only = tiers.only_if.get(code)
        lines = {
            "title": tiers.names[code], "rank": tiers.rank(code), "cut": tiers.cuts.get(code),
            "condition": [*tests, *([only.text] if only else [])], "review": tiers.review,
            "approve": tiers.approve.get(code, tiers.approve.get("default")),
            "hold": tiers.down_after, "margin": tiers.down_margin,
        }  # fmt: skip
        yield code, writer.item(tiers.clause, tiers.names[code], lines)


def _criteria(pack: Pack, writer: _Writer) -> Iterator[tuple[str, _Item]]:
    for each in pack.tiers.criteria if pack.tiers is not None else ():
        assert pack.tiers is not None
        bands = [f"{start:g} → {score:g}" for start, score in each.bands]
        lines = {"weight": each.weight, "of": each.of, "bands": bands}
        yield each.code, writer.item(pack.tiers.clause, each.title, lines)


def _benefits(pack: Pack, writer: _Writer) -> Iterator[tuple[str, _Item]]:
    for each in pack.benefits:
        lines = {
            "title": each.title, "tiers": each.tiers, "kind": each.kind, "amount": each.amount,
            "unit": each.unit, "per": each.per, "rule": each.rule,
        }  # fmt: skip
        yield each.id, writer.item(each.clause, each.title, lines)


def _thresholds(pack: Pack, writer: _Writer) -> Iterator[tuple[str, _Item]]:
    for each in pack.thresholds:
        lines = {
            "of": each.of, "below": each.below, "above": each.above, "then": each.then,
            "by": each.by, "within": each.within,
        }  # fmt: skip
        yield each.id, writer.item(each.clause, each.title, lines)


def _targets(pack: Pack, writer: _Writer) -> Iterator[tuple[str, _Item]]:
    for each in pack.targets:
        lines = {
            "measure": each.measure, "at_least": each.at_least, "at_most": each.at_most,
            "unit": each.unit, "per": each.per,
        }  # fmt: skip
        yield each.id, writer.item(each.clause, each.title, lines)


def _features(pack: Pack, writer: _Writer) -> Iterator[tuple[str, _Item]]:
    for each in pack.features:
        yield each.id, writer.item(each.clause, each.title, {"title": each.title})


def _grades(pack: Pack, writer: _Writer) -> Iterator[tuple[str, _Item]]:
    found = pack.complaints
    for each in found.grades if found is not None else ():
        assert found is not None
        raising = [question.ask for question in found.questions if question.yes == each.code]
        lines = {
            "title": each.title, "owner": each.owner, "reply": each.reply, "contain": each.contain,
            "close": each.close, "progress": each.progress, "questions": raising,
        }  # fmt: skip
        yield each.code, writer.item(found.clause, each.title, lines)


def _earnings(pack: Pack, writer: _Writer) -> Iterator[tuple[str, _Item]]:
    points = pack.points
    for place, each in enumerate(points.earn if points is not None else ()):
        assert points is not None
        lines = {
            "points": each.points, "condition": each.condition.text if each.condition else None,
            "expire": points.expire,
        }  # fmt: skip
        yield f"{each.on}.{place}", writer.item(points.clause, each.title, lines)


def _rewards(pack: Pack, writer: _Writer) -> Iterator[tuple[str, _Item]]:
    for each in pack.points.spend if pack.points is not None else ():
        assert pack.points is not None
        lines = {"title": each.title, "points": each.cost, "kind": each.kind}
        yield each.id, writer.item(pack.points.clause, each.title, lines)


_PARTS: dict[Part, _Read] = {
    "parameter": _parameters, "rule": _rules, "clause": _clauses, "choice": _choices,
    "tier": _tiers, "criterion": _criteria, "benefit": _benefits, "threshold": _thresholds,
    "target": _targets, "grade": _grades, "earning": _earnings, "reward": _rewards,
    "feature": _features,
}  # fmt: skip
