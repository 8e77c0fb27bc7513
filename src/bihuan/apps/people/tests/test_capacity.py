"""How many duties somebody can do on a working day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bihuan.apps.people.actions import take_leave
from bihuan.apps.people.models import Capacity
from bihuan.apps.people.queries import away_days, capacities
from bihuan.base import clock
from bihuan.base.audit.models import Entry
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db


def test_the_administrator_sets_and_takes_away_the_figure():
    admin, chen = make_person("administrator"), make_person("field_engineer")
    page = f"/people/{chen.pk}/"
    client = signed_in(admin)
    assert client.post(f"{page}capacity/", {"a_day": "4.5"}).status_code == 302
    assert capacities() == {chen.pk: Decimal("4.5")}
    assert 'value="4.5"' in client.get(page).content.decode()
    for wrong in ("0", "-1", "x", "1000"):
        answer = client.post(f"{page}capacity/", {"a_day": wrong})
        assert answer.status_code == 422
    assert capacities() == {chen.pk: Decimal("4.5")}
    assert client.post(f"{page}capacity/", {"a_day": ""}).status_code == 302
    assert not Capacity.objects.exists()
    entries = Entry.objects.filter(verb="people.capacity").order_by("pk")
    assert [each.after["a_day"] for each in entries] == ["4.5", None]


def test_nobody_else_does():
    chen = make_person("field_engineer")
    assert signed_in(chen).post(f"/people/{chen.pk}/capacity/", {"a_day": "1"}).status_code == 403
    assert not Capacity.objects.exists()


def test_days_away_are_those_of_the_span():
    chen = make_person("field_engineer")
    take_leave(
        user=chen, substitute=None, from_on=date(2026, 3, 2), to_on=date(2026, 3, 5), by=None,
        now=clock.now(),
    )  # fmt: skip
    assert away_days(date(2026, 3, 3), date(2026, 3, 9)) == {
        chen.pk: {date(2026, 3, 3), date(2026, 3, 4)}
    }
    assert away_days(date(2026, 3, 5), date(2026, 3, 9)) == {}
