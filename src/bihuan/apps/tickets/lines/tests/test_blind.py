"""R&D, suppliers and production see no customer: on no page that they can open."""

from __future__ import annotations

import contextlib
import html
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import transaction
from django.urls import NoReverseMatch, reverse

from bihuan.apps.assets.actions import add_place
from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.enums import AskKind
from bihuan.apps.tickets.lines.asks import Wish, ask
from bihuan.apps.tickets.lines.tests.test_handing import handed
from bihuan.apps.tickets.models import Ask, Ticket
from bihuan.apps.tickets.problems.actions import ProblemAs, make_known, open_problem
from bihuan.apps.tickets.tests.factories import ticket, verified
from bihuan.base.access.errors import TokenScope
from bihuan.base.access.policy import policy_of
from bihuan.base.access.rights import RIGHTS
from bihuan.base.access.scope import reaches
from bihuan.base.access.tokens import make_token
from bihuan.base.facts.actions import tell
from bihuan.base.notify.models import Notice
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import come_in, signed_in
from bihuan.base.testing.routes import all_routes

NAME = "夜莺精密制药有限公司"
SECRET = ("夜莺精密", "鹂工", "13866660199", "138****0199", "三号厂房", "老大姐")
SKIPPED = ("account_logout", "account_delete")


def text_of(answer):
    content = answer.content if not answer.streaming else b"".join(answer)
    return html.unescape(content.decode(errors="replace"))


def pages(person, ids):
    """Every address that this person is let into, with each of the ids where it takes one."""
    for route in all_routes():
        policy = policy_of(route.view)
        name = route.name.rpartition(":")[2]
        if not name or route.name in SKIPPED or "static" in route.name:
            continue
        if policy in RIGHTS and not reaches(person, policy):
            continue
        kinds = list(route.parameters.values())
        if kinds not in ([], ["int"]):
            continue
        for arguments in [[pk] for pk in ids] if kinds else [[]]:
            with contextlib.suppress(NoReverseMatch):  # of libraries, with parameters of their own
                yield reverse(route.name, args=arguments)


@pytest.fixture
def told(lines):
    """A ticket full of names, handed to R&D and to a supplier, in a problem, with asks and duties."""
    Customer.objects.filter(pk=lines.customer.pk).update(name=NAME, short_name="夜莺精密")
    Contact.objects.filter(pk=lines.contact.pk).update(name="鹂工", phone="13866660199")
    lines.customer.refresh_from_db()
    lines.contact.refresh_from_db()
    place = add_place(customer=lines.customer, name="三号厂房", by=None, now=lines.now)
    Asset.objects.filter(pk=lines.machine.pk).update(nickname="老大姐", place=place)
    lines.machine.refresh_from_db()
    row = verified(
        ticket(
            lines.machine, lines.desk, lines.now, title="夜莺精密三号厂房老大姐异响", contact=lines.contact,
            text="鹂工 13866660199 说停了", caller_name="鹂工", caller_phone="13866660199",
        ), lines.desk, lines.now,
    )  # fmt: skip
    words = {
        "tried": "请鹂工（138 6666 0199）重启过", "finding": "夜莺精密制药有限公司的老大姐波形有毛刺", "question": "夜莺精密这台要换轴承吗？",
    }  # fmt: skip
    lines.over = handed(lines, row, lines.third, **words)
    drain(lines.now)
    actions.answer_handover(
        handover=lines.over, text="先给夜莺精密换", by=lines.developer, now=lines.now
    )
    lines.over2 = handed(lines, row, lines.third, **words)
    actions.take_over(handover=lines.over2, by=lines.developer, now=lines.now)
    lines.out = handed(lines, row, lines.outside, **words)
    lines.problem = open_problem(
        problem=ProblemAs("夜莺精密轴承"), tickets=[row], by=lines.developer, now=lines.now
    )
    make_known(
        problem=lines.problem,
        cause="批次",
        workaround="请鹂工降速",
        public=False,
        by=lines.developer,
        now=lines.now,
    )
    for kind, more in (
        (AskKind.TERM, {"days": 60}),
        (AskKind.SLOT, {"on_day": (lines.now + timedelta(days=9)).date()}),
    ):
        ask(
            ticket=row,
            wish=Wish(kind, "夜莺精密急用，鹂工催", **more),
            by=lines.desk,
            now=lines.now,
        )
    tell(
        "suggestion.received", at=lines.now, now=lines.now, by=None, subjects={"customer": lines.customer.pk},
        data={"suggestion": "G1", "about": "PRODUCT"},
    )  # fmt: skip
    drain(lines.now)
    lines.row = row
    return lines


