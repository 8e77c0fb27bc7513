"""A message is read in one of two ways, and says the same by either."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.monitoring.pipe.reading import Unreadable, read, read_all
from bihuan.lib.machines import Cause

PLACES = {"A": 0, "B": 1, "C": 2}
numbers = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
told = st.one_of(numbers, st.none(), st.booleans(), st.text(max_size=3))
names = st.lists(st.sampled_from(["A", "B", "C", "D"]), min_size=1, max_size=4)


def said(names, rows):
    return json.dumps(
        {"p": names, "r": [[1000 * at, *row] for at, row in enumerate(rows)]}
    ).encode()


@given(st.data(), names, st.booleans())
def test_samples_of_one_message_are_those_of_as_many_messages(data, names, plain):
    of = st.lists(numbers if plain else told, min_size=len(names), max_size=len(names))
    rows = data.draw(st.lists(of, min_size=1, max_size=5))
    found = read(said(names, rows), PLACES)
    assert found.ts.tolist() == [float(at) for at in range(len(rows))]
    for row, values in zip(rows, found.values, strict=True):
        expected = [math.nan] * 3
        for name, value in zip(names, row, strict=True):
            if name in PLACES and type(value) in {int, float, bool}:
                expected[PLACES[name]] = float(value)
        assert np.array_equal(values, expected, equal_nan=True)
    strange = len(rows) * names.count("D")
    assert found.faults.count(Cause.UNKNOWN_POINT) == strange
    words = sum(
        type(value) is str
        for row in rows
        for n, value in zip(names, row, strict=True)
        if n in PLACES
    )
    assert found.faults.count(Cause.NO_NUMBER) == words


@pytest.mark.parametrize(
    "rows", [[[1, 2], [1]], [[1, 2], "ab"], [[-1, 2]], [["1", 2]], [[2**53, 2]], []]
)
def test_lines_that_are_none_are_refused_whole(rows):
    body = json.dumps({"b": "x", "s": 3, "p": ["A"], "r": rows}).encode()
    with pytest.raises(Unreadable) as refused:
        read(body, PLACES)
    assert (refused.value.cause, refused.value.boot, refused.value.number) == (
        Cause.GARBAGE,
        "x",
        3,
    )


messages = st.one_of(
    st.tuples(names, st.lists(st.lists(told, min_size=1, max_size=4), max_size=3)).map(
        lambda each: said(*each)
    ),
    st.dictionaries(st.sampled_from(["A", "B", "C", "D"]), told).map(
        lambda values: json.dumps({"b": "x", "s": 2, "t": 5.5, "v": values}).encode()
    ),
    st.sampled_from([b"", b"[]", b'{"p":[["A"]],"r":[[0,1]]}', b'{"device":"other","v":{"A":1}}']),
    st.sampled_from([b'{"t":1,"v":{"A":1}}', b'{"t":2,"v":{"A":2.5}}', b'{"t":"2","v":{"A":3}}']),
)


def as_told(said):
    if isinstance(said, Unreadable):
        return said.cause, said.boot, said.number, said.oldest
    return *said[:3], said.ts.tolist(), str(said.values.tolist()), said.faults


@given(st.lists(messages, max_size=8))
def test_many_messages_say_what_each_says_alone(bodies):
    def alone(body):
        try:
            return read(body, PLACES, code="mine")
        except Unreadable as error:
            return error

    found = read_all([(body, "mine") for body in bodies], PLACES)
    assert list(map(as_told, found)) == [as_told(alone(body)) for body in bodies]
