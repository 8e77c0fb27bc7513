from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.knowledge.differences import changes
from bihuan.apps.knowledge.tests.factories import content

TEXT = st.text(alphabet="停机断电a1\n ", max_size=40)


def test_a_changed_word_is_found_within_its_line():
    found = changes(
        content(remedy="1. 停机\n2. 配平到 1 克"), content(remedy="1. 停机\n2. 配平到 2 克")
    )
    assert [each.field for each in found] == ["remedy"]
    (line,) = found[0].lines
    assert [(piece.sign, piece.text) for piece in line] == [("", "2. 配平到 "), ("-", "1"), ("+", "2"), ("", " 克")]  # fmt: skip


def test_lines_that_have_nothing_in_common_are_shown_whole():
    found = changes(content(body="甲乙丙\n丁"), content(body="戊己庚\n丁\n辛"))
    assert [[(p.sign, p.text) for p in line] for line in found[0].lines] == [[("-", "甲乙丙")], [("+", "戊己庚")], [("+", "辛")]]  # fmt: skip


@given(TEXT, TEXT)
def test_what_is_gone_and_new_is_what_differs(old, new):
    found = changes(content(body=old), content(body=new))
    assert bool(found) == (old != new)
    for each in found:
        stayed_or_new = "".join(p.text for line in each.lines for p in line if p.sign != "-")
        stayed_or_gone = "".join(p.text for line in each.lines for p in line if p.sign != "+")
        assert set(stayed_or_new) <= set(new)
        assert set(stayed_or_gone) <= set(old)
