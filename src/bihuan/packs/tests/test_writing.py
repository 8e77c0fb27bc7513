"""How well a regulation in prose is read: measured, held, and told in docs/writing-a-pack.md."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

import pytest

from bihuan.lib.policy import Vocabulary, from_folder, read
from bihuan.lib.policy.writing import Lexicon, Proposer
from bihuan.packs.tests import measuring

PACKS = Path(__file__).resolve().parents[1]
ROOT = PACKS.parents[2]
SHARED = Path(os.environ.get("BIHUAN_SHARED", ROOT.parent / "shared"))
SEEDS = {"S0": "000_*", "S1": "001_*", "S2": "002_*", "S3": "003_*", "S4": "004_*"}
needs_seeds = pytest.mark.skipif(not (SHARED / "seeds").is_dir(), reason="the sources are not here")


@cache
def vocabulary():
    folder = PACKS / "vocabulary"
    return Vocabulary.read({path.name: path.read_text("utf-8") for path in folder.glob("*.yaml")})


def pack_of(code):
    return read(from_folder(PACKS / code), vocabulary())


def proposer(tiers=()):
    text = (PACKS / "vocabulary" / "words.yaml").read_text("utf-8")
    return Proposer(Lexicon.read(text, vocabulary()), vocabulary(), tiers)


def seed(prefix):
    return next((SHARED / "seeds").glob(SEEDS[prefix])).read_text("utf-8")


def told():
    """The figures that the page tells, by row: right, read, there."""
    page = (ROOT / "docs" / "writing-a-pack.md").read_text("utf-8")
    found = re.findall(r"^\| ([a-z0-9 -]+) \| (\d+) \| (\d+) \| (\d+) \|", page, re.MULTILINE)
    return {name: measuring.Read(*map(int, figures)) for name, *figures in found}


@pytest.mark.parametrize("code", ["centrifuge", "instruments"])
def test_a_shipped_regulation_is_split_and_its_limits_are_read(code):
    pack = pack_of(code)
    clauses = measuring.split_right(pack)
    given, every = measuring.limits_read(pack, None, proposer)
    assert clauses.recall > 0.95
    assert every.precision >= 0.9
    assert given.recall >= 0.9
    assert told()[f"{code} clauses"] == clauses
    assert told()[f"{code} figures given"] == given
    assert told()[f"{code} all figures"] == every


@needs_seeds
@pytest.mark.parametrize("prefix", ["S0", "S1", "S3", "S4"])
def test_the_clauses_of_a_source_are_split(prefix):
    found = measuring.seed_clauses(seed(prefix), SHARED / "clauses.csv", prefix)
    assert found.precision > 0.9
    assert told()[f"source {prefix.lower()} clauses"] == found


@needs_seeds
@pytest.mark.parametrize(("prefix", "code"), [("S0", "centrifuge"), ("S1", "instruments")])
def test_the_limits_of_a_source_are_those_of_the_pack_made_after_it(prefix, code):
    found = measuring.seed_limits(pack_of(code), seed(prefix), proposer, chapter=prefix == "S0")
    assert found.precision > 0.9
    assert found.read >= 10
    assert told()[f"source {prefix.lower()} figures"] == found
