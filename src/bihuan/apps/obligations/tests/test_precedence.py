"""Contract, exception, tier: which source holds, and that it is named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.customers.models import ClauseException
from bihuan.apps.obligations.duties import Context, row_of
from bihuan.apps.obligations.engine import ForFact
from bihuan.apps.obligations.explaining import explain
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.people.actions import add_calendar
from bihuan.apps.people.calendars import calendars
from bihuan.apps.people.enums import Layer
from bihuan.apps.people.queries import holders
from bihuan.apps.policy.queries import pack_of
from bihuan.base.registry import Term
from bihuan.lib.policy import Telling, respond

pytestmark = pytest.mark.django_db


def grant(home, customer, **values) -> ClauseException:
    base = {
        "target": "RULE", "code": "fault.urgent.phone", "reason": "试点", "from_at": home.start, "asked_at": home.start,
        "approver": home.gu, "granted_at": home.start, "customer": customer,
    }  # fmt: skip
    return ClauseException.objects.create(**(base | values))


def fault(home, customer, at="2026-03-09 09:00", ticket="T1"):
    return home.told(
        "fault.reported",
        at,
        subjects={"asset": 7, "customer": customer.pk},
        ticket=ticket,
        severity="URGENT",
    )


def test_a_dated_exception_changes_the_limit_while_it_holds_and_is_cited():
    home = make.house()
    gold = make.customer(home)
    made = grant(home, gold, change="WITHIN", value="2h", to_at=make.moment("2026-04-01 00:00"))
    fault(home, gold)
    row = make.one(rule="fault.urgent.phone")
    assert make.shown(row.due_at) == "2026-03-09 11:00"
    assert row.source == {"kind": "exception", "cited": f"E{made.pk}"}
    fault(home, gold, at="2026-04-02 09:00", ticket="T2")
    assert (
        make.shown(make.one(rule="fault.urgent.phone", occasion="T2").due_at) == "2026-04-02 13:00"
    )


def test_a_waived_clause_brings_nothing_for_this_customer_alone():
    home = make.house()
    gold, other = make.customer(home), make.customer(home, "别家")
    grant(home, gold, target="CLAUSE", code="T-1", change="WAIVE")
    fault(home, gold)
    fault(home, other, ticket="T2")
    assert set(Obligation.objects.values_list("customer", flat=True)) == {other.pk}


def test_an_exception_that_was_asked_but_not_granted_holds_nothing():
    home = make.house()
    gold = make.customer(home)
    grant(home, gold, change="WITHIN", value="2h", approver=None, granted_at=None)
    fault(home, gold)
    assert make.shown(make.one(rule="fault.urgent.phone").due_at) == "2026-03-09 13:00"


@pytest.mark.parametrize(
    ("within", "due", "kind"),
    [("1h", "2026-03-09 10:00", "contract"), ("9h", "2026-03-09 13:00", "")],
)
def test_the_stricter_of_contract_and_regulation_holds(within, due, kind):
    home = make.house()
    gold = make.customer(home)
    fact = fault(home, gold)
    pack = pack_of(home.version)
    telling = Telling(
        str(fact.uid), fact.kind, fact.at, fact.data, {"asset": "7", "customer": str(gold.pk)}
    )
    duty = next(
        d
        for d in respond(pack, telling, ForFact(calendars(), fact)).duties
        if d.must == "response.phone"
    )
    term = Term(duty="response.phone", within=within, source="合同·2026-031", contract_id=5)
    row = row_of(
        duty,
        fact,
        Context(
            pack,
            home.version,
            ForFact(calendars(), fact),
            holders(on=fact.at.date()),
            [term],
            {},
            fact.at,
        ),
    )
    assert make.shown(row.due_at) == due
    assert row.source.get("kind", "") == kind


def test_a_customers_own_calendar_is_used_where_the_rule_counts_on_the_companys():
    home = make.house()
    gold = make.customer(home)
    off = {"day": "2026-03-11", "change": "off", "name": {"zh": "客户厂休", "en": "Shutdown"}}
    add_calendar(
        code="customer:1",
        name="客户日历",
        layer=Layer.CUSTOMER,
        ref=str(gold.pk),
        data={"exceptions": [off]},
        by=home.gu,
        now=home.start,
    )
    home.told(
        "demand.received",
        "2026-03-09 10:00",
        subjects={"customer": gold.pk},
        demand="D1",
        kind="OPTIMISE",
        source="CALLBACK",
    )
    row = make.one(rule="demand.proposal")
    assert row.calendar == "customer:1"
    assert make.shown(row.due_at) == "2026-03-13 17:30"
    assert "客户日历" in str(explain(row, row.cause_at + timedelta(hours=1)).data["calendar_title"])


def test_an_assignee_who_is_away_is_replaced_by_the_substitute():
    from datetime import date

    from bihuan.apps.people.actions import take_leave

    home = make.house()
    gold = make.customer(home)
    take_leave(
        user=home.chen,
        substitute=home.wu,
        from_on=date(2026, 3, 9),
        to_on=date(2026, 3, 12),
        by=home.gu,
        now=home.start,
    )
    fault(home, gold)
    assert make.one(rule="fault.urgent.phone").assignee == home.wu
    fault(home, gold, at="2026-03-12 09:00", ticket="T2")
    assert make.one(rule="fault.urgent.phone", occasion="T2").assignee == home.chen
