"""The night, for those who are called: they take it over or decline it in the program, a grave word
on a ticket that has an owner calls them, too, and no turn ends without saying who is called then.
"""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.tickets import actions
from bihuan.apps.tickets.doors import paging
from bihuan.apps.tickets.enums import Impact, Status
from bihuan.apps.tickets.models import Envelope, Ladder, OnCall, Paging
from bihuan.apps.tickets.tests.conftest import moment
from bihuan.apps.tickets.tests.factories import report, solved, told, verified
from bihuan.base import clock
from bihuan.base.audit.models import Entry as Logged
from bihuan.base.notify.models import Notice
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
NIGHT = moment("2026-03-10T22:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def guards(house):
    """Two people on call tonight, one after the other."""
    house.first = make_person("field_engineer", name="夜班甲", region="east")
    house.second = make_person("remote_specialist", name="夜班乙", phone="13900000002")
    for place, person in enumerate((house.first, house.second), 1):
        turn(house, person, place)
    return house


def turn(house, person, place, start=NIGHT - 2 * HOUR, end=NIGHT + 8 * HOUR, region=""):
    return paging.put_on_call(
        user=person, region=region, from_at=start, to_at=end, place=place, by=house.boss, now=NIGHT
    )


def said(house, at, text="又停了", name="1", **values):
    """A report about the machine; a thing of its open ticket if there is one."""
    envelope = Envelope(channel="APP", message_id=f"app:{name}", text=text, received_at=at)
    given = report(at, asset=house.machine, channel="APP", **values)
    return actions.receive(envelope=envelope, report=given, by=None, now=at).ticket


def owned(house, at=None, **values):
    """A fault that somebody has had in hand since the day."""
    at = at or house.now
    row = said(house, at, name="day", **values)
    return actions.accept(ticket=row, by=house.desk, now=at)


def called():
    return [(each.user.name, each.way) for each in Paging.objects.order_by("ladder", "step")]


def read(answer):
    return html.unescape(answer.content.decode())


def test_who_is_called_takes_it_over_on_the_page_that_the_message_opens(guards):
    row = said(guards, NIGHT, impact="LINE_STOP")
    paging.raise_alarms(NIGHT)
    paging.climb(NIGHT)
    notice = Notice.objects.get(kind="ticket.paged", to=guards.first)
    client = signed_in(guards.first)
    with clock.set_to(NIGHT + timedelta(minutes=1)):
        page = read(client.get(notice.url))
        assert row.title in page and "金陵泵业" in page and "不回答不算接下" in page
        row.refresh_from_db()
        assert (row.status, Paging.objects.get().answer) == (Status.NEW, "")  # looking is no answer
        gone = client.post(notice.url, {"answer": "take"})
        assert gone["Location"] == reverse("tickets:detail", args=[row.pk])
        assert client.get(gone["Location"]).status_code == 200
        assert "您已接下" in read(client.get(notice.url))
    row.refresh_from_db()
    assert (row.status, row.owner) == (Status.ACCEPTED, guards.first)
    assert (Ladder.objects.get().answered_by, paging.climb(NIGHT + HOUR)) == (guards.first, 0)


def test_declining_calls_the_next_at_once_and_stands_in_the_history(guards):
    row = said(guards, NIGHT, impact="LINE_STOP")
    paging.raise_alarms(NIGHT)
    paging.climb(NIGHT)
    later = NIGHT + timedelta(minutes=1)
    with clock.set_to(later):
        client = signed_in(guards.first)
        url = reverse("tickets:paged", args=[Paging.objects.get().uid])
        assert client.post(url, {"answer": ""}).status_code == 422
        assert called() == [("夜班甲", "MESSAGE")]
        client.post(url, {"answer": "decline"})
        # by his first way; the other ways of who has declined are left out
        assert called() == [("夜班甲", "MESSAGE"), ("夜班乙", "MESSAGE")]
        assert "正在呼叫下一位" in read(client.get(url))
        assert client.post(url, {"answer": "take"}).status_code == 302  # he has answered
    row.refresh_from_db()
    assert (row.status, row.owner) == (Status.NEW, None)
    no = Paging.objects.get(user=guards.first)
    assert (no.answer, no.answered_at) == ("DECLINED", later)
    line = row.entries.get(code="PAGED", data__answer="DECLINED")
    assert (line.by, line.at) == (guards.first, later)
    with clock.set_to(later):
        seen = read(signed_in(guards.desk).get(reverse("tickets:detail", args=[row.pk])))
        assert "夜班甲" in seen and "不能处理" in seen
        roster = read(signed_in(guards.lead).get(reverse("tickets:on_call")))
        assert "不能处理" in roster and "22:01" in roster


def test_silence_takes_nothing_and_who_has_declined_is_not_called_again_while_others_are_left(
    guards,
):
    said(guards, NIGHT, impact="LINE_STOP")
    paging.raise_alarms(NIGHT)
    paging.climb(NIGHT)
    paging.answer(uid=Paging.objects.get().uid, taken=False, now=NIGHT)
    now = NIGHT
    for _beat in range(40):
        now += timedelta(minutes=5)
        paging.climb(now)
    assert {name for name, _way in called()[1:]} == {"夜班乙"}
    assert Ladder.objects.get().over_at is None and Ladder.objects.get().ticket.owner is None


def test_when_all_have_declined_the_head_of_the_desk_is_called_and_then_all_again(guards):
    said(guards, NIGHT, impact="LINE_STOP")
    paging.raise_alarms(NIGHT)
    paging.climb(NIGHT)
    for _person in range(3):
        paging.answer(uid=Paging.objects.latest("step").uid, taken=False, now=NIGHT)
    assert [name for name, _way in called()] == ["夜班甲", "夜班乙", "周敏", "夜班甲"]


def test_a_call_is_answered_by_who_was_called_only_and_only_while_it_runs(guards):
    row = said(guards, NIGHT, impact="LINE_STOP")
    paging.raise_alarms(NIGHT)
    paging.climb(NIGHT)
    url = reverse("tickets:paged", args=[Paging.objects.get().uid])
    with clock.set_to(NIGHT):
        for stranger in (guards.second, guards.boss):
            client = signed_in(stranger)
            assert client.get(url).status_code == 404
            assert client.post(url, {"answer": "take"}).status_code == 404
        row.refresh_from_db()
        assert row.owner is None and Paging.objects.get().answer == ""
        actions.accept(ticket=row, by=guards.boss, now=NIGHT)
        client = signed_in(guards.first)
        page = read(client.get(url))
        assert "顾远 已接手" in page and 'name="answer"' not in page
        client.post(url, {"answer": "take"})
    row.refresh_from_db()
    assert (row.owner, Paging.objects.get().answer) == (guards.boss, "")


def test_who_is_called_finds_it_on_the_tickets_page_too(guards):
    row = said(guards, NIGHT, impact="LINE_STOP")
    paging.raise_alarms(NIGHT)
    for minutes in (0, 5, 10):
        paging.climb(NIGHT + timedelta(minutes=minutes))
    paging.climb(NIGHT + timedelta(minutes=15))
    with clock.set_to(NIGHT + timedelta(minutes=16)):
        url = reverse("tickets:detail", args=[row.pk])
        assert "值班呼叫等您回答" in read(signed_in(guards.second).get(url))
        assert "值班呼叫等您回答" not in read(signed_in(guards.desk).get(url))


def test_who_can_do_nothing_with_a_ticket_is_passed_over(house):
    turn(house, make_person("rd_engineer", name="研发值班"), 1)
    assert paging.on_call("", NIGHT) == [house.lead]
    assert paging.on_call("", NIGHT + 24 * HOUR) == [house.lead]


def test_a_grave_word_at_night_on_a_ticket_that_has_an_owner_calls_like_a_new_one(guards):
    row = owned(guards, impact="DEGRADED")
    same = said(guards, NIGHT, impact="LINE_STOP")
    assert (same, paging.raise_alarms(NIGHT)) == (row, 0)
    assert paging.climb(NIGHT) == 1
    assert called() == [("夜班甲", "MESSAGE")]
    page = Paging.objects.get()
    with clock.set_to(NIGHT):
        client = signed_in(guards.first)
        url = reverse("tickets:paged", args=[page.uid])
        assert "客户又来消息" in read(client.get(url))
        client.post(url, {"answer": "take"})
    row.refresh_from_db()
    assert (row.owner, row.status) == (guards.first, Status.ACCEPTED)
    assert Notice.objects.filter(to=guards.desk, kind="ticket.taken_at_night").count() == 1


def test_once_for_each_cause(guards):
    owned(guards, impact="DEGRADED")
    said(guards, NIGHT, name="a", impact="LINE_STOP")
    said(guards, NIGHT + timedelta(minutes=3), name="b", impact="SET_STOP")  # it stands, still
    assert Ladder.objects.count() == 1
    said(guards, NIGHT + timedelta(minutes=4), name="c", impact="PERSON_SAFETY")
    assert Ladder.objects.count() == 2
    paging.climb(NIGHT + timedelta(minutes=4))
    words = [each.text["zh"] for each in Notice.objects.filter(kind="ticket.paged").order_by("pk")]
    assert [("人身安全" in each) for each in words] == [False, True]
    with clock.set_to(NIGHT + timedelta(minutes=4)):
        url = reverse("tickets:paged", args=[Paging.objects.latest("pk").uid])
        assert "涉及人身安全" in read(signed_in(guards.first).get(url))
    paging.answer(
        uid=Paging.objects.earliest("pk").uid, taken=True, now=NIGHT + timedelta(minutes=5)
    )
    assert not Ladder.objects.filter(over_at=None).exists()  # one who takes it has it whole
    said(guards, NIGHT + HOUR, name="d", impact="LINE_STOP")
    assert Ladder.objects.count() == 2
    said(guards, NIGHT + 24 * HOUR, name="e", impact="LINE_STOP")  # the next night he may sleep
    assert Ladder.objects.count() == 3


def test_a_new_report_and_what_is_said_to_it_in_the_same_night_are_one_cause(guards):
    said(guards, NIGHT, impact="LINE_STOP")
    paging.raise_alarms(NIGHT)
    said(guards, NIGHT + timedelta(minutes=2), name="2", impact="LINE_STOP")
    assert (Ladder.objects.count(), paging.raise_alarms(NIGHT + timedelta(minutes=2))) == (1, 0)


def test_it_stops_again_after_it_was_solved_is_another_cause(guards):
    row = owned(guards, NIGHT, impact="LINE_STOP")
    said(guards, NIGHT, name="a", impact="LINE_STOP")
    assert Ladder.objects.count() == 1
    solved(verified(row, guards.desk, NIGHT), guards.desk, NIGHT)
    later = NIGHT + HOUR
    told = Envelope(channel="APP", message_id="app:b", text="又停了", received_at=later)
    again = report(later, asset=guards.machine, channel="APP", impact="LINE_STOP")
    actions.receive(envelope=told, report=again, by=None, now=later, ticket=row)  # on his page
    assert Ladder.objects.count() == 2
    other = said(guards, later, name="c", impact="LINE_STOP")  # by the machine's code
    assert other != row
    assert paging.raise_alarms(later) == 1
    assert other.ladders.exists()


def test_words_without_a_danger_of_their_own_weigh_as_the_ticket_does_while_it_is_unsolved(guards):
    row = owned(guards, impact="LINE_STOP")

    def writes(name):
        envelope = Envelope(
            channel="EMAIL", message_id=f"mail:{name}", text="现在怎样了", received_at=NIGHT
        )
        actions.receive(envelope=envelope, by=None, now=NIGHT, ticket=row)

    writes("1")
    assert Ladder.objects.count() == 1
    Ladder.objects.all().delete()
    solved(verified(row, guards.desk, NIGHT), guards.desk, NIGHT)
    writes("2")
    assert Ladder.objects.count() == 0


def test_by_day_small_matters_and_old_news_call_nobody(guards):
    owned(guards, impact="DEGRADED")
    said(guards, guards.now + HOUR, name="day2", impact="LINE_STOP")
    said(guards, NIGHT, name="small", impact="COSMETIC")
    envelope = Envelope(
        channel="APP", message_id="old", text="停", received_at=NIGHT - timedelta(days=3)
    )
    actions.receive(
        envelope=envelope, report=report(NIGHT, asset=guards.machine, impact="LINE_STOP"),
        by=None, now=NIGHT,
    )  # fmt: skip
    assert not Ladder.objects.exists()


def test_the_owner_who_is_awake_ends_the_calling(guards):
    row = owned(guards, impact="DEGRADED")
    said(guards, NIGHT, impact=Impact.PERSON_SAFETY)
    paging.climb(NIGHT)
    actions.contacted(
        ticket=row, channel="PHONE", text="已请客户断电", by=guards.desk, now=NIGHT + HOUR / 30
    )
    paging.climb(NIGHT + HOUR)
    assert (len(called()), Ladder.objects.get().answered_by) == (1, guards.desk)


def test_the_customers_no_and_his_chasing_at_night_call_somebody_too(guards):
    row = owned(guards, impact="LINE_STOP")
    actions.chase(ticket=row, text="客户在进度页点了催单", by=None, now=NIGHT)
    assert Ladder.objects.count() == 1
    told(solved(verified(row, guards.desk, NIGHT), guards.desk, NIGHT), guards.desk, NIGHT)
    actions.deny(ticket=row, answer="还是停的", channel="H5_QR", by=None, now=NIGHT + HOUR)
    assert Ladder.objects.count() == 2


def test_ending_a_turn_says_first_who_is_called_then(guards):
    row = OnCall.objects.get(user=guards.first)
    url = reverse("tickets:off_call", args=[row.pk])
    client = signed_in(guards.lead)
    with clock.set_to(NIGHT):
        assert f'href="{url}"' in client.get(reverse("tickets:on_call")).content.decode()
        page = read(client.get(url))
        assert "结束 夜班甲 的值班" in page and "夜班乙" in page
        assert OnCall.objects.filter(pk=row.pk, to_at__gt=NIGHT).exists()  # asked, not done
        assert client.post(url).status_code == 302
        assert client.get(url).status_code == 404  # it is over
    row.refresh_from_db()
    assert row.to_at == NIGHT
    assert Logged.objects.filter(verb="tickets.on_call_ended").count() == 1


def test_who_is_called_instead_is_said_for_each_part_of_the_turn_and_each_region(house):
    first = make_person("remote_specialist", name="全夜")
    late = make_person("remote_specialist", name="后半夜")
    east = make_person("remote_specialist", name="华东夜")
    row = turn(house, first, 1)
    turn(house, late, 2, start=NIGHT + 2 * HOUR)
    turn(house, east, 1, region="east")
    found = [
        (each.region, each.from_at, each.to_at, [one.name for one in each.people])
        for each in paging.without(row, NIGHT)
    ]
    end = NIGHT + 8 * HOUR
    assert found == [
        ("", NIGHT, NIGHT + 2 * HOUR, ["周敏"]), ("", NIGHT + 2 * HOUR, end, ["后半夜"]),
        ("east", NIGHT, NIGHT + 2 * HOUR, ["华东夜"]), ("east", NIGHT + 2 * HOUR, end, ["华东夜", "后半夜"]),
    ]  # fmt: skip
    assert [(each.region, len(each.people)) for each in paging.without(OnCall.objects.get(user=east), NIGHT)] == [
        ("east", 1), ("east", 2),
    ]  # fmt: skip
