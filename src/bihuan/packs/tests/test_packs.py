"""The shipped packs: they read, pass their checks, and every sentence of their cases holds."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bihuan.lib.policy import (
    Pack,
    Rule,
    Telling,
    Vocabulary,
    check,
    coverage,
    from_folder,
    read,
    respond,
    run_case,
    run_cases,
)  # fmt: skip
from bihuan.lib.policy.cases import telling_of
from bihuan.lib.workcal import Calendar, china

PACKS = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("BIHUAN_SHARED", PACKS.parents[3] / "shared"))
CODES = ("centrifuge", "instruments", "machinery", "general", "automation")
# Which rows of the sources a pack answers for, and the source it must not copy.
ROWS = {
    "centrifuge": ("S0-", "000_*"),
    "instruments": ("S1-", "001_*"),
    "machinery": ("S2", "002_*"),
    "general": ("S3-", "003_*"),
    "automation": ("S4-", "004_*"),
}
# Figures that stand in the source and so in a parameter.
FIGURES = {
    "centrifuge": {
        "fault.phone": "4h", "fault.attend": "24h", "optimise.proposal": "3wd",
        "optimise.plan": "7wd",
    },
    "instruments": {
        "node.start": "24h", "strategic.amount": "5000000", "l1.share": "0.3", "l1.years": "5",
        "l2.share": "0.1", "l2.years": "2", "l1.onsite": ">=60%", "l2.phone": "50%",
        "l2.onsite": "30%", "l2.online": "20%", "l2.response": "48h", "l3.delivery": "7d",
        "l3.phone": "70%", "l3.survey": "30%", "brief.lead": "3wd",
    },
    "general": {
        "satisfaction.target": "90%", "repurchase.target": "60%", "referral.target": "30%",
        "growth.target": "20%", "contact.every": "month", "topic.every": "quarter",
        "sponsor.least": "3", "sponsor.most": "5", "joint.every": "month",
        "joint.in": "last week of month", "mystery.every": "quarter", "callback.key": "month",
        "callback.ordinary": "quarter", "talk.business": "30%", "talk.needs": "30%",
        "talk.life": "30%", "talk.value": "10%",
    },
    "machinery": {
        "order.check": "15wmin", "order.overdue": "48h", "order.callback.share": "100%",
        "remote.share": "60%", "needs.count": "19", "carpet.points": "6",
        "repurchase.near": "5", "repurchase.far": "10",
    },
    "automation": {"fault.response": "24h"},
}  # fmt: skip
ANCHOR = re.compile(r"^#{2,4} .*\{#([A-Za-z0-9.-]+)\}$", re.MULTILINE)
COPIED = 12


class Plain:
    """The calendars that need no database."""

    known: Mapping[str, Calendar] = {"cn": china(), "24x7": Calendar.always()}

    def for_(self, name: str, sections: Mapping[str, Mapping[str, Any]]) -> Calendar:
        return self.known[name]


@cache
def vocabulary() -> Vocabulary:
    folder = PACKS / "vocabulary"
    return Vocabulary.read({path.name: path.read_text("utf-8") for path in folder.glob("*.yaml")})


@cache
def pack_of(code: str) -> Pack:
    return read(from_folder(PACKS / code), vocabulary())


@pytest.fixture(params=CODES)
def code(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pack(code: str) -> Pack:
    return pack_of(code)


def test_the_pack_may_take_force(pack: Pack) -> None:
    assert [str(problem) for problem in check(pack)] == []


def test_every_case_holds(pack: Pack) -> None:
    results = run_cases(pack, Plain())
    assert [result.sentence() for result in results if not result.ok] == []
    assert len(results) >= len(pack.clauses)


def test_every_rule_arises_in_some_case(pack: Pack) -> None:
    arisen: set[str] = set()
    for case in pack.cases:
        arisen |= {duty.rule for duty in run_case(pack, case, Plain()).duties}
    prepared = {rule for rule in pack.rules if rule.endswith(".prepare")}
    assert set(pack.rules) - arisen - prepared == set()


def test_a_rule_with_a_condition_is_also_shown_not_to_arise(pack: Pack) -> None:
    """A rule that nothing ever holds back would pass every positive case."""
    silent: set[str] = set()
    for case in pack.cases:
        if not {"fact", "period"} & set(case.given):
            continue
        told = telling_of(pack, case.given, "case")
        arisen = {duty.rule for duty in respond(pack, told, Plain()).duties}
        silent |= {
            rule.id
            for rule in pack.rules.values()
            if rule.id not in arisen and (told.kind in rule.when or _turns(rule, told))
        }
    held_back = {rule.id for rule in pack.rules.values() if rule.conditions or rule.tiers}
    assert held_back - silent == set()


def _turns(rule: Rule, told: Telling) -> bool:
    begins = told.sections["fact"].get(f"{rule.every}_begins", False)
    return bool(rule.every and begins) and told.nearest == rule.of


def test_no_condition_fails_in_any_case(pack: Pack) -> None:
    for case in pack.cases:
        if {"fact", "period"} & set(case.given):
            told = telling_of(pack, case.given, "case")
            assert respond(pack, told, Plain()).failures == (), case.name


def test_each_row_of_the_source_is_carried(code: str, pack: Pack) -> None:
    rows = SHARED / "clauses.csv"
    if not rows.exists():
        pytest.skip("the list of requirements is not here")
    prefix, _source = ROWS[code]
    text = rows.read_text("utf-8").replace("\0", "")
    ids = [row[0] for row in csv.reader(text.splitlines()) if row and row[0].startswith(prefix)]
    assert list(pack.clauses) == ids
    found = coverage(pack, ids)
    assert not found.missing
    assert not found.strange


def test_what_is_not_carried_yet_names_the_app_that_will(pack: Pack) -> None:
    for clause in pack.clauses.values():
        if clause.carried in ("not_yet", "screen", "document", "report", "manual"):
            assert clause.by, clause.id


def test_the_regulation_has_one_place_for_each_clause(code: str, pack: Pack) -> None:
    text = (PACKS / code / "regulation.md").read_text("utf-8")
    assert ANCHOR.findall(text) == list(pack.clauses)


def test_regulation_and_clauses_say_the_same(code: str, pack: Pack) -> None:
    text = (PACKS / code / "regulation.md").read_text("utf-8")
    for clause in pack.clauses.values():
        heading = f"### {clause.number} {clause.title.zh} {{#{clause.id}}}\n\n{clause.text.zh}\n"
        assert heading in text, clause.id


def test_no_sentence_of_the_source_is_copied(code: str) -> None:
    _prefix, pattern = ROWS[code]
    sources = sorted((SHARED / "seeds").glob(pattern))
    if not sources:
        pytest.skip("the source is not here")
    theirs = "".join(_letters(path.read_text("utf-8")) for path in sources)
    files = [*(PACKS / code).rglob("*.yaml"), PACKS / code / "regulation.md"]
    for path in files:
        for line in path.read_text("utf-8").splitlines():
            copied = next((part for part in _parts(line) if part in theirs), "")
            assert not copied, f"{path.name}: {copied}"


def _letters(text: str) -> str:
    return "".join(re.findall(r"[\u4e00-\u9fff]+", text))


def _parts(line: str) -> Iterator[str]:
    """Every run of twelve Chinese characters, whatever stands between them."""
    letters = _letters(line)
    for start in range(len(letters) - COPIED + 1):
        yield letters[start : start + COPIED]


def test_each_duty_of_a_rule_can_be_proved(pack: Pack) -> None:
    for rule in pack.rules.values():
        assert rule.proof.kinds, rule.id
        assert rule.ladder, f"{rule.id} escalates to nobody"
        assert "up" not in {step.tell for step in rule.ladder}, rule.id


def test_the_figures_of_the_regulation_are_parameters(code: str, pack: Pack) -> None:
    figures = FIGURES[code]
    assert {name: str(pack.parameters[name].value) for name in figures} == figures


def test_roles_and_proofs_of_the_vocabulary_are_whole() -> None:
    words = vocabulary()
    assert {role.of for role in words.roles.values()} <= {
        "company", "region", "customer", "person", "fact",
    }  # fmt: skip
    for role in words.roles.values():
        climbed = {role.code}
        while role.up:
            assert role.up not in climbed, role.code
            climbed.add(role.up)
            role = words.roles[role.up]
    for kind in words.facts.values():
        assert kind.title.zh, kind.code
        assert kind.app, kind.code
        assert all(field.title.zh for field in kind.fields.values()), kind.code
