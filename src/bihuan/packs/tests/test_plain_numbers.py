"""Whole numbers, decimals and times of day as an ordinary writer puts them."""

from __future__ import annotations

import pytest

from bihuan.lib.policy.conditions import terms_of_fact
from bihuan.lib.policy.expressions import compiled, explained
from bihuan.packs.tests.test_packs import vocabulary

TERMS = terms_of_fact(vocabulary(), vocabulary().facts["fault.reported"])


@pytest.mark.parametrize(
    "text",
    [
        "customer.years >= 3 && customer.orders_24m >= 1",
        "3 <= customer.years && customer.orders_24m * 2 > customer.years",
        "customer.years in [1, 2] && customer.orders_24m in [1, 2]",
        "customer.purchase_12m >= 5 * 1000000",
        'fact.clock >= "22:00" && fact.day != "HOLIDAY"',
    ],
)
def test_plain_numbers_compile(text):
    assert compiled(TERMS.env, text, TERMS.names)[0] is not None


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("customer.tier >= 3", '== "1"'),
        ("customer.flags == 1", '"GOLD" in customer.flags'),
        ("customer.years >= 3 and customer.orders_24m >= 1", "&&"),
        ("customer.years = 3", "=="),
    ],
)
def test_types_are_still_checked_and_the_remedy_is_said(text, remedy):
    program, fault = compiled(TERMS.env, text, TERMS.names)
    assert program is None
    assert explained(text, fault, TERMS.names)[2] == remedy
