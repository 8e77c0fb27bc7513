"""A rule in words: when, for whom, must, within, by, proof, verified, otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bihuan.lib.policy.conditions import Condition, Switch
from bihuan.lib.policy.limits import Limit
from bihuan.lib.policy.model import Pack, Rule
from bihuan.lib.policy.tables import split_top, unwrap
from bihuan.lib.policy.vocabulary import Field, Vocabulary
from bihuan.lib.workcal.duration import CLOCK, DAYS
from bihuan.lib.workcal.words import Words

_LABELS = {
    "when": Words("当", "When"),
    "for": Words("对", "For"),
    "must": Words("须", "Must"),
    "within": Words("限", "Within"),
    "by": Words("由", "By"),
    "proved": Words("凭", "Proof"),
    "verified": Words("核实", "Verified"),
    "else": Words("否则", "Otherwise"),
}
OF = {
    "company": Words("本公司", "the company"),
    "customer": Words("每位客户", "every customer"),
    "asset": Words("每台设备", "every machine"),
    "contract": Words("每份合同", "every contract"),
    "contact": Words("每位联系人", "every contact"),
    "person": Words("每位员工", "every member of staff"),
}
_CALENDARS = {
    "24x7": Words("全天候", "round the clock"),
    "cn": Words("工作日历", "working calendar"),
}
_OR = Words("或", "or")
_VERIFIED = {
    "customer": Words("客户确认", "by the customer"),
    "independent": Words("由未经办的人核实", "by someone independent of the doer"),
    "none": Words("无需另行核实", "not asked for"),
}
_LOCAL = {"fact.clock": Words("时刻", "time of day"), "fact.day": Words("日子", "day")}
_DAYS = {
    "WORKDAY": Words("工作日", "a working day"), "WEEKEND": Words("周末", "a weekend"),
    "HOLIDAY": Words("节假日", "a public holiday"),
}  # fmt: skip
_SIMPLE = re.compile(
    r"^(?P<name>[a-z]+\.[a-z0-9_]+)\s*(?P<op>==|!=|>=|<=|>|<)\s*(?P<value>\"[^\"]*\"|[-\d.]+|true|false)$"
)
_IN_LIST = re.compile(r"^(?P<name>[a-z]+\.[a-z0-9_]+)\s+in\s+\[(?P<values>[^\]]*)\]$")
_HAS = re.compile(r'^(?P<no>!)?\s*\(?"(?P<value>[^"]*)"\s+in\s+(?P<name>[a-z]+\.[a-z0-9_]+)\)?$')
_FLAG = re.compile(r"^(?P<no>!)?(?P<name>[a-z]+\.[a-z0-9_]+)$")
_OPERATORS = {
    "==": Words("为", "is"), "!=": Words("不为", "is not"), ">=": Words("≥", "≥"),
    "<=": Words("≤", "≤"), ">": Words(">", ">"), "<": Words("<", "<"),
}  # fmt: skip


def card(rule: Rule, lang: str = "zh") -> list[tuple[str, str]]:
    """The lines of a rule's card, (label, words), in the order people read them."""
    writer = _Writer(rule, "zh" if lang.startswith("zh") else "en")
    lines = [
        ("when", writer.when()), ("for", writer.population()), ("must", writer.must()),
        ("within", writer.within()), ("by", writer.switch(rule.by, writer.role)),
        ("proved", writer.proved()), ("verified", _VERIFIED[rule.verified].of(lang)),
        ("else", writer.otherwise()),
    ]  # fmt: skip
    return [(_LABELS[key].of(lang), words) for key, words in lines if words]


def tier_words(pack: Pack, tier: str, lang: str = "zh") -> list[str]:
    """By what a customer is of this tier where the scheme is a table or names it outright: each
    way in words; empty where points alone decide.
    """
    tiers, rule = pack.tiers, next(iter(pack.rules.values()), None)
    if tiers is None or rule is None:
        return []
    writer = _Writer(rule, "zh" if lang.startswith("zh") else "en")
    found = [writer.condition(tiers.only_if.get(tier))]
    for row in tiers.table:
        if row.tier == tier:
            limbs = [writer.condition(limb) for limb in row.limbs]
            found += [
                writer.of("，且 ", " and ").join(limbs),
                *map(writer.condition, row.alternatives),
            ]
    if tiers.table and tier == tiers.otherwise:
        found.append(writer.of("其余", "all others"))
    return list(dict.fromkeys(words for words in found if words))


