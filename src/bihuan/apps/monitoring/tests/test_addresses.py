"""Limits of an address at the terminals' gateway."""

from __future__ import annotations

from bihuan.apps.monitoring.gateways.addresses import Addresses, Limits, address_of


def test_one_customer_of_a_carrier_is_one_address():
    assert address_of(("10.0.0.7", 5)) == address_of(("::ffff:10.0.0.7", 5, 0, 0)) == "10.0.0.7"
    assert address_of(("2001:db8:1:2:3::4%eth0", 5)) == address_of(("2001:db8:1:2::9", 6))
    assert address_of(("2001:db8:1:3::9", 6)) != address_of(("2001:db8:1:2::9", 6))
    assert address_of(None) == ""


def test_wrong_codes_are_forgotten_and_lines_that_go_make_room():
    now = [0.0]
    gate_ = Addresses(Limits(2, 2, 600), seconds=lambda: now[0])
    assert [gate_.comes("a") for _ in range(3)] == [True, True, False]
    assert gate_.comes("b")
    gate_.goes("a")
    assert gate_.comes("a")
    for _ in range(5):
        gate_.was_wrong("b")
    assert not gate_.comes("b")
    assert gate_.turned_away() == {"a": 1, "b": 1}
    now[0] = 600.0
    assert gate_.comes("b")
    assert not gate_.turned_away()
