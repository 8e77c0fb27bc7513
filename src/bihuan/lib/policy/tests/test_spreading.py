from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.policy.spreading import Due, room, spread

WEEKS = 6
NAMES = ("li", "sun")
dues = st.lists(
    st.tuples(
        st.integers(0, WEEKS - 1), st.integers(1, 3), st.integers(0, 90), st.sampled_from(NAMES)
    ),
    max_size=40,
)
day_lists = st.lists(st.integers(0, 6), min_size=WEEKS, max_size=WEEKS)
figures = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 12))
standing = st.dictionaries(
    st.sampled_from(NAMES), st.dictionaries(st.integers(0, WEEKS - 1), st.integers(0, 5))
)


def named(rows):
    return [
        Due(last, (tier, -days), f"d{n}", who) for n, (last, tier, days, who) in enumerate(rows)
    ]


def loads(duties, found, fixed):
    count = {who: Counter(fixed.get(who, {})) for who in NAMES}
    for each in duties:
        count[each.who][found.weeks[each.key]] += 1
    return count


@given(dues, day_lists, figures, standing)
def test_every_duty_is_placed_within_its_period(rows, days, per_week, fixed):
    duties = named(rows)
    found = spread(duties, days, per_week, fixed)
    assert set(found.weeks) == {each.key for each in duties}
    assert all(0 <= found.weeks[each.key] <= each.last for each in duties)


@given(dues, day_lists, figures, standing)
def test_no_week_is_above_capacity_unless_named(rows, days, per_week, fixed):
    duties = named(rows)
    found = spread(duties, days, per_week, fixed)
    for who, count in loads(duties, found, fixed).items():
        if who not in per_week or not any(each.who == who for each in duties):
            assert who not in found.excess
            continue
        over = {w: n - room(per_week[who], days[w]) for w, n in count.items()}
        assert found.excess.get(who, {}) == {w: n for w, n in over.items() if n > 0}


@given(dues, day_lists, figures)
def test_there_is_excess_only_where_the_weeks_have_no_room(rows, days, per_week):
    duties = named(rows)
    found = spread(duties, days, per_week, {})
    for who, over in found.excess.items():
        mine = [each for each in duties if each.who == who]
        short = max(
            sum(each.last <= week for each in mine)
            - sum(room(per_week[who], days[w]) for w in range(week + 1))
            for week in range(WEEKS)
        )
        assert sum(over.values()) == short > 0


@given(dues, day_lists, figures, standing, st.randoms())
def test_the_order_of_telling_does_not_matter(rows, days, per_week, fixed, chance):
    duties = named(rows)
    mixed = list(duties)
    chance.shuffle(mixed)
    assert spread(mixed, days, per_week, fixed) == spread(duties, days, per_week, fixed)


def test_the_most_urgent_come_first_and_the_load_is_level():
    rows = [(3, tier, days, "li") for tier in (1, 2) for days in (10, 80)] * 2
    found = spread(named(rows), [5] * 4, {"li": 10}, {})
    assert Counter(found.weeks.values()) == {0: 2, 1: 2, 2: 2, 3: 2}
    order = sorted(named(rows))
    assert [found.weeks[each.key] for each in order] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_a_holiday_week_takes_nothing():
    found = spread(named([(2, 1, 0, "li")] * 4), [0, 5, 5], {"li": 2}, {})
    assert Counter(found.weeks.values()) == {1: 2, 2: 2}
    assert found.excess == {}
