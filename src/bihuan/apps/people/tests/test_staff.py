"""The list of people."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from bihuan.apps.people.actions import first_calendar
from bihuan.apps.people.models import Leave, Region, Team
from bihuan.apps.people.queries import holders
from bihuan.base.access.models import User
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def test_a_long_list_comes_in_pages_and_counts_everybody():
    for n in range(30):
        make_person("field_engineer", name=f"工程师{n:02d}")
    client = Client()
    client.force_login(make_person("general_manager", name="顾远"))
    first = client.get("/people/?role=field_engineer").content.decode()
    assert "30 人" in first and "工程师24" in first and "工程师25" not in first
    assert "工程师29" in client.get("/people/?role=field_engineer&page=2").content.decode()
    assert "没有找到这样的人" in client.get("/people/?q=查无此人").content.decode()


def test_an_account_takes_region_and_team_from_those_there_are_and_keeps_what_it_has():
    Region.objects.create(code="east", name="华东大区")
    team = Team.objects.create(code="T1", name="南京班")
    client = signed_in(make_person("administrator"))
    form = client.get("/users/new/").content.decode()
    assert '<option value="east">华东大区</option>' in form
    assert f'<option value="{team.pk}">南京班</option>' in form
    given = {"username": "new1", "name": "新人", "language": "zh", "region": "west", "team_id": ""}
    assert client.post("/users/new/", given).status_code == 422
    assert not User.objects.filter(username="new1").exists()
    old = make_person("sales", region="R9")
    page = f"/users/{old.pk}/edit/"
    assert '<option value="R9" selected>R9</option>' in client.get(page).content.decode()
    assert client.post(page, {"name": "老人", "language": "zh", "region": "R9"}).status_code == 302
    old.refresh_from_db()
    assert (old.name, old.region) == ("老人", "R9")
    client.post(page, {"name": "老人", "language": "zh", "region": "east", "team_id": team.pk})
    assert "华东大区" in client.get(f"/users/{old.pk}/").content.decode()


@pytest.mark.parametrize(
    ("form", "back"),
    [
        ("/people/regions/new/", "/people/"),
        ("/people/teams/new/", "/people/"),
        ("/calendars/new/", "/calendars/"),
        ("/calendars/cn/change/", "/calendars/cn/"),
    ],
)
def test_each_form_of_the_company_can_be_left_without_saving(form, back):
    first_calendar(now=NOW)
    page = signed_in(make_person("administrator")).get(form)
    assert page.status_code == 200
    assert f'<a class="btn" href="{back}">取消</a>' in page.content.decode()


def test_a_region_made_on_the_screen_has_its_own_engineer():
    client = signed_in(make_person("administrator"))
    assert "/people/regions/new/" in client.get("/people/").content.decode()
    made = client.post("/people/regions/new/", {"code": "华东", "name": "华东大区"})
    assert made.status_code == 302
    again = client.post("/people/regions/new/", {"code": "华东", "name": "别的"})
    assert again.status_code == 422
    assert [region.name for region in Region.objects.all()] == ["华东大区"]
    local = make_person("field_engineer", name="范工")
    User.objects.filter(pk=local.pk).update(region="华东")
    assert '<td data-label="区域">华东大区</td>' in client.get("/people/").content.decode()
    page = client.get(f"/people/{local.pk}/").content.decode()
    assert '<option value="华东">华东大区</option>' in page
    assert "账号上勾的岗位只给权限" in page
    assert 'value="field_engineer"' in page
    assert 'value="oneself"' not in page and 'value="owner"' not in page
    client.post(
        f"/people/{local.pk}/posts/",
        {"role": "field_engineer", "region": "华东", "from_on": "2026-03-01"},
    )
    found = holders(on=date(2026, 3, 9))
    assert found.find("field_engineer", region="华东") == local.pk
    assert found.find("field_engineer", region="华南") is None


def test_one_person_is_not_people_and_a_month_has_its_name():
    first_calendar(now=NOW)
    client = signed_in(make_person("administrator"), HTTP_ACCEPT_LANGUAGE="en")
    accounts = client.get("/users/").content.decode()
    assert "1 person" in accounts
    assert "1 people" not in accounts
    make_person("sales")
    assert "2 people" in client.get("/users/").content.decode()
    assert "<h2>January</h2>" in client.get("/calendars/").content.decode()
    chinese = signed_in(make_person("administrator"))
    assert "<h2>1 月</h2>" in chinese.get("/calendars/").content.decode()


def test_nobody_of_another_firm_is_offered_as_substitute_for_one_of_ours():
    ours, chief = make_person("field_engineer"), make_person("administrator")
    others = [make_person("dealer_staff"), make_person("supplier_staff")]
    client = signed_in(chief)
    page = client.get(f"/people/{ours.pk}/").content.decode()
    assert f'<option value="{chief.pk}"' in page
    assert not any(f'<option value="{person.pk}"' in page for person in others)
    days = {"from_on": "2099-01-04", "to_on": "2099-01-09", "substitute": others[0].pk}
    assert client.post(f"/people/{ours.pk}/leaves/", days).status_code == 422
    assert not Leave.objects.exists()


def test_a_leave_is_ended_on_the_page_of_the_person_by_who_may_manage():
    ours, chief = make_person("field_engineer"), make_person("administrator")
    client, page = signed_in(chief), f"/people/{ours.pk}/"
    days = {"from_on": "2099-01-04", "to_on": "2099-01-09"}
    client.post(f"{page}leaves/", days)
    end = f"{page}leaves/{Leave.objects.get().pk}/end/"
    assert "取消外出" in client.get(page).content.decode()
    assert signed_in(ours).post(end).status_code == 403
    assert Leave.objects.count() == 1
    assert "由本人办理" in client.post(end, follow=True).content.decode()
    assert not Leave.objects.exists()
    assert "已经结束或取消" in client.post(end, follow=True).content.decode()
