"""Two rows become one and two again: links move, nothing is lost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from bihuan.apps.customers import actions
from bihuan.apps.customers.actions import merging
from bihuan.apps.customers.models import Contact, Customer, KeyDate, Merge, Purchase
from bihuan.apps.customers.queries.doubles import doubles
from bihuan.apps.customers.queries.page import same_customer, timeline
from bihuan.apps.customers.rules.key_dates import Day
from bihuan.apps.customers.tests import factories as make
from bihuan.base.errors import BadInput, ChangedMeanwhile, NotAllowed
from bihuan.base.facts.models import Fact

NOW = make.NOW


def proposal(cast) -> Merge:
    return actions.propose_merge(
        kept=cast.jinling, gone=cast.stranger, why="营业执照相同", by=cast.market, now=NOW
    )


@pytest.mark.django_db
def test_one_proposes_another_checks_and_the_days_of_the_pack_end_the_way_back():
    make.pack_in_force()
    cast = make.cast()
    person = make.contact(cast.stranger, "赵工", phone="13800000009")
    row = proposal(cast)
    with pytest.raises(merging.SamePerson):
        actions.decide_merge(proposal=row, agree=True, by=cast.market, now=NOW)
    with pytest.raises(NotAllowed):
        actions.decide_merge(proposal=row, agree=True, by=cast.manager, now=NOW)
    person.refresh_from_db()
    assert person.customer == cast.stranger
    actions.decide_merge(proposal=row, agree=True, by=cast.boss, now=NOW)
    person.refresh_from_db()
    gone = Customer.objects.get(pk=cast.stranger.pk)
    assert (person.customer, gone.status, gone.merged_into) == (
        cast.jinling,
        "MERGED",
        cast.jinling,
    )
    assert Fact.objects.get(kind="customer.merged").own() == {"into": cast.jinling.code}
    with pytest.raises(actions.customers.Merged):
        actions.change_customer(customer=gone, city="天津", by=None, now=NOW)
    facts, _more = timeline(same_customer(cast.jinling))
    assert {fact.customer_id for fact in facts} == {cast.jinling.pk, cast.stranger.pk}
    with pytest.raises(merging.TooLateToUndo):
        actions.unmerge(proposal=row, by=cast.boss, now=NOW + timedelta(days=10, seconds=1))
    late = make.contact(cast.jinling, "后来的")
    actions.unmerge(proposal=row, by=cast.boss, now=NOW + timedelta(days=10))
    person.refresh_from_db()
    late.refresh_from_db()
    gone.refresh_from_db()
    assert (person.customer, late.customer) == (cast.stranger, cast.jinling)
    assert (gone.status, gone.merged_into) == ("ACTIVE", None)
    with pytest.raises(ChangedMeanwhile):
        actions.unmerge(proposal=row, by=cast.boss, now=NOW + timedelta(days=10))


@pytest.mark.django_db
def test_refused_proposals():
    cast = make.cast()
    with pytest.raises(BadInput):
        actions.propose_merge(
            kept=cast.jinling, gone=cast.jinling, why="营业执照相同", by=None, now=NOW
        )
    with pytest.raises(merging.HasDaughters):
        actions.propose_merge(
            kept=cast.jinling, gone=cast.dealer, why="营业执照相同", by=None, now=NOW
        )
    with pytest.raises(BadInput):
        actions.propose_merge(kept=cast.jinling, gone=cast.stranger, why="是", by=None, now=NOW)
    assert not Merge.objects.exists()


@pytest.mark.django_db
def test_doubles_are_suggested_by_name_and_phone_until_somebody_judged_them():
    cast = make.cast()
    twin = make.customer("金陵泵业 有限公司")
    make.contact(cast.stranger, phone="13811112222")
    make.contact(cast.dealer, phone="13811112222")
    found = {(each.one.pk, each.other.pk): each.why for each in doubles()}
    assert found == {
        (cast.jinling.pk, twin.pk): ("NAME",),
        (cast.dealer.pk, cast.stranger.pk): ("PHONE",),
    }
    row = actions.propose_merge(
        kept=cast.jinling, gone=twin, why="名称相同", by=cast.market, now=NOW
    )
    actions.decide_merge(proposal=row, agree=False, by=cast.boss, now=NOW)
    assert len(doubles()) == 1


def owners() -> dict[str, dict[int, int]]:
    return {
        model.__name__: dict(model.objects.values_list("pk", "customer_id"))
        for model in (Contact, Purchase, KeyDate)
    }


class TestThereAndBack(TestCase):
    """Whatever two customers hold: merged everything is the kept one's, undone it is as before."""

    @given(
        st.lists(
            st.tuples(st.booleans(), st.sampled_from(["contact", "purchase", "date"])), max_size=8
        )
    )
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    def test_undo_is_the_exact_way_back(self, things):
        boss, market = make.user("b", "甲", "general_manager"), make.user("m", "乙", "market_head")
        one, two = make.customer(), make.customer()
        for number, (first, what) in enumerate(things):
            of = one if first else two
            if what == "contact":
                make.contact(of, f"人{number}")
            elif what == "purchase":
                actions.record_purchase(
                    customer=of,
                    order_no=f"PO-{number}",
                    made_on=date(2026, 9, 1),
                    amount=Decimal(5),
                    category="PARTS",
                    by=None,
                    now=NOW,
                )
            else:
                actions.add_key_date(customer=of, node="AWARD", when=Day(5, 6), by=None, now=NOW)
        before = owners()
        row = actions.propose_merge(kept=one, gone=two, why="营业执照相同", by=market, now=NOW)
        actions.decide_merge(proposal=row, agree=True, by=boss, now=NOW)
        assert all(owner == one.pk for rows in owners().values() for owner in rows.values())
        actions.unmerge(proposal=row, by=boss, now=NOW)
        assert owners() == before
