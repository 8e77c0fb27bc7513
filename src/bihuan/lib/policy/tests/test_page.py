from __future__ import annotations

import re
from pathlib import Path

import pytest

from bihuan.lib.policy import keys

DOCS = Path(__file__).parents[5] / "docs"
# Lists that the page gives in parts.
_COMPOSED = {"RULE", "CADENCE", "MEETING", "REPORT", "DRILL", "GIVEN"}


def tables(page):
    found = {}
    for match in re.finditer(r"<!-- keys: (\w+) -->\n((?:\|.*\n)+)", page):
        rows = match[2].splitlines()[2:]
        found[match[1]] = [re.match(r"\|\s*`([^`]+)`", row)[1] for row in rows]
    return found


@pytest.mark.parametrize("name", ["pack-language.md", "pack-language.zh.md"])
def test_the_page_lists_exactly_the_words_of_the_code(name):
    said = tables((DOCS / name).read_text("utf-8"))
    known = {
        group: list(words)
        for group, words in vars(keys).items()
        if group.isupper() and isinstance(words, tuple) and group not in _COMPOSED
    }
    assert {group: sorted(words) for group, words in said.items()} == {
        group: sorted(words) for group, words in known.items()
    }
