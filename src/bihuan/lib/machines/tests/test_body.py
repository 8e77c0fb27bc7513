"""Whatever is written as a template, the reader has one answer: a template, or where it is wrong."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.machines import BadTemplate, read
from bihuan.lib.machines.tests.test_evaluate import WHOLE

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.just("9" * 400 + "d") | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def places(node, path=()):
    """Every path of keys in a mapping of mappings and lists."""
    if path:
        yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from places(value, (*path, key))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from places(value, (*path, place))


@given(junk=JUNK, data=st.data())
def test_junk_anywhere_is_a_template_or_a_place(junk, data):
    whole = copy.deepcopy(WHOLE)
    *path, last = data.draw(st.sampled_from(list(places(whole))))
    node = whole
    for key in path:
        node = node[key]
    node[last] = junk
    try:
        read(whole)
    except BadTemplate as error:
        assert all(error.said.values())


@given(junk=JUNK)
def test_junk_alone_is_refused(junk):
    try:
        read(junk)
    except BadTemplate as error:
        assert all(error.said.values())
    else:
        raise AssertionError("junk was read")
