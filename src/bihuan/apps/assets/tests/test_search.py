"""Who owns or serves a machine that stands elsewhere finds it as long as the list shows it to him."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection

from bihuan.apps.assets import actions
from bihuan.apps.assets.enums import MoveReason
from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.tests import factories as make
from bihuan.apps.customers import actions as customers
from bihuan.apps.customers.tests import factories as people
from bihuan.base.access.scope import visible
from bihuan.base.search.actions import rebuild
from bihuan.base.search.models import Entry
from bihuan.base.search.queries import find
from bihuan.base.testing.draining import drain
from bihuan.base.testing.kept import kept
from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db
NOW = make.NOW


@pytest.fixture
@kept
def played():
    people.pack_in_force()
    return people.cast()


def finds(person, row: Asset) -> bool:
    """Whether the search shows the machine, which is whether the list does."""
    kinds = [group.kind for group in find(person, row.serial)]
    assert ("asset" in kinds) == visible(Asset.objects.all(), person, "assets.see").exists()
    return "asset" in kinds


@pytest.fixture
def two(played):
    """The dealer of the cast, and one who has no customers of his own, with somebody of each."""
    other = customers.add_customer(
        name="苏中机电设备有限公司", relation="DEALER", region="华东", by=None, now=NOW
    )
    return played.dealer_man, make_person("dealer_staff", dealer_id=other.pk), other


def test_whoever_serves_a_machine_finds_it_after_every_move(played, two):
    one, another, other = two
    row = make.machine(played.jinling, serviced_by=other)
    assert (finds(one, row), finds(another, row)) == (False, True)
    row = actions.move(
        asset=row, reason=MoveReason.RENTED, customer=played.stranger, serviced_by=played.dealer,
        by=None, now=NOW,
    )  # fmt: skip
    assert (finds(one, row), finds(another, row)) == (True, False)
    actions.move(asset=row, reason=MoveReason.RETURNED, by=None, now=NOW)
    assert (finds(one, row), finds(another, row)) == (False, False)


def test_two_dealers_that_become_one_find_what_each_served_until_they_are_two_again(played, two):
    one, another, other = two
    row = make.machine(played.jinling, serviced_by=other)
    proposal = customers.propose_merge(
        kept=played.dealer, gone=other, why="同一家公司", by=played.market, now=NOW
    )
    customers.decide_merge(proposal=proposal, agree=True, by=played.boss, now=NOW)
    drain(NOW)
    assert (finds(one, row), finds(another, row)) == (True, False)
    proposal.refresh_from_db()
    customers.unmerge(proposal=proposal, by=played.boss, now=NOW)
    drain(NOW)
    assert (finds(one, row), finds(another, row)) == (False, True)


def test_two_owners_that_become_one_are_named_by_what_stands_elsewhere(played):
    row = make.machine(played.jinling, owner=played.stranger)
    heir = customers.add_customer(name="燕北生物", region="华北", by=None, now=NOW)
    proposal = customers.propose_merge(
        kept=heir, gone=played.stranger, why="同一家公司", by=played.market, now=NOW
    )
    customers.decide_merge(proposal=proposal, agree=True, by=played.boss, now=NOW)
    drain(NOW)
    found = Entry.objects.get(kind="asset", thing_id=str(row.pk))
    assert found.customers == sorted([played.jinling.pk, heir.pk])


def test_those_of_before_are_told_to_the_search_as_it_is_made_anew(played, two):
    _one, _another, other = two
    make.machine(played.jinling, owner=played.stranger, serviced_by=other)
    make.machine(played.end_user, serviced_by=other)
    make.machine(played.dealer)
    Entry.objects.filter(kind="asset").update(dealers=[], customers=[])
    with connection.cursor() as cursor:
        cursor.execute(import_module("bihuan.apps.assets.migrations.0004_parties_find").TOLD)
    told = reach()
    rebuild()
    assert told == reach()
    assert len(set(told.values())) == 3


def reach() -> dict[str, tuple[frozenset[int], frozenset[int]]]:
    rows = Entry.objects.filter(kind="asset").values_list("thing_id", "dealers", "customers")
    return {thing: (frozenset(dealers), frozenset(owners)) for thing, dealers, owners in rows}
