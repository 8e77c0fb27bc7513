"""From draft to end, amendments, cover and terms; refusals change nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from bihuan.apps.assets import actions as asset_actions
from bihuan.apps.assets.enums import MoveReason
from bihuan.apps.assets.snapshots import assets as asset_snapshot
from bihuan.apps.assets.tests import factories as machines
from bihuan.apps.contracts import actions
from bihuan.apps.contracts.actions.checks import TermValues
from bihuan.apps.contracts.enums import State
from bihuan.apps.contracts.handlers import on_facts
from bihuan.apps.contracts.models import Amendment, Contract, ContractAsset
from bihuan.apps.contracts.queries.cover import cover, covered, overlays
from bihuan.apps.contracts.refusals import NotDraft, NotSigned, OutOfReach, WrongState
from bihuan.apps.contracts.snapshots import contracts as snapshot
from bihuan.apps.contracts.tests import factories as make
from bihuan.apps.contracts.ticks import end_expired
from bihuan.apps.customers.snapshots import customers as customer_snapshot
from bihuan.apps.customers.tests import factories as people
from bihuan.base.errors import BadInput, ChangedMeanwhile
from bihuan.base.facts.models import Fact
from bihuan.base.registry import Asked, Term
from bihuan.base.search.queries import find
from bihuan.base.testing.kept import kept

pytestmark = pytest.mark.django_db
NOW = make.NOW
TODAY = date(2026, 10, 9)


@pytest.fixture
@kept
def played():
    people.pack_in_force()
    return people.cast()


def test_a_signed_contract_tells_its_end_and_its_state(played):
    row = make.signed(
        played.jinling,
        no="HT-1",
        amount=Decimal(120000),
        covers=["PARTS", "LABOUR"],
        hours="ROUND_THE_CLOCK",
    )
    fact = Fact.objects.get(kind="contract.signed")
    assert (fact.contract_id, fact.customer_id) == (row.pk, played.jinling.pk)
    assert fact.own() == {"start_on": "2026-01-01", "end_on": "2026-12-31"}
    assert fact.data["contract"] == {
        "kind": "SERVICE", "cover": "LABOUR+PARTS+24X7", "start_on": "2026-01-01", "end_on": "2026-12-31", "days": 365, "amount": 120000.0,
    }  # fmt: skip
    assert fact.data["customer"]["contracts"] == 1
    assert "金陵" not in str(fact.data)


def test_both_sides_sign_or_nobody_did(played):
    row = make.draft(played.jinling)
    row = actions.send_to_review(contract=row, by=None, now=NOW)
    row = actions.approve(contract=row, by=None, now=NOW)
    with pytest.raises(NotSigned) as refused:
        actions.sign(contract=row, signed_on=TODAY, ours=True, theirs=False, by=None, now=NOW)
    assert "对方" in str(refused.value)
    assert Contract.objects.get().status == "APPROVED"
    assert not Fact.objects.filter(kind="contract.signed").exists()


def test_steps_are_taken_in_their_order(played):
    row = make.draft(played.jinling)
    with pytest.raises(WrongState):
        actions.approve(contract=row, by=None, now=NOW)
    sent = actions.send_to_review(contract=row, by=None, now=NOW)
    with pytest.raises(NotDraft):
        actions.change_draft(contract=sent, title="新的", by=None, now=NOW)
    back = actions.return_to_draft(contract=sent, by=None, now=NOW)
    with pytest.raises(ChangedMeanwhile):
        actions.change_draft(contract=row, title="旧页面", by=None, now=NOW)
    assert actions.change_draft(contract=back, title="新的", by=None, now=NOW).title == "新的"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"no": ""}, "no"),
        ({"end_on": date(2025, 1, 1)}, "end_on"),
        ({"kind": "X"}, "kind"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"covers": ["GOLD"]}, "covers"),
        ({"terms": [TermValues("no.such", "1h")]}, "terms"),
        ({"terms": [TermValues("response.phone", "soon")]}, "terms"),
        (
            {"terms": [TermValues("response.phone", "1h"), TermValues("response.phone", "2h")]},
            "terms",
        ),
    ],
)
def test_wrong_input_is_refused_by_name_and_nothing_is_written(played, values, field):
    with pytest.raises(BadInput) as refused:
        make.draft(played.jinling, **values)
    assert field in refused.value.fields
    assert not Contract.objects.exists()


def test_a_machine_of_somebody_else_and_a_customer_out_of_reach_are_refused(played):
    other = machines.machine(played.stranger)
    with pytest.raises(BadInput, match="不在这家客户"):
        make.draft(played.jinling, machines=[other])
    with pytest.raises(OutOfReach):
        actions.add_contract(
            no="X",
            customer=played.stranger,
            kind="SERVICE",
            start_on=TODAY,
            by=played.manager,
            now=NOW,
        )
    assert not Contract.objects.exists()


def test_cover_of_a_machine_by_name_or_as_one_of_all(played):
    mine, other = machines.machine(played.jinling), machines.machine(played.jinling)
    row = make.signed(played.jinling, machines=[mine], covers=["LABOUR"])
    make.signed(played.jinling, machines=[other], kind="SALE")
    assert covered([mine.pk, other.pk], TODAY) == {mine.pk}
    assert [each.contract for each in cover(mine.pk, TODAY)] == [row]
    assert cover(mine.pk, date(2027, 1, 1)) == []
    assert asset_snapshot([mine.pk, other.pk], NOW)[mine.pk]["covered"] is True
    assert asset_snapshot([other.pk], NOW)[other.pk]["covered"] is False
    make.signed(played.jinling, covers_all=True, end_on=None)
    assert covered([mine.pk, other.pk], TODAY) == {mine.pk, other.pk}
    assert cover(other.pk, date(2040, 1, 1))[0].until is None


def test_a_sale_sets_the_warranty_and_an_extended_one_prolongs_it(played):
    row = machines.machine(played.jinling)
    make.signed(played.jinling, no="XS-1", kind="SALE", machines=[row], warranty_months=24)
    row.refresh_from_db()
    assert row.warranty_to == date(2028, 1, 22)
    late = make.signed(
        played.jinling,
        no="YB-1",
        kind="EXTENDED_WARRANTY",
        machines=[row],
        end_on=date(2030, 6, 30),
    )
    row.refresh_from_db()
    assert row.warranty_to == date(2030, 6, 30)
    actions.end(contract=late, on=TODAY, why="退款结清", by=None, now=NOW)
    row.refresh_from_db()
    assert row.warranty_to == date(2028, 1, 22)


def test_an_amendment_leaves_what_was_before_readable(played):
    first, second = machines.machine(played.jinling), machines.machine(played.jinling)
    terms = [TermValues("response.phone", "4h", clause="7.2"), TermValues("response.attend", "24h")]
    row = make.signed(played.jinling, no="HT-9", machines=[first], terms=terms)
    made = actions.amend(
        contract=row, signed_on=TODAY, from_on=date(2026, 11, 1), why="增购一台", add=[second], remove=[first],
        terms=[TermValues("response.phone", "1h", clause="补1"), TermValues("response.attend", "24h")], end_on=date(2027, 6, 30), by=None, now=NOW,
    )  # fmt: skip
    assert made.changes["end_on"] == ["2026-12-31", "2027-06-30"]
    assert covered([first.pk, second.pk], date(2026, 10, 31)) == {first.pk}
    assert covered([first.pk, second.pk], date(2026, 11, 1)) == {second.pk}
    at = NOW + timedelta(days=30)
    then = overlays(
        [
            Asked(1, NOW, asset_id=first.pk),
            Asked(2, at, asset_id=second.pk),
            Asked(3, at, asset_id=first.pk),
        ]
    )
    assert [(term.within, term.source) for term in then[1]] == [
        ("4h", "合同·HT-9·7.2"),
        ("24h", "合同·HT-9"),
    ]
    assert ("1h", "合同·HT-9·补1") in [(term.within, term.source) for term in then[2]]
    assert 3 not in then
    assert Fact.objects.get(kind="contract.amended").own() == {
        "amendment": "HT-9-1",
        "end_on": "2027-06-30",
    }
    row.refresh_from_db()
    with pytest.raises(BadInput, match="没有任何变更"):
        actions.amend(contract=row, signed_on=TODAY, from_on=TODAY, why="空", by=None, now=NOW)
    assert Amendment.objects.count() == 1


def test_a_draft_is_not_amended(played):
    row = make.draft(played.jinling)
    with pytest.raises(WrongState):
        actions.amend(
            contract=row,
            signed_on=TODAY,
            from_on=TODAY,
            why="x",
            amount=Decimal(5),
            by=None,
            now=NOW,
        )
    assert not Amendment.objects.exists()


def test_terms_lie_over_what_they_are_asked_for_only(played, django_assert_max_num_queries):
    mine, other = machines.machine(played.jinling), machines.machine(played.jinling)
    row = make.signed(
        played.jinling,
        no="HT-7",
        machines=[mine],
        terms=[TermValues("response.phone", "1h", clause="7.2")],
    )
    make.draft(played.jinling, covers_all=True, terms=[TermValues("response.phone", "10min")])
    asked = [
        Asked(1, NOW, customer_id=played.jinling.pk, asset_id=mine.pk), Asked(2, NOW, customer_id=played.jinling.pk, asset_id=other.pk),
        Asked(3, NOW, contract_id=row.pk), Asked(4, NOW + timedelta(days=400), asset_id=mine.pk), Asked(5, NOW, customer_id=played.jinling.pk),
    ]  # fmt: skip
    with django_assert_max_num_queries(3):
        found = overlays(asked)
    assert set(found) == {1, 3}
    assert found[1] == [Term("response.phone", "1h", "合同·HT-7·7.2", "", row.pk)]
    make.signed(played.jinling, covers_all=True, terms=[TermValues("response.attend", "8wh")])
    assert {2, 5} <= set(overlays(asked))


def test_a_contract_that_ran_out_is_ended_once(played):
    row = make.signed(played.jinling)
    later = NOW + timedelta(days=120)
    assert end_expired(NOW) == 0
    assert end_expired(later) == 1
    assert end_expired(later) == 0
    fact = Fact.objects.get(kind="contract.ended")
    assert fact.own() == {"reason": "EXPIRED"}
    assert fact.at.isoformat().startswith("2026-12-31T16:00")  # midnight in Shanghai
    row.refresh_from_db()
    assert row.state(later.date()) == State.EXPIRED
    assert Contract.objects.in_force(TODAY).count() == 1
    assert Contract.objects.in_force(later.date()).count() == 0
    assert customer_snapshot([played.jinling.pk], later)[played.jinling.pk]["contracts"] == 0


def test_a_renewal_lets_the_old_one_run_out_as_renewed(played):
    old = make.signed(played.jinling)
    make.signed(
        played.jinling,
        renews=old,
        start_on=date(2027, 1, 1),
        end_on=date(2027, 12, 31),
        amount=Decimal(9000),
    )
    old.refresh_from_db()
    assert (old.state(TODAY), old.state(date(2027, 1, 1))) == (State.ACTIVE, State.RENEWED)
    assert Fact.objects.get(kind="renewal.made").own() == {"amount": 9000.0}
    assert Fact.objects.get(kind="contract.ended").own() == {"reason": "RENEWED"}
    assert end_expired(NOW + timedelta(days=120)) == 0


def test_a_resold_machine_leaves_the_cover_of_who_had_it(played):
    row = machines.machine(played.jinling)
    make.signed(played.jinling, machines=[row])
    asset_actions.move(
        asset=row, reason=MoveReason.RESOLD, customer=played.stranger, by=None, now=NOW
    )
    on_facts(list(Fact.objects.order_by("pk")), NOW)
    assert ContractAsset.objects.get().to_on == TODAY
    assert covered([row.pk], TODAY + timedelta(days=1)) == set()


def test_contracts_are_found_by_number_and_within_reach(played):
    row = make.signed(played.jinling, no="HT-2026-0311")
    hits = [
        hit
        for group in find(played.manager, "0311")
        for hit in group.hits
        if hit.kind == "contract"
    ]
    assert [hit.thing_id for hit in hits] == [str(row.pk)]
    assert not [group for group in find(played.other, "0311") if group.kind == "contract"]


def test_the_snapshot_takes_one_query(played, django_assert_num_queries):
    rows = [make.signed(played.jinling) for _ in range(3)]
    with django_assert_num_queries(1):
        assert len(snapshot([row.pk for row in rows], NOW)) == 3
