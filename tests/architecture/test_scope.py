"""`may` and `visible` come from one table and never disagree."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from django.apps import apps

from bihuan.base import registry
from bihuan.base.access.rights import RIGHTS
from bihuan.base.access.scope import NoReachDeclared, door, may, must, reaches, visible
from bihuan.base.errors import NoSuchThing, NotAllowed
from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ROLES = sorted({role for table in RIGHTS.values() for role in table})


def customers():
    from bihuan.apps.customers.models import Customer

    dealer = Customer.objects.create(
        code="D", name="经销商", name_key="D", region="R1", added_at=NOW, changed_at=NOW
    )
    managers = [make_person("account_manager") for _ in range(3)]
    for number in range(12):
        Customer.objects.create(
            code=f"C{number}",
            name=f"客户{number}",
            name_key=f"客户{number}",
            added_at=NOW,
            changed_at=NOW,
            region=f"R{number % 3}",
            account_manager=managers[number % 3],
            dealer=dealer if number % 4 == 0 else None,
        )
    return Customer, dealer, managers


def test_in_many_worlds():
    model, dealer, managers = customers()
    dice = random.Random(7)
    people = [
        *managers,
        *(
            make_person(
                *dice.sample(ROLES, dice.choice([1, 1, 2])),
                region=dice.choice(["R0", "R1", "R2", ""]),
                dealer_id=dice.choice([None, dealer.pk]),
            )
            for _ in range(25)
        ),
    ]
    rows = list(model.objects.all())
    for person in people:
        for verb in ("customers.see", "customers.edit", "customers.private", "customers.hand_over"):
            seen = set(visible(model.objects.all(), person, verb).values_list("pk", flat=True))
            for row in dice.sample(rows, 5):
                assert may(person, verb, row) == (row.pk in seen), (person.roles, verb)


def test_a_row_out_of_reach_is_like_no_row():
    model, _dealer, managers = customers()
    foreign = model.objects.exclude(account_manager=managers[0]).exclude(code="D").first()
    for pk in (foreign.pk, 999_999):
        with pytest.raises(NoSuchThing):
            door(model.objects.all(), managers[0], pk, "customers.see")
    with pytest.raises(NoSuchThing):
        must(managers[0], "customers.see", foreign)
    with pytest.raises(NotAllowed):
        must(make_person("store_keeper"), "customers.edit", foreign)


def test_a_misspelt_verb_never_means_yes():
    with pytest.raises(KeyError):
        reaches(make_person("administrator"), "customers.sea")


def test_a_model_without_reach_is_closed():
    from bihuan.base.access.models import LoginFailures

    with pytest.raises(NoReachDeclared):
        visible(LoginFailures.objects.all(), make_person("account_manager"), "customers.see")


def test_who_left_reaches_nothing():
    person = make_person("administrator", is_active=False)
    assert not any(reaches(person, verb) for verb in RIGHTS)


def test_whoever_is_at_home_may_enter():
    for role in ROLES:
        assert role == "customer_contact" or reaches(make_person(role), "home.see"), role


def test_every_scoped_verb_has_a_model_with_reach():
    labels = {config.label for config in registry.manifests() if config.reach}
    # An app without tables reads the rows of others, which have their own reach.
    known = {config.label for config in apps.get_app_configs() if list(config.get_models())}
    for verb, table in RIGHTS.items():
        app = verb.split(".")[0]
        if (
            app in known
            and app not in ("facts", "ledgers")
            and set(map(str, table.values())) != {"all"}
        ):
            assert app in labels, verb
