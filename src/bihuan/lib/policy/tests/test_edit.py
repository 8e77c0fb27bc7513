from __future__ import annotations

import pytest

from bihuan.lib.policy import BadEdit
from bihuan.lib.policy.edit import append, get_value, remove, set_value
from bihuan.lib.policy.tests.packs import PACK, RULES

TEXT = """\
# the head
pack: x
answer: no      # a word, not false
time: 4:30
list:
  - {id: a, within: 4h}   # promise
  - id: b
    within: "3wd"
# the end
"""


def test_only_the_value_changes():
    found = set_value(TEXT, ["list", "a", "within"], "2h")
    assert found == TEXT.replace("within: 4h", "within: 2h")
    assert set_value(TEXT, ["list", 1, "within"], "5wd") == TEXT.replace('"3wd"', '"5wd"')


def test_a_whole_pack_survives_an_edit_and_back():
    for text, path in (
        (PACK, ["parameters", "fault.phone", "value"]),
        (RULES, ["rules", "fault.phone", "severity"]),
    ):
        was = get_value(text, path)
        changed = set_value(text, path, "CHANGED")
        assert get_value(changed, path) == "CHANGED"
        assert set_value(changed, path, was) == text


def test_words_are_quoted_where_they_would_change_their_meaning():
    for value in (
        "no",
        "4:30",
        "yes: no",
        "1",
        "a # b",
        "null",
        "2026-01-01",
        "",
        "中文",
        "-x",
        "[a",
    ):
        found = set_value(TEXT, ["answer"], value)
        assert get_value(found, ["answer"]) == value or str(get_value(found, ["answer"])) == value
        assert "      # a word, not false" in found
    assert "answer: 2.5 " in set_value(TEXT, ["answer"], 2.5)
    assert get_value(set_value(TEXT, ["fresh"], 1), ["fresh"]) == 1


def test_entries_come_and_go():
    longer = append(TEXT, ["list"], {"id": "c", "within": "1d"})
    assert get_value(longer, ["list", "c", "within"]) == "1d"
    assert "# promise" in longer
    assert get_value(remove(longer, ["list", "c"]), ["list"]) == get_value(TEXT, ["list"])


@pytest.mark.parametrize(
    "path", [[], ["nothing", "here"], ["list", "z", "within"], ["list", 9], ["pack", "x"]]
)
def test_a_path_that_leads_nowhere_is_refused(path):
    with pytest.raises(BadEdit):
        set_value(TEXT, path, 1)


def test_a_broken_text_is_refused():
    with pytest.raises(BadEdit):
        set_value("a: [", ["a"], 1)