@pytest.mark.parametrize("who", ["developer", "expert", "supplier", "planner"])
def test_no_page_names_the_customer(told, who):
    person = getattr(told, who)
    duties = list(Obligation.objects.filter(assignee=person).values_list("pk", flat=True))
    if who in ("developer", "expert"):
        assert duties
    ids = {
        told.row.pk, told.customer.pk, told.machine.pk, told.contact.pk, told.over.pk, told.over2.pk, told.out.pk,
        told.problem.pk, *told.row.asks.values_list("pk", flat=True), *duties,
    }  # fmt: skip
    client, opened, leaks = come_in(person), 0, []
    for url in dict.fromkeys(pages(person, sorted(ids))):
        with transaction.atomic():
            answer = client.get(url)
            text = text_of(answer)
            transaction.set_rollback(True)
        opened += answer.status_code == 200
        leaks += [(url, each) for each in SECRET if each in text]
    assert not leaks
    assert opened > 5


def test_what_the_customer_is_called_for_short_is_hidden_too(told):
    Customer.objects.filter(pk=told.customer.pk).update(name="小河制药厂", short_name="小河制药厂")
    Ticket.objects.filter(pk=told.row.pk).update(title="小河制药轴承发热")
    page = reverse("tickets:technical_page", args=[told.out.pk])
    text = text_of(signed_in(told.supplier).get(page))
    assert "小河" not in text and "轴承发热" in text


def test_the_customer_is_not_found_by_asking_either(told):
    client = signed_in(told.expert)
    for query in ({"q": "夜莺"}, {"customer": told.customer.pk}):
        page = text_of(client.get(reverse("obligations:todo"), query))
        assert "夜莺精密" not in page
    everything = text_of(client.get(reverse("obligations:todo")))
    narrowed = text_of(client.get(reverse("obligations:todo"), {"q": "夜莺"}))
    assert "接手转到本线的工单" in everything or "答复" in everything
    assert "没有" in narrowed


def test_the_technical_side_finds_what_was_handed_to_it_by_the_number_of_the_ticket(told):
    page = reverse("tickets:technical_page", args=[told.out.pk])
    text = text_of(signed_in(told.supplier).get(reverse("search:search"), {"q": told.row.number}))
    assert page in text and "异响" in text
    assert not [each for each in SECRET if each in text]
    for person in (told.stranger, told.planner):
        text = text_of(signed_in(person).get(reverse("search:search"), {"q": told.row.number}))
        assert "异响" not in text


def test_a_supplier_opens_his_own_and_nothing_else(told):
    mine, strange = signed_in(told.supplier), signed_in(told.stranger)
    page = reverse("tickets:technical_page", args=[told.out.pk])
    text = text_of(mine.get(page))
    assert told.machine.serial in text and "要换轴承吗" in text
    assert strange.get(page).status_code == 404
    assert mine.get(reverse("tickets:technical_page", args=[told.over2.pk])).status_code == 404
    assert "先给" not in text  # what R&D answered is not his
    for name, pk in (
        ("tickets:detail", told.row.pk),
        ("assets:detail", told.machine.pk),
        ("customers:detail", told.customer.pk),
    ):
        assert mine.get(reverse(name, args=[pk])).status_code in (403, 404), name
    for name in ("take", "answer", "back"):
        url = reverse(f"tickets:technical_{name}", args=[told.out.pk])
        assert strange.post(url, {"text": "x", "reason": "x"}).status_code == 404, name
    assert told.row.number not in text_of(strange.get(reverse("tickets:technical")))
    told.out.refresh_from_db()
    assert told.out.open and told.out.accepted_at is None
    done = mine.post(reverse("tickets:technical_answer", args=[told.out.pk]), {"text": "换新批次"})
    assert done.status_code == 302
    told.row.refresh_from_db()
    assert (told.row.queue, told.row.line) == (told.third, 3)


