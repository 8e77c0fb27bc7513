"""From decided clauses to the files of a pack. What nobody decided is an open parameter."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ruamel.yaml import YAML

from bihuan.lib.policy.errors import PackErrors
from bihuan.lib.policy.keys import SUGAR
from bihuan.lib.policy.limits import steps_of
from bihuan.lib.policy.model import Pack
from bihuan.lib.policy.reader import read
from bihuan.lib.policy.vocabulary import Vocabulary
from bihuan.lib.policy.writing.examples import example_of
from bihuan.lib.policy.writing.outline import Article, Heading
from bihuan.lib.policy.writing.propose import Tier
from bihuan.lib.workcal.words import Words

_TITLES = {
    "within": "期限", "by": "责任人", "must": "义务", "when": "触发的事实", "every": "周期",
    "measure": "指标", "per": "统计周期",
}  # fmt: skip
_SUGAR = {"meeting.hold": "meetings", "report.issue": "reports", "drill.run": "drills"}
_FIRST = {"event": ("when",), "cadence": ("every", "in", "of")}
_NEEDED = {"event": ("when", "must", "within", "by"), "cadence": ("every", "must", "by")}


@dataclass(frozen=True)
class Chosen:
    """A rule or target that somebody confirmed: ``values`` as a pack writes them, "" is open."""

    kind: str
    title: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Decided:
    """A clause with how it is carried; ``rules`` where by a rule."""

    article: Article
    carried: str
    rules: tuple[Chosen, ...] = ()


@dataclass(frozen=True)
class Head:
    """What stands at the head of a pack."""

    code: str
    title: str
    version: str
    from_: date


def pack_files(
    head: Head, chapters: Sequence[Heading], decided: Sequence[Decided], tiers: Sequence[Tier],
    vocabulary: Vocabulary,
) -> dict[str, str]:  # fmt: skip
    """The folder of a pack that can be read, with an example case for each rule that is whole.

    Raises ``PackErrors`` where a confirmed value cannot be read.
    """
    made = _Maker(decided, head.from_)
    used = {
        code
        for rows in made.parts.values()
        for each in rows
        for code in each.get("for", {}).get("tiers", ())
    }
    files = {
        "pack.yaml": to_yaml(_head(head, made, [tier for tier in tiers if tier.code in used])),
        "regulation.md": regulation(head.title, chapters, [each.article for each in decided]),
    }
    if parts := {name: rows for name, rows in made.parts.items() if rows}:
        files["rules/rules.yaml"] = to_yaml(parts)
    pack = read(files, vocabulary)
    if cases := list(_cases(pack)):
        files["cases/examples.yaml"] = to_yaml({"cases": cases})
    return files


def faults_of(
    rules: Sequence[Chosen], article: Article, tiers: Sequence[Tier], vocabulary: Vocabulary
) -> list[Words]:
    """What is wrong with the rules of one clause, in plain sentences without places."""
    head = Head("probe", "probe", "0", date(2026, 1, 1))
    try:
        pack_files(head, (), [Decided(article, "rule", tuple(rules))], tiers, vocabulary)
    except PackErrors as errors:
        return list(dict.fromkeys(Words(p.zh, p.en) for p in errors.problems))
    return []


class _Maker:
    """Collects rules, targets and parameters of all clauses. What comes round every two weeks is
    counted from the first day of the pack, where no sentence says from which.
    """

    def __init__(self, decided: Sequence[Decided], since: date) -> None:
        self.since = since
        self.parts: dict[str, list[dict[str, Any]]] = {
            "rules": [], "meetings": [], "reports": [], "drills": [], "targets": [],
        }  # fmt: skip
        self.parameters: dict[str, dict[str, Any]] = {}
        self.clauses: list[dict[str, Any]] = []
        for each in decided:
            self.clause(each)

    def clause(self, each: Decided) -> None:
        article = each.article
        rules = each.rules if each.carried == "rule" else ()
        carried = each.carried
        if carried == "rule" and not any(rule.kind != "target" for rule in rules):
            carried = "report" if rules else "not_yet"
        self.clauses.append(
            {"id": article.id, "number": article.number, "title": article.title,
             "text": _whole(article), "carried": carried}
        )  # fmt: skip
        base = re.sub(r"[^a-z0-9.]+", "_", article.id.lower()).strip("_.") or "rule"
        base = base if base[0].isalpha() else f"c{base}"
        for place, rule in enumerate(rules, 1):
            code = base if place == 1 else f"{base}.r{place}"
            if rule.kind == "target":
                self.target(code, article.id, rule)
            else:
                self.rule(code, article.id, rule)

    def rule(self, code: str, clause: str, rule: Chosen) -> None:
        values = {name: value.strip() for name, value in rule.values.items() if value.strip()}
        made: dict[str, Any] = {"id": code, "clause": clause, "title": rule.title or code}
        for name in (*_FIRST[rule.kind], "if", "for", "must", "within", "calendar", "by", "proved"):
            value = values.get(name)
            if name == "for":
                if values.get("tiers"):
                    made["for"] = {"tiers": values["tiers"].split()}
            elif name == "within" and value:
                made[name] = self.parameter(code, name, value, clause, rule.title)
            elif name == "proved" and value:
                made[name] = value.split()
            elif name == "every" and value and steps_of(value):
                made[name] = f"{value} from {self.since}"
            elif value:
                made[name] = value
            elif name in _NEEDED[rule.kind]:
                made[name] = self.parameter(code, name, None, clause, rule.title)
            elif name == "of" and rule.kind == "cadence":
                made[name] = "company"
        # a meeting, report or drill brings its duty and proof with it
        section = _SUGAR.get(values.get("must", ""), "rules") if rule.kind == "cadence" else "rules"
        if section != "rules":
            made = {name: value for name, value in made.items() if name in SUGAR}
        self.parts[section].append(made)

    def target(self, code: str, clause: str, rule: Chosen) -> None:
        values = {name: value.strip() for name, value in rule.values.items() if value.strip()}
        made: dict[str, Any] = {"id": code, "clause": clause, "title": rule.title or code}
        for name in ("measure", "at_least", "at_most", "unit", "per"):
            if name in values:
                made[name] = values[name]
            elif name == "measure":
                made[name] = self.parameter(code, name, None, clause, rule.title)
        self.parts["targets"].append(made)

    def parameter(self, code: str, name: str, value: str | None, clause: str, title: str) -> str:
        full = f"{code}.{name}"
        self.parameters[full] = {
            "value": value, "clause": clause, "title": f"{title}：{_TITLES[name]}",
        } | ({"open": True} if value is None else {})  # fmt: skip
        return f"${full}"


def _head(head: Head, made: _Maker, tiers: Sequence[Tier]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "pack": head.code, "title": head.title, "version": head.version,
        "from": head.from_.isoformat(), "zone": "Asia/Shanghai", "calendar": "cn",
    }  # fmt: skip
    if made.parameters:
        told["parameters"] = made.parameters
    if tiers:
        told["tiers"] = {
            "order": [tier.code for tier in tiers],
            "names": {tier.code: tier.name for tier in tiers},
            "by": "table", "table": [],
        }  # fmt: skip
    told["clauses"] = made.clauses
    return told


def _whole(article: Article) -> str:
    """The text of a clause with the sentence that its list hangs on."""
    lead = article.lead
    joined = lead if lead.endswith(("：", ":")) else ""
    return joined + article.text


def regulation(title: str, chapters: Sequence[Heading], articles: Sequence[Article]) -> str:
    """The regulation as Markdown, each clause with its anchor."""
    lines = [f"# {title}", ""]
    told = {heading.number: heading.title for heading in chapters}
    chapter = None
    for article in articles:
        if article.chapter != chapter:
            chapter = article.chapter
            lines += [f"## {chapter} {told.get(chapter, '')}".rstrip(), ""]
        lines += [
            f"### {article.number} {article.title} {{#{article.id}}}",
            "",
            _whole(article),
            "",
        ]
    return "\n".join(lines)


def _cases(pack: Pack) -> Iterator[dict[str, Any]]:
    """One example a rule, as the engine answers it: read it, it is what will happen."""
    for rule in pack.rules.values():
        found = example_of(pack, rule)
        if found is not None:
            yield found


def to_yaml(value: Mapping[str, Any]) -> str:
    yaml = YAML(typ="rt")
    yaml.width = 10_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(
        type(None), lambda maker, _none: maker.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    out = io.StringIO()
    yaml.dump(dict(value), out)
    return out.getvalue()
