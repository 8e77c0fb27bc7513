"""The house of tickets with queues: a second line, R&D as the third, a supplier outside."""

from __future__ import annotations

from datetime import date

import pytest

from bihuan.apps.people.actions import appoint
from bihuan.apps.tickets.lines.actions import QueueAs, set_queue
from bihuan.apps.tickets.tests.conftest import START, house
from bihuan.base import clock
from bihuan.base.testing.people import make_person

__all__ = ["house", "lines"]


@pytest.fixture
def lines(house):
    """`house` with people of R&D, finance, production, a supplier, and a queue each."""
    more = {
        "developer": ("杜研", "rd_engineer"), "colleague": ("方研", "rd_engineer"), "supplier": ("魏供", "supplier_staff"),
        "stranger": ("范供", "supplier_staff"), "money": ("钱会", "finance"), "planner": ("齐排", "planner"),
    }  # fmt: skip
    for key, (name, role) in more.items():
        setattr(house, key, make_person(role, name=name, region="east"))
        appoint(user=getattr(house, key), role=role, from_on=date(2025, 1, 1), by=None, now=START)

    def queue(name, line, *members, outside=False):
        to = QueueAs(name, line, outside=outside, members=members)
        return set_queue(queue=None, to=to, by=house.boss, now=START)

    house.first = queue("一线", 1, house.desk, house.caller)
    house.second = queue("二线技术", 2, house.specialist)
    house.third = queue("研发", 3, house.developer, house.colleague)
    house.outside = queue("轴承供应商", 3, house.supplier, outside=True)
    house.other = queue("电机供应商", 3, house.stranger, outside=True)
    with clock.set_to(house.now):
        yield house
