"""Whatever a text holds, reading gives a pack or problems with their places."""

from __future__ import annotations

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.lib.policy import Pack, PackErrors, Vocabulary, check, read, run_cases
from bihuan.lib.policy.tests.packs import DAYS, FILES, VOCABULARY, words

WORDS = words()
SCRAPS = st.one_of(
    st.text(alphabet=":-[]{}\"'&*!#|>%@$,? \n\t\\.0123456789eEabc中", max_size=6),
    st.text(max_size=4),
    st.sampled_from(
        ["null", "[]", "{}", "99999999999999999999999", "1e999", ".nan", "~", "- -", "true", "$a",
         "2026-13-45", "!!binary aGk=", "<<: {a: 1}", "? [a]\n: b", "\x00", "\ud800", "0x1F",
         "end of period", "none", "3wd before fact.x", "%YAML 1.1\n---", "---\n", "...\n"]
    ),
)  # fmt: skip


@st.composite
def spoilt(draw, texts):
    files = dict(texts)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(sorted(files)))
        text = files[path]
        first = draw(st.integers(0, len(text)))
        last = min(len(text), first + draw(st.integers(0, 30)))
        files[path] = text[:first] + draw(SCRAPS) + text[last:]
    return files


@st.composite
def revalued(draw, texts):
    """One value replaced by another of any kind, the rest left readable."""
    files = dict(texts)
    path = draw(st.sampled_from(sorted(files)))
    lines = files[path].splitlines()
    at = draw(st.integers(0, len(lines) - 1))
    head, colon, _ = lines[at].partition(": ")
    if colon:
        lines[at] = head + colon + draw(SCRAPS).replace("\n", " ")
    files[path] = "\n".join(lines) + "\n"
    return files


@settings(max_examples=int(os.environ.get("BIHUAN_FUZZ", "100")), deadline=None)
@given(st.one_of(spoilt(FILES), revalued(FILES)))
def test_a_spoilt_pack_is_read_or_refused(files):
    try:
        found = read(files, WORDS)
    except PackErrors as error:
        assert error.problems
        assert all(p.file and p.code and p.zh and p.en for p in error.problems)
        return
    assert isinstance(found, Pack)
    # What can be read can be checked and tried without a crash.
    check(found)
    run_cases(found, DAYS)
    for rule in found.rules.values():
        rule.card("zh")
        rule.card("en")


@settings(max_examples=int(os.environ.get("BIHUAN_FUZZ", "50")), deadline=None)
@given(st.one_of(spoilt(VOCABULARY), revalued(VOCABULARY)))
def test_a_spoilt_vocabulary_is_read_or_refused(files):
    try:
        found = Vocabulary.read(files)
    except PackErrors as error:
        assert error.problems
        return
    try:
        read(FILES, found)
    except PackErrors as error:
        assert error.problems