class _Writer:
    def __init__(self, rule: Rule, lang: str) -> None:
        assert rule.vocabulary is not None
        self.rule, self.lang = rule, lang
        self.vocabulary: Vocabulary = rule.vocabulary
        self.zh = lang == "zh"

    def of(self, zh: str, en: str) -> str:
        return zh if self.zh else en

    def join(self, parts: list[str]) -> str:
        return ("；" if self.zh else "; ").join(part for part in parts if part)

    def listed(self, codes: list[str], last: Words = _OR) -> str:
        if self.zh:
            return "、".join(codes[:-1]) + (last.zh if codes[:-1] else "") + "".join(codes[-1:])
        head = ", ".join(codes[:-1])
        return (f"{head} {last.en} " if head else "") + "".join(codes[-1:])

    def when(self) -> str:
        rule = self.rule
        if rule.every:
            text = rule.turn.words().of(self.lang)
            if rule.prepares:
                text = self.join([text, self.of("计划日之前", "before the planned day")])
            if rule.window is not None:
                text += self.of("，", ", ") + rule.window.words(self.lang)
        else:
            titles = [self.vocabulary.facts[kind].title.of(self.lang) for kind in rule.when]
            text = self.listed(titles)
        return self.join([text, self.condition(rule.condition)])

    def population(self) -> str:
        rule = self.rule
        parts = []
        if rule.tiers:
            names = [rule.tier_names.get(t, Words(t, t)).of(self.lang) for t in rule.tiers]
            parts.append(self.customers(self.listed(names)))
        elif rule.every:
            parts.append(OF[rule.of].of(self.lang))
        elif not rule.population:
            parts.append(self.of("全部", "all"))
        parts.append(self.condition(rule.population))
        return self.join(parts)

    def customers(self, tiers: str) -> str:
        """Customers of these tiers; a tier may be called a customer itself (重点客户)."""
        if tiers.endswith(self.of("客户", "customer")):
            return tiers + self.of("", "s")
        return tiers + self.of("客户", " customers")

    def must(self) -> str:
        kind = self.vocabulary.duties.get(self.rule.must)
        text = kind.title.of(self.lang) if kind else "?"
        if self.rule.channel:
            text += self.of("（渠道：", " (channel: ") + self.listed(
                [self.channel(each) for each in self.rule.channel]
            )
            text += self.of("）", ")")
        shares = [
            f"{self.channel(channel)} {_OPERATORS[op].zh if op in _OPERATORS else op} {share:.0%}"
            for channel, (op, share) in self.rule.mix.items()
        ]
        return self.join([text, self.of("，", ", ").join(shares)])

    def channel(self, code: str) -> str:
        """A channel as the facts that carry one call it."""
        fields = (kind.fields.get("channel") for kind in self.vocabulary.facts.values())
        titles = (
            field.value_titles[code] for field in fields if field and code in field.value_titles
        )
        return next(titles, Words(code, code)).of(self.lang)

    def within(self) -> str:
        rule = self.rule
        limits = [rule.limit]
        if rule.within.options:
            text = self.switch(rule.within, lambda each: self.limit(rule.limits.get(each)))
            limits = [rule.limits.get(str(value)) for _test, value in rule.within.options]
        else:
            text = self.limit(rule.limit)
        if not text:
            return text
        days = self.counted(limits)
        return text + self.of(f"（{days}）", f" ({days})") if days else text

    def counted(self, limits: Sequence[Limit | None]) -> str:
        """By what the time is counted: the calendar only where a limit looks at it."""
        if any(each is None or _by_calendar(each) for each in limits):
            return self.switch(self.rule.calendar, self.calendar)
        if all(each and each.duration and each.duration.unit in CLOCK for each in limits):
            return self.of("昼夜连续", "day and night")
        return ""

    def limit(self, limit: Limit | None) -> str:
        rule = self.rule
        if rule.prepares and limit is not None:
            text = limit.words(self.lang)
        elif limit is None:
            if rule.unfilled:
                return self.of("待填写：", "to be filled in: ") + ", ".join(rule.unfilled)
            text = self.of("周期结束前", "by the end of the period") if rule.every else ""
            text = self.of("窗口结束前", "by the end of the window") if rule.window else text
        elif rule.run and limit.of_period:
            text = self.of("周期结束前", "by the end of the period")
        else:
            text = limit.words(self.lang)
            if limit.field:
                title = self.field(f"fact.{limit.field}")
                if limit.duration is None:
                    named = "on the day itself" if title == "Day" else f"on the day of {title}"
                    text = self.of(title.removesuffix("当日") + "当天", named)
                elif limit.duration.before:
                    text = self.of(f"{title}{text}", f"{text} {title}")
                else:
                    text = self.of(f"{title}起 {text}", f"{text} from {title}")
            elif rule.anchor not in ("at", ""):
                title = self.field(f"fact.{rule.anchor}")
                text = self.of(f"{title}起 {text}", f"{text} from {title}")
        return text

    def calendar(self, name: str) -> str:
        known = _CALENDARS.get(name)
        return known.of(self.lang) if known else self.of(f"日历 {name}", f"calendar {name}")

    def proved(self) -> str:
        known = self.vocabulary.evidence
        either = [known[kind].title.of(self.lang) for kind in self.rule.proof.any if kind in known]
        every = [known[kind].title.of(self.lang) for kind in self.rule.proof.all if kind in known]
        return self.join([self.listed(every, Words("和", "and")), self.listed(either)])

    def otherwise(self) -> str:
        steps = []
        for step in self.rule.ladder:
            who = self.role(step.tell)
            steps.append(
                self.of(f"用时 {step.percent}% 告知{who}", f"at {step.percent}% tell {who}")
            )
        return self.join(steps)

    def role(self, code: str) -> str:
        if code == "assignee":
            return self.of("经办人", "the assignee")
        if code == "up":
            return self.of("上一级", "the next role up")
        found = self.vocabulary.roles.get(code)
        return found.title.of(self.lang) if found else code

    def switch(self, switch: Switch, name: object) -> str:
        assert callable(name)
        parts = []
        for test, value in switch.options:
            told = str(name(value))
            if test is None:
                if len(switch.options) > 1:
                    told = self.of(f"其余：{told}", f"otherwise: {told}")
            else:
                told = self.of(
                    f"{self.condition(test)}时：{told}", f"when {self.condition(test)}: {told}"
                )
            parts.append(told)
        return self.join(parts)

    def condition(self, test: Condition | None) -> str:
        return "" if test is None else self.expression(test.text)

    def expression(self, text: str) -> str:
        """A condition in words; what is not one of the simple forms keeps its own."""
        either = split_top(text, "||")
        if len(either) > 1:
            return self.of(" 或 ", " or ").join(self.expression(part) for part in either)
        parts = split_top(text, "&&")
        if len(parts) > 1:
            told = [self.expression(part) for part in parts if not self.presence(part)]
            return self.of("，且 ", " and ").join(told or parts)
        return self.simple(unwrap(text))

    def presence(self, text: str) -> bool:
        return ".has_" in text and not text.startswith("!") and bool(_FLAG.match(text))

    def simple(self, text: str) -> str:
        if match := _SIMPLE.match(text):
            value = self.value(match["name"], match["value"])
            return self.spaced(self.field(match["name"]), _OPERATORS[match["op"]], value)
        if match := _IN_LIST.match(text):
            values = [self.value(match["name"], v.strip()) for v in match["values"].split(",")]
            return self.spaced(self.field(match["name"]), Words("为", "is"), self.listed(values))
        if match := _HAS.match(text):
            value, no = self.value(match["name"], f'"{match["value"]}"'), match["no"]
            has = Words("不含", "without") if no else Words("含", "with")
            return self.spaced(self.field(match["name"]), has, value)
        if match := _FLAG.match(text):
            return self.flag(match["name"], no=bool(match["no"]))
        return text

    def flag(self, name: str, *, no: bool) -> str:
        section, _, short = name.partition(".")
        if short.startswith("has_"):
            title = self.field(f"{section}.{short.removeprefix('has_')}")
            return self.of(f"{'没有' if no else '有'}{title}", f"{'no ' if no else ''}{title}")
        title = self.field(name).removeprefix("是否")
        return self.of(f"{'非：' if no else ''}{title}", f"{'not: ' if no else ''}{title}")

    def spaced(self, left: str, middle: Words, right: str) -> str:
        return f"{left} {middle.of(self.lang)} {right}"

    def spec(self, name: str) -> Field | None:
        section, _, short = name.partition(".")
        if section != "fact":
            return self.vocabulary.subjects.get(section, {}).get(short)
        for kind in (*self.rule.when, "period.began"):
            fields = self.vocabulary.facts[kind].fields if kind in self.vocabulary.facts else {}
            if short in fields:
                return fields[short]
        return None

    def field(self, name: str) -> str:
        if name in _LOCAL:
            return _LOCAL[name].of(self.lang)
        found = self.spec(name)
        return found.title.of(self.lang) if found else name

    def value(self, name: str, literal: str) -> str:
        if literal in ("true", "false"):
            return self.of("是" if literal == "true" else "否", literal)
        if not literal.startswith('"'):
            return literal.removesuffix(".0")
        code = literal.strip('"')
        found = self.spec(name)
        if name == "customer.tier":
            return self.rule.tier_names.get(code, Words(code, code)).of(self.lang)
        titles = found.value_titles if found else _DAYS if name == "fact.day" else {}
        return titles.get(code, Words(code, code)).of(self.lang)


def _by_calendar(limit: Limit) -> bool:
    """Whether working time or working days decide when it ends."""
    length = limit.duration
    if length is None or length.unit in CLOCK:
        return False
    return length.roll or length.unit not in DAYS
