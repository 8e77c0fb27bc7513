"""The register of waivers and exceptions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from bihuan.apps.compliance import waivers
from bihuan.apps.compliance.tests.test_counting import row
from bihuan.apps.compliance.waivers import Asked
from bihuan.apps.customers.models import ClauseException
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation, Waiver
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import read_files
from bihuan.base import clock
from bihuan.base.audit.models import Entry

pytestmark = pytest.mark.django_db
NOW = make.moment("2026-03-18 12:00")


@pytest.fixture
def home():
    home = make.house()
    home.gold = make.customer(home)
    home.other = make.customer(home, "别家", account_manager=home.chen)
    home.fact = home.told(
        "fault.reported", "2026-03-09 09:00", subjects={"asset": 7, "customer": home.gold.pk},
        ticket="T", severity="URGENT",
    )  # fmt: skip
    Obligation.objects.all().delete()
    with clock.set_to(NOW):
        yield home


def waived(home, *, at=NOW, **values):
    made = row(home, state=State.WAIVED, **values)
    Waiver.objects.create(
        obligation=made, reason="FORCE_MAJEURE", note="=大雪", by=home.zheng, at=at
    )
    return made


def client(person) -> Client:
    made = Client()
    made.force_login(person)
    return made


def test_the_register_holds_the_year_within_reach(home):
    mine = waived(home)
    waived(home, customer=home.other, assignee=home.chen, clause="T-2")
    waived(home, at=NOW - timedelta(days=400))
    row(home)
    assert waivers.waived(home.gu, Asked(2026)).count() == 2
    assert list(waivers.waived(home.li, Asked(2026))) == [mine]
    assert waivers.waived(home.gu, Asked(2026, clause="T-2")).count() == 1
    assert waivers.waived(home.gu, Asked(2026, customer=home.gold.pk)).get() == mine
    assert waivers.waived(home.gu, Asked(2025)).count() == 1
    page = client(home.gu).get("/compliance/waivers/").content.decode()
    assert "郑直" in page and "不可抗力" in page and "没有规定豁免的件数" in page


def test_limits_are_those_of_the_regulation(home):
    for _number in range(3):
        waived(home)
    clause = next(iter(read_files(make.files()).clauses))
    more = f"parameters:\n  waiver.per_customer: {{value: 2, clause: {clause}, title: {{zh: 豁免上限, en: Most}}}}"
    PackVersion.objects.filter(pk=home.version.pk).update(in_force_to=NOW - timedelta(days=1))
    make.put_in_force(make.files("2", {"parameters:": more}), from_at=NOW - timedelta(days=1))
    found = waivers.register(home.gu, Asked(2026), NOW)
    assert [(each.n, each.limit, each.over) for each in found.customers] == [(3, 2, True)]
    assert [each.limit for each in found.clauses] == [None]
    assert found.limited[0][1:] == (2, clause)


def test_granted_exceptions_of_the_year_are_there(home):
    values = {
        "target": "CLAUSE", "code": "T-1", "change": "WITHIN", "value": "8h", "reason": "客户要求",
        "asked_at": NOW, "from_at": NOW,
    }  # fmt: skip
    granted = ClauseException.objects.create(
        customer=home.gold, approver=home.zheng, granted_at=NOW, **values
    )
    ClauseException.objects.create(customer=home.gold, **values)
    ClauseException.objects.create(customer=home.other, granted_at=NOW, **values)
    assert waivers.excepted(home.gu, Asked(2026)).count() == 2
    assert list(waivers.excepted(home.li, Asked(2026))) == [granted]
    assert waivers.excepted(home.gu, Asked(2025)).count() == 0
    assert (
        "客户要求" in client(home.gu).get("/compliance/waivers/?part=exceptions").content.decode()
    )
    assert "客户要求" not in client(home.gu).get("/compliance/waivers/").content.decode()


def test_taking_the_register_out_is_safe_and_in_the_log(home):
    waived(home)
    text = client(home.gu).get("/compliance/waivers/csv/?year=2026").content.decode("utf-8-sig")
    assert "'=大雪" in text and "郑直" in text
    assert Entry.objects.get(verb="compliance.waivers_exported").after["rows"] == 1
    assert client(home.li).get("/compliance/waivers/csv/").status_code == 403
    assert Entry.objects.filter(verb="compliance.waivers_exported").count() == 1


@pytest.mark.parametrize(
    "asked",
    [
        "year=x",
        "year=9999",
        "year=0000",
        "customer=x",
        "customer=99999999999999999999",
        "clause=%00",
        "year=٢٠٢٦",
    ],
)
def test_a_wrong_address_is_answered_plainly(home, asked):
    assert client(home.gu).get(f"/compliance/waivers/?{asked}").status_code == 200
