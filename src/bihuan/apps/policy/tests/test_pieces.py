"""One entry of a draft is taken out, changed and put back without touching another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.policy.errors import BadEdit
from bihuan.lib.policy.pieces import added_after, piece_at, replaced

WORDS = st.text(
    st.characters(
        codec="utf-8",
        exclude_characters="\r\n\t\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029",
        exclude_categories=["Cs", "Cc"],
    ),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() == text and text[0] not in "#-")
ENTRIES = st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=5)


@given(ENTRIES, st.data())
def test_an_entry_put_back_as_it_was_changes_nothing_and_others_stay(entries, data):
    lines = ["rules:"]
    starts = []
    for number, words in enumerate(entries):
        if data.draw(st.booleans()):
            lines.append(f"  # about {number}")
        starts.append(len(lines) + 1)
        lines += [f"  - id: r{number}", *(f"    k{n}: {word}" for n, word in enumerate(words))]
        lines += [""] * data.draw(st.integers(0, 2))
    text = "\n".join(lines).rstrip("\n") + "\n"
    chosen = data.draw(st.integers(0, len(entries) - 1))
    piece = piece_at(text, starts[chosen])
    assert f"id: r{chosen}" in piece.text
    assert not any(
        f"id: r{other}\n" in piece.text for other in range(len(entries)) if other != chosen
    )
    assert replaced(text, piece, piece.text) == text
    more = added_after(text, piece, f"- id: new\n  k: {entries[0][0]}")
    assert (
        replaced(more, piece_at(more, more[: more.index("- id: new")].count("\n") + 1), "") == text
    )


def test_there_is_no_entry_beyond_the_text():
    for line in (0, 3, -1):
        with pytest.raises(BadEdit):
            piece_at("a: 1\n", line)
