"""What a writer of packs reads is what the program knows: `bihuan pack words` and the reference."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

import bihuan
from bihuan.config.commands.packs import pack_command, vocabulary
from bihuan.config.words import Halt
from bihuan.lib.policy.conditions import terms_of_fact
from bihuan.lib.policy.glossary import page

HOUSE = Path(bihuan.__file__).parent
DOCS = HOUSE.parents[1] / "docs"
ENDS = {"en": "", "zh": ".zh"}


def run(*words, lang="en"):
    return CliRunner().invoke(pack_command, ["words", *words], env={"BIHUAN_LANG": lang})


@pytest.mark.parametrize("lang", ENDS)
def test_the_page_of_words_is_what_the_command_prints(lang):
    written = (DOCS / f"pack-words{ENDS[lang]}.md").read_text("utf-8")
    again = f"bihuan --lang {lang} pack words > docs/pack-words{ENDS[lang]}.md"
    assert written == page(vocabulary(), lang) == run(lang=lang).stdout, again


def test_every_word_of_the_vocabulary_stands_on_the_page():
    known, text = vocabulary(), page(vocabulary(), "en")
    for kind in known.facts.values():
        at = text.index(f"### {kind.code}\n")
        part = text[at : text.find("\n#", at + 4)]
        assert set(re.findall(r"^\| `([a-z0-9_]+)`", part, re.MULTILINE)) == set(kind.fields)
    for subject, fields in known.subjects.items():
        assert all(f"| `{subject}.{name}` |" in text for name in fields)
    for codes in (known.duties, known.evidence, known.roles):
        assert all(f"| `{code}` |" in text for code in codes)


def test_a_fact_is_shown_with_every_name_of_its_conditions():
    known = vocabulary()
    told = run("fault.reported").stdout
    names = terms_of_fact(known, known.facts["fault.reported"]).names
    said = set(re.findall(r"`((?:fact|customer|asset|company)\.[a-z0-9_]+)`", told))
    plain = {name for name in names if ".has_" not in name}
    assert said >= plain
    assert "`fact.has_channel`" in told and "`fact.has_severity`" not in told


def test_a_word_is_looked_up_and_a_strange_one_is_answered_with_the_nearest():
    assert "`callback.routine`" in run("callback").stdout
    assert "例行回访" in run("例行回访", lang="zh").stdout
    wrong = run("fault.reportd")
    assert isinstance(wrong.exception, Halt) and "fault.reported" in wrong.exception.en


def read_by_screens():
    """The names of parameters that code of the apps asks for."""
    found = {"verify.customer", "verify.independent"}
    load = YAML(typ="safe", pure=True).load
    for file in HOUSE.glob("apps/*/data/*.yaml"):
        told = load(file.read_text("utf-8"))
        numbers = told.get("numbers") or {} if isinstance(told, dict) else {}
        found |= {row["parameter"] for row in numbers.values() if "parameter" in row}
    figures = load((HOUSE / "apps/callbacks/data/profile.yaml").read_text("utf-8"))
    found |= {f"callbacks.{name}" for name in figures["values"]}
    found |= {row["parameter"] for row in figures["talk"].values()}
    named = re.compile(r'"((?:arrivals|overdue|pause|verify|waive|waiver)\.[a-z_]+)"')
    for file in HOUSE.glob("apps/**/*.py"):
        if "/tests/" not in file.as_posix():
            found |= set(named.findall(file.read_text("utf-8")))
    return found


@pytest.mark.parametrize("end", ENDS.values())
def test_the_reference_names_the_parameters_that_screens_read(end):
    text = (DOCS / f"pack-language{end}.md").read_text("utf-8")
    table = re.search(r"<!-- parameters of screens -->\n((?:\|.*\n)+)", text)[1]
    assert set(re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)) == read_by_screens()
