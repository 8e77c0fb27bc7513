from __future__ import annotations

from datetime import date, datetime

import pytest
from django.urls import reverse

from bihuan.apps.people import actions, hours
from bihuan.apps.people.calendars import as_of, calendars
from bihuan.apps.people.enums import Layer
from bihuan.apps.people.models import CalendarVersion, Region, Team, WorkCalendar
from bihuan.apps.people.tests.factories import NOW, company_calendar, person
from bihuan.base.errors import BadInput, ChangedMeanwhile
from bihuan.base.facts.models import Fact
from bihuan.lib.workcal import due

pytestmark = pytest.mark.django_db
NOTICE = "日期,类型,名称\n2027-01-01..2027-01-03,休,元旦\n2027-02-05..2027-02-11,休,春节\n2027-02-20,班,春节\n"


def test_three_working_days_from_the_eve_of_national_day_end_on_the_make_up_saturday():
    company_calendar()
    start = datetime.fromisoformat("2026-09-30T10:00+08:00")
    answer = due(calendars().for_("cn", {}), start, "3wd")
    assert answer.due_text == "2026-10-10 17:30"


def test_a_region_layer_narrows_the_company_calendar_only_for_its_region():
    company_calendar()
    Region.objects.create(code="west", name="西部")
    actions.add_calendar(
        code="region:west", name="西部", layer=Layer.REGION, ref="west", by=None, now=NOW,
        data={"weekly": {"mon-fri": "10:00-13:00,14:30-19:00"}},
    )  # fmt: skip
    day = date(2026, 10, 12)
    assert calendars().for_("cn", {"region": "west"}).info(day).slots[0].start == 10 * 60
    assert calendars().for_("cn", {"region": "east"}).info(day).slots[0].start == 8 * 60 + 30


def test_a_team_works_as_its_region_does_and_a_customer_as_that_team(client):
    company_calendar()
    client.force_login(person("管理员", "administrator"))
    Region.objects.create(code="west", name="西部")
    Team.objects.create(code="9", name="西部一组")
    above = ""
    for layer, ref in (("REGION", "west"), ("TEAM", "9"), ("CUSTOMER", "7")):
        form = {"name": ref, "layer": layer, "ref": ref, "parent": above, "source": "通知"}
        if layer == "REGION":
            form["weekdays"] = "10:00-13:00,14:30-19:00"
        assert client.post(reverse("people:layer"), form).status_code == 302
        above = WorkCalendar.objects.get(ref=ref).pk
    day = date(2026, 10, 12)
    for values in ({"team_id": "9"}, {"customer_id": 7}):
        assert calendars().for_("cn", values).info(day).slots[0].start == 10 * 60
    region = WorkCalendar.objects.get(ref="west")
    data = {**region.data, "weekly": {"mon-fri": "11:00-19:00"}}
    actions.change_calendar(calendar=region, data=data, source="通知", by=None, now=NOW)
    assert calendars().for_("cn", {"customer_id": 7}).info(day).slots[0].start == 11 * 60
    versions = WorkCalendar.objects.order_by("pk").values_list("ref", "version")
    assert dict(versions) == {"": 1, "west": 2, "9": 2, "7": 2}
    wrong = {"name": "东", "layer": "REGION", "ref": "west2", "parent": above, "source": "通知"}
    Region.objects.create(code="west2", name="西部二")
    assert client.post(reverse("people:layer"), wrong).status_code == 422
    assert not WorkCalendar.objects.filter(ref="west2").exists()


def test_a_changed_calendar_is_the_next_version_and_the_old_one_stays_readable():
    row = company_calendar()
    old = row.data
    data = {**old, "weekly": {"mon-fri": "09:00-17:00"}}
    actions.change_calendar(calendar=row, data=data, source="公司通知 11 号", by=None, now=NOW)
    row.refresh_from_db()
    assert row.version == 2
    assert as_of("cn", 1).to_data()["weekly"] == old["weekly"]
    told = Fact.objects.get(kind="calendar.corrected")
    assert told.own()["calendar"] == "cn"


