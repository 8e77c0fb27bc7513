"""`POST /api/facts` by a program with a token: told once, within its reach, or not at all."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from bihuan.apps.customers.actions import add_customer
from bihuan.apps.obligations.models import Obligation
from bihuan.base import clock
from bihuan.base.access.tokens import make_token
from bihuan.base.facts.models import Fact

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
DAY = "2026-03-03 10:00"


class Program:
    """A program that speaks for somebody."""

    def __init__(self, person, *scopes: str) -> None:
        now = clock.now()
        _, self.text = make_token(
            person, title="journey", scopes=scopes, expires_at=now + timedelta(days=1),
            by=None, now=now,
        )  # fmt: skip

    def post(self, body: object, key: str = ""):
        headers = {"Authorization": f"Bearer {self.text}"}
        if key:
            headers["Idempotency-Key"] = key
        return Client().post("/api/facts", json.dumps(body), "application/json", headers=headers)


def demand(customer, **more):
    data = {"demand": "D-1", "kind": "OPTIMISE", "source": "OTHER"}
    return {
        "kind": "demand.received", "at": "2026-03-03T09:59:00+08:00",
        "subjects": {"customer": customer.pk}, "data": data,
    } | more  # fmt: skip


def test_twice_under_one_key_is_one_fact_and_another_body_is_refused(firm, set_to):
    with set_to(DAY):
        program = Program(firm.helan, "facts.tell")
        first = program.post(demand(firm.jinling), "key-00001")
        again = program.post(demand(firm.jinling), "key-00001")
        assert first.status_code == 201
        assert again.json() == first.json()
        facts, before = Fact.objects.count(), Obligation.objects.count()
        other = program.post(demand(firm.hairui), "key-00001")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert Fact.objects.count() == facts
        assert Fact.objects.filter(kind="demand.received").count() == 1
        assert Obligation.objects.count() == before  # nobody has listened yet
    firm.come("2026-03-03 10:01")
    made = Obligation.objects.filter(cause__kind="demand.received")
    assert made.exists()
    assert {row.customer_id for row in made} == {firm.jinling.pk}


def test_out_of_reach_is_refused_and_nothing_is_written(firm, set_to):
    with set_to(DAY):
        stranger = add_customer(name="漠河制药有限公司", region="north", by=None, now=firm.now)
        before = Fact.objects.count()
        reader = Program(firm.helan, "facts.see")
        assert reader.post(demand(firm.jinling), "key-00002").status_code == 403
        manager = Program(firm.limuyan, "facts.tell")
        beyond = manager.post(demand(stranger), "key-00003")
        assert beyond.status_code == 422, beyond.content
        nobody = manager.post(demand(stranger) | {"subjects": {"customer": 999_999_999}})
        # It must not be told apart from a customer that does not exist.
        assert beyond.json()["fields"].keys() == nobody.json()["fields"].keys()
        assert Fact.objects.count() == before
        assert manager.post(demand(firm.jinling), "key-00003x").status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "demand.recieved"}, "kind"),
        ({"data": {"demnad": "D-1", "kind": "OPTIMISE", "source": "OTHER"}}, "data.demnad"),
        ({"data": {"kind": "OPTIMISE", "source": "OTHER"}}, "data.demand"),
    ],
)
def test_what_is_misspelt_is_named_in_a_plain_sentence(firm, set_to, change, field):
    with set_to(DAY):
        before = Fact.objects.count()
        answer = Program(firm.helan, "facts.tell").post(demand(firm.jinling, **change))
        assert answer.status_code == 422
        said = answer.json()
        assert field in said["fields"], said
        assert len(str(said["fields"][field])) > 5
        assert Fact.objects.count() == before
