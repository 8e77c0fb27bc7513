"""What pages of calls and visits refuse: duties of another kind, and what cannot be read."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bihuan.apps.callbacks import actions
from bihuan.apps.callbacks.actions.visits import TRIES
from bihuan.apps.callbacks.models import Callback, Visit
from bihuan.apps.callbacks.refusals import ConsentTakenBack, TooManyTries, WordsMissing, WrongCode
from bihuan.apps.callbacks.tests.conftest import NOW, moment
from bihuan.apps.callbacks.tests.factories import contact, record, visit
from bihuan.apps.customers.actions import set_consent
from bihuan.apps.customers.enums import Purpose
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.models import Obligation
from bihuan.base import clock
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db


def test_a_check_of_samples_is_finished_for_its_own_month(house):
    """The month of a duty is the one in which its period begins here, not in Greenwich."""
    duty = Obligation(occasion="2026-Q4", anchor_at=moment("2026-10-01 00:00").astimezone(UTC))
    assert actions.month_of(duty) == "2026-10"
    duty.occasion = "2026-09"
    assert actions.month_of(duty) == "2026-09"
    with pytest.raises(WordsMissing):  # nothing was drawn of that month
        actions.finish_samples(obligation=duty, by=house.checker, now=NOW)


@pytest.mark.parametrize(
    "filled",
    [
        {"deed": "agree", "contact": "许工", "text": "电话同意"},
        {"deed": "agree", "contact": "9" * 30, "text": "电话同意"},
        {"deed": "place", "lat": "nan", "lon": "118.8"},
        {"deed": "place", "lat": "inf", "lon": "1e400"},
    ],
)
def test_a_step_of_a_visit_that_cannot_be_read_is_refused_in_a_sentence(house, filled):
    row = visit(
        house.customer, house.manager, NOW, planned_at=NOW + timedelta(days=3), lat=32.06, lon=118.8
    )
    if filled["deed"] == "place":
        actions.agree(visit=row, contact=house.contact, how="电话同意", by=house.manager, now=NOW)
    before = Visit.objects.get().state
    client = signed_in(house.manager)
    with clock.set_to(NOW):
        answer = client.post(reverse("callbacks:visit", args=[row.pk]), filled)
    assert answer.status_code == 422
    assert Visit.objects.get().state == before


def test_tries_of_a_code_are_counted_whatever_the_sender_has_read(house):
    row = visit(house.customer, house.manager, NOW, planned_at=NOW + timedelta(days=3))
    actions.agree(visit=row, contact=house.contact, how="电话同意", by=house.manager, now=NOW)
    wrong = "000000" if row.code != "000000" else "000001"
    for _ in range(TRIES):
        with pytest.raises(WrongCode):
            actions.check_in_by_code(visit=row, code=wrong, by=house.manager, now=NOW)
    with pytest.raises(TooManyTries):  # `row` is as it was read before the first try
        actions.check_in_by_code(visit=row, code=row.code, by=house.manager, now=NOW)
    assert Visit.objects.get().state == "AGREED"


def test_who_took_back_an_agreement_is_not_reached_so_for_that(house):
    said = {"contact": house.contact, "purpose": Purpose.SERVICE, "channel": "PHONE", "by": None}
    set_consent(**said, agreed=True, source="服务协议", now=NOW - timedelta(days=30))
    set_consent(**said, agreed=False, source="电话里说的", now=NOW - timedelta(days=1))
    with pytest.raises(ConsentTakenBack) as refused:
        record(house.customer, house.caller, NOW, contact=house.contact)
    assert house.contact.name in str(refused.value)
    assert not Callback.objects.exists()
    # of anything else he took nothing back
    sale = record(house.customer, house.caller, NOW, contact=house.contact, care=False)
    assert sale.state == "DONE"


def test_who_agreed_anew_or_asked_for_the_call_is_reached(house):
    said = {"contact": house.contact, "purpose": Purpose.SERVICE, "channel": "PHONE", "by": None}
    set_consent(**said, agreed=True, source="服务协议", now=NOW - timedelta(days=30))
    set_consent(**said, agreed=False, source="短信", now=NOW - timedelta(days=9))
    assert record(house.customer, house.caller, NOW, contact=house.contact, agreed=True).pk
    set_consent(**said, agreed=True, source="短信", now=NOW)
    later = NOW + timedelta(days=3)
    assert record(house.customer, house.caller, later, contact=house.contact).state == "DONE"


def test_a_no_of_somebody_who_never_agreed_is_kept_to_and_shown_before_the_call(house):
    said = {"contact": house.contact, "purpose": Purpose.SERVICE, "channel": "PHONE", "by": None}
    set_consent(**said, agreed=False, source="电话里说别再打", now=NOW - timedelta(days=1))
    with pytest.raises(ConsentTakenBack):
        record(house.customer, house.caller, NOW, contact=house.contact)
    assert not Callback.objects.exists()
    client = signed_in(house.caller)
    with clock.set_to(NOW):
        for path in ("/callbacks/", "/callbacks/log/"):
            page = client.get(path, {"customer": house.customer.pk}).content.decode()
            assert "不愿接电话" in page, path
        page = client.get(f"/customers/{house.customer.pk}/contacts/").content.decode()
    assert "服务联络 · 电话" in page
    assert "已撤回" in page


def test_the_desk_asks_as_often_whether_a_customer_has_one_contact_or_many(house):
    client, url = signed_in(house.caller), f"/callbacks/?customer={house.customer.pk}"
    asked = []
    with clock.set_to(NOW):
        client.get(url)
        for more in (0, 6):
            for n in range(more):
                contact(house.customer, f"王工{n}", now=NOW)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_screen_of_calls_and_visits_takes_only_duties_of_its_kind(house):
    row = Obligation.objects.filter(kind="callback.routine", state="OPEN").first()
    client = signed_in(house.manager)
    with clock.set_to(NOW):
        assert client.get(f"/obligations/{row.pk}/").status_code == 200
        planned = client.get(
            f"{reverse('callbacks:visit_new')}?customer={house.customer.pk}&ob={row.pk}"
        )
        assert planned.status_code == 404
        url = reverse("callbacks:plan_of", args=[row.pk])
        assert client.post(url, {"text": "做完了"}).status_code == 404
    row.refresh_from_db()
    assert row.state == "OPEN"


def test_the_panels_of_a_customer_s_page_answer_who_sees_the_page_but_not_the_calls(house):
    """An engineer of the region opens the page; whose calls are another's has none to show."""
    made = record(house.customer, house.caller, NOW)
    client = signed_in(house.engineer)
    assert client.get(f"/customers/{house.customer.pk}/").status_code == 200
    tab = client.get(f"/callbacks/customer/{house.customer.pk}/")
    assert tab.status_code == 200
    assert f"/callbacks/{made.pk}/" not in tab.content.decode()
    year = client.get(f"/callbacks/customer/{house.customer.pk}/year/")
    assert (year.status_code, year.content) == (200, b"")


