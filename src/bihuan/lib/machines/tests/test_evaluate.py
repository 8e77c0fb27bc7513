"""Alarms as a machine's people see them: one for one cause, and over only when it is over."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bihuan.lib.machines import BadTemplate, Cause, read
from bihuan.lib.machines.evaluate import Evaluator, Event
from bihuan.lib.machines.judge import Bounds, judge


def written(**alarms):
    words = {"zh": "甲", "en": "a"}
    rules = {
        "hot": {"kind": "LIMIT", "class": "HIGH", "point": "TEMP", "above": 70, "clear": 66, "for": "30s", "settled": "1min"},
        **alarms,
    }  # fmt: skip
    return {
        "code": "thing", "version": 1, "title": words, "every": "10s", "silent": "10min",
        "points": {
            "TEMP": {"title": words, "unit": "℃", "range": [-40, 250]},
            "SPEED": {"title": words, "unit": "r/min", "range": [0, 9000]},
            "SET": {"title": words, "unit": "r/min", "range": [0, 9000]},
            "HOURS": {"title": words, "unit": "h", "range": [0, 1e6], "counter": True},
        },
        "states": {
            "IDLE": {"title": words, "when": [{"point": "SPEED", "below": 50}]},
            "AT_SPEED": {"title": words, "when": [{"point": "SPEED", "of": "SET", "share": True, "above": -0.02, "below": 0.02}]},
            "OTHER": {"title": words},
        },
        "alarms": {code: {"title": words, **row} for code, row in rules.items()},
    }  # fmt: skip


WHOLE = written()


def template(**alarms):
    return read(written(**alarms))


def fed(temps, *, every=10.0, start=1000.0, speed=3000.0, evaluator=None, machine=7, **alarms):
    """What happens while a machine measures these temperatures."""
    evaluator = evaluator or Evaluator(template(**alarms))
    ts = start + every * np.arange(len(temps))
    values = np.full((len(temps), 4), math.nan)
    values[:, 0], values[:, 1], values[:, 2] = temps, speed, 3000.0
    return evaluator.feed(np.full(len(temps), machine), ts, values)


def said(events):
    return [(event.what, event.rule, event.at) for event in events]


def test_an_alarm_is_raised_once_when_the_limit_has_been_passed_for_long_enough():
    events = fed([60, 75, 75, 75, 75, 90, 75])
    assert said(events) == [("RAISED", "hot", 1040.0)]
    assert events[0].since == 1010.0
    assert events[0].state == "AT_SPEED"


def test_a_spike_is_no_alarm():
    assert fed([60, 75, 75, 60, 75, 75, 60]) == []


def test_flapping_at_the_limit_is_one_alarm():
    events = fed([75] * 4 + [69, 71] * 500)
    assert said(events) == [("RAISED", "hot", 1030.0)]


def test_it_is_over_when_it_has_stood_on_the_good_side_and_tells_the_worst():
    events = fed([75, 75, 75, 75, 93, 65, 65, 65, 67, 65, 65, 65, 65, 65, 65, 65])
    assert said(events) == [("RAISED", "hot", 1030.0), ("CLEARED", "hot", 1150.0)]
    assert events[1].peak == 93


def test_a_gap_begins_the_waiting_anew_but_ends_no_alarm():
    evaluator = Evaluator(template())
    assert fed([75, 75], evaluator=evaluator) == []
    assert fed([75, 75], evaluator=evaluator, start=5000.0) == []
    assert said(fed([75, 75], evaluator=evaluator, start=5020.0)) == [("RAISED", "hot", 5030.0)]
    assert fed([75], evaluator=evaluator, start=9000.0) == []


def test_an_absent_value_is_no_evidence():
    assert fed([75, 75, math.nan, math.nan, math.nan]) == []
    assert said(fed([75, 75, math.nan, 75])) == [("RAISED", "hot", 1030.0)]


def test_in_another_state_it_is_no_alarm():
    rule = {"kind": "LIMIT", "class": "HIGH", "point": "TEMP", "above": 70, "states": ["AT_SPEED"]}
    assert fed([75, 75], hot=rule, speed=2000.0) == []
    assert said(fed([75, 75], hot=rule)) == [("RAISED", "hot", 1000.0)]


def test_the_graver_of_two_holds_the_milder():
    danger = {"kind": "LIMIT", "class": "URGENT", "point": "TEMP", "above": 85, "clear": 80}
    notice = {
        "kind": "LIMIT",
        "class": "HIGH",
        "point": "TEMP",
        "above": 70,
        "clear": 66,
        "parent": "danger",
    }
    events = fed(
        [75, 90, 91, 75, 60],
        notice=notice,
        danger=danger,
        hot=notice | {"above": 200, "clear": 190},
    )
    assert said(events) == [
        ("RAISED", "notice", 1000.0), ("RAISED", "danger", 1010.0), ("MERGED", "notice", 1010.0),
        ("CLEARED", "danger", 1030.0), ("CLEARED", "notice", 1040.0),
    ] or said(events) == [
        ("RAISED", "notice", 1000.0), ("RAISED", "danger", 1010.0), ("MERGED", "notice", 1010.0),
        ("CLEARED", "danger", 1030.0),
    ]  # fmt: skip


GRAVE = {"danger": (90.0, ""), "mid": (80.0, "danger"), "notice": (70.0, "mid")}
CHAIN = {
    code: {"kind": "LIMIT", "class": "HIGH", "point": "TEMP", "above": above, "parent": parent} if parent
    else {"kind": "LIMIT", "class": "URGENT", "point": "TEMP", "above": above}
    for code, (above, parent) in GRAVE.items()
}  # fmt: skip


@given(
    st.lists(st.sampled_from([60.0, 75.0, 85.0, 95.0]), max_size=40),
    st.permutations(list(CHAIN)), st.sets(st.sampled_from(list(CHAIN)), max_size=1),
)  # fmt: skip
def test_of_a_chain_of_parents_only_the_gravest_that_holds_is_raised(temps, order, trial):
    """However far the value jumps, in whatever order they are written; what is on trial holds none."""
    rules = {code: CHAIN[code] for code in order}
    evaluator = Evaluator(template(hot=CHAIN["danger"] | {"above": 200}, **rules))
    evaluator.set_trial(trial)
    standing = set()
    for number, temp in enumerate(temps):
        for event in fed([temp], evaluator=evaluator, start=1000.0 + 10 * number):
            assert event.what == "RAISED" or event.rule in standing
            (standing.add if event.what == "RAISED" else standing.discard)(event.rule)
        beyond = {code for code, (above, _parent) in GRAVE.items() if temp > above}
        told, after = standing - trial, {"danger": 0, "mid": 1, "notice": 2}
        assert standing <= beyond
        assert told <= set(sorted(beyond - trial, key=after.__getitem__)[:1])


def test_a_jump_past_a_whole_chain_tells_the_gravest_alone():
    evaluator = Evaluator(template(hot=CHAIN["danger"] | {"above": 200}, **CHAIN))
    assert said(fed([60, 95], evaluator=evaluator)) == [("RAISED", "danger", 1010.0)]
    evaluator = Evaluator(template(hot=CHAIN["danger"] | {"above": 200}, **CHAIN))
    assert said(fed([75, 95], evaluator=evaluator)) == [
        ("RAISED", "notice", 1000.0), ("RAISED", "danger", 1010.0), ("MERGED", "notice", 1010.0),
    ]  # fmt: skip


def test_a_change_is_judged_per_minute_over_its_time():
    rule = {
        "kind": "RATE",
        "class": "NORMAL",
        "point": "TEMP",
        "rate": True,
        "within": "1min",
        "above": 3,
        "clear": 1,
    }
    slow, fast = [20 + 0.4 * n for n in range(20)], [20 + 0.6 * n for n in range(20)]
    assert fed(slow, hot=rule) == []
    assert said(fed(fast, hot=rule)) == [("RAISED", "hot", 1060.0)]


def test_so_many_times_within_so_long():
    rule = {
        "kind": "STATE",
        "class": "LOW",
        "point": "TEMP",
        "above": 70,
        "times": 3,
        "within": "2min",
    }
    assert fed([75, 60] * 2 + [60] * 20 + [75], hot=rule) == []
    assert [each.what for each in fed([75, 60] * 3, hot=rule)][:1] == ["RAISED"]


def test_a_difference_to_the_set_value():
    rule = {"kind": "PERFORMANCE", "class": "LOW", "point": "SPEED", "of": "SET", "below": -100}
    assert fed([20, 20], hot=rule, speed=2950.0) == []
    assert said(fed([20, 20], hot=rule, speed=2850.0)) == [("RAISED", "hot", 1000.0)]


def test_a_limit_of_one_machine_and_a_rule_switched_off():
    evaluator = Evaluator(template())
    evaluator.set_limits(7, {"hot": 80.0})
    assert fed([75] * 9, evaluator=evaluator) == []
    assert said(fed([85] * 9, evaluator=evaluator, start=2000.0)) == [("RAISED", "hot", 2030.0)]
    assert len(fed([75] * 9, evaluator=evaluator, machine=8)) == 1
    evaluator.set_limits(9, {}, off=["hot"])
    assert fed([75] * 9, evaluator=evaluator, machine=9) == []


def test_a_duration_of_one_machine_leaves_the_limit_and_the_others_alone():
    evaluator = Evaluator(template())
    evaluator.set_limits(7, {}, (), {"hot": 60.0})
    late, usual = fed([75] * 9, evaluator=evaluator), fed([75] * 9, evaluator=evaluator, machine=8)
    assert (late[0].at - late[0].since, usual[0].at - usual[0].since) == (60.0, 30.0)
    assert evaluator.limit_of(7, "hot") == evaluator.limit_of(8, "hot")


temps = st.lists(st.one_of(st.floats(55, 95), st.just(math.nan)), min_size=1, max_size=60)
RULES = {
    "rise": {"kind": "RATE", "class": "LOW", "point": "TEMP", "rate": True, "within": "1min", "above": 3, "clear": 1},
    "often": {"kind": "STATE", "class": "LOW", "point": "TEMP", "above": 70, "times": 3, "within": "2min"},
    "danger": {"kind": "LIMIT", "class": "URGENT", "point": "TEMP", "above": 85, "clear": 80},
    "warm": {"kind": "LIMIT", "class": "LOW", "point": "TEMP", "above": 65, "clear": 60, "parent": "danger"},
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(temps, min_size=1, max_size=4), st.data())
def test_batches_and_a_restart_change_nothing(series, data):
    """However samples are cut into batches, and whenever the memory goes through the database."""
    made = template(**RULES)
    whole, pieces = Evaluator(made), Evaluator(made)
    alone: list[Event] = []
    for machine, values in enumerate(series):
        alone += fed(values, evaluator=whole, machine=machine)
    rows = [
        (1000.0 + 10 * n, machine, value)
        for machine, values in enumerate(series)
        for n, value in enumerate(values)
    ]
    rows.sort(key=lambda row: row[0])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=5)))
    found: list[Event] = []
    for low, high in pairwise([0, *cuts, len(rows)]):
        part = rows[low:high]
        values = np.array([[value, 3000.0, 3000.0, math.nan] for _, _, value in part]).reshape(
            -1, 4
        )
        found += pieces.feed(
            np.array([m for _, m, _ in part], np.int64), np.array([t for t, _, _ in part]), values
        )
        again = Evaluator(made)
        for machine in range(len(series)):
            slot = pieces.slot(machine)
            again.load(
                machine,
                at=float(pieces.last_ts[slot]),
                values=pieces.last[slot].tolist(),
                memory=orjson.loads(orjson.dumps(pieces.memories([machine])[0])),
            )
        pieces = again
    key = lambda event: (event.machine, event.at, event.rule, event.what)
    assert sorted(map(repr, sorted(alone, key=key))) == sorted(map(repr, sorted(found, key=key)))


@given(temps)
def test_raised_and_over_take_turns(values):
    events = [event.what for event in fed(values) if event.rule == "hot"]
    assert events == (["RAISED", "CLEARED"] * len(events))[: len(events)]


def judged(ts=1000.0, received=1000.0, value=20.0, hours=5.0, before=5.0, before_at=990.0):
    values = np.array([[value, 0.0, 0.0, hours]])
    evaluator = Evaluator(template())
    evaluator.load(7, at=before_at, values=[20.0, 0, 0, before], memory={})
    return judge(
        evaluator.template, np.array([ts]), np.array([received]), values, evaluator.last[[0]], Bounds(300, 86400 * 30),
        counters=evaluator.counters, slots=np.array([0]),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "cause", "kept"),
    [
        ({}, None, True),
        ({"ts": 1301.0}, Cause.FUTURE, False),
        ({"ts": 1299.0}, None, True),
        ({"received": 1000.0 + 86400 * 31}, Cause.ANCIENT, False),
        ({"value": 251.0}, Cause.RANGE, True),
        ({"value": math.inf}, Cause.RANGE, True),
        ({"value": 1e308}, Cause.RANGE, True),
        ({"hours": 4.0}, Cause.COUNTER_BACK, True),
        ({"hours": 50.0}, Cause.COUNTER_JUMP, True),
        ({"hours": 50.0, "before_at": 1000.0 - 45 * 3600}, None, True),
        ({"hours": 4.0, "before_at": 2000.0}, None, True),  # late: what came after says nothing against it
    ],
)  # fmt: skip
def test_what_cannot_be_true_is_taken_out_with_its_cause(given, cause, kept):
    found = judged(**given)
    assert found.causes == ({} if cause is None else {0: cause})
    assert found.keep.tolist() == [kept]
    if cause is Cause.RANGE:
        assert math.isnan(found.values[0, 0])
    if cause in {Cause.COUNTER_BACK, Cause.COUNTER_JUMP}:
        assert math.isnan(found.values[0, 3])
        assert found.values[0, 0] == 20.0


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"above": 70, "bellow": 3}, "alarms.hot.bellow"),
        ({"above": 70, "point": "TMEP"}, "alarms.hot.point"),
        ({"above": 70, "below": 3}, "alarms.hot"),
        ({"above": 70, "clear": 75}, "alarms.hot.clear"),
        ({"above": 70, "for": "soon"}, "alarms.hot.for"),
        ({"above": 70, "rate": True}, "alarms.hot"),
        ({"above": 70, "class": "GRAVE"}, "alarms.hot.class"),
        ({"above": 70, "parent": "nobody"}, "alarms.hot.parent"),
        ({"above": 70, "parent": "hot"}, "alarms.hot.parent"),
        ({"above": "7O"}, "alarms.hot.above"),
        ({"above": 70, "states": "AT_SPEED"}, "alarms.hot.states"),
        ({"above": 70, "times": -1}, "alarms.hot.times"),
        ({"above": 70, "observe": "no"}, "alarms.hot.observe"),
        ({"above": 70, "title": "hot"}, "alarms.hot.title"),
    ],
)
def test_a_slip_in_a_template_is_refused_with_its_place(rule, place):
    with pytest.raises(BadTemplate) as caught:
        template(hot={"kind": "LIMIT", "class": "LOW", "point": "TEMP", **rule})
    assert caught.value.place == place
    assert all(caught.value.said.values())


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"points": ["NOBODY"]}, "watches.drift.own.points"), ({"points": []}, "watches.drift.own.points"),
        ({"by": ["SPEED"]}, "watches.drift.own.by"), ({"beyond": 1}, "watches.drift.own"), ({"worth": 1}, "watches.drift.own.worth"),
        ({"kind": "LIMIT"}, "watches.drift.own.kind"), ({"hours": "5min"}, "watches.drift.own.hours"),
        ({"states": ["RUN_UP"]}, "watches.fleet.apart"),
    ],
)  # fmt: skip
def test_a_misspelt_watch_is_refused_with_its_place(changed, place):
    path = Path(__file__).parents[3] / "apps/monitoring/data/templates/centrifuge.yaml"
    body = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    del body["watches"]["drift.explained"]
    assert [watch.code for watch in read(body).watches] == ["drift.own", "fleet.apart"]
    body["watches"]["drift.own"] |= changed
    with pytest.raises(BadTemplate) as caught:
        read(body)
    assert caught.value.place == place


def test_a_machine_without_any_rule_is_only_known():
    body = written()
    del body["alarms"]
    evaluator = Evaluator(read(body))
    assert fed([80.0] * 5, evaluator=evaluator) == []
    assert evaluator.last[evaluator.slot(7), 0] == 80.0


def test_a_watch_of_samples_asks_for_no_hours_and_compares_no_fleet():
    path = Path(__file__).parents[3] / "apps/monitoring/data/templates/rig.yaml"
    body = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    found = read(body)
    assert found.quick == found.watches and not found.hourly
    body["watches"]["drift.quick"]["kind"] = "FLEET"
    with pytest.raises(BadTemplate) as caught:
        read(body)
    assert caught.value.place == "watches.drift.quick.quick"


def test_one_on_trial_holds_none_and_one_in_use_does():
    danger = {"kind": "LIMIT", "class": "URGENT", "point": "TEMP", "above": 85, "clear": 80}
    notice = danger | {"class": "HIGH", "above": 70, "clear": 66, "parent": "danger"}
    evaluator = Evaluator(template(danger=danger, notice=notice))
    evaluator.set_trial({"danger"})

    def told(temps, start):
        found = said(fed(temps, evaluator=evaluator, start=start))
        return [(what, rule) for what, rule, _at in found if rule != "hot"]

    assert told([75, 90], 1000.0) == [("RAISED", "notice"), ("RAISED", "danger")]
    told([60] * 60, 1030.0)
    assert set(told([90], 1630.0)) == {("RAISED", "danger"), ("RAISED", "notice")}
    told([60] * 60, 1640.0)
    evaluator.set_trial(set())
    assert told([75, 90], 2240.0) == [
        ("RAISED", "notice"),
        ("RAISED", "danger"),
        ("MERGED", "notice"),
    ]
