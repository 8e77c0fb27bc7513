"""The pack as its pages show it: plain values in the reader's language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bihuan.base import registry
from bihuan.base.texts import in_a_row
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import Calendars, Clause, Pack, Rule, difference, no_longer
from bihuan.lib.policy.cards import tier_words
from bihuan.lib.policy.difference import KIND_WORDS, PART_WORDS
from bihuan.lib.policy.limits import turn_words
from bihuan.lib.workcal import Duration, Words, WorkcalError

# Heading of a chapter, or the line of a clause with its code.
PLACE = re.compile(
    r"^##\s+(?:(?P<number>[一二三四五六七八九十][一二三四五六七八九十之]*)\s+)?(?P<zh>[^{\n]+?)"
    r"\s*(?:\{en=(?P<en>[^}\n]+)\})?\s*$|^###+\s.*\{#(?P<clause>[^}\s]+)\}\s*$",
    re.MULTILINE,
)
CHAPTER = re.compile(
    r"^#{1,3}\s*(?:第?([一二三四五六七八九十]+)[章条、.\s　]+)\s*([^{\n]+?)\s*"
    r"(?:\{en=([^}\n]+)\})?\s*(?:\{#.*\})?$",
    re.MULTILINE,
)

_LEAD = re.compile(r"^(.+ before) fact\.\w+$")


def lang() -> str:
    """`zh` or `en`, the language of this page."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def carried_words() -> dict[str, str]:
    """How a clause is carried, in words."""
    return {
        "rule": _("已成规则"),
        "screen": _("由页面承载"),
        "document": _("由单据承载"),
        "report": _("由报告承载"),
        "manual": _("人工办理，上传凭证"),
        "principle": _("原则"),
        "not_yet": _("尚未承载"),
    }


def carrier_words(by: str, lang: str) -> str:
    """By what a clause is carried, as people call it: the page's part of the program, a kind of duty,
    or what is still to come.
    """
    if (duty := vocabulary().duties.get(by)) is not None:
        return duty.title.of(lang)
    part = by.partition(":")[0]
    for config in registry.manifests():
        if config.label == part and config.menu:
            item = next((each for each in config.menu if each.url == by), config.menu[0])
            return str(item.title)
    coming = {
        "dispatch": _("派工"), "monitoring": _("设备监测"), "portal": _("客户门户"), "mobile": _("移动端"),
        "loyalty": _("会员积分"), "surveys": _("问卷"), "parts": _("备件"), "training": _("培训"),
    }  # fmt: skip
    return coming.get(part, by)


@dataclass(frozen=True)
class Card:
    """One rule as a card: label and words, line by line."""

    id: str
    title: str
    limit: str
    lines: Sequence[tuple[str, str]]
    inferred: bool
    severity: str


@dataclass(frozen=True)
class Article:
    """One clause beside its cards."""

    id: str
    number: str
    point: str
    title: str
    text: str
    carried: str
    carried_words: str
    by: str
    inferred: bool
    cards: Sequence[Card]


@dataclass(frozen=True)
class Chapter:
    """The clauses under one number of the regulation."""

    number: str
    title: str
    articles: Sequence[Article]


def card_of(rule: Rule, lang: str) -> Card:
    """A rule in words."""
    lines = rule.card(lang)
    limit = dict(lines).get("限" if lang == "zh" else "Within", "")
    return Card(rule.id, rule.title.of(lang), limit, lines, rule.inferred, rule.severity)


def article_of(pack: Pack, clause: Clause, lang: str) -> Article:
    """A clause with its rules, in the order they are written."""
    return Article(
        id=clause.id,
        number=clause.number,
        point=clause.number.partition("·")[2] or clause.number,
        title=clause.title.of(lang),
        text=clause.text.of(lang),
        carried=clause.carried,
        carried_words=carried_words().get(clause.carried, clause.carried),
        by=carrier_words(clause.by, lang) if clause.by else "",
        inferred=clause.inferred,
        cards=[card_of(rule, lang) for rule in pack.rules_of(clause.id)],
    )