def test_an_owed_visit_leads_only_who_owes_it_to_its_page(house):
    owed = Obligation.objects.filter(kind__startswith="visit.", state="OPEN").earliest("pk")
    Obligation.objects.filter(pk=owed.pk).update(assignee=house.manager)
    address = reverse("callbacks:visit_of", args=[owed.pk])
    with clock.set_to(NOW):
        assert address in signed_in(house.manager).get("/visits/").content.decode()
        page = signed_in(house.specialist).get("/visits/").content.decode()
    assert house.customer.called in page and address not in page


def test_whoever_owes_a_visit_may_plan_it(house):
    """The deputy as the customer's liaison, a quality engineer as anybody who calls."""
    deputy, quality = make_person("deputy_manager"), make_person("quality_engineer")
    owed = Obligation.objects.filter(kind__startswith="visit.", state="OPEN").earliest("pk")
    for person in (deputy, quality):
        Obligation.objects.filter(pk=owed.pk).update(assignee=person)
        Customer.objects.filter(pk=owed.customer_id).update(exec_sponsor=deputy)
        with clock.set_to(NOW):
            address = reverse("callbacks:visit_of", args=[owed.pk])
            answer = signed_in(person).get(address, follow=True)
        assert answer.status_code == 200, person.roles


def test_the_plan_leads_to_a_duty_only_whoever_may_open_it(house):
    owed = Obligation.objects.filter(kind__startswith="callback.", customer=house.customer)
    duty = owed.exclude(kind__in=("callback.brief", "callback.news")).earliest("pk")
    Obligation.objects.filter(customer=house.customer).update(assignee=house.manager)
    address = reverse("obligations:detail", args=[duty.pk])
    with clock.set_to(NOW):
        for path in (f"/callbacks/customer/{house.customer.pk}/year/", "/callback-plan/"):
            assert address in signed_in(house.boss).get(path).content.decode(), path
        year = f"/callbacks/customer/{house.customer.pk}/year/"
        page = signed_in(house.specialist).get(year).content.decode()
    assert "plan-mark" in page and address not in page