def test_finance_and_production_answer_their_own_page_and_open_no_ticket(told):
    term, slot = told.row.asks.get(kind=AskKind.TERM), told.row.asks.get(kind=AskKind.SLOT)
    own = {"tickets:term": (told.money, term), "tickets:slot": (told.planner, slot)}
    for name, (person, row) in own.items():
        other = slot if row == term else term
        foreign = "tickets:slot" if row == term else "tickets:term"
        client = signed_in(person)
        assert client.get(reverse(name, args=[row.pk])).status_code == 200
        assert client.get(reverse(f"{name}s")).status_code == 200
        assert client.get(reverse(name, args=[other.pk])).status_code == 404
        assert client.get(reverse(f"{foreign}s")).status_code == 403
        no = client.post(reverse(foreign, args=[other.pk]), {"deed": "no", "reason": "不行"})
        assert no.status_code == 403
        assert client.get(reverse("tickets:detail", args=[told.row.pk])).status_code in (403, 404)
        for door in ("tickets:new", "tickets:inbox", "tickets:on_call"):
            assert client.get(reverse(door)).status_code == 403, door
        term.refresh_from_db(), slot.refresh_from_db()
        assert other.decided_at is None
        yes = {"deed": "yes", "days": "30", "on_day": "2026-04-01"}
        assert client.post(reverse(name, args=[row.pk]), yes).status_code == 302
        row.refresh_from_db()
        assert (row.granted, row.decided_by) == (True, person)
        Ask.objects.filter(pk=row.pk).update(decided_at=None, granted=None, decided_by=None,
                                             granted_days=None, granted_day=None)  # fmt: skip


@pytest.mark.parametrize("who", ["supplier", "planner"])
def test_by_no_program_either(told, who):
    person = getattr(told, who)
    for scope in ("tickets.see", "tickets.do", "facts.see", "facts.tell", "tickets.receive"):
        with pytest.raises(TokenScope):
            make_token(
                person, title="t", scopes=[scope], expires_at=told.now + timedelta(days=9), by=None,
                now=told.now,
            )  # fmt: skip
    client = signed_in(person)
    for url in (
        "/api/tickets/", f"/api/tickets/{told.row.pk}", "/api/facts", f"/api/facts?customer={told.customer.pk}",
    ):  # fmt: skip
        answer = client.get(url)
        assert answer.status_code in (403, 404), url
        assert not [each for each in SECRET if each in text_of(answer)], url
    for url in (f"/api/tickets/{told.row.pk}/notes", "/api/tickets/envelopes"):
        given = {"text": "不该写进来", "key": "abcdefgh"}
        assert client.post(url, given, "application/json").status_code in (403, 404), url
    assert not told.row.entries.filter(text="不该写进来").exists()


def test_a_supplier_and_production_are_told_nothing_with_a_name(told):
    for person in (told.supplier, told.planner):
        said = [f"{each.title} {each.text}" for each in Notice.objects.filter(to=person)]
        assert said
        assert not [each for each in SECRET if each in " ".join(said)]


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("supplier", {"tickets:technical"}), ("developer", {"tickets:technical", "tickets:problems"}),
        ("planner", {"tickets:slots"}),
    ],
)  # fmt: skip
def test_of_the_service_desk_the_menu_shows_them_their_own_only(told, who, sees):
    page = text_of(signed_in(getattr(told, who)).get(reverse("obligations:workbench"), follow=True))
    offered = {
        item.url for item in apps.get_app_config("tickets").menu if f'href="{reverse(item.url)}"' in page
    }  # fmt: skip
    assert offered == sees


def test_who_sees_the_ticket_reads_it_with_names(told):
    text = text_of(signed_in(told.desk).get(reverse("tickets:detail", args=[told.row.pk])))
    assert "夜莺精密" in text
    side = text_of(signed_in(told.desk).get(reverse("tickets:lines_side", args=[told.row.pk])))
    assert "轴承供应商" in side and "60" in side
