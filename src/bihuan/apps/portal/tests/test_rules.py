from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.portal.rules import content, ended, network, surname, tail


def test_the_tail_is_the_end_of_the_number():
    assert [tail(serial) for serial in ("", "A", "AB", "ABC", "ABCDEFGH", "CF-2026-00123")] == [
        "", "", "B", "C", "EFGH", "0123",
    ]  # fmt: skip


@given(st.text(min_size=2, max_size=60))
def test_the_tail_never_is_the_number(serial):
    assert serial.endswith(tail(serial))
    assert len(tail(serial)) <= min(4, len(serial) // 2)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王建成", "王"),
        ("欧阳明", "欧阳"),
        ("欧阳", "欧"),
        ("John Smith", "Smith"),
        ("", ""),
        ("Anna Maria Weber", "Weber"),
    ],
)
def test_surnames(name, shown):
    assert surname(name) == shown


def test_a_phone_cannot_walk_through_its_own_addresses():
    assert network("2001:db8:1:2:aaaa::1") == network("2001:db8:1:2:bbbb::9")
    assert network("2001:db8:1:2::1") != network("2001:db8:1:3::1")
    assert network("::ffff:192.0.2.1") == network("192.0.2.1")
    assert network("2001:db8:1:2:aaaa::1") == "2001:db8:1:2::/64"
    assert network("<script>") == "unknown"


@given(
    st.lists(st.text(alphabet=st.characters(exclude_characters="\x1f", codec="utf-8"))),
    st.integers(0, 20),
)
def test_content_sees_every_part(parts, place):
    changed = [*parts]
    changed.insert(min(place, len(parts)), "x")
    assert content(parts) != content(changed)
    assert len(content(parts)) == 24


def test_a_page_ends_so_many_days_after_the_end():
    end = datetime(2026, 3, 1, tzinfo=UTC)
    assert not ended(None, 30, end)
    assert not ended(end, 30, end + timedelta(days=30, seconds=-1))
    assert ended(end, 30, end + timedelta(days=30))
