"""What a payload of Sparkplug B says, and what a host knows of an edge node after whatever came."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

# Written by another implementation (pysparkplug 0.6.1): an NBIRTH and an NDATA.
BIRTH = bytes.fromhex(
    "088080b3c19c3312120a056264536571188080b3c19c3320045803121d0a0b44726976652f5370656564100118"
    "8080b3c19c332009650044834512150a0454656d701002188080b3c19c33200250f4ff03121b0a034269671003"
    "188080b3c19c332008588080808080808080800112110a024f6e1004188080b3c19c33200b7001121b0a034e65"
    "671005188080b3c19c33200458fbffffffffffffffff0112130a044e756c6c1006188080b3c19c33200a380112"
    "1d0a044e616d651007188080b3c19c33200c7a0a5a656e747269667567651800"
)
DATA = bytes.fromhex(
    "08e887b3c19c331212100118f483b3c19c33200928016500208045120e100218f483b3c19c33200150fd011801"
)
AT = 1_760_000_000_000


def test_what_another_implementation_wrote_is_read(sparkplug):
    birth = sparkplug.b.decode(BIRTH)
    assert (birth.at, birth.seq, birth.value("bdSeq")) == (AT, 0, 3)
    numbers = {one.name: one.number(0) for one in birth.metrics if one.name != "Name"}
    assert numbers == {
        "bdSeq": 3, "Drive/Speed": 4200.5, "Temp": -12, "Big": 2.0**63, "On": 1.0, "Neg": -5, "Null": None,
    }  # fmt: skip
    with pytest.raises(sparkplug.b.Bad, match="its type is no number"):
        birth.metrics[-1].number(0)
    data = sparkplug.b.decode(DATA)
    assert [(one.alias, one.at, one.number(0), one.historical) for one in data.metrics] == [
        (1, AT + 500, 4100.0, True),
        (2, AT + 500, -3.0, False),
    ]


@pytest.mark.parametrize(
    ("kind", "wire", "number"),
    [
        (1, (10, 0xFD), -3), (1, (10, 0xFFFFFFFD), -3), (1, (10, 127), 127), (1, (10, 300), "outside its type"),
        (2, (10, 0xFFF4), -12), (3, (10, 0xFFFFFFFF), -1), (4, (11, 2**64 - 5), -5), (4, (10, 7), 7),
        (5, (10, 255), 255), (5, (10, 256), "outside its type"), (7, (11, 2**32 - 1), 2**32 - 1),
        (8, (11, 2**64 - 1), float(2**64)), (11, (14, 1), 1.0), (11, (10, 1), "not of its type"), (9, (10, 1), "not of its type"),
        (3, (14, 1), "not of its type"), (12, (10, 1), "no number"), (0, (10, 1), "no number"), (99, (10, 1), "no number"),
    ],
)  # fmt: skip
def test_a_value_is_read_by_its_type_or_refused_by_name(sparkplug, tahu, kind, wire, number):
    metric = tahu.text(1, b"x") + tahu.number(4, kind) + tahu.number(*wire)
    read = sparkplug.b.decode(tahu.payload(AT, 0, metric)).metrics[0]
    if isinstance(number, str):
        with pytest.raises(sparkplug.b.Bad, match=number):
            read.number(0)
    else:
        assert read.number(0) == number


def test_null_nan_infinity_and_bad_quality_are_no_value(sparkplug, tahu):
    said = sparkplug.b.decode(
        tahu.payload(
            AT, 0, tahu.metric(tahu.DOUBLE, None, "a"), tahu.metric(tahu.DOUBLE, math.nan, "b"),
            tahu.metric(tahu.FLOAT, math.inf, "c"), tahu.metric(tahu.DOUBLE, 1.5, "d", quality=500),
            tahu.metric(tahu.DOUBLE, 1.5, "e", quality=192),
        )
    )  # fmt: skip
    assert [one.number(0) for one in said.metrics] == [None, None, None, None, 1.5]


def read_or_refused(sparkplug, payload):
    try:
        said = sparkplug.b.decode(payload)
    except sparkplug.b.Bad:
        return
    assert said.seq is None or isinstance(said.seq, int)
    for one in said.metrics:
        assert isinstance(one.name, str)
        try:
            number = one.number(9)
        except sparkplug.b.Bad:
            continue
        assert number is None or math.isfinite(number)


@settings(max_examples=1000)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_payload_or_a_named_error(sparkplug, payload):
    read_or_refused(sparkplug, payload)


@settings(max_examples=1000)
@given(
    st.sampled_from([BIRTH, DATA]),
    st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), min_size=1, max_size=5),
)
def test_a_spoilt_payload_is_read_or_a_named_error(sparkplug, payload, changes):
    for place, other in changes:
        place %= len(payload)
        payload = payload[:place] + other + payload[place + 1 :]
    read_or_refused(sparkplug, payload)


def test_deep_and_large_payloads_are_refused(sparkplug, tahu):
    deep = b""
    for _ in range(2000):
        deep = tahu.text(2, deep)
    read_or_refused(sparkplug, deep)
    read_or_refused(sparkplug, b"\x0b" * 5000)  # groups in groups
    with pytest.raises(sparkplug.b.Bad, match="4 MB"):
        sparkplug.b.decode(bytes(5 << 20))
    with pytest.raises(sparkplug.b.Bad, match="not Sparkplug"):
        sparkplug.b.decode(tahu.payload(AT, 0, tahu.text(1, b"\xff\xfe")))


@pytest.fixture
def node(sparkplug):
    return sparkplug.b.Node("G/N", ["", "D"], 2.0, 60.0)


class Line:
    """An edge node with one device whose metrics A, B, C have aliases from `base` on."""

    def __init__(self, tahu, base=0, bd=1):
        self.tahu, self.base, self.bd, self.seq = tahu, base, bd, 0

    def nbirth(self):
        self.seq = 0
        return "NBIRTH", "", self._say(self.tahu.metric(4, self.bd, "bdSeq"))

    def dbirth(self, **values):
        metrics = [
            self.tahu.metric(10, values.get(name), name, self.base + place)
            for place, name in enumerate("ABC")
        ]
        return "DBIRTH", "D", self._say(*metrics)

    def data(self, **values):
        metrics = [
            self.tahu.metric(10, value, alias=self.base + "ABC".index(name), at=AT + 1, typed=False)
            for name, value in values.items()
        ]
        return "DDATA", "D", self._say(*metrics)

    def death(self):
        return "NDEATH", "", self.tahu.payload(AT, None, self.tahu.metric(4, self.bd, "bdSeq"))

    def _say(self, *metrics):
        found = self.tahu.payload(AT, self.seq, *metrics)
        self.seq = (self.seq + 1) % 256
        return found


def told(events):
    return [
        (name, metric.number(born))
        for what, _device, *said in events
        if what == "values"
        for _ms, name, born, metric in said[0]
        if metric.value is not None and name != "bdSeq"
    ]


def hear(node, message, now):
    return told(node.hear(*message, now))


def test_aliases_are_those_of_the_birth_and_numbers_go_round(node, tahu):
    line = Line(tahu)
    assert hear(node, line.nbirth(), 0) == []
    assert hear(node, line.dbirth(A=1, B=2), 0) == [("A", 1), ("B", 2)]
    for count in range(600):
        assert hear(node, line.data(C=count), 0) == [("C", count)]
    assert not node.ask(1000)


def test_what_comes_out_of_order_is_taken_in_order_and_nobody_is_asked(node, tahu):
    line = Line(tahu)
    hear(node, line.nbirth(), 0)
    birth, first, second = line.dbirth(A=0), line.data(A=1), line.data(A=2)
    assert hear(node, second, 0) == hear(node, first, 0.5) == []
    assert told(node.tick(1.9)) == []
    assert hear(node, birth, 1.9) == [("A", 0), ("A", 1), ("A", 2)]
    assert told(node.tick(100)) == []
    assert not node.ask(100)
    assert not node.refused
    line.seq = 0
    birth, dbirth = line.nbirth(), line.dbirth(A=5)
    assert hear(node, dbirth, 100) == []
    assert hear(node, birth, 100) == [("A", 5)]


def test_a_gap_asks_for_a_rebirth_not_more_often_than_configured(node, tahu):
    line = Line(tahu)
    hear(node, line.nbirth(), 0)
    hear(node, line.dbirth(A=1), 0)
    line.data(A=2)  # lost
    assert hear(node, line.data(A=3), 10) == []
    assert not node.ask(11)
    assert told(node.tick(12)) == []  # its alias may have been given away by what is missing
    assert node.ask(12) == "messages are missing"
    assert hear(node, line.data(A=4), 13) == []
    assert not node.ask(71.9)
    assert node.ask(72)
    hear(node, line.nbirth(), 73)
    assert hear(node, line.dbirth(A=5), 73) == [("A", 3), ("A", 4), ("A", 5)]
    assert not node.ask(1000)
    assert node.refused == {"messages are missing": 1}


def test_a_birth_with_other_aliases_drops_what_waited_for_it(node, tahu):
    line = Line(tahu)
    hear(node, line.nbirth(), 0)
    hear(node, line.dbirth(A=1), 0)
    line.data(A=2)
    hear(node, line.data(B=3), 0)  # its alias is A's in the next birth
    node.tick(2)
    line.base = 1
    hear(node, line.nbirth(), 3)
    assert hear(node, line.dbirth(A=5), 3) == [("A", 5)]
    assert node.refused["aliases of before a birth that changed them"] == 1


def test_an_alias_that_was_given_twice_names_nothing(node, tahu):
    line = Line(tahu)
    hear(node, line.nbirth(), 0)
    twice = [tahu.metric(10, 1.0, name, 0) for name in "AB"] + [tahu.metric(10, 1.0, "C", 1)]
    assert hear(node, ("DBIRTH", "D", tahu.payload(AT, 1, *twice)), 0) == [
        ("A", 1),
        ("B", 1),
        ("C", 1),
    ]
    line.seq = 2
    assert hear(node, line.data(A=5), 0) == []
    assert hear(node, line.data(B=6), 0) == [("C", 6)]
    assert node.ask(0)


def test_an_unknown_alias_is_left_out_and_asked_for(node, tahu):
    line = Line(tahu)
    hear(node, line.nbirth(), 0)
    hear(node, line.dbirth(A=1), 0)
    unknown = tahu.payload(AT, 2, tahu.metric(10, 9.0, alias=77), tahu.metric(10, 8.0, alias=0))
    assert hear(node, ("DDATA", "D", unknown), 0) == [("A", 8.0)]
    assert node.ask(0) == "an alias is unknown"


def test_who_comes_late_asks_and_takes_what_has_a_name(node, tahu):
    node.begin(0)
    assert not node.ask(1.9)
    named = tahu.payload(AT, 41, tahu.metric(10, 1.5, "A"), tahu.metric(10, 2.5, alias=3))
    assert hear(node, ("DDATA", "D", named), 1) == [("A", 1.5)]
    assert node.ask(2)
    line = Line(tahu)
    hear(node, line.nbirth(), 3)
    assert hear(node, line.dbirth(B=2), 3) == [("B", 2)]


def test_an_alias_that_its_birth_overtook_gets_no_name_by_a_later_one(node, tahu):
    """We came just then: that the birth was not the first the numbers alone cannot say."""
    line = Line(tahu)
    old = line.data(B=2)
    line.base += 1  # what was B is A from now on
    hear(node, line.dbirth(A=1, B=1, C=1), 0)
    hear(node, old, 0)
    node.tick(3)
    line.seq = 0
    hear(node, line.nbirth(), 4)
    assert hear(node, line.dbirth(A=9, B=9, C=9), 4) == [("A", 9), ("B", 9), ("C", 9)]


def test_what_waited_very_long_for_its_birth_is_history(sparkplug, node, tahu):
    """How it is now the birth itself says."""
    line = Line(tahu)
    hear(node, line.nbirth(), 0)
    hear(node, line.dbirth(A=1, B=1), 0)
    line.seq += 1  # one is lost
    hear(node, line.data(A=2), 1)
    node.tick(9)
    late = AT + 2 + sparkplug.b.STALE
    hear(node, line.nbirth(), 600)
    birth = tahu.payload(
        late, 1, tahu.metric(10, 5, "A", 0), tahu.metric(10, 5, "B", 1), tahu.metric(10, 5, "C", 2)
    )
    ((_what, _device, found),) = node.hear("DBIRTH", "D", birth, 600)
    assert [(ms, name, one.historical) for ms, name, _type, one in found] == [
        (AT + 1, "A", True), (late, "A", False), (late, "B", False), (late, "C", False),
    ]  # fmt: skip


def test_a_death_counts_in_its_own_session_only(sparkplug, node, tahu):
    old, line = Line(tahu, bd=1), Line(tahu, bd=2)
    hear(node, line.nbirth(), 0)
    hear(node, line.dbirth(A=1), 0)
    with pytest.raises(sparkplug.b.Bad, match="an earlier session"):
        node.hear(*old.death(), 1)
    assert hear(node, line.data(A=2), 1) == [("A", 2)]
    assert set(node.hear(*line.death(), 2)) == {("gone", ""), ("gone", "D")}
    assert not node.born
    assert not node.ask(1000)  # who is dead is not asked
    line.seq = 7
    assert hear(node, line.data(A=3), 1001) == []
    assert node.ask(1001)


@settings(max_examples=150)
@given(st.data())
def test_whatever_is_lost_or_disordered_no_value_has_another_ones_name(sparkplug, tahu, data):
    """A changed birth has aliases that mean something else; each value tells whose it is.

    A lost or overtaken NBIRTH is left out: that numbers began anew the numbers alone cannot say.
    """
    node, line, now = sparkplug.b.Node("G/N", ["", "D"], 2.0, 60.0), Line(tahu), 0.0
    asked, waiting = [], []
    for step in range(data.draw(st.integers(1, 25))):
        now += data.draw(st.sampled_from([0, 0, 0, 0.5, 3, 70]))
        what = data.draw(
            st.sampled_from(["data", "data", "data", "data", "birth", "change", "node", "death"])
        )
        if what == "change":
            line.base += data.draw(st.integers(1, 2))
        if what in ("birth", "change"):
            waiting.append(line.dbirth(A=1000 + step, B=2000 + step, C=3000 + step))
        elif what == "node":
            waiting += [line.nbirth(), line.dbirth(A=1000 + step)]
        elif what == "death":
            waiting.append(line.death())
        else:
            name = data.draw(st.sampled_from("ABC"))
            waiting.append(line.data(**{name: 1000 * ("ABC".index(name) + 1) + step}))
        if data.draw(st.integers(0, 5)) == 0:
            lost = data.draw(st.integers(0, len(waiting) - 1))
            waiting = [
                one for place, one in enumerate(waiting) if place != lost or one[0] == "NBIRTH"
            ]
        if data.draw(st.integers(0, 9)) == 0:
            waiting.append(("DDATA", "D", data.draw(st.binary(max_size=20))))
        if len(waiting) > 1 and data.draw(st.booleans()):
            continue  # comes later, perhaps in another order
        found = []
        if all(kind[0] == "D" for kind, _device, _payload in waiting):
            waiting = data.draw(st.permutations(waiting))
        for message in waiting:
            try:
                found += hear(node, message, now)
            except sparkplug.b.Bad:
                continue
        waiting = []
        found += told(node.tick(now))
        for name, number in found:
            assert "ABC"[int(number) // 1000 - 1] == name
        if node.ask(now):
            asked.append(now)
    assert all(later - early >= 60 for early, later in pairwise(asked))


@given(st.lists(st.booleans(), min_size=40, max_size=40))
def test_history_that_comes_twice_in_other_pieces_is_each_value_once(bihuan_bridge, pieces):
    rows, sent = bihuan_bridge.Row(None), []
    said = [(ms, code) for code in "AB" for ms in range(AT, AT + 1000, 100)]
    for (ms, code), flush in zip(said + said, pieces, strict=True):
        rows.note_past(ms, code, float(ms - AT))
        sent += rows.ready(100, AT) if flush else []
    rows.note(AT, "A", 7.0)
    sent += rows.ready(100, AT)
    live = sent.pop()
    assert live[1] == {"A": 7.0}
    assert len({ms for ms, _values in [*sent, live]}) == len(sent) + 1
    found = [(value, code) for _ms, values in sent for code, value in values.items()]
    assert sorted(found) == sorted((float(ms - AT), code) for ms, code in said)
