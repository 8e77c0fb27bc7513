"""How well prose is read: clauses split and limits found, against the packs' own rules.

The word lists were written by people who had read these regulations, so the figures say what to
expect of texts of this kind, not of any text.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bihuan.lib.policy import Pack
from bihuan.lib.policy.writing import Article, Proposer, from_text, outline, tiers_in

MARKS = re.compile(r"^#+ ", re.MULTILINE)
ATTRIBUTES = re.compile(r" \{(?:#|en=)[^}]*\}")


@dataclass(frozen=True)
class Read:
    """``right`` of those ``read`` are among those ``there``."""

    right: int
    read: int
    there: int

    @property
    def precision(self) -> float:
        return self.right / self.read if self.read else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.there if self.there else 1.0


def prose(regulation: str) -> str:
    """A shipped regulation as somebody would paste it: no marks, no anchors."""
    return ATTRIBUTES.sub("", MARKS.sub("", regulation))


def split_right(pack: Pack) -> Read:
    """Clauses with exactly their number and their whole text, out of the pasted regulation."""
    regulation = pack.files["regulation.md"]
    wanted = {}
    for part in re.split(r"\n(?=#{2,4} )", regulation):
        found = re.match(r"#{3,4} (\S+) .*?\{#([\w.-]+)\}\n+(.*)", part, re.DOTALL)
        if found:
            wanted[found[1]] = _bare(found[3])
    got = {each.number: _bare(each.text) for each in outline(from_text(prose(regulation))).articles}
    right = sum(1 for number, text in wanted.items() if got.get(number) == text)
    return Read(right, sum(1 for number in got if number in wanted), len(wanted))


def limits_read(pack: Pack, proposer: Proposer | None, make: Any) -> tuple[Read, Read]:
    """Limits and cadences read from the pack's own regulation, clause by clause.

    Twice: against the figures that the regulation itself gives, and against all of its rules,
    whose other figures the company filled in and no sentence holds.
    """
    articles = outline(from_text(pack.files["regulation.md"])).articles
    said, every = limits(pack, given=True), limits(pack, given=False)
    reader = proposer or make(tiers_in(articles))
    right = read = right_said = 0
    for article in articles:
        if article.id in pack.clauses:
            got = _got(reader, [article])
            read += len(got)
            right += len(got & every[article.id])
            right_said += len(got & said[article.id])
    return (
        Read(right_said, read, sum(map(len, said.values()))),
        Read(right, read, sum(map(len, every.values()))),
    )


def seed_limits(pack: Pack, text: str, make: Any, *, chapter: bool) -> Read:
    """Figures that a source and the pack made after it have in common, number by number."""
    articles = outline(from_text(text)).articles
    reader = make(tiers_in(articles))
    ours: dict[str, set[str]] = defaultdict(set)
    for clause, values in limits(pack, given=True).items():
        ours[_number(clause.partition("-")[2])] |= values
    theirs: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        path = article.id.removeprefix("C").split(".")[0 if chapter else 1 :]
        theirs[_number(".".join(path))].append(article)
    found = {number: _got(reader, theirs.get(number, [])) for number in ours}
    right = sum(len(found[number] & values) for number, values in ours.items())
    return Read(right, sum(map(len, found.values())), sum(map(len, ours.values())))


def _got(reader: Proposer, articles: Iterable[Article]) -> set[str]:
    return {
        normal(each.value(key))
        for article in articles
        for each in reader.proposals(article)
        for key in ("every", "within")
        if each.value(key)
    }


def limits(pack: Pack, *, given: bool) -> Mapping[str, set[str]]:
    """The figures of each clause's rules; ``given``: only those the regulation itself gives."""
    found: dict[str, set[str]] = defaultdict(set)
    for path, text in pack.files.items():
        if not path.startswith("rules/") and path != "pack.yaml":
            continue
        root = YAML(typ="safe", pure=True).load(text)
        for section in ("rules", "meetings", "reports", "drills"):
            for rule in root.get(section) or ():
                for value, ours in _values(pack, rule):
                    if not (given and ours):
                        found[rule["clause"]].add(value)
    return found


def _values(pack: Pack, rule: Mapping[str, Any]) -> Iterable[tuple[str, bool]]:
    """Each figure of a rule, and whether it is the company's own."""
    for key in ("every", "within"):
        value, ours = rule.get(key), bool(rule.get("inferred"))
        if isinstance(value, str) and value.startswith("$"):
            parameter = pack.parameters[value[1:]]
            value, ours = parameter.value, ours or parameter.open or parameter.inferred
        if value and not str(value).startswith(("on fact", "none", "end of period")):
            yield normal(str(value)), ours


def normal(value: str) -> str:
    """A limit without its date; a week is seven days."""
    body = value.split(" fact.", maxsplit=1)[0].removesuffix(" before").removesuffix(" roll")
    weeks = re.fullmatch(r"(\d+)w", body)
    return f"{int(weeks[1]) * 7}d" if weeks else body


def seed_clauses(text: str, rows: Path, prefix: str) -> Read:
    """Rows of the sources whose quoted words lie whole in one clause, and no row of another
    number with them. ``read``: rows whose words the source holds as they are quoted.
    """
    articles = outline(from_text(text)).articles
    whole = _bare(text)
    texts = [(_bare(each.lead + each.title + each.text), each.id) for each in articles]
    homes: dict[str, set[str]] = defaultdict(set)
    located: list[tuple[str, str]] = []
    there = 0
    with rows.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if not row["id"].startswith(prefix):
                continue
            there += 1
            parts = [_bare(part) for part in re.split(r"…|\.\.\.", row["quote"]) if _bare(part)]
            if not parts or not all(part in whole for part in parts):
                continue
            home = next((code for told, code in texts if all(p in told for p in parts)), "")
            number = _number(row["id"].partition("-")[2])
            homes[home].add(number)
            located.append((number, home))
    right = sum(1 for _number_, home in located if home and len(homes[home]) == 1)
    return Read(right, len(located), there)


def _number(code: str) -> str:
    found = re.match(r"[A-Z]?[\d.]*", code)
    return (found[0] if found else "").rstrip(".") or code


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
