"""Every row of a small company, as everybody, against a slow reading of the same declarations."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import F, Manager
from django.test.utils import CaptureQueriesContext

from bihuan.apps.assets.models import Asset, Model
from bihuan.apps.callbacks.models import Participant, Problem, Visit
from bihuan.apps.contracts.models import Contract
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.demands.models import Demand
from bihuan.apps.people.models import Team
from bihuan.apps.tickets.models import Ticket
from bihuan.base import registry
from bihuan.base.access.reach import ALL, CUSTOMER, DEALER, OWN, REGION, TEAM
from bihuan.base.access.rights import RIGHTS
from bihuan.base.access.scope import allowed, apart, may, must, reaches, visible
from bihuan.base.errors import NoSuchThing, NotAllowed
from bihuan.base.search.actions import rebuild
from bihuan.base.search.kinds import kinds
from bihuan.base.search.queries import within_reach
from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
VERB, NOBODYS = "visits.tried", "visits.untried"
FAR = {
    "general_manager": ALL, "sales": OWN, "region_lead": REGION, "dealer_staff": DEALER,
    "customer_contact": CUSTOMER, "trainer": TEAM,
}  # fmt: skip
ASKED = (VERB, "visits.half", NOBODYS)


def of_each_kind(number, row, rows, staff, model, dice):
    """A thing of each kind about one customer."""
    Contact.objects.create(
        customer=row,
        name=f"联系人{number}",
        pinyin="l",
        initials="l",
        added_at=NOW,
        changed_at=NOW,
    )
    visit = Visit.objects.create(
        customer=row, purpose="看", planned_at=NOW, state="PLANNED", host=dice.choice(staff),
        token=f"t{number}", code=f"v{number}", made_at=NOW,
    )  # fmt: skip
    for person in dice.sample(staff, dice.randrange(4)):
        Participant.objects.create(visit=visit, side="OURS", user=person)
    machine = Asset.objects.create(
        model=model, serial=f"8L{number}", customer=row, owner=dice.choice(rows[:6]),
        serviced_by=dice.choice([*rows[:3], None]), added_at=NOW, changed_at=NOW,
    )  # fmt: skip
    ticket = Ticket.objects.create(
        number=f"{number}", kind="FAULT", channel="PHONE", title="异响", reported_at=NOW, asset=machine,
        reported_source="CALL", recorded_at=NOW, customer=row, owner=dice.choice(staff),
    )  # fmt: skip
    ticket.helpers.set(dice.sample(staff, dice.randrange(4)))
    Contract.objects.create(
        no=f"H{number}", kind="SALE", customer=row, added_at=NOW, changed_at=NOW,
        start_on=NOW.date(), end_on=NOW.date(),
    )  # fmt: skip
    Demand.objects.create(
        number=f"D{number}", customer=row, kind="INTENT", source="VISIT", received_at=NOW,
        owner=dice.choice([*staff, None]),
    )  # fmt: skip
    Problem.objects.create(
        customer=row, text="慢", grade="C", disposition="ON_THE_SPOT", state="OPEN", found_at=NOW,
        owner=dice.choice(staff), found_by=dice.choice([*staff, None]),
    )  # fmt: skip


@pytest.fixture
def company(monkeypatch):
    """Rights of the test's own, customers and visits by chance, and people of every kind."""
    monkeypatch.setitem(RIGHTS, VERB, FAR)
    monkeypatch.setitem(RIGHTS, "visits.half", {"sales": OWN, "region_lead": ALL})
    monkeypatch.setitem(RIGHTS, NOBODYS, {})
    dice = random.Random(11)
    teams = [Team.objects.create(code=f"T{n}", name=f"{n} 组").pk for n in range(3)]
    staff = [make_person("sales", region=dice.choice(["R0", "R1", ""])) for _ in range(5)]
    rows: list[Customer] = []
    for number in range(18):
        rows.append(
            Customer.objects.create(
                code=f"C{number}", name=f"客户{number}", name_key=f"客户{number}", added_at=NOW,
                changed_at=NOW, region=dice.choice(["R0", "R1", "R2", ""]),
                account_manager=dice.choice([*staff, None]), exec_sponsor=dice.choice([*staff, None]),
                dedicated_engineer=dice.choice([*staff, None]),
                service_team_id=dice.choice([*teams, None]), dealer=dice.choice([*rows[:3], None]),
            )
        )  # fmt: skip
    model = Model.objects.create(
        code="HY-8L", name="离心机", family="LARGE", added_at=NOW, changed_at=NOW
    )
    for number, row in enumerate(rows):
        of_each_kind(number, row, rows, staff, model, dice)
    return [
        *staff,
        *(
            make_person(
                *dice.sample(sorted(FAR), dice.choice([1, 1, 2])), region=dice.choice(["R0", "R2", ""]),
                dealer_id=dice.choice([rows[0].pk, rows[1].pk, None]), team_id=dice.choice([*teams, None]),
                customer_id=dice.choice([rows[4].pk, None]),
            )
            for _ in range(40)
        ),
        make_person("general_manager", is_active=False), make_person("store_keeper"), make_person(),
    ]  # fmt: skip


