"""The screens: they answer, in both languages, within reach, with a fixed number of queries."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django import forms
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bihuan.apps.customers import actions
from bihuan.apps.customers.enums import Category, HandOverReason, Node, Relation
from bihuan.apps.customers.forms.customer import CustomerField, choose_as
from bihuan.apps.customers.models import Customer, Purchase
from bihuan.apps.customers.rules.key_dates import Day
from bihuan.apps.customers.tests import factories as make
from bihuan.apps.policy.queries import pack_at
from bihuan.base import clock
from bihuan.base.testing.kept import kept

pytestmark = pytest.mark.django_db
NOW = make.NOW


@pytest.fixture
@kept
def cast():
    make.pack_in_force()
    with clock.set_to(NOW):
        return make.cast()


@pytest.fixture
def played(cast):
    with clock.set_to(NOW):
        yield cast


def browser(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def live(of: Customer, *, contacts: int = 3, purchases: int = 3) -> None:
    """Fill a customer with what a page shows."""
    head = make.contact(of, "陆总", decision_role="DECIDER", phone="13800000001", is_key=True)
    for n in range(contacts):
        make.contact(
            of,
            f"许工{n}",
            decision_role="USER",
            reports_to=head,
            birthday_month=10,
            birthday_day=1 + n % 28,
            phone=f"139000000{n:02}",
        )
    for n in range(purchases):
        actions.record_purchase(
            customer=of,
            order_no=f"PO-{of.pk}-{n}",
            made_on=date(2026, 9 - n, 1),
            amount=Decimal(100000),
            category=Category.EQUIPMENT,
            by=None,
            now=NOW,
        )
    actions.add_key_date(
        customer=of, node=Node.COMPANY_ANNIV, when=Day(11, 3), since_year=2001, by=None, now=NOW
    )


OF_ONE = [
    "detail",
    "edit",
    "timeline",
    "clear",
    "verify",
    "contacts",
    "contact_new",
    "purchases",
    "dates",
    "tier",
    "exceptions",
    "merge",
    "hand_over_one",
]


@pytest.mark.parametrize("name", OF_ONE)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_a_customer_answers(played, name, language):
    from django.urls import reverse

    live(played.jinling)
    client = browser(played.boss)
    client.cookies["bihuan_language"] = language
    response = client.get(reverse(f"customers:{name}", args=[played.jinling.pk]))
    assert response.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "customers/",
        "customers/new/",
        "customer-tiers/",
        "customer-exceptions/",
        "customer-doubles/",
        "hand-over/",
    ],
)
def test_every_page_of_all_answers(played, path):
    assert browser(played.boss).get(f"/{path}").status_code == 200


def test_an_exception_is_called_what_the_regulation_calls_its_rule(played):
    row = actions.ask_exception(
        customer=played.jinling, target="RULE", code="greeting", change="WITHIN", value="2d", reason="客户要求提前",
        from_at=NOW, to_at=NOW + timedelta(days=30), by=played.boss, now=NOW,
    )  # fmt: skip
    actions.grant_exception(exception=row, by=played.service, now=NOW)
    title = pack_at(NOW).rules["greeting"].title.zh
    client = browser(played.boss)
    for path in (
        f"/customers/{played.jinling.pk}/",
        f"/customers/{played.jinling.pk}/exceptions/",
        "/customer-exceptions/",
    ):
        assert title in client.get(path).content.decode(), path
    listed = client.get("/customer-exceptions/").content.decode()
    assert "<b>2 天</b>" in listed


def test_the_list_shows_what_is_within_reach_only(played):
    seen = browser(played.manager).get("/customers/").content.decode()
    assert "金陵泵业" in seen
    assert "燕北生物" not in seen
    dealer = browser(played.dealer_man).get("/customers/").content.decode()
    assert "盐城第一人民医院" in dealer
    assert "苏北机电" in dealer
    assert "金陵泵业" not in dealer
    assert browser(played.dealer_man).get(f"/customers/{played.jinling.pk}/").status_code == 404


@pytest.mark.parametrize("text", ["金陵", "jinling", "jlby", "1234", "13812341234"])
def test_the_list_finds_by_name_pinyin_initials_and_phone(played, text):
    make.contact(played.jinling, phone="13812341234")
    seen = browser(played.boss).get("/customers/", {"q": text}).content.decode()
    assert "金陵泵业股份有限公司" in seen
    assert "燕北" not in seen


def test_views_count_and_filter(played):
    Customer.objects.filter(pk=played.stranger.pk).update(verify_by=date(2026, 10, 1))
    page = browser(played.boss).get("/customers/", {"view": "verify"})
    views = {tab["title"]: tab["count"] for tab in page.context["list"].tabs}
    assert views["待核实"] == "1"
    assert [row.pk for row in page.context["customers"]] == [played.stranger.pk]
    assert [
        row.pk
        for row in browser(played.boss)
        .get("/customers/", {"view": "unmanaged"})
        .context["customers"]
    ] == [played.dealer.pk]


def count_queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


def test_pages_take_the_same_number_of_queries_for_more_rows(played):
    client = browser(played.boss)
    live(played.jinling, contacts=1, purchases=1)
    urls = [
        "/customers/",
        *[
            f"/customers/{played.jinling.pk}/{tail}"
            for tail in (
                "",
                "contacts/",
                "purchases/",
                "dates/",
                "tier/",
                "exceptions/",
                "timeline/",
            )
        ],
    ]
    before = {url: count_queries(client, url) for url in urls}
    for n in range(8):
        make.contact(played.jinling, f"新人{n}", decision_role="USER")
        make.customer()
    actions.record_purchase(
        customer=played.jinling,
        order_no="PO-X",
        made_on=date(2026, 10, 1),
        amount=Decimal(5),
        category=Category.PARTS,
        by=None,
        now=NOW,
    )
    assert {url: count_queries(client, url) for url in urls} == before
    assert max(before.values()) <= 30, before


def test_a_customer_is_made_with_plain_errors_first(played):
    client = browser(played.manager)
    bad = client.post(
        "/customers/new/",
        {
            "name": "新光仪器有限公司",
            "nature": "PRIVATE",
            "relation": "DIRECT",
            "credit_code": "123",
        },
    )
    assert bad.status_code == 422
    assert "统一社会信用代码是 18 位，现在 3 位" in bad.content.decode()
    assert not Customer.objects.filter(name="新光仪器有限公司").exists()
    good = client.post(
        "/customers/new/",
        {
            "name": "新光仪器有限公司",
            "nature": "PRIVATE",
            "relation": "DIRECT",
            "account_manager": played.manager.pk,
        },
    )
    row = Customer.objects.get(name="新光仪器有限公司")
    assert good.url == f"/customers/{row.pk}/"
    assert row.account_manager == played.manager


def test_a_likely_double_is_shown_before_it_is_made(played):
    client = browser(played.boss)
    again = {"name": "金陵泵业有限公司", "nature": "PRIVATE", "relation": "DIRECT"}
    page = client.post("/customers/new/", again)
    assert "可能已经建过档" in page.content.decode()
    assert Customer.objects.filter(name="金陵泵业有限公司").count() == 0
    client.post("/customers/new/", again | {"sure": "1"})
    assert Customer.objects.filter(name="金陵泵业有限公司").count() == 1


def test_an_edit_does_not_overwrite_what_was_changed_meanwhile(played):
    client = browser(played.boss)
    url = f"/customers/{played.jinling.pk}/edit/"
    version = played.jinling.version
    actions.change_customer(
        customer=Customer.objects.get(pk=played.jinling.pk), city="镇江", by=None, now=NOW
    )
    values = {
        "name": "金陵泵业股份有限公司",
        "nature": "PRIVATE",
        "relation": "DIRECT",
        "status": "ACTIVE",
        "city": "南京",
        "version": version,
    }
    page = client.post(url, values)
    assert page.status_code == 422
    assert "没存上" in page.content.decode()
    assert Customer.objects.get(pk=played.jinling.pk).city == "镇江"


def test_the_whole_number_is_shown_after_a_reason_and_never_cached(played):
    row = make.contact(played.jinling, phone="13812341234")
    client = browser(played.manager)
    listing = client.get(f"/customers/{played.jinling.pk}/contacts/").content.decode()
    assert "138****1234" in listing
    assert "13812341234" not in listing
    assert "13812341234" not in client.get(f"/customers/contacts/{row.pk}/edit/").content.decode()
    shown = client.post(f"/customers/contacts/{row.pk}/phone/", {"reason": "回访"})
    assert "13812341234" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert (
        browser(played.other)
        .post(f"/customers/contacts/{row.pk}/phone/", {"reason": "看看"})
        .status_code
        == 404
    )


def test_family_and_likes_are_for_the_manager_only(played):
    make.contact(played.jinling, private_notes="爱喝碧螺春")
    url = f"/customers/{played.jinling.pk}/contacts/"
    assert "碧螺春" in browser(played.manager).get(url).content.decode()
    assert "碧螺春" not in browser(played.desk).get(url).content.decode()


def test_an_unchanged_phone_survives_an_edit_that_never_showed_it(played):
    row = make.contact(played.jinling, phone="13812341234")
    client = browser(played.manager)
    client.post(f"/customers/contacts/{row.pk}/edit/", {"name": "许工", "title": "设备科长"})
    row.refresh_from_db()
    assert (row.phone, row.title) == ("13812341234", "设备科长")


def test_purchases_and_dates_are_recorded_on_their_pages(played):
    client = browser(played.manager)
    url = f"/customers/{played.jinling.pk}/purchases/"
    assert (
        client.post(
            url, {"order_no": "PO-9", "made_on": "2026-10-10", "amount": "5", "category": "PARTS"}
        ).status_code
        == 422
    )
    assert not Purchase.objects.exists()
    assert (
        client.post(
            url,
            {"order_no": "PO-9", "made_on": "2026-10-08", "amount": "5000", "category": "PARTS"},
        ).status_code
        == 302
    )
    assert (
        client.post(
            f"/customers/{played.jinling.pk}/dates/", {"node": "LISTING", "month": "2", "day": "30"}
        ).status_code
        == 422
    )
    assert (
        client.post(
            f"/customers/{played.jinling.pk}/dates/",
            {"node": "LISTING", "month": "8", "day": "15", "lunar": "on"},
        ).status_code
        == 302
    )
    assert "2027-09-15" in client.get(f"/customers/{played.jinling.pk}/dates/").content.decode()


def test_a_hand_over_says_from_whom_to_whom(played):
    was = played.jinling.account_manager.name
    actions.hand_over(
        customers=[played.jinling], to=played.other, reason=HandOverReason.REQUEST, by=played.boss, now=NOW
    )  # fmt: skip
    page = browser(played.boss).get(f"/customers/{played.jinling.pk}/timeline/").content.decode()
    assert f"{was} → {played.other.name}" in page


def test_the_timeline_filters_and_goes_on(played):
    live(played.jinling, contacts=20, purchases=3)
    client = browser(played.boss)
    url = f"/customers/{played.jinling.pk}/timeline/"
    first = client.get(url, headers={"HX-Request": "true"})
    assert "新联系人：" in first.content.decode()
    assert first.context["next"]
    second = client.get(url, {"before": first.context["next"]}, headers={"HX-Request": "true"})
    kept = {line.fact.pk for line in first.context["lines"]} | {
        line.fact.pk for line in second.context["lines"]
    }
    assert len(kept) == len(first.context["lines"]) + len(second.context["lines"])
    calls = client.get(url, {"kind": "calls"}, headers={"HX-Request": "true"})
    assert calls.context["lines"] == []


class Choosing(forms.Form):
    dealer = CustomerField(relation=Relation.DEALER, required=False)


def test_a_dealer_out_of_reach_may_stay_where_it_stands_but_is_not_offered_nor_chosen(played):
    stranger = make.user("stranger", "生人", "account_manager", staff_no="8001")
    code = played.dealer.code

    def filled(**initial):
        form = Choosing({"dealer": code}, initial=initial)
        choose_as(form, stranger)
        return form

    kept = filled(dealer=played.dealer)
    assert kept.is_valid()
    assert kept.cleaned_data["dealer"] == played.dealer
    assert not filled().is_valid()
    assert f'<option value="{code}"' not in str(filled())


def test_what_is_offered_is_no_markup(played):
    Customer.objects.filter(pk=played.dealer.pk).update(name="<b>经销商</b>")
    form = Choosing()
    choose_as(form, make.user("head", "总", "general_manager", staff_no="8002"))
    assert "&lt;b&gt;经销商&lt;/b&gt;" in str(form)
    assert "<b>经销商" not in str(form)