def chapters(pack: Pack, lang: str) -> list[Chapter]:
    """The regulation in its own order, chapter by chapter: by the number before the dot, and where
    clauses are counted without one, by the heading that each stands under in the text.
    """
    texts = [pack.files.get(f"{under}regulation.md", "") for under in ("under/", "")]
    titles = {
        number: Words(zh, en).of(lang) for text in texts for number, zh, en in CHAPTER.findall(text)
    }
    above = {clause: heading for text in texts for clause, heading in _headings(text, lang)}
    grouped: dict[tuple[str, str], list[Article]] = {}
    for clause in pack.clauses.values():
        number, dot, _point = clause.number.partition("·")
        heading = (number, titles.get(number, ""))
        if not dot:
            heading = above.get(clause.id, heading)
        grouped.setdefault(heading, []).append(article_of(pack, clause, lang))
    return [Chapter(number, title, articles) for (number, title), articles in grouped.items()]


def _headings(text: str, lang: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each clause of a text with number and title of the heading above it."""
    heading = None
    for found in PLACE.finditer(text):
        if found["clause"] is None:
            title = Words(found["zh"], found["en"] or "").of(lang)
            heading = (found["number"] or "", title)
        elif heading is not None:
            yield found["clause"], heading


def counts(pack: Pack) -> dict[str, int]:
    """How many clauses, rules and open questions; for the tabs."""
    return {
        "clauses": len(pack.clauses),
        "rules": len(pack.rules),
        "parameters": len(pack.parameters),
        "choices": len(pack.choices),
        "undecided": sum(1 for choice in pack.choices if not choice.chosen),
        "cases": len(pack.cases),
    }


def value_words(value: object, lang: str) -> object:
    """A value as its readers say it: limits with their unit, periods by name."""
    if isinstance(value, list | tuple):
        return in_a_row(str(value_words(each, lang)) for each in value)
    if isinstance(value, bool):
        return {True: ("是", "yes"), False: ("否", "no")}[value][0 if lang == "zh" else 1]
    if not isinstance(value, str):
        return value
    if (turn := turn_words(value)) is not None:
        return turn.of(lang)
    if (named := [_code_words(each, lang) for each in value.split()]) and all(named):
        return in_a_row(named)
    try:
        # a lead before a date of the fact: the title says before which
        return Duration.parse(_LEAD.sub(r"\1", value)).words(lang)
    except WorkcalError:
        return value


_PLAIN = {
    "yes": Words("是", "yes"), "no": Words("否", "no"), "cn": Words("工作日历", "working calendar"),
    "24x7": Words("昼夜不停", "round the clock"), "CONSULT": Words("咨询", "Question"),
    "SURNAME": Words("姓氏", "Surname"), "MESSAGE": Words("消息", "Message"),
    "SMS": Words("短信", "SMS"), "VOICE": Words("语音电话", "Voice call"),
}  # fmt: skip
"""Values that no part of the vocabulary names."""


def _code_words(code: str, lang: str) -> str:
    """What a code stands for: a role, a kind of fact, a value of a fact; "" where it is none."""
    words = vocabulary()
    if code in _PLAIN:
        return _PLAIN[code].of(lang)
    if known := words.roles.get(code) or words.facts.get(code):
        return known.title.of(lang)
    fields = (field for kind in words.facts.values() for field in kind.fields.values())
    titles = (field.value_titles[code] for field in fields if code in field.value_titles)
    return next((title.of(lang) for title in titles), "") if code.isupper() else ""


def parameters(pack: Pack, lang: str) -> list[dict[str, Any]]:
    """Named values with their clause; those the regulation leaves open are marked."""
    return [
        {
            "name": parameter.name,
            "title": parameter.title.of(lang),
            "value": _of_pack(pack, parameter.value, lang),
            "clause": pack.clauses.get(parameter.clause),
            "open": parameter.open,
            "inferred": parameter.inferred,
            "place": f"{parameter.file}:{parameter.line}",
        }
        for parameter in pack.parameters.values()
    ]


def _of_pack(pack: Pack, value: object, lang: str) -> object:
    """A value in words, where it may be one of the pack's own tiers."""
    if pack.tiers is not None and (tier := pack.tiers.names.get(str(value))) is not None:
        return tier.of(lang)
    return value_words(value, lang)


def changes(old: Pack, new: Pack, calendars: Calendars, lang: str) -> dict[str, Any]:
    """What the new version says otherwise, part by part, and the cases of the old one that it
    breaks.
    """
    parts: dict[str, list[dict[str, Any]]] = {}
    for change in difference(old, new, lang):
        clause = new.clauses.get(change.clause) or old.clauses.get(change.clause)
        parts.setdefault(PART_WORDS[change.part].of(lang), []).append(
            {
                "title": change.title, "id": change.id, "lines": change.lines, "clause": clause,
                "kind": change.kind, "kind_word": KIND_WORDS[change.kind].of(lang),
                "colour": {"added": "green", "removed": "red", "changed": "blue"}[change.kind],
            }
        )  # fmt: skip
    broken = [
        {
            "name": result.case.name,
            "why": in_a_row(fault.of(lang) for fault in result.faults),
            "clause": old.clauses.get(result.case.clause),
        }
        for result in no_longer(old, new, calendars)
    ]
    return {"parts": parts, "count": sum(map(len, parts.values())), "broken": broken}


def choices(pack: Pack, lang: str) -> list[dict[str, Any]]:
    """Recorded interpretations with what was chosen and why."""
    return [
        {
            "id": choice.id,
            "question": choice.question.of(lang),
            "options": [
                {"title": words.of(lang), "chosen": code == choice.chosen}
                for code, words in choice.options.items()
            ],
            "why": choice.why.of(lang),
            "about": [pack.clauses[each] for each in choice.about if each in pack.clauses],
            "settles": choice.settles,
            "decided": bool(choice.chosen),
        }
        for choice in pack.choices
    ]


def tier_matrix(pack: Pack, lang: str) -> dict[str, Any]:
    """Tiers, how they are found, and benefit × tier."""
    tiers = pack.tiers
    if tiers is None:
        return {"tiers": [], "criteria": [], "rows": [], "by": ""}
    return {
        "by": tiers.by,
        "clause": pack.clauses.get(tiers.clause),
        "review": tiers.review,
        "down_after": tiers.down_after,
        "down_margin": tiers.down_margin,
        "tiers": [
            {"code": code, "name": tiers.names[code].of(lang), "rank": tiers.rank(code), "cut": tiers.cuts.get(code),
             "ways": tier_words(pack, code, lang),
             "approver": role_words(tiers.approve.get(code) or tiers.approve.get("default", ""), lang)}
            for code in tiers.order
        ],
        "criteria": [
            {"title": each.title.of(lang), "weight": round(each.weight * 100), "of": each.of, "bands": each.bands}
            for each in tiers.criteria
        ],
        "rows": [
            {
                "title": benefit.title.of(lang),
                "clause": pack.clauses.get(benefit.clause),
                "amount": benefit.amount,
                "unit": benefit.unit,
                "has": [
                    (tiers.names[code].of(lang), not benefit.tiers or code in benefit.tiers)
                    for code in tiers.order
                ],
                "rule": benefit.rule,
            }
            for benefit in pack.benefits
        ],
    }  # fmt: skip


def role_words(code: str, lang: str) -> str:
    """A role's title."""
    role = vocabulary().roles.get(code)
    return role.title.of(lang) if role else code


def coverage(pack: Pack) -> list[tuple[str, int]]:
    """How many clauses are carried in which way, most first."""
    words = carried_words()
    found = Counter(clause.carried for clause in pack.clauses.values())
    return [(words.get(state, state), number) for state, number in found.most_common()]


def as_files(upload: Mapping[str, str]) -> dict[str, str]:
    """Paths of a pack folder without a common leading folder (as zips often have)."""
    paths = list(upload)
    heads = {path.split("/", 1)[0] for path in paths}
    if len(heads) == 1 and all("/" in path for path in paths):
        return {path.split("/", 1)[1]: text for path, text in upload.items()}
    return dict(upload)
