"""The desk of a draft: the regulation, its cards with what may be changed, and what that does."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from ruamel.yaml import YAML

from bihuan.apps.people.calendars import calendars
from bihuan.apps.policy import pages, queries
from bihuan.apps.policy.drafts.presets import clauses_for
from bihuan.apps.policy.drafts.presets import presets as all_presets
from bihuan.apps.policy.models import PackVersion
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import CaseResult, Clause, Pack, Rule
from bihuan.lib.policy.cases import run_case
from bihuan.lib.policy.difference import Change, difference
from bihuan.lib.policy.pieces import piece_at
from bihuan.lib.policy.writing.times import find_times

# The lines of a rule that are one plain value; the rest is written as YAML.
PLAIN = ("every", "in", "within", "opens", "calendar", "by")


@dataclass(frozen=True)
class Value:
    """One value of a rule that may be changed in place."""

    field: str
    label: str
    target: str  # "parameter" or "rule"
    name: str  # of the parameter, or of the rule
    value: str
    before: str  # as it was in the version the draft was begun from; "" when it is the same
    shared: Sequence[str]  # titles of the other rules that rest on the same parameter
    options: Sequence[tuple[str, str]]  # for a role: code and title
    tried: str = ""  # what somebody typed and could not save

    @property
    def key(self) -> Tried:
        return self.target, self.name, self.field


Tried = tuple[str, str, str]
"""Which value somebody tried to change: target, name, field."""


@dataclass(frozen=True)
class Desk:
    """One card with what may be changed."""

    card: pages.Card
    file: str
    line: int
    state: str  # "", "added", "changed"
    changed: Mapping[str, str]  # label -> what stood there before
    values: Sequence[Value]

    @property
    def open(self) -> bool:
        return bool(self.state) or any(value.tried for value in self.values)


def page(
    draft: PackVersion, asked: str, lang: str, tried: Mapping[Tried, str] | None = None
) -> dict[str, Any]:
    """Everything that the desk shows of one clause, by itself of the first that was changed;
    `tried` stands in its field, not saved.
    """
    pack = queries.pack_of(draft)
    base = queries.pack_of(draft.base) if draft.base is not None else None
    changes = difference(base, pack, lang) if base is not None else []
    named = (asked, *(change.clause for change in changes), *pack.clauses)
    clause = next(pack.clauses[each] for each in named if each in pack.clauses)
    found = [run_case(pack, each, calendars()) for each in pack.cases if each.clause == clause.id]
    return {
        "pack": pack,
        "chapters": pages.chapters(pack, lang),
        "changed_clauses": {change.clause for change in changes},
        "changes": len(changes),
        "chosen": pages.article_of(pack, clause, lang),
        "still_said": _still_said(pack, base, clause, lang) if base is not None else [],
        "clause_file": clause.file,
        "clause_line": clause.line,
        "desks": [_desk(rule, pack, base, changes, lang, tried or {}) for rule in pack.rules_of(clause.id) if not rule.prepares],
        "gone": [change for change in changes if change.kind == "removed" and change.clause == clause.id],
        "choices": _choices(pack, clause.id, lang),
        "cases": [_case(each, lang) for each in sorted(found, key=lambda each: each.ok)],
        "coverage": pages.coverage(pack),
        "counts": pages.counts(pack),
    }  # fmt: skip


def _still_said(pack: Pack, base: Pack, clause: Clause, lang: str) -> list[tuple[str, str]]:
    """What the text of a clause says still of limits that its rules no longer have, each with the
    limit of now: text and rule are to say the same.
    """
    text = clause.text.of(lang)
    said = find_times(text)
    found = {}
    for rule in pack.rules_of(clause.id):
        was, now = (
            each.limit if each is not None else None for each in (base.rules.get(rule.id), rule)
        )
        if was is None or now is None or was.text == now.text:
            continue
        if any(time.value == now.text for time in said):
            continue
        for time in said:
            if time.value == was.text:
                found[text[time.start : time.end]] = now.words(lang)
    return list(found.items())


def _desk(
    rule: Rule, pack: Pack, base: Pack | None, changes: Sequence[Change], lang: str,
    tried: Mapping[Tried, str],
) -> Desk:  # fmt: skip
    change = next((c for c in changes if c.part == "rule" and c.id == rule.id), None)
    return Desk(
        pages.card_of(rule, lang), rule.file, rule.line, change.kind if change else "",
        {line.label: line.before for line in change.lines} if change and change.kind == "changed" else {},
        [replace(each, tried=tried.get(each.key, "")) for each in _values(rule, pack, base, lang)],
    )  # fmt: skip


def _values(rule: Rule, pack: Pack, base: Pack | None, lang: str) -> list[Value]:
    raw = raw_of(pack, rule.file, rule.line)
    found = []
    for field in PLAIN:
        value = raw.get(field)
        if not isinstance(value, str | int | float) or rule.section != "rules":
            continue
        text = str(value)
        options = _roles(lang) if field == "by" and not text.startswith("$") else []
        if text.startswith("$"):
            name = text[1:]
            known = pack.parameters.get(name)
            if known is None:
                continue
            was = base.parameters.get(name) if base is not None else None
            before = str(was.value) if was is not None and was.value != known.value else ""
            found.append(
                Value(field, _label(field, lang), "parameter", name, _shown(known.value), before, _others(pack, rule, name, lang), options)
            )  # fmt: skip
        else:
            found.append(Value(field, _label(field, lang), "rule", rule.id, text, "", (), options))
    return found


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def raw_of(pack: Pack, file: str, line: int) -> dict[str, Any]:
    """An entry as its author wrote it."""
    text = piece_at(pack.files[file], line).text
    loaded = YAML(typ="safe", pure=True).load(io.StringIO(text))
    entry = loaded[0] if isinstance(loaded, list) else loaded
    return dict(entry) if isinstance(entry, dict) else {}


def _others(pack: Pack, rule: Rule, name: str, lang: str) -> list[str]:
    """The other rules whose text names the same parameter."""
    word = f"${name}"
    found = []
    for other in pack.rules.values():
        if other.id == rule.id or other.prepares:
            continue
        text = piece_at(pack.files[other.file], other.line).text
        if any(part.strip(" ,:}]") == word for part in text.replace("\n", " ").split(" ")):
            found.append(other.title.of(lang))
    return found


def _roles(lang: str) -> list[tuple[str, str]]:
    return [(code, role.title.of(lang)) for code, role in vocabulary().roles.items()]


def _label(field: str, lang: str) -> str:
    words = {
        "every": ("每", "Every"), "in": ("在", "In"), "within": ("限", "Within"),
        "opens": ("起", "Opens"), "calendar": ("日历", "Calendar"), "by": ("由", "By"),
    }  # fmt: skip
    return words[field][0 if lang == "zh" else 1]


def _choices(pack: Pack, clause: str, lang: str) -> list[dict[str, Any]]:
    return [
        {
            "id": choice.id, "question": choice.question.of(lang), "why": choice.why.of(lang), "chosen": choice.chosen,
            "options": [(code, words.of(lang)) for code, words in choice.options.items()],
        }
        for choice in pack.choices
        if clause in choice.about
    ]  # fmt: skip


def _case(result: CaseResult, lang: str) -> dict[str, Any]:
    return {
        "name": result.case.name, "ok": result.ok, "file": result.case.file,
        "line": result.case.line, "faults": [fault.of(lang) for fault in result.faults],
    }  # fmt: skip


def preview(draft: PackVersion, files: Mapping[str, str], lang: str) -> dict[str, Any]:
    """What a change would make of the draft: its changed cards and the cases that would fail."""
    old, new = queries.pack_of(draft), queries.read_files(files)
    changes = difference(old, new, lang)
    touched = {change.clause for change in changes if change.clause}
    results = [run_case(new, each, calendars()) for each in new.cases if each.clause in touched]
    return {
        "changes": changes,
        "failing": [_case(each, lang) for each in results if not each.ok],
        "ran": len(results),
    }


@dataclass(frozen=True)
class PresetCard:
    """A preset as the page shows it."""

    code: str
    title: str
    about: str


def presets(lang: str) -> list[PresetCard]:
    """All presets in the words of the page."""
    return [PresetCard(p.code, p.title[lang], p.about[lang]) for p in all_presets().values()]


def carried(pack: Pack, lang: str) -> list[tuple[str, str]]:
    """The clauses that rules carry, with number and title."""
    return [
        (code, f"§ {pack.clauses[code].number} {pack.clauses[code].title.of(lang)}")
        for code in clauses_for(pack)
    ]


def answering(pack: Pack) -> str:
    """The clause by which a fault is answered now; empty where none is."""
    found = (rule.clause for rule in pack.rules.values() if "fault.reported" in rule.when)
    return next(found, "")


def next_month(day: date) -> date:
    """The first of the following month: when a changed regulation mostly takes force."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def next_name(version: PackVersion, now: datetime) -> str:
    """A free name for the next version: year and month, and a number where that is taken."""
    names = set(PackVersion.objects.filter(code=version.code).values_list("version", flat=True))
    plain = f"{now:%Y.%m}"
    numbered = (f"{plain}-{n}" for n in range(2, 100))
    return next(name for name in (plain, *numbered) if name not in names)
