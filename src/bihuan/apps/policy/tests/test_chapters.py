"""The regulation is read chapter by chapter, however its clauses are counted."""

from __future__ import annotations

import pytest

from bihuan.apps.policy import pages
from bihuan.apps.policy.actions import shipped
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import read


def chapters(code: str, lang: str) -> list[tuple[str, str, int]]:
    pack = read(dict(shipped(code)), vocabulary())
    return [(each.number, each.title, len(each.articles)) for each in pages.chapters(pack, lang)]


def test_clauses_without_a_dot_stand_under_their_heading_in_the_text():
    assert chapters("general", "en") == [
        ("", "General", 1), ("一之一", "Goals", 4), ("一之二", "Principles", 6), ("二之一", "Three levels of duty", 7),
        ("二之二", "Working together", 4), ("三之一", "Everyday contact", 10),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "many"), [("centrifuge", 14), ("machinery", 12), ("automation", 7)]
)
def test_clauses_with_a_dot_are_grouped_by_the_number_before_it(code: str, many: int):
    found = chapters(code, "zh")
    assert len(found) == many
    assert all(number and title for number, title, _clauses in found)
