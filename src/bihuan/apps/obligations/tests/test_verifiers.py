"""Independence: who had a hand in a matter is neither asked to confirm it nor may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from bihuan.apps.obligations import actions, together
from bihuan.apps.obligations.acts import Proof
from bihuan.apps.obligations.enums import State, Verifier
from bihuan.apps.obligations.models import Evidence, Obligation
from bihuan.apps.obligations.refusals import NotIndependent
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.verifiers import involved
from bihuan.apps.people.models import Team
from bihuan.base.access.models import User
from bihuan.base.facts.models import Fact
from bihuan.base.testing.tables import tables

pytestmark = pytest.mark.django_db
NOW = make.moment("2026-03-09 14:00")
CALL = [Proof("call_log", "通话")]
LEAD = "parameters:\n  verify.not_team_lead: {value: true, title: {zh: 组长不核实, en: No lead}}\n"


@dataclass
class Matter:
    """A demand with two duties (a proposal, and a plan that the customer confirms), and a fault."""

    home: Any
    proposal: Obligation
    plan: Obligation
    call: Obligation


def matter(**swap: str) -> Matter:
    home = make.house(**swap)
    subjects = {"asset": 7, "customer": make.customer(home).pk}
    home.told(
        "demand.received", "2026-03-09 10:00", subjects=subjects, demand="D1", kind="OPTIMISE",
        source="CALLBACK",
    )  # fmt: skip
    home.told(
        "fault.reported", "2026-03-09 13:00", subjects=subjects, ticket="T2", severity="NORMAL"
    )
    return Matter(
        home, make.one(rule="demand.proposal"), make.one(rule="demand.plan"),
        make.one(rule="fault.normal.phone"),
    )  # fmt: skip


def done(row: Obligation, by: User) -> Obligation:
    kinds = [*row.proof.get("all", ()), *list(row.proof.get("any", ()))[:1]]
    proofs = [Proof(kind, "已办") for kind in kinds]
    actions.discharge(obligation_ids=[row.pk], by=by, now=NOW, at=NOW, evidence=proofs)
    return Obligation.objects.get(pk=row.pk)


def refused(row: Obligation, by: User, how: Verifier = Verifier.INDEPENDENT) -> None:
    """One by one and in a list; no row of any table is another one."""
    before = tables()
    with pytest.raises(NotIndependent):
        actions.verify(obligation_id=row.pk, by=by, now=NOW, how=how, satisfied=True)
    said = together.verify_each([together.Said(row.pk, by, NOW, how)], now=NOW)
    assert list(said.refused) == [row.pk]
    assert tables() == before


def test_a_helper_is_neither_asked_nor_may_confirm():
    case = matter()
    done(case.proposal, case.home.sun)  # who asks the customers had a hand in this one
    plan = done(case.plan, case.home.li)
    assert plan.verifier not in (None, case.home.sun, case.home.li)
    refused(plan, case.home.sun, Verifier.CUSTOMER)
    said = actions.verify(
        obligation_id=plan.pk, by=plan.verifier, now=NOW, how=Verifier.CUSTOMER, satisfied=True
    )
    assert said.state == State.VERIFIED


def test_who_helped_in_another_matter_of_the_customer_is_independent():
    case = matter()
    done(case.proposal, case.home.qian)
    call = done(case.call, case.home.chen)
    assert call.verifier == case.home.qian


def test_who_gave_evidence_does_not_confirm_it():
    case = matter()
    call = done(case.call, case.home.chen)
    fact = Fact.objects.first()
    Evidence.objects.create(
        obligation=call, kind="call_log", at=NOW, by=case.home.qian, fact=fact, act=fact.uid
    )
    refused(call, case.home.qian)
    assert (
        actions.verify(
            obligation_id=call.pk,
            by=case.home.zhao,
            now=NOW,
            how=Verifier.INDEPENDENT,
            satisfied=True,
        ).state
        == State.VERIFIED
    )


def test_who_answers_for_it_does_not_confirm_what_another_did_for_him():
    case = matter()
    call = done(case.call, case.home.shen)
    assert call.assignee not in (None, case.home.shen)
    refused(call, case.home.shen)
    refused(call, call.assignee)


@pytest.mark.parametrize("strict", [True, False])
def test_a_team_lead_confirms_the_work_of_the_team_unless_the_regulation_forbids(strict):
    case = matter(**({"parameters:\n": LEAD} if strict else {}))
    team = Team.objects.create(code="T", name="一组", lead=case.home.qian)
    User.objects.filter(pk=case.home.chen.pk).update(team_id=team.pk)
    call = done(case.call, case.home.chen)
    if strict:
        assert call.verifier == case.home.zhao
        refused(call, case.home.qian)
    else:
        assert call.verifier == case.home.qian
        actions.verify(
            obligation_id=call.pk,
            by=case.home.qian,
            now=NOW,
            how=Verifier.INDEPENDENT,
            satisfied=True,
        )
        assert Obligation.objects.get(pk=call.pk).state == State.VERIFIED


def test_the_hands_of_many_are_asked_for_in_a_fixed_number_of_queries(
    django_assert_max_num_queries,
):
    case = matter()
    done(case.call, case.home.chen)
    done(case.plan, case.home.li)
    rows = list(Obligation.objects.done().select_related("pack_version"))
    with django_assert_max_num_queries(2):
        assert set(involved(rows)) == {case.call.pk, case.plan.pk}
