"""Every route as every role."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from bihuan.apps.obligations.tests.factories import put_in_force
from bihuan.apps.people.actions import first_calendar
from bihuan.apps.policy import actions as policy
from bihuan.base import clock
from bihuan.base.access.policy import needs
from bihuan.base.access.rights import LIKE, RIGHTS
from bihuan.base.testing.people import make_person
from bihuan.base.testing.routes import Canary, all_routes, undeclared, walk, walkers
from bihuan.base.vocabulary import vocabulary

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PARTS = 6  # the walkers are many; the processes of `make test` share them


def test_every_route_says_who_may_enter():
    assert undeclared() == []


def test_there_are_routes():
    assert len(list(all_routes())) > 50


def test_every_role_of_the_table_is_a_role_of_the_vocabulary():
    known = set(vocabulary().roles) | {"customer_contact"}
    used = {role for table in RIGHTS.values() for role in table} | set(LIKE)
    assert used <= known


@pytest.fixture
def house(transactional_db):
    """A company that works: a calendar and a regulation in force."""
    first_calendar(now=NOW)
    put_in_force(policy.shipped("centrifuge"), from_at=NOW)
    with clock.set_to(NOW):
        yield


@pytest.mark.parametrize("part", range(PARTS))
def test_the_walk_finds_nothing(house, part):
    result = walk(NOW, part=part, of=PARTS)
    assert result.requests > 500
    assert not result.findings, "\n".join(result.summary())


def forgotten(request):
    return HttpResponse("ok")


@needs("people.manage")
def leaking(request):
    return HttpResponse("CANARY-leak")


@needs("home.see")
def crashing(request):
    raise ZeroDivisionError


urlpatterns = [
    path("forgotten/", forgotten, name="forgotten"),
    path("leaking/", leaking, name="leaking"),
    path("crashing/", crashing, name="crashing"),
    path("accounts/login/", needs("home.see")(leaking), name="account_login"),
]


@override_settings(ROOT_URLCONF=__name__)
def test_a_route_without_a_policy_is_found():
    assert "forgotten/" in undeclared()


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_a_leak_and_a_crash_are_found(monkeypatch):
    monkeypatch.setattr(
        "bihuan.base.testing.routes.plant", lambda now: [Canary("CANARY-leak", "customers.see")]
    )
    monkeypatch.setattr(
        "bihuan.base.testing.routes.walkers",
        lambda: [make_person("administrator"), make_person("sales")],
    )
    monkeypatch.setattr(
        "bihuan.base.testing.routes.reaches",
        lambda person, verb: set() if verb == "customers.see" else {"x"},
    )
    found = [str(finding) for finding in walk(NOW).findings]
    assert any("shows CANARY-leak" in each for each in found)
    assert any("ZeroDivisionError" in each for each in found)


@pytest.mark.django_db
def test_walkers_cover_every_set_of_rights():
    people = walkers()
    assert people[0] is None
    assert len(people) > 10
