"""What is written is read again; what is garbage is refused, whatever it is."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.jt808 import (
    Bad,
    Location,
    Message,
    Splitter,
    Whole,
    authentication,
    batch,
    decode,
    encode,
    location,
    registration,
)
from bihuan.lib.jt808.bodies import location_body
from bihuan.lib.jt808.frames import LONGEST

digits = st.text("0123456789", min_size=0, max_size=12).map(lambda text: text.lstrip("0"))
messages = st.builds(
    Message, kind=st.integers(0, 0xFFFF), phone=digits, serial=st.integers(0, 0xFFFF), body=st.binary(max_size=1023),
    v2019=st.booleans(),
)  # fmt: skip
places = st.builds(
    Location, at=st.integers(946_684_800 + 86400, 4_000_000_000).map(float), alarms=st.integers(0, 2**32 - 1), status=st.sampled_from([0, 1, 2, 3, 35]),
    latitude=st.integers(-90_000_000, 90_000_000).map(lambda n: n / 1e6),
    longitude=st.integers(-180_000_000, 180_000_000).map(lambda n: n / 1e6), altitude=st.integers(0, 65535).map(float),
    speed=st.integers(0, 65535).map(lambda n: n / 10), direction=st.integers(0, 359).map(float),
    items=st.dictionaries(st.integers(0, 255), st.binary(max_size=255), max_size=20),
)  # fmt: skip


@given(st.lists(messages, max_size=5), st.lists(st.integers(1, 200), min_size=1, max_size=50))
def test_what_was_written_is_read_again_however_it_is_cut(given_messages, cuts):
    stream = b"".join(encode(each) for each in given_messages)
    splitter, found, at, turn = Splitter(), [], 0, 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        found += splitter.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert [decode(frame) for frame in found] == given_messages


def test_an_example_of_the_standard():
    """Escaping as it is printed there: 30 7e 08 7d 55 becomes 7e 30 7d 02 08 7d 01 55 7e."""
    frame = encode(Message(0x0002, "13912345678", 1, bytes([0x30, 0x7E, 0x08, 0x7D, 0x55])))
    assert b"\x30\x7d\x02\x08\x7d\x01\x55" in frame
    assert frame[0] == frame[-1] == 0x7E
    assert frame[1:11] == bytes.fromhex("00020005013912345678")


@given(places)
def test_a_position_is_read_as_it_was_written(place):
    found = location(location_body(place))
    assert (found.at, found.latitude, found.longitude, found.items) == (
        place.at, pytest.approx(place.latitude), pytest.approx(place.longitude), place.items,
    )  # fmt: skip
    assert found.located is (place.status in (2, 3))
    assert (found.speed, found.altitude) == (pytest.approx(place.speed), place.altitude)


@given(st.lists(places, max_size=6))
def test_a_batch_is_its_positions(given_places):
    bodies = [location_body(each) for each in given_places]
    body = struct.pack(">HB", len(bodies), 1) + b"".join(
        struct.pack(">H", len(each)) + each for each in bodies
    )
    assert batch(body) == bodies


@given(st.binary(max_size=4000))
def test_garbage_is_refused_and_never_more(raw):
    splitter = Splitter()
    try:
        for frame in splitter.feed(raw):
            decode(frame)
    except Bad:
        pass
    assert len(splitter._rest) <= LONGEST
    for reading in (
        location, batch, lambda body: registration(body, v2019=True), lambda body: registration(body, v2019=False),
        lambda body: authentication(body, v2019=True), lambda body: authentication(body, v2019=False),
    ):  # fmt: skip
        with contextlib.suppress(Bad):
            reading(raw)


@given(messages, st.integers(0, 2000), st.integers(1, 255))
def test_a_changed_byte_is_noticed(message, place, change):
    frame = bytearray(encode(message)[1:-1])
    frame[place % len(frame)] ^= change
    with pytest.raises(Bad):
        decode(bytes(frame))


@pytest.mark.parametrize("size", [1, 100, 10_000])
def test_a_frame_that_never_ends_is_given_up(size):
    splitter = Splitter()
    with pytest.raises(Bad):
        for _ in range(0, 10_000, size):
            list(splitter.feed(b"\x01" * size))
    assert not splitter._rest


@given(st.integers(1, 64), st.integers(0, 0xFFFF), st.randoms())
def test_fragments_make_the_whole_in_any_order(count, serial, chance):
    pieces = [chance.randbytes(1000) for _ in range(count)]
    parts = [
        Message(0x0704, "1", (serial + n) & 0xFFFF, piece, part=n + 1, parts=count)
        for n, piece in enumerate(pieces)
    ]
    assert [decode(encode(each)[1:-1]) for each in parts] == parts
    chance.shuffle(parts)
    whole = Whole()
    found = [whole.add(each) for each in parts]
    assert [each.body for each in found if each] == [b"".join(pieces)]


def test_more_fragments_than_any_message_has_are_refused():
    with pytest.raises(Bad):
        Whole().add(Message(0x0704, "1", 1, b"x", part=1, parts=65))


@pytest.mark.parametrize(
    "body", [b"", b"\0\1", b"\0\1\1", b"\0\2\1\0\1x", b"\0\1\1\0\5x", b"\0\1\1\0"]
)
def test_a_batch_that_holds_something_else_than_it_says_is_refused(body):
    with pytest.raises(Bad):
        batch(body)


@given(
    st.lists(
        st.tuples(st.integers(0, 0xFFFF), st.integers(1, 0xFFFF), st.integers(1, 0xFFFF)),
        max_size=100,
    )
)
def test_fragments_of_nothing_fill_no_memory(given_parts):
    whole = Whole()
    for serial, part, parts in given_parts:
        if part > parts:
            continue
        with contextlib.suppress(Bad):
            whole.add(Message(1, "1", serial, b"x" * 1000, part=part, parts=parts))
        assert len(whole._parts) <= 64


def test_texts_are_gbk():
    body = (
        bytes(4)
        + b"MAKER"
        + b"XG-1".ljust(20, b"\0")
        + b"ID00001"
        + b"\x01"
        + "苏A12345".encode("gbk")
    )
    found = registration(body, v2019=False)
    assert (found.maker, found.model, found.terminal, found.plate) == (
        "MAKER",
        "XG-1",
        "ID00001",
        "苏A12345",
    )
