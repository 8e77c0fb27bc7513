"""The pure parts of a trial: the limits it tries beside a rule's own, and what it judges apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.obligations.trial.reading import _joined
from bihuan.apps.obligations.trial.tally import variants
from bihuan.lib.workcal.duration import Duration


@given(st.integers(1, 400), st.sampled_from(["min", "h", "wmin", "wh", "wd", "d"]))
def test_the_neighbours_of_a_limit_grow_and_hold_the_limit_itself(amount, unit):
    own = Duration.parse(f"{amount}{unit}")
    found = variants(own)
    assert len({str(each) for each in found}) == len(found)
    minutes = {"min": 1, "wmin": 1, "h": 60, "wh": 60, "wd": 1440, "d": 1440}
    sizes = [each.amount * minutes[each.unit] for each in found]
    assert sizes == sorted(sizes)
    assert own.amount * minutes[own.unit] in sizes


@given(st.lists(st.lists(st.integers(1, 12), min_size=2, max_size=3), max_size=8))
def test_what_is_linked_by_any_way_is_one_group(links):
    groups = _joined(links)
    seen = [each for group in groups for each in group]
    assert len(seen) == len(set(seen)) == len({each for link in links for each in link})
    for link in links:
        assert any(set(link) <= group for group in groups)
