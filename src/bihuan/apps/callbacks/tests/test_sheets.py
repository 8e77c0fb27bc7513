"""The sheet of a talk and the page of a visit."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bihuan.apps.callbacks.models import Visit
from bihuan.apps.callbacks.tests.conftest import NOW
from bihuan.apps.callbacks.tests.factories import record, visit
from bihuan.apps.obligations.models import Obligation
from bihuan.base import clock
from bihuan.base.testing.forms import sent_twice
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_two():
    with clock.set_to(NOW):
        yield


def text(answer):
    return answer.content.decode()


def test_a_visit_from_plan_to_minutes(house):
    client = signed_in(house.manager)
    sent_twice(
        client,
        f"/visits/new/?customer={house.customer.pk}",
        {
            "purpose": "季度走访",
            "level": "STAFF",
            "planned_at": "2026-10-12T10:00",
            "host": house.manager.pk,
            "place": "一号厂房",
        },
    )
    row = Visit.objects.get()
    client.post(
        f"/visits/{row.pk}/", {"deed": "agree", "contact": house.contact.pk, "text": "电话同意"}
    )
    assert row.code in text(client.get(f"/visits/code/{row.token}/"))
    client.post(f"/visits/{row.pk}/", {"deed": "code", "code": row.code})
    answer = client.post(
        f"/visits/{row.pk}/", {"deed": "finish", "minutes": "", "contacts": [house.contact.pk]}
    )
    assert answer.status_code == 422
    assert "纪要：" in text(answer)
    client.post(
        f"/visits/{row.pk}/",
        {
            "deed": "finish",
            "minutes": "看了三台机",
            "topics": ["MACHINES"],
            "contacts": [house.contact.pk],
        },
    )
    client.post(f"/visits/{row.pk}/", {"deed": "minutes", "text": "邮件给许工"})
    row.refresh_from_db()
    assert (row.state, row.minutes_sent_how) == ("DONE", "邮件给许工")
    done = text(client.get(f"/visits/{row.pk}/"))
    duty = Obligation.objects.get(kind="visit.regular", state="DISCHARGED")
    assert "办结的义务" in done
    assert f"/obligations/{duty.pk}/" in done
    assert client.get(f"/visits/code/{row.token}/").status_code == 404


def test_who_takes_no_gifts_is_offered_none_and_one_that_was_written_is_not_hidden(house):
    row = visit(house.customer, house.manager, NOW, planned_at=NOW + timedelta(days=3))
    Visit.objects.filter(pk=row.pk).update(
        state="IN_VISIT", checked_in_at=NOW, checked_in_by=house.manager, checked_in_how="CODE"
    )
    client, url = signed_in(house.manager), f"/visits/{row.pk}/"
    assert 'name="gift"' in text(client.get(url))
    house.customer.flags = ["NO_GIFTS"]
    house.customer.save()
    page = text(client.get(url))
    assert 'name="gift"' not in page
    assert "这家客户不收礼品" in page
    sent = {
        "deed": "finish",
        "minutes": "看了三台机",
        "contacts": [house.contact.pk],
        "gift": "茶叶",
        "gift_value": "100",
    }
    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert re.search(r"<details open>\s*<summary>\s*礼品", text(refused))
    assert Visit.objects.get().state == "IN_VISIT"


def test_the_sheet_of_a_talk_names_the_talk_before_it_as_the_last(house):
    first = record(house.customer, house.caller, NOW - timedelta(days=9), summary="头一回谈备件")
    second = record(house.customer, house.caller, NOW, summary="这一回谈培训")
    client = signed_in(house.caller)
    page = text(client.get(f"/callbacks/{second.pk}/"))
    assert f'href="/callbacks/{first.pk}/"' in page
    assert f'href="/callbacks/{second.pk}/"' not in page
    assert f'href="/callbacks/{second.pk}/"' not in text(client.get(f"/callbacks/{first.pk}/"))
