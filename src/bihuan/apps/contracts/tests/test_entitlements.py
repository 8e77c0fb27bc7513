"""Counters by ledger rows: never below zero, whatever is done in whatever order, by however many."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.apps.contracts import actions
from bihuan.apps.contracts.models import Entitlement, EntitlementRow
from bihuan.apps.contracts.refusals import AlreadyUndone, NothingLeft, NotOpen
from bihuan.apps.contracts.tests import factories as make
from bihuan.apps.customers.tests import factories as people
from bihuan.base.errors import BadInput
from bihuan.base.facts.models import Fact

NOW = make.NOW


@pytest.fixture
def contract(db):
    return make.signed(people.customer(region="华东"))


def test_grant_use_undo(contract):
    row = actions.grant(contract=contract, kind="PM_VISIT", quantity=Decimal(4), by=None, now=NOW)
    move = actions.use(entitlement=row, quantity=Decimal(1), ref="WX-1", by=None, now=NOW)
    again = actions.use(entitlement=row, quantity=Decimal(1), ref="WX-1", by=None, now=NOW)
    assert move == again
    row.refresh_from_db()
    assert (row.used, row.left) == (1, 3)
    assert Fact.objects.get(kind="entitlement.used").own() == {
        "use": f"QY-{move.pk}",
        "kind": "PM_VISIT",
        "quantity": 1.0,
    }
    actions.undo(row=move, by=None, now=NOW, note="没有去成")
    with pytest.raises(AlreadyUndone):
        actions.undo(row=move, by=None, now=NOW, note="再来")
    row.refresh_from_db()
    assert row.used == 0
    actions.use(entitlement=row, quantity=Decimal(1), ref="WX-1", by=None, now=NOW)
    row.refresh_from_db()
    assert row.used == 1


def test_more_than_is_left_is_refused_and_nothing_is_written(contract):
    row = actions.grant(contract=contract, kind="PM_VISIT", quantity=Decimal(2), by=None, now=NOW)
    with pytest.raises(NothingLeft) as refused:
        actions.use(entitlement=row, quantity=Decimal(3), by=None, now=NOW)
    assert "只剩 2 次" in str(refused.value)
    assert EntitlementRow.objects.filter(kind="USE").count() == 0
    assert not Fact.objects.filter(kind="entitlement.used").exists()


def test_out_of_its_time_it_is_not_open(contract):
    row = actions.grant(
        contract=contract,
        kind="PM_VISIT",
        quantity=Decimal(2),
        from_on=date(2026, 11, 1),
        by=None,
        now=NOW,
    )
    with pytest.raises(NotOpen):
        actions.use(entitlement=row, quantity=Decimal(1), by=None, now=NOW)
    draft = make.draft(contract.customer)
    held = actions.grant(contract=draft, kind="PM_VISIT", quantity=Decimal(2), by=None, now=NOW)
    with pytest.raises(NotOpen):
        actions.use(entitlement=held, quantity=Decimal(1), by=None, now=NOW)
    assert EntitlementRow.objects.filter(kind="USE").count() == 0


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity", "0.001"])
def test_a_quantity_that_is_none_is_refused(contract, quantity):
    with pytest.raises(BadInput):
        actions.grant(
            contract=contract, kind="PM_VISIT", quantity=Decimal(quantity), by=None, now=NOW
        )
    with pytest.raises(BadInput):
        actions.grant(contract=contract, kind="NOPE", quantity=Decimal(1), by=None, now=NOW)
    assert not Entitlement.objects.exists()


STEPS = st.lists(
    st.tuples(st.sampled_from(["grant", "use", "undo"]), st.integers(1, 9)), max_size=14
)


@given(STEPS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_counter_is_the_sum_of_its_rows_and_never_below_zero(contract, steps):
    from django.db import transaction

    with transaction.atomic():
        row = actions.grant(
            contract=contract, kind="CALL_OUT", quantity=Decimal(5), by=None, now=NOW
        )
        granted, uses = Decimal(5), []
        for step, n in steps:
            quantity = Decimal(n)
            if step == "grant":
                actions.grant(
                    contract=contract, kind="CALL_OUT", quantity=quantity, by=None, now=NOW
                )
                granted += quantity
            elif step == "use" and sum(uses) + quantity <= granted:
                actions.use(entitlement=row, quantity=quantity, by=None, now=NOW)
                uses.append(quantity)
            elif step == "use":
                with pytest.raises(NothingLeft):
                    actions.use(entitlement=row, quantity=quantity, by=None, now=NOW)
            elif uses:
                move = EntitlementRow.objects.filter(kind="USE", undone_by=None).latest("pk")
                actions.undo(row=move, by=None, now=NOW, note="撤")
                uses.pop()
            row.refresh_from_db()
            assert (row.granted, row.used) == (granted, sum(uses))
            assert 0 <= row.used <= row.granted
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_the_last_one_is_given_to_one_of_many(transactional_db):
    contract = make.signed(people.customer(region="华东"))
    row = actions.grant(contract=contract, kind="LOAN", quantity=Decimal(3), by=None, now=NOW)
    done: list[str] = []

    def take(n: int) -> None:
        try:
            actions.use(entitlement=row, quantity=Decimal(1), by=None, now=NOW, ref=f"T{n}")
            done.append("used")
        except NothingLeft:
            done.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(n,)) for n in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    row.refresh_from_db()
    assert (sorted(done), row.used) == (["refused"] * 5 + ["used"] * 3, 3)
    assert EntitlementRow.objects.filter(entitlement=row, kind="USE").count() == 3