def test_hours_that_make_no_sense_are_refused_with_a_sentence_and_nothing_changes():
    row = company_calendar()
    with pytest.raises(BadInput) as refused:
        actions.change_calendar(
            calendar=row,
            data={**row.data, "weekly": {"mon-fri": "17:30-08:30,09:00"}},
            source="x",
            by=None,
            now=NOW,
        )
    assert "data" in refused.value.fields
    assert CalendarVersion.objects.count() == 1
    assert not Fact.objects.exists()


def test_of_two_people_changing_one_calendar_the_second_is_told():
    row = company_calendar()
    stale = WorkCalendar.objects.get(pk=row.pk)
    actions.change_calendar(calendar=row, data=row.data, source="一", by=None, now=NOW)
    with pytest.raises(ChangedMeanwhile):
        actions.change_calendar(calendar=stale, data=stale.data, source="二", by=None, now=NOW)
    assert CalendarVersion.objects.count() == 2


def test_a_notice_is_shown_before_it_holds_and_then_settles_its_year(client):
    company_calendar()
    client.force_login(person("管理员", "administrator"))
    url = reverse("people:notice", args=["cn"])
    page = client.post(url, {"text": NOTICE})
    assert "2027" in page.content.decode() and "2027-02-20" in page.content.decode()
    assert calendars().for_("cn", {}).info(date(2027, 2, 20)).working is False
    client.post(url, {"text": NOTICE, "confirm": "1"})
    info = calendars().for_("cn", {}).info(date(2027, 2, 20))
    assert info.working and not info.provisional


def test_a_bad_notice_says_which_row_and_changes_nothing(client):
    company_calendar()
    client.force_login(person("管理员", "administrator"))
    page = client.post(
        reverse("people:notice", args=["cn"]),
        {"text": "日期,类型,名称\n2027-01-04,班,元旦\n", "confirm": "1"},
    )
    assert page.status_code == 422
    assert "2027-01-04" in page.content.decode()
    assert WorkCalendar.objects.get(code="cn").version == 1


def test_the_form_of_a_calendar_shows_its_hours_and_keeps_them_when_it_is_saved():
    row = actions.first_calendar(now=NOW)
    built = calendars().for_("cn", {})
    shown = hours.values_of(built)
    assert shown["weekdays"] == "08:30-12:00,13:30-17:30"
    assert hours.data_of(shown, row.data)["weekly"] == row.data["weekly"]
    longer = hours.data_of(shown | {"saturday": "09:00-12:00"}, row.data)
    actions.change_calendar(calendar=row, data=longer, source="通知", by=None, now=NOW)
    assert hours.values_of(calendars().for_("cn", {}))["saturday"] == "09:00-12:00"


def test_only_who_may_change_calendars_gets_in(client):
    company_calendar()
    client.force_login(person("李慕言", "account_manager"))
    assert client.get(reverse("people:calendar", args=["cn"])).status_code == 200
    assert client.post(reverse("people:change_calendar", args=["cn"]), {}).status_code == 403


def test_the_published_text_of_a_notice_is_pasted_as_it_is(client):
    company_calendar()
    client.force_login(person("姜维一", "administrator"))
    url = reverse("people:notice", args=["cn"])
    text = (
        "国务院办公厅关于2027年部分节假日安排的通知\n"
        "一、元旦：1月1日（周五）至3日（周日）放假，共3天。\n"
        "二、春节：2月5日（农历除夕、周五）至11日（周四）放假调休，共7天。2月20日（周六）上班。"
    )
    shown = client.post(url, {"text": text}).content.decode()
    assert "2027 年：放假 10 天，调休上班 1 天" in shown
    done = client.post(url, {"text": text, "confirm": "1"})
    assert done.url.endswith("?year=2027")  # where what was changed can be seen
    assert not calendars().for_("cn", {}).info(date(2027, 2, 9)).slots
    assert calendars().for_("cn", {}).info(date(2027, 2, 20)).slots
    wrong = client.post(url, {"text": text.replace("共7天", "共8天")})
    assert wrong.status_code == 422
    assert "写着共 8 天，读出 7 天" in wrong.content.decode()
