"""Ten people on few tickets at the same time: no error, no lost write, no deadlock. The large one
is `bihuan bench desk=200`.
"""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connections

from bihuan.apps.tickets import actions
from bihuan.apps.tickets.tests.conftest import NOW, house
from bihuan.apps.tickets.tests.factories import solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person, signed_in
from bihuan.config.bench import _at_work

__all__ = ["house"]


@pytest.mark.django_db(transaction=True)
def test_ten_people_at_once_lose_nothing(live_server, house, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    rows = [ticket(house.machine, house.desk, NOW, title=f"异响{n}") for n in range(4)]
    drain(NOW)
    for row in rows:
        verified(row, house.desk, NOW)
    for row in rows[2:]:
        solved(row, house.specialist, NOW)
        told(row, house.specialist, NOW)
        actions.confirm(ticket=row, answer="好了", channel="PHONE", by=house.caller, now=NOW)
    people = [make_person("service_desk", name=f"坐席{n}") for n in range(10)]
    name = settings.SESSION_COOKIE_NAME
    cookies = [{name: signed_in(each).cookies[name].value} for each in people]
    before = _at_work.deadlocks()
    day = _at_work.work(
        live_server.url.removeprefix("http://"), cookies, [row.pk for row in rows[:2]], [row.pk for row in rows[2:]],
        rounds=6, now=NOW,
    )  # fmt: skip
    assert _at_work.faults(day, _at_work.deadlocks() - before) == []
    assert day.asked == 10 * 6 * 3
    assert len(day.kept) + len(day.refused) == 60
    assert {each.what for each in day.kept} == set(_at_work.DEEDS)
    assert [each.what for each in day.kept].count("close") == 2
    assert {each.what for each in day.refused} >= {"hand_over", "close"}
    # the check itself sees what was lost, and what was refused and yet written
    day.refused.append(next(each for each in day.kept if each.what == "note"))
    day.kept.append(_at_work.Deed("note", rows[0].pk, "没有写下的一条"))
    assert len(_at_work.faults(day, 1)) == 3
    connections.close_all()
