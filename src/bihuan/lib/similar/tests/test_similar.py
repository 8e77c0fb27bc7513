from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.similar import Case, Memory, Pair, chances, normal, similar
from bihuan.lib.similar.texts import pieces, said_otherwise

TEXTS = st.text(alphabet="轴承振动异响电机过热。，e07 \n", max_size=40)


def keys(text, *cases, **values):
    return [each.key for each in similar(text, Memory(cases), **values)]


def test_texts_are_compared_in_one_width_and_case():
    assert normal("Ｅ０７　报警\n异响") == "e07 报警\n异响"
    assert pieces("e07轴承座 a-1") == ["e07", "轴承", "承座", "轴承座", "a-1"]
    assert said_otherwise("抖得厉害", [("抖", "振动"), ("抖得厉害", "振动大")]) == "振动大"


def test_a_pair_is_likelier_the_nearer_and_in_its_order():
    pair = Pair("轴承", "异响")
    said = ["轴承异响", "轴承有异响", "轴承正常。电机有异响", "轴承正常。皮带正常。电机有异响"]
    found = [chances(text, [pair])[pair] for text in said]
    assert found == sorted(found, reverse=True)
    assert chances("异响来自轴承", [pair])[pair] < found[1]
    assert all(0 < each < 1 for each in found)
    assert chances("轴承正常", [pair]) == {}


def test_a_word_within_a_longer_known_word_says_less():
    short, long = Pair("电机", "过热"), Pair("电机轴承", "过热")
    found = chances("电机轴承过热", [short, long])
    assert found[long] > 2 * found[short]
    assert chances("轴承座", [Pair("轴承", "承座")]) == {}


def test_the_same_pair_goes_before_the_same_words():
    same = Case.of(1, "别的话", [("主轴承", "异响")])
    words = Case.of(2, "客户说升速以后声音不对，主轴承正常", [("门锁", "卡死")])
    assert keys("客户说升速以后主轴承异响", words, same)[0] == 1


def test_of_equals_the_newest_comes_first_and_nothing_fits_nothing():
    cases = [Case.of(key, "异响", [("轴承", "异响")]) for key in (1, 2, 3)]
    assert keys("轴承异响", *cases) == [3, 2, 1]
    assert keys("轴承异响", *cases, limit=1) == [3]
    assert keys("", *cases) == keys("完全无关的文字", *cases) == []


def test_a_case_is_put_renewed_and_dropped_without_the_others():
    memory = Memory([Case.of(1, "", [("轴承", "异响")]), Case.of(2, "", [("轴承", "异响")])])
    memory.put(Case.of(1, "", [("电机", "过热")]))
    assert [each.key for each in similar("电机过热", memory)] == [1]
    memory.drop(2)
    memory.drop(99)
    assert similar("轴承异响", memory) == []


@given(TEXTS, st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=5))
def test_any_text_against_any_cases_gives_an_order(text, cases):
    memory = Memory(Case.of(key, a, [(b, c)]) for key, (a, b, c) in enumerate(cases))
    found = similar(text, memory)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert len({each.key for each in found}) == len(found) <= len(cases)


@pytest.mark.parametrize("text", ["的" * 100_000, "轴承异响" * 2000, "\x00" * 50, "𠮷" * 500])
def test_an_endless_text_is_cut(text):
    assert len(keys(text, Case.of(1, text, [("轴承", "异响")]))) <= 1
