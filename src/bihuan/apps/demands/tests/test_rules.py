"""The words that speak for a class; what a decision needs; what proves a telling."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.demands import classes
from bihuan.apps.demands.enums import OUTCOMES, UNENDED, Channel, Decision, State
from bihuan.apps.demands.rules import (
    MOVES,
    Class,
    after_no,
    guesses,
    lacking,
    marked,
    middle,
    proposal,
    proves,
)  # fmt: skip

TODAY = date(2026, 9, 30)
A, B = Class("A", ("噪音", "噪音太大", "speed")), Class("B", ("培训", "教"))


def test_the_words_that_spoke_are_named_and_a_longer_one_swallows_its_part():
    assert [(g.code, g.spoke) for g in guesses("夜班噪音太大", [A, B])] == [("A", ("噪音太大",))]


def test_latin_words_stand_alone():
    assert guesses("speedy", [A]) == []
    assert guesses("More SPEED, please", [A])[0].spoke == ("speed",)


def test_a_tie_proposes_nothing():
    assert proposal(guesses("噪音和培训", [A, B])) is None
    assert proposal(guesses("噪音，要培训，教一下", [A, B])).code == "B"
    assert proposal([]) is None


@given(st.text(max_size=80))
def test_a_guess_names_only_words_of_the_text_and_marking_loses_nothing(text):
    found = guesses(text, classes.classes())
    words = [word for each in found for word in each.spoke]
    assert all(word.lower() in text.lower() for word in words)
    assert "".join(piece for piece, _spoke in marked(text, words)) == text


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("希望延长账期，付款方式改一改", "TERMS"), ("新员工多，想再培训一次，最好有视频", "TRAINING"),
        ("二期扩产想买两台，先给报价", "PURCHASE"), ("能不能在本地备件库放常用件", "PARTS"),
        ("The data export of the interface is slow", "SOFTWARE"), ("工程师到场太慢", "SERVICE"),
    ],
)  # fmt: skip
def test_shipped_words_hear_what_people_say(said, topic):
    assert classes.proposed(said)[0].code == topic


def test_a_kind_is_only_ever_a_hint():
    assert classes.kind_heard("想买一台，请报价").code == "INTENT"
    assert classes.kind_heard("谢谢") is None


@given(
    st.sampled_from(list(Decision)), st.lists(st.none() | st.integers(0, 6), min_size=3, max_size=3),
    st.text(max_size=5), st.none() | st.dates(), st.booleans(),
)  # fmt: skip
def test_a_decision_is_whole_or_says_what_it_lacks(decision, scores, words, day, other):
    missing = lacking(
        decision, scores=scores, words=words, planned_for=day, other=other, today=TODAY
    )
    scored = all(score in (1, 2, 3, 4, 5) for score in scores)
    assert ("scores" in missing) == (decision != Decision.LATER and not scored)
    assert ("words" in missing) == (decision == Decision.DECLINED and not words.strip())
    assert ("planned_for" in missing) == (
        decision == Decision.PLANNED and (day is None or day < TODAY)
    )
    assert ("into" in missing) == (decision == Decision.MERGED and not other)


@given(st.sampled_from(list(Channel)), st.booleans(), st.text(max_size=5))
def test_talk_alone_proves_nothing(channel, recording, said):
    spoken = channel in (Channel.PHONE, Channel.ONSITE)
    assert bool(proves(channel, recording=recording, said=said)) == (
        not spoken or recording or bool(said.strip())
    )


def test_every_end_is_one_of_the_closed_set():
    assert set(UNENDED) | set(OUTCOMES) == set(State)
    assert all(set(states) <= set(State) for states in MOVES.values())
    assert after_no(State.DELIVERED) == State.ACCEPTED
    assert {after_no(state) for state in OUTCOMES} == {State.ACCEPTED, State.NEW}


def test_the_middle():
    assert middle([]) is None
    assert middle([3, 1, 2, 6]) == 2.5
