"""Questions are sorted on their page, and services and reports that customers ask for begin there:
what the regulation asks for then comes from the screen, not from a program.
"""

from __future__ import annotations

import html

import pytest
from django.urls import reverse

from bihuan.apps.obligations.models import Obligation, RuleFailure
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.refusals import CustomerUnknown, NoQuestion
from bihuan.apps.tickets.tests.conftest import founded
from bihuan.apps.tickets.tests.factories import report, solved, ticket, told
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db


def question(house, **values):
    given = {
        "kind": "CONSULT",
        "customer": house.customer,
        "title": "延保一年怎么收费？",
        "impact": "",
    }
    made = report(house.now, **(given | values))
    row = actions.open_ticket(report=made, by=house.desk, now=house.now)
    drain(house.now)
    return row


def duties(row):
    return {each.rule: each.state for each in Obligation.objects.filter(occasion=row.number)}


def test_sorting_a_question_ends_the_duty_to_sort_it_and_brings_the_answer_that_is_owed(db):
    house = founded("automation", tier="STANDARD")
    row = question(house)
    assert duties(row)["inquiry.triage"] == "OPEN"
    url = reverse("tickets:deed", args=[row.pk, "triage"])
    with clock.set_to(house.now):
        client = signed_in(house.desk)
        assert url in client.get(reverse("tickets:detail", args=[row.pk])).content.decode()
        unclear = {"topic": "UNCLEAR", "urgent": "", "line": "1", "text": ""}
        assert client.post(url, unclear).status_code == 302
        drain(house.now)
        assert duties(row) | {"inquiry.triage": "OPEN", "triage.unclear": "OPEN"} == duties(row)
        assert client.post(url, unclear | {"topic": "PRICE", "urgent": "on"}).status_code == 302
        drain(house.now)
        page = html.unescape(client.get(reverse("tickets:detail", args=[row.pk])).content.decode())
    found = duties(row)
    assert {found["inquiry.triage"], found["triage.unclear"]} == {"DISCHARGED"}
    assert {found["route.price"], found["urgent.inquiry"]} == {"OPEN"}
    assert "价格 · 一线 · 紧急" in page
    last = Fact.objects.filter(kind="consultation.triaged").latest("pk")
    assert (last.by, last.own()["topic"], last.own()["urgent"]) == (house.desk, "PRICE", True)


def test_the_duty_to_sort_is_not_closed_beside_its_ticket(db):
    house = founded("automation", tier="STANDARD")
    row = question(house)
    duty = Obligation.objects.get(occasion=row.number, rule="inquiry.triage")
    with clock.set_to(house.now):
        client = signed_in(house.desk)
        gone = client.get(reverse("tickets:of_duty", args=[duty.pk]))
        assert gone["Location"] == reverse("tickets:detail", args=[row.pk])
        plain = reverse("obligations:carry_out", args=[duty.pk]) + "?plain=1"
        client.post(plain, {"form": "已分派", "evidence_form": "已分派"})
    duty.refresh_from_db()
    assert duty.state == "OPEN"


def test_what_is_no_question_or_of_nobody_known_is_not_sorted(house):
    fault = ticket(house.machine, house.desk, house.now)
    nobody = actions.open_ticket(
        report=report(house.now, kind="CONSULT", caller_name="路人", impact=""), by=house.desk, now=house.now
    )  # fmt: skip
    given = {
        "topic": "BASIC",
        "urgent": False,
        "line": 1,
        "text": "",
        "by": house.desk,
        "now": house.now,
    }
    before = list(Ticket.objects.order_by("pk").values())
    with pytest.raises(NoQuestion):
        actions.triage(ticket=fault, **given)
    with pytest.raises(CustomerUnknown):
        actions.triage(ticket=nobody, **given)
    assert list(Ticket.objects.order_by("pk").values()) == before
    assert not Fact.objects.filter(kind="consultation.triaged").exists()
    with clock.set_to(house.now):
        page = signed_in(house.desk).get(reverse("tickets:detail", args=[fault.pk]))
    assert "/deed/triage/" not in page.content.decode()


def test_a_report_that_a_customer_asks_for_is_owed_from_the_ticket_on(db):
    house = founded("centrifuge", tier="GOLD")
    house.customer.flags = ["SPECIAL_SECTOR"]
    house.customer.save(update_fields=["flags"])
    row = question(house)
    url = reverse("tickets:deed", args=[row.pk, "ask_report"])
    with clock.set_to(house.now):
        client = signed_in(house.desk)
        assert client.post(url, {"kind": "ENERGY_ANALYSIS", "text": " "}).status_code == 422
        assert not Fact.objects.filter(kind="report.requested").exists()
        given = {"kind": "ENERGY_ANALYSIS", "text": "评审要一份能耗分析"}
        assert client.post(url, given).status_code == 302
    drain(house.now)
    duty = Obligation.objects.get(rule="report.custom")
    assert (duty.state, duty.customer) == ("OPEN", house.customer)
    assert duty.occasion.startswith(f"{row.number}/B")
    assert row.entries.get(code="REPORT_ASKED").text == "评审要一份能耗分析"


@pytest.mark.parametrize(
    ("pack", "tier", "kind", "rule"),
    [
        ("machinery", "", "RENTAL", "rental.deliver"), ("machinery", "", "TRAINING", "lesson.hold"),
        ("automation", "STANDARD", "OTHER", "guide.give"),
    ],
)  # fmt: skip
def test_every_service_that_a_regulation_names_can_be_asked_for_at_the_desk(
    db, pack, tier, kind, rule
):
    house = founded(pack, tier=tier)
    with clock.set_to(house.now):
        client = signed_in(house.desk)
        form = client.get(
            reverse("tickets:new") + f"?customer={house.customer.pk}"
        ).content.decode()
        assert f'value="{kind}"' in form
        given = {
            "kind": kind, "title": "请安排", "channel": "PHONE", "source": "CALL", "customer": house.customer.pk,
            "caller": "许工",
        }  # fmt: skip
        assert client.post(reverse("tickets:new"), given).status_code == 302
    drain(house.now)
    row = Ticket.objects.get()
    assert Obligation.objects.get(rule=rule).occasion == row.number


@pytest.mark.parametrize(
    "pack", ["automation", "instruments", "machinery", "centrifuge", "general"]
)
def test_what_is_about_no_machine_breaks_no_rule_about_machines(db, pack):
    house = founded(pack)
    row = question(house)
    told(solved(row, house.desk, house.now, cause=""), house.desk, house.now)
    actions.confirm(ticket=row, answer="明白了", channel="PHONE", by=house.desk, now=house.now)
    actions.close(ticket=row, by=house.desk, now=house.now)
    actions.reopen(ticket=row, text="还有一问", by=house.desk, now=house.now)
    drain(house.now)
    assert list(RuleFailure.objects.values_list("rule", "reason")) == []
    assert Fact.objects.filter(kind="ticket.resolved").count() == 1


def test_a_question_answered_at_a_distance_is_no_repair(db):
    """Neither a class of cause is asked for nor a rating of a repair, and nobody is left owing."""
    house = founded("machinery")
    row = question(house, asset=house.machine)
    solved(row, house.desk, house.now, cause="")
    drain(house.now)
    assert Fact.objects.get(kind="ticket.resolved").own()["kind"] == "CONSULT"
    owed = set(Obligation.objects.values_list("rule", flat=True))
    assert owed.isdisjoint({"cause.class", "remote.rate"})
    assert "result.explain" in owed
