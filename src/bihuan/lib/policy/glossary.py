"""The vocabulary as a page to look things up: what a pack may name, and what conditions may ask.

`docs/pack-words.md` and its Chinese twin are exactly this page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bihuan.lib.policy.conditions import LOCAL, terms_of_fact
from bihuan.lib.policy.vocabulary import FactKind, Field, Vocabulary
from bihuan.lib.workcal.words import Words

_TYPES = {
    "string": "string", "enum": "string", "date": "string", "int": "int", "number": "double",
    "money": "double", "bool": "bool", "datetime": "timestamp", "strings": "list(string)",
}  # fmt: skip


def page(vocabulary: Vocabulary, lang: str) -> str:
    """Every word of the vocabulary as Markdown."""
    parts = (_head, _facts, _subjects, _duties, _evidence, _roles)
    return "\n".join(line for part in parts for line in part(vocabulary, lang)) + "\n"


def found(vocabulary: Vocabulary, word: str, lang: str) -> str:
    """What has this word in its code or title; a kind of fact with every name of its conditions."""
    kind = vocabulary.facts.get(word)
    if kind is not None:
        return "\n".join((*_fact(kind, lang), *_names(vocabulary, kind, lang))) + "\n"
    rows = [
        row for rows in _tables(vocabulary, lang) for row in rows if word.lower() in row.lower()
    ]
    return "\n".join(rows) + ("\n" if rows else "")


def _say(zh: str, en: str, lang: str) -> str:
    return Words(zh, en).of(lang)


def _head(_vocabulary: Vocabulary, lang: str) -> Iterator[str]:
    yield _say("# 制度语言的词汇", "# Words of the pack language", lang)
    yield ""
    yield _say(
        "由 `bihuan pack words` 生成，有测试与程序核对，不要手改。语法见 [pack-language.zh.md](pack-language.zh.md)。",
        "Made by `bihuan pack words` and compared with the program by a test; not written by hand. The "
        "grammar is in [pack-language.md](pack-language.md).",
        lang,
    )
    yield ""
    yield _say(
        "事实的条件里可以写：`fact.` 加本表的字段，`fact.at`、`fact.clock`、`fact.day`，以及它“带上”的每个对象的状态（如 "
        "`customer.tier`）。每个名称 `x` 另有 `has_x`。带 * 的字段必有；不带的可能没有，用时要先写 `fact.has_…`"
        "（列表不会没有，不用写）。周期规则、分级和它们的 `for` 只能问对象的状态。",
        "The condition of a fact may name: `fact.` and a field of its table, `fact.at`, `fact.clock`, "
        "`fact.day`, and the state of each subject that it carries (such as `customer.tier`). For every "
        "name `x` there is `has_x`. A field with * is always there; another may be absent and is used "
        "behind `fact.has_…` (a list is never absent). Cadences, tiers and their `for` ask the state of "
        "the subject alone.",
        lang,
    )


def _facts(vocabulary: Vocabulary, lang: str) -> Iterator[str]:
    yield from ("", _say("## 事实", "## Facts", lang))
    for kind in sorted(vocabulary.facts.values(), key=lambda each: each.code):
        yield from _fact(kind, lang)


def _fact(kind: FactKind, lang: str) -> Iterator[str]:
    yield from ("", f"### {kind.code}", "", f"{kind.title.of(lang)}{_carried(kind, lang)}")
    if kind.fields:
        yield ""
        yield from _table(
            (_say("字段", "field", lang), _say("类型", "type", lang), _say("含义", "meaning", lang), _say("取值", "values", lang)),
            [(f"`{name}`{' *' if spec.required else ''}", *_field(spec, lang)) for name, spec in kind.fields.items()],
        )  # fmt: skip


def _carried(kind: FactKind, lang: str) -> str:
    carried = ", ".join(f"`{name}`" for name in kind.carries)
    told = _say(
        f"。对象 `{kind.subject}`；带上 {carried}",
        f". Subject `{kind.subject}`; carries {carried}",
        lang,
    )
    if kind.occasion:
        zh, en = (word.join(f"`{name}`" for name in kind.occasion) for word in ("，没有时同一 ", ", without it for each "))  # fmt: skip
        told += _say(f"；同一 {zh} 算一次", f"; one occasion for each {en}", lang)
    if kind.enters:
        told += _say("；期中进入", "; enters in mid-period", lang)
    return told


def _field(spec: Field, lang: str) -> tuple[str, str, str]:
    unit = f" ({spec.unit})" if spec.unit else ""
    values = ", ".join(
        f"`{code}` {spec.value_titles[code].of(lang)}" if code in spec.value_titles else f"`{code}`"
        for code in spec.values
    )
    kind = spec.type if spec.type == _TYPES[spec.type] else f"{spec.type} → {_TYPES[spec.type]}"
    return kind, f"{spec.title.of(lang)}{unit}", values


def _names(vocabulary: Vocabulary, kind: FactKind, lang: str) -> Iterator[str]:
    """Every name that a condition on this fact may use."""
    terms = terms_of_fact(vocabulary, kind)
    yield from ("", _say("条件里的名称：", "Names in conditions:", lang), "")
    yield f"- `fact.at` timestamp; {', '.join(f'`{name}`' for name in LOCAL)} string"
    for name, spec in terms.fields.items():
        section, _, short = name.partition(".")
        may = f" (`{section}.has_{short}`)" if name in terms.optional else ""
        yield f"- `{name}`{may} {_TYPES[spec.type]} — {spec.title.of(lang)}"


def _subjects(vocabulary: Vocabulary, lang: str) -> Iterator[str]:
    yield from ("", _say("## 对象的状态", "## State of the subjects", lang), "")
    yield from _table(
        (_say("名称", "name", lang), _say("类型", "type", lang), _say("含义", "meaning", lang), _say("取值", "values", lang)),
        [
            (f"`{subject}.{name}`", *_field(spec, lang))
            for subject, fields in vocabulary.subjects.items()
            for name, spec in fields.items()
        ],
    )  # fmt: skip


def _duties(vocabulary: Vocabulary, lang: str) -> Iterator[str]:
    yield from ("", _say("## 义务", "## Duties", lang), "")
    marks = {
        "care": _say("关怀", "care", lang), "contact": _say("占联系次数", "uses the contact cap", lang),
        "distinct": _say("各办各的", "an act of its own", lang),
    }  # fmt: skip
    yield from _table(
        (_say("代码", "code", lang), _say("含义", "meaning", lang), _say("默认凭证（任一）", "proof by default (any)", lang), "needs", _say("特点", "marks", lang)),
        [
            (
                f"`{kind.code}`", kind.title.of(lang), _codes(kind.proved), _codes(kind.guards),
                ", ".join(words for name, words in marks.items() if getattr(kind, name)),
            )
            for kind in vocabulary.duties.values()
        ],
    )  # fmt: skip


def _evidence(vocabulary: Vocabulary, lang: str) -> Iterator[str]:
    yield from ("", _say("## 凭证", "## Evidence", lang), "")
    yield from _table(
        (_say("代码", "code", lang), _say("含义", "meaning", lang), _say("强度（1 到 5）", "strength (1 to 5)", lang)),
        [(f"`{each.code}`", each.title.of(lang), str(each.strength)) for each in vocabulary.evidence.values()],
    )  # fmt: skip


def _roles(vocabulary: Vocabulary, lang: str) -> Iterator[str]:
    yield from ("", _say("## 角色", "## Roles", lang), "")
    yield from _table(
        (_say("代码", "code", lang), _say("含义", "meaning", lang), _say("谁的", "of", lang), _say("上一级", "next above", lang)),
        [
            (f"`{each.code}`", each.title.of(lang), f"`{each.of}`", f"`{each.up}`" if each.up else "")
            for each in vocabulary.roles.values()
        ],
    )  # fmt: skip


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _tables(vocabulary: Vocabulary, lang: str) -> Iterator[list[str]]:
    """The lines of every table, and a line for each kind of fact."""
    yield [f"`{kind.code}` {kind.title.of(lang)}" for kind in vocabulary.facts.values()]
    for part in (_subjects, _duties, _evidence, _roles):
        yield [line for line in part(vocabulary, lang) if line.startswith("| `")]


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
