"""How many duties get done in a week."""

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


def test_the_nearest_figure_holds_and_is_taken_away_again():
    admin, chen, other = (
        make_person(role) for role in ("administrator", "field_engineer", "field_engineer")
    )
    client, page = signed_in(admin), "/people/capacity/"
    assert client.post(page, {"per_week": "40"}).status_code == 302
    assert client.post(page, {"role": "field_engineer", "per_week": "20"}).status_code == 302
    assert client.post(page, {"user": chen.pk, "per_week": "12"}).status_code == 302
    figures = capacities()
    assert figures.a_day(chen.pk, chen.roles) == Decimal("2.4")
    assert figures.a_day(other.pk, other.roles) == 4
    assert figures.a_day(admin.pk, admin.roles) == 8
    for wrong in (
        {"per_week": "-1"},
        {"per_week": "x"},
        {"user": chen.pk, "role": "field_engineer", "per_week": "1"},
    ):
        assert client.post(page, wrong).status_code == 422
    assert Capacity.objects.count() == 3
    row = Capacity.objects.get(user=chen)
    assert client.post(f"{page}{row.pk}/remove/").status_code == 302
    assert capacities().a_day(chen.pk, chen.roles) == 4
    assert Entry.objects.filter(verb="people.set_capacity").count() == 4


def test_nobody_else_does():
    chen = make_person("field_engineer")
    assert signed_in(chen).post("/people/capacity/", {"per_week": "1"}).status_code == 403
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
