"""A new pack from a shipped one: its tiers, the roles that a company has, a few of its duties."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML

from bihuan.lib.policy.cases import run_cases
from bihuan.lib.policy.model import Pack
from bihuan.lib.policy.reader import read
from bihuan.lib.policy.writing.examples import Plain, example_of
from bihuan.lib.policy.writing.make import Head, regulation, to_yaml
from bihuan.lib.policy.writing.outline import Article, Heading

_RULES = ("rules", "meetings", "reports", "drills")
_SUGAR = {"meetings": "meeting.hold", "reports": "report.issue", "drills": "drill.run"}
_NAME = re.compile(r"\$([a-z][a-z0-9_.]*)")
_COMPANY = re.compile(r"^# ([^\n]{2,30}?(?:有限公司|公司|集团|厂))", re.MULTILINE)
_CHAPTER = re.compile(r"^## (\S+) ([^{\n]+)", re.MULTILINE)
# parameters that the screens of apps read, whatever the rules are
_OF_APPS = (
    "customers.", "callbacks.", "obligations.", "assets.", "contracts.", "overdue.", "pause.",
    "tickets.", "verify.", "waive.", "waiver.",
)  # fmt: skip
_ROLES_OF = ("by", "chair", "members", "to", "owner", "tell", "use")


@dataclass(frozen=True)
class Template:
    """What is taken over. ``roles`` are those that the company has: a missing one is stood in for
    by the next one above it. ``tiers`` empty: all of them.
    """

    head: Head
    company: str
    duties: Collection[str]
    roles: Collection[str] = ()
    tiers: Collection[str] = ()


@dataclass
class _Kept:
    """What of the old pack goes over, found before anything is written."""

    rules: set[str] = field(default_factory=set)
    clauses: set[str] = field(default_factory=set)
    ruled: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)


def duties_of(pack: Pack) -> dict[str, int]:
    """The duties that the rules of a pack ask for, with the number of rules, in their order."""
    found: dict[str, int] = {}
    for rule in pack.rules.values():
        if not rule.prepares:
            found[rule.must] = found.get(rule.must, 0) + 1
    return found


def roles_of(pack: Pack) -> list[str]:
    """The roles that a pack gives something to do, in the order of the vocabulary."""
    named = {role for rule in pack.rules.values() for role in rule.by.values}
    named |= {rule.prepare.by for rule in pack.rules.values() if rule.prepare}
    return [code for code in pack.vocabulary.roles if code in named]


def from_template(pack: Pack, template: Template) -> dict[str, str]:
    """The files of the new pack; raises ``PackErrors`` only if the old pack could not be read."""
    return _Copier(pack, template).files()


class _Copier:
    def __init__(self, pack: Pack, template: Template) -> None:
        self.pack, self.template = pack, template
        self.vocabulary = pack.vocabulary
        yaml = YAML(typ="safe", pure=True)
        self.roots: dict[str, Any] = {
            path: yaml.load(text) or {}
            for path, text in pack.files.items()
            if path.endswith(".yaml")
        }
        order = list(pack.tiers.order) if pack.tiers else []
        self.tiers = [code for code in order if not template.tiers or code in template.tiers]
        self.gone = [code for code in order if code not in self.tiers]
        old = _COMPANY.search(pack.files.get("regulation.md", ""))
        self.old_company = old[1] if old else ""
        self.kept = _Kept()

    def files(self) -> dict[str, str]:
        head = self.roots["pack.yaml"]
        parts = {path: root for path, root in self.roots.items() if not path.startswith("cases/")}
        made = {section: self.rules(parts, section) for section in _RULES}
        if head.get("tiers") and self.tiers:
            self.kept.clauses.add(str(head["tiers"].get("clause", "")))
        rest = self.rest(parts)
        self.kept.used |= set(_NAME.findall(to_yaml({"made": made, "rest": rest})))
        told = self.head(head, rest)
        files = {
            "pack.yaml": to_yaml(told),
            "rules/rules.yaml": to_yaml(
                {name: rows for name, rows in made.items() if rows} or {"rules": []}
            ),
            "regulation.md": self.regulation(told),
        }
        return self.with_cases(files)

    # -- rules

    def rules(self, parts: Mapping[str, Any], section: str) -> list[dict[str, Any]]:
        found = []
        for root in parts.values():
            for rule in root.get(section) or ():
                duty = _SUGAR.get(section) or str(rule.get("must", ""))
                if duty in self.template.duties and (made := self.rule(rule)) is not None:
                    found.append(made)
                    self.kept.rules.add(str(rule["id"]))
                    self.kept.clauses.add(str(rule["clause"]))
                    self.kept.ruled.add(str(rule["clause"]))
        return found

    def rule(self, rule: Mapping[str, Any]) -> dict[str, Any] | None:
        made = dict(rule)
        population = rule.get("for")
        if isinstance(population, dict) and population.get("tiers"):
            left = [code for code in _list(population["tiers"]) if code in self.tiers]
            if not left:
                return None
            made["for"] = {**population, "tiers": left}
        if any(f'"{code}"' in str(made) or f"'{code}'" in str(made) for code in self.gone):
            return None  # its conditions ask for a level that the company does not have
        own: dict[str, Any] = self.own(self.roled(made))
        return own

    def roled(self, value: Any, key: str = "") -> Any:
        """The value with every role replaced that the company does not have."""
        if isinstance(value, dict):
            return {name: self.roled(item, str(name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self.roled(item, key) for item in value]
        if key in _ROLES_OF and isinstance(value, str) and value in self.vocabulary.roles:
            return self.role(value)
        return value

    def role(self, code: str) -> str:
        """The role, or the next one above it that the company has; the top if there is none."""
        known = self.template.roles
        while known and code not in known and self.vocabulary.roles[code].up:
            code = self.vocabulary.roles[code].up
        return code

    def own(self, value: Any) -> Any:
        """The value with the company's own name in its texts."""
        if isinstance(value, dict):
            return {name: self.own(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.own(item) for item in value]
        if isinstance(value, str) and self.old_company:
            return value.replace(self.old_company, self.template.company)
        return value

    # -- the other sections

    def rest(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Features, benefits, targets, thresholds of the kept clauses; complaints and points with theirs."""
        found: dict[str, Any] = {}
        for section in ("features", "benefits", "thresholds", "targets"):
            rows = [
                self.own(self.roled(made))
                for root in parts.values()
                for row in root.get(section) or ()
                if (made := self.row(row)) is not None
            ]
            if rows:
                found[section] = rows
        for section in ("complaints", "points"):
            row = self.roots["pack.yaml"].get(section)
            if row and row.get("clause") in self.kept.clauses:
                found[section] = self.own(self.roled(row))
        return found

    def row(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        made = dict(row)
        if row.get("clause") not in self.kept.clauses:
            return None
        if row.get("tiers"):
            made["tiers"] = [code for code in _list(row["tiers"]) if code in self.tiers]
            if not made["tiers"]:
                return None
        if made.get("rule") and made["rule"] not in self.kept.rules:
            del made["rule"]
        return made

    def head(self, head: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
        own = self.template.head
        told: dict[str, Any] = {
            "pack": own.code, "title": own.title, "version": own.version, "from": own.from_,
            "zone": head.get("zone", "Asia/Shanghai"), "calendar": head["calendar"],
        }  # fmt: skip
        tiers = self.tier_section(head.get("tiers")) if self.tiers else None
        self.kept.used |= set(_NAME.findall(to_yaml({"tiers": tiers}))) if tiers else set()
        told["parameters"] = self.parameters(head.get("parameters") or {})
        choices = self.choices(head.get("choices") or (), told["parameters"])
        told["choices"] = choices
        told["clauses"] = [
            self.clause(row)
            for root in self.roots.values()
            for row in root.get("clauses") or ()
            if row["id"] in self.kept.clauses
        ]
        if tiers:
            told["tiers"] = tiers
        told |= rest
        return {name: value for name, value in told.items() if value or name == "pack"}

    def clause(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A clause with the company's name; one whose rules stay behind is carried by hand."""
        made: dict[str, Any] = self.own(dict(row))
        if made.get("carried") == "rule" and row["id"] not in self.kept.ruled:
            made["carried"] = "manual"
        return made

    def parameters(self, old: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for name, row in old.items():
            if name not in self.kept.used and not name.startswith(_OF_APPS):
                continue
            made = self.own(dict(row))
            if made.get("clause") not in self.kept.clauses:
                made.pop("clause", None)
            found[name] = made
        return found

    def choices(self, old: Any, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = []
        for row in old:
            about = [code for code in _list(row.get("about")) if code in self.kept.clauses]
            settles = [code for code in _list(row.get("settles")) if code in self.kept.rules]
            if not about or (row.get("settles") and len(settles) < 2):
                continue
            made = self.own({**row, "about": about})
            if settles:
                made["settles"] = settles
            if made.get("prefer") not in (None, "stricter", "both", *self.kept.rules):
                made["prefer"] = "stricter"
            for option in (made.get("options") or {}).values():
                sets = {n: v for n, v in (option.get("set") or {}).items() if n in parameters}
                option.pop("set", None)
                if sets:
                    option["set"] = sets
            found.append(made)
        return found

    def tier_section(self, tiers: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if not tiers:
            return None
        made = self.own(self.roled(dict(tiers)))
        made["order"] = list(self.tiers)
        for name in ("names", "cuts", "only_if"):
            if made.get(name):
                made[name] = {code: each for code, each in made[name].items() if code in self.tiers}
        if made.get("table"):
            made["table"] = [row for row in made["table"] if row["tier"] in self.tiers]
        if made.get("approve"):
            approve = {code: self.role(str(role)) for code, role in made["approve"].items()}
            made["approve"] = {c: r for c, r in approve.items() if c in (*self.tiers, "default")}
        if made.get("otherwise") not in self.tiers:
            made["otherwise"] = self.tiers[-1]
            (made.get("cuts") or {}).pop(self.tiers[-1], None)
        return {name: value for name, value in made.items() if value not in ({}, [])}

    # -- words and cases

    def regulation(self, told: Mapping[str, Any]) -> str:
        titles = dict(_CHAPTER.findall(self.pack.files.get("regulation.md", "")))
        articles = []
        for row in told.get("clauses", ()):
            chapter = str(row["number"]).partition("·")[0]
            title, text = (_zh(row.get(name) or "") for name in ("title", "text"))
            articles.append(
                Article(row["id"], chapter, str(row["number"]), "", title, text or title)
            )
        chapters = [Heading(number, self.own(title.strip())) for number, title in titles.items()]
        head, name = self.template.head, self.template.company
        title, _blank, rest = regulation(head.title, chapters, articles).split("\n", 2)
        return f"{title}\n\n{name}，版本 {head.version}，自 {head.from_} 起施行。\n\n{rest}"

    def with_cases(self, files: dict[str, str]) -> dict[str, str]:
        """The old cases that hold still, and an example for each clause that has none left."""
        cases = [
            self.own(made)
            for path, root in self.roots.items()
            if path.startswith("cases/")
            for case in root.get("cases") or ()
            if (made := self.case(case)) is not None
        ]
        pack = read({**files, "cases/cases.yaml": to_yaml({"cases": cases})}, self.vocabulary)
        good = [
            case for case, tried in zip(cases, run_cases(pack, Plain()), strict=True) if tried.ok
        ]
        shown = {case["clause"] for case in good}
        examples = (
            example_of(pack, rule) for rule in pack.rules.values() if rule.clause not in shown
        )
        good += [example for example in examples if example is not None]
        return {**files, **({"cases/cases.yaml": to_yaml({"cases": good})} if good else {})}

    def case(self, case: Mapping[str, Any]) -> dict[str, Any] | None:
        """A case of what is kept; one that names something else is left out."""
        expected = [*_list(case.get("expect")), *_list(case.get("expect_after"))]
        rules = {
            str(each["rule"]) for each in expected if isinstance(each, dict) and "rule" in each
        }
        known = self.kept.rules | {f"{code}.prepare" for code in self.kept.rules}
        if case["clause"] not in self.kept.clauses or not rules <= known:
            return None
        if any(f"'{code}'" in str(case) for code in self.gone):
            return None
        if any(key in case["given"] for key in ("grade_of", "points_of")):
            return None
        made: dict[str, Any] = self.roled(dict(case))
        return made


def _list(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list) else [value]


def _zh(value: Any) -> str:
    return str(value.get("zh", "")) if isinstance(value, dict) else str(value)