def values(row, path):
    """All that a path leads to, by walking."""
    name, _, rest = path.partition("__")
    found = getattr(row, name)
    several = found.all() if isinstance(found, Manager) else [found]
    if not rest:
        return {found}
    return {value for each in several if each is not None for value in values(each, rest)}


def seen(person, row, verb):
    """Whether somebody sees a row, as the declarations read."""
    reach = registry.reach_of(row._meta.label)
    mine = {
        OWN: person.pk, TEAM: person.team_id, REGION: person.region or None,
        DEALER: person.dealer_id, CUSTOMER: person.customer_id,
    }  # fmt: skip
    if not person.is_active:
        return False
    for role in person.roles:
        far = RIGHTS[verb].get(role)
        if far == ALL:
            return True
        if far is not None and mine[far] is not None:
            paths = getattr(reach, far.value)
            if any(mine[far] in values(row, path) for path in paths):
                return True
    return False


@pytest.mark.parametrize(
    "model", [Customer, Contact, Visit, Ticket, Asset, Contract, Demand, Problem]
)
def test_everybody_sees_exactly_what_is_declared(company, model):
    rows = list(model.objects.order_by("pk"))
    counts = set()
    for person in company:
        for verb in ASKED:
            expected = [row.pk for row in rows if seen(person, row, verb)]
            counts.add(len(expected))
            found = visible(model.objects.order_by("pk"), person, verb).values_list("pk", flat=True)
            assert list(found) == expected, (person.roles, verb)
            found = apart(model.objects.order_by("pk"), person, verb).values_list("pk", flat=True)
            assert list(found) == expected, (person.roles, verb)
    assert len(counts) > 4  # the company is not so small that all see all or nothing


@pytest.mark.parametrize(
    ("model", "kind", "verb"),
    [
        (Customer, "customer", "customers.see"), (Contact, "contact", "customers.see"),
        (Visit, "visit", "callbacks.see"), (Ticket, "ticket", "tickets.see"), (Asset, "asset", "assets.see"),
        (Contract, "contract", "contracts.see"), (Demand, "demand", "demands.see"), (Problem, "problem", "callbacks.see"),
    ],
)  # fmt: skip
def test_everybody_finds_exactly_what_he_sees(company, monkeypatch, model, kind, verb):
    assert kind in kinds()
    monkeypatch.setitem(RIGHTS, verb, FAR)
    rebuild()
    for person in company:
        seen = visible(model.objects.all(), person, verb).values_list("pk", flat=True)
        found = within_reach(person, verb).filter(kind=kind).values_list("thing_id", flat=True)
        assert sorted(map(int, found)) == sorted(seen), (person.roles, person.dealer_id)


def test_of_some_machines_another_is_the_owner_or_the_dealer(company):
    """Without such rows, who sees them and does not find them would not be noticed above."""
    for machines in (Asset.objects.all(), Asset.objects.filter(tickets__isnull=False)):
        assert machines.exclude(owner=F("customer")).exists()
        served = machines.filter(serviced_by__isnull=False, customer__dealer__isnull=False)
        assert served.exclude(serviced_by=F("customer__dealer")).exists()


def test_one_thing_is_allowed_as_it_is_seen(company):
    for person in company:
        assert {verb for verb in ASKED if may(person, verb)} == {
            verb for verb in ASKED if reaches(person, verb)
        }
        for row in Visit.objects.order_by("pk"):
            expected = {verb for verb in ASKED if seen(person, row, verb)}
            assert {verb for verb in ASKED if may(person, verb, row)} == expected
            assert allowed(person, row, *ASKED) == expected


def test_what_one_must_is_refused_by_its_name(company):
    row = Visit.objects.earliest("pk")
    for person in company:
        if not reaches(person, VERB):
            for thing in (None, row):
                with pytest.raises(NotAllowed):
                    must(person, VERB, thing)
            continue
        must(person, VERB)
        if seen(person, row, VERB):
            must(person, VERB, row)
        else:
            with pytest.raises(NoSuchThing):
                must(person, VERB, row)


def test_a_stranger_reaches_nothing(company):
    nobody = AnonymousUser()
    assert reaches(nobody, VERB) == set()
    assert not may(nobody, VERB)
    assert not visible(Visit.objects.all(), nobody, VERB).exists()


def test_whose_rows_they_may_be_is_asked_beforehand_only_where_it_is_wanted(company):
    person = make_person("sales")
    with CaptureQueriesContext(
        connection,
    ) as one:
        list(visible(Contact.objects.all(), person, VERB))
    with CaptureQueriesContext(connection) as two:
        list(apart(Contact.objects.all(), person, VERB))
    assert (len(one), len(two)) == (1, 2)
    assert "customers_customer" not in two[1]["sql"]
