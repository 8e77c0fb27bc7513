"""A period that begins for many is heard class by class: it comes to the same as one by one."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from bihuan.apps.customers.models import ClauseException, Customer, Purchase
from bihuan.apps.obligations import rounds
from bihuan.apps.obligations.handlers import on_facts
from bihuan.apps.obligations.models import Obligation, RuleFailure, Untaken
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.ticks import open_scheduled, periods
from bihuan.apps.policy.actions import shipped
from bihuan.apps.policy.queries import read_files
from bihuan.base.facts import listeners
from bihuan.base.facts.actions import Telling, tell_all
from bihuan.base.facts.models import DeadLetter, Fact
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy.traits import Trait, traits

pytestmark = pytest.mark.django_db
NEVER = 10**9
PACKS = ("", "instruments", "centrifuge", "general", "automation")
FLAGS = ("STRATEGIC", "TECHNICAL", "QUALITY_SENSITIVE", "KEY_ACCOUNT", "JOINT_PROJECT")


def texts(pack: str) -> dict[str, str]:
    return shipped(pack) if pack else make.files()


def company(pack: str, dice: random.Random, monkeypatch: Any) -> tuple[make.House, list[Customer]]:
    found = texts(pack)
    monkeypatch.setattr(make, "files", lambda *_, **__: found)
    home = make.house()
    tiers = read_files(found).tiers
    order = tiers.order if tiers is not None else ("",)
    customers = []
    for number in range(24):
        rank = dice.randrange(len(order))
        more: dict[str, Any] = {
            "tier": order[rank], "tier_rank": rank + 1, "flags": dice.sample(FLAGS, dice.randint(0, 2)),
            "region": dice.choice(["east", ""]), "nature": dice.choice(["PRIVATE", "STATE"]),
            "exec_sponsor": dice.choice([home.gu, None]),
            "account_manager": dice.choice([home.li, home.li, None]),
        }  # fmt: skip
        customers.append(make.customer(home, f"客户{number}", **more))
        Purchase.objects.create(
            customer=customers[-1], order_no=f"B{number}", made_on=date(2025, 8, 1), category="MACHINE",
            amount=Decimal(dice.choice([20_000, 5_000_000, 5_000_000.01, 9_000_000])), added_at=home.start,
        )  # fmt: skip
    rules = [rule.id for rule in read_files(found).rules.values() if rule.every]
    for change, value in (("WAIVE", ""), ("CALENDAR", "24x7")):
        ClauseException.objects.create(
            customer=dice.choice(customers), target="RULE", code=dice.choice(rules), change=change, value=value,
            reason="客户要求", from_at=home.start, approver=home.gu, granted_at=home.start, asked_at=home.start,
        )  # fmt: skip
    return home, customers


def called(name: str) -> dict[str, Any]:
    blank = {"string": name, "bool": True, "int": 1, "number": 1.0}
    return {
        each: (field.values[0] if field.values else blank[field.type])
        for each, field in vocabulary().facts["callback.done"].fields.items()
        if field.required
    }


def meanwhile(home: make.House, customers: list[Customer], dice: random.Random, now: Any) -> None:
    """Something happens to some of them: what has been done, and what enters in mid-period."""
    told = []
    for customer in dice.sample(customers, 6):
        other = dice.choice(customers)
        before, customer.tier, customer.tier_rank = customer.tier, other.tier, other.tier_rank
        customer.save(update_fields=["tier", "tier_rank"])
        told.append(
            Telling(
                "tier.changed", now, {"customer": customer.pk},
                {"change": f"{now}{customer.pk}", "before": before, "after": customer.tier, "up": True},
            )
        )  # fmt: skip
        told.append(
            Telling(
                "callback.done", now - timedelta(hours=3), {"customer": other.pk},
                called(f"{now}{customer.pk}"),
            )
        )  # fmt: skip
    tell_all(told, now=now, by=None)
    home.hear(now)


def shot() -> dict[str, Any]:
    """Everything that the engine has made, by names that do not depend on the way there."""
    uids = dict(Fact.objects.values_list("pk", "uid"))
    rows = {}
    all_rows: list[dict[str, Any]] = [dict(row) for row in Obligation.objects.values()]
    for row in all_rows:
        for name in ("cause_id", "settled_by_id"):
            row[name] = uids.get(row[name])
        rows[str(row["uid"])] = {
            k: v for k, v in row.items() if k not in ("id", "superseded_by_id")
        }
    winners = Obligation.objects.values_list("uid", "superseded_by__uid")
    facts = Fact.objects.exclude(kind="period.began").order_by("key", "uid")
    names = ("kind", "at", "told_at", "by_id", "source", "key", "customer_id", "asset_id", "contract_id")  # fmt: skip
    return {
        "rows": rows, "winners": dict(winners),
        "facts": list(facts.values_list(*names, "subjects", "data")),
        "untaken": set(Untaken.objects.values_list("fact_id", "kind", "at")),
        "failures": {(pk, rule, str(why), at) for pk, rule, why, at in RuleFailure.objects.values_list("fact_id", "rule", "reason", "at")},
        "parked": DeadLetter.objects.count(),
    }  # fmt: skip


def heard(home: make.House, now: Any, many: int, monkeypatch: Any) -> tuple[dict[str, Any], int]:
    """What hearing makes, and how many facts were heard as one; everything is put back."""
    as_one = 0

    def counted(ids: Any, at: Any) -> list[int]:
        nonlocal as_one
        left = rounds.hear_round(ids, at)
        as_one += len(ids) - len(left)
        return left

    with transaction.atomic(), monkeypatch.context() as patch:
        patch.setattr(listeners, "MANY", many)
        patch.setattr(on_facts, "many", ("period.began", counted))
        home.hear(now)
        open_scheduled(now)
        found = shot()
        transaction.set_rollback(True)
    return found, as_one


@pytest.mark.parametrize("pack", PACKS)
def test_many_heard_as_one_make_what_they_make_one_by_one(pack, monkeypatch):
    dice = random.Random(pack)
    home, customers = company(pack, dice, monkeypatch)
    for day in ("2026-01-01", "2026-01-12", "2026-02-01", "2026-03-02", "2026-04-01", "2026-07-01"):
        now = make.moment(f"{day} 01:00")
        periods(now)
        before = shot()
        apart, none = heard(home, now, NEVER, monkeypatch)
        together, some = heard(home, now, 2, monkeypatch)
        assert together == apart
        assert apart["parked"] == 0
        assert none == 0
        if day == "2026-07-01":
            assert some > len(customers) / 2
            assert together["rows"].keys() > before["rows"].keys()
        monkeypatch.setattr(listeners, "MANY", 2)
        home.hear(now)
        open_scheduled(now)
        meanwhile(home, customers, dice, now + timedelta(days=3))
    made = shot()
    listeners.Cursor.objects.filter(name="obligations").update(tx=0, fact_id=0)
    home.hear(now + timedelta(days=3))
    again = shot()
    assert (again["rows"].keys(), again["facts"]) == (made["rows"].keys(), made["facts"])


def test_what_is_only_compared_with_numbers_does_not_make_a_class_for_each():
    found = traits(read_files(shipped("instruments")), "customer")
    assert Trait("customer", "purchase_12m", (5_000_000.0,)) in found
    assert Trait("customer", "tier") in found


def test_what_cannot_be_heard_as_one_is_heard_one_by_one(monkeypatch):
    home = make.house()
    customers = [make.customer(home, f"客户{n}") for n in range(3)]
    monkeypatch.setattr(listeners, "MANY", 2)

    def broken(ids: Any, now: Any) -> list[int]:
        rounds.hear_round(ids, now)
        raise ValueError

    monkeypatch.setattr(on_facts, "many", ("period.began", broken))
    periods(home.start)
    home.hear(home.start)
    assert set(Obligation.objects.values_list("customer_id", flat=True)) >= {
        c.pk for c in customers
    }
    assert not DeadLetter.objects.exists()
