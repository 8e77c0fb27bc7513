"""The table of ways and the choice of a person, without database."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.tickets.lines.rules import (
    AWAY,
    BUSIER,
    FULL,
    HIDDEN,
    UNSKILLED,
    Case,
    Hand,
    Way,
    beginnings,
    choose,
    find,
    without_names,
)  # fmt: skip

COOLING = Way(1, 10, line=1, kind="FAULT", family="LARGE", skill="cooling", assign=True)
GOLD = Way(2, 11, line=1, tier="GOLD")
REST = Way(3, 12, line=1)


def test_the_first_fitting_row_decides_and_the_losers_say_why():
    found = find(Case(1, "FAULT", family="LARGE", tier="GOLD"), [COOLING, GOLD, REST])
    assert found.way == COOLING
    assert [(each.way, each.by) for each in found.lost] == [(2, "place"), (3, "place")]
    found = find(Case(1, "CONSULT", tier="SILVER"), [COOLING, GOLD, REST])
    assert found.way == REST
    assert [(each.way, each.by) for each in found.lost] == [(1, "kind"), (2, "tier")]
    assert find(Case(2, "FAULT"), [COOLING, GOLD, REST]).way is None


def test_the_least_loaded_who_is_there_and_has_learned_it():
    hands = [
        Hand(1, frozenset({"cooling"}), load=5), Hand(2, frozenset({"cooling"}), load=2),
        Hand(3, frozenset(), load=0), Hand(4, frozenset({"cooling"}), away=True), Hand(5, frozenset({"cooling"}), load=2),
    ]  # fmt: skip
    choice = choose(hands, skill="cooling")
    assert (choice.person, choice.load) == (2, 2)
    assert {each.pk: each.by for each in choice.passed} == {
        1: BUSIER,
        3: UNSKILLED,
        4: AWAY,
        5: BUSIER,
    }
    assert choose(hands, skill="cooling", most=2).person is None
    assert {each.by for each in choose(hands, skill="cooling", most=2).passed} == {
        AWAY,
        UNSKILLED,
        FULL,
    }


HANDS = st.lists(
    st.builds(Hand, st.integers(1, 20), st.frozensets(st.sampled_from("ab")), st.booleans(), st.integers(0, 9)),
    unique_by=lambda hand: hand.pk,
)  # fmt: skip


@given(HANDS, st.sampled_from(["", "a", "b"]), st.integers(0, 9))
def test_nobody_away_unskilled_or_full_ever_gets_it_and_everybody_is_accounted_for(
    hands, skill, most
):
    choice = choose(hands, skill=skill, most=most)
    assert len(choice.passed) + (choice.person is not None) == len(hands)
    fit = [
        h
        for h in hands
        if not h.away and (not skill or skill in h.skills) and not (most and h.load >= most)
    ]
    if choice.person is None:
        assert fit == []
    else:
        assert choice.load == min(hand.load for hand in fit)
        assert choice.person in {hand.pk for hand in fit}


def test_what_names_somebody_is_hidden():
    names = {"金陵泵业股份有限公司", "金陵泵业", "许工", "一"}
    text = "金陵泵业股份有限公司许工（13912345520，xu@jlby.cn，025-84561234，+49 170 1234567）说转速 12000，第一台 8L240001，WX-20260310-0007，2026-03-10 起"
    hidden = without_names(text, names)
    for each in ("金陵", "许工", "13912345520", "139", "xu@", "84561234", "170"):
        assert each not in hidden
    for each in ("12000", "8L240001", "WX-20260310-0007", "2026-03-10", "第一台"):
        assert each in hidden
    assert HIDDEN in hidden


def test_what_a_company_is_called_for_short_names_it_too():
    assert beginnings("小河制药厂") == {"小河制药厂", "小河制药"}
    assert beginnings("金陵泵业") == {"金陵泵业"}
    assert beginnings("三一") == {"三一"}
    assert beginnings("Nordlicht GmbH") == {"Nordlicht GmbH"}
    hidden = without_names("小河制药轴承发热", beginnings("小河制药厂"))
    assert hidden == f"{HIDDEN}轴承发热"


@given(
    st.text(max_size=60),
    st.sets(st.text(min_size=2, max_size=6).map(str.strip).filter(lambda t: len(t) >= 2)),
)
def test_no_name_survives(text, names):
    hidden = without_names(text + "".join(sorted(names)), names)
    assert not any(
        name in hidden for name in names if HIDDEN not in name and name not in HIDDEN * 40
    )
