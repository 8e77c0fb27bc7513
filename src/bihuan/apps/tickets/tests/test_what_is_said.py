"""What the page of a ticket says: why something may not be done, what was done, how it ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.tickets import actions
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.tests.factories import solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.testing.people import signed_in


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        yield house


def deed(client, row, name, **values):
    return client.post(reverse("tickets:deed", args=[row.pk, name]), values)


def asked_for_his_yes(at):
    row = verified(ticket(at.machine, at.desk, at.now), at.desk, at.now)
    return told(solved(row, at.specialist, at.now), at.specialist, at.now)


def test_whoever_did_the_work_reads_that_he_may_not_ask_before_he_writes_anything(at):
    row = asked_for_his_yes(at)
    address = reverse("tickets:deed", args=[row.pk, "confirm"])
    for person in (at.desk, at.caller):
        mine = person == at.desk
        client = signed_in(person)
        page = client.get(reverse("tickets:detail", args=[row.pk])).content.decode()
        assert (f'href="{address}"' in page) is not mine
        assert ("要由没有处理过这张工单的人来记" in page) is mine
        form = client.get(address).content.decode()
        assert ('name="text"' in form) is not mine
        assert ("要由没有处理过这张工单的人来记" in form) is mine


def test_who_could_not_be_reached_often_enough_is_not_offered_as_unreachable(at):
    row = asked_for_his_yes(at)
    address = reverse("tickets:deed", args=[row.pk, "give_up"])
    for days, channel, said in ((0, "PHONE", "已试 0 次、0 种方式、0 天"), (0, "WECOM", "已试 1 次、1 种方式、1 天"),
                                (1, "PHONE", "已试 2 次、2 种方式、1 天"), (1, "", "")):  # fmt: skip
        with clock.set_to(at.now + timedelta(days=days)):
            client = signed_in(at.caller)
            page = client.get(reverse("tickets:detail", args=[row.pk])).content.decode()
            assert (f'href="{address}"' in page) is not said
            assert said in page
            if said:
                assert said in client.get(address).content.decode()
                deed(client, row, "confirm", result="NO_ANSWER", channel=channel)
    row.refresh_from_db()
    assert (row.status, row.attempts.count()) == (Status.FED_BACK, 3)


def test_a_ticket_closed_without_a_yes_says_so_on_every_part_of_its_page(at):
    row = asked_for_his_yes(at)
    later = at.now
    for channel in ("PHONE", "WECOM", "SMS"):
        actions.try_confirm(
            ticket=row, channel=channel, result="NO_ANSWER", answer="", by=at.caller, now=later
        )
        later += timedelta(days=1)
    actions.give_up(ticket=row, by=at.caller, now=later)
    actions.close(ticket=row, by=at.caller, now=later)
    with clock.set_to(later):
        page = signed_in(at.desk).get(reverse("tickets:detail", args=[row.pk])).content.decode()
        steps = page.split('class="stepper"')[1].split("</ol>")[0]
        assert "联系不上，未确认" in steps
        assert "客户已确认" not in steps
        assert "客户没有确认" in page.split('id="ticket-head"')[1].split('class="stepper"')[0]
        assert "没有联系上客户就关闭了，客户没有确认。" in page
        listed = signed_in(at.desk).get(reverse("tickets:queue"), {"view": "ended"})
        assert "已关闭 · 客户没有确认" in listed.content.decode()
        # the history says by which way he was tried
        assert all(way in page.split('id="ticket-flow"')[1] for way in ("电话", "企业微信", "短信"))
        actions.late_yes(ticket=row, answer="好了", channel="PHONE", by=at.caller, now=later)
        page = signed_in(at.desk).get(reverse("tickets:detail", args=[row.pk])).content.decode()
        assert "客户没有确认" not in page
        assert "客户已确认" in page.split('class="stepper"')[1].split("</ol>")[0]


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("contact", {"text": "先停机", "channel": "PHONE"}, "已记下与客户的通话。"),
        ("chase", {}, "已记下客户第 1 次催单。"),
        ("assign", {"to": "specialist"}, "已改派给陈砺。"),
        ("wait", {"why": "PART", "text": "等轴承"}, "已转为等待，时限照样走。"),
        ("hand_over", {"to_line": 2, "tried": "试过", "finding": "查到", "question": "怎么办", "expected_at": "2026-03-10T14:00"}, "已转给二线，等对方接手。"),
        ("split", {"kind": "FAULT", "title": "另一处漏油"}, "已拆出WX-20260310-0002。"),
    ],
)  # fmt: skip
def test_each_deed_says_what_was_done(at, name, given, said):
    row = ticket(at.machine, at.desk, at.now)
    values = given | ({"to": at.specialist.pk} if "to" in given else {})
    client = signed_in(at.desk)
    page = client.get(deed(client, row, name, **values).url)
    assert said in page.content.decode()


def test_what_came_of_asking_is_said_and_so_is_a_note(at):
    row = asked_for_his_yes(at)
    client = signed_in(at.caller)
    address = reverse("tickets:detail", args=[row.pk])
    for given, said in (
        ({"deed": "note", "text": "客户在开会"}, "备注已存，客户看不到。"),
        ({"deed": "reply", "text": "请您看看", "channel": "SMS"}, "给客户的答复已存。"),
    ):
        client.post(address, given)
        assert said in client.get(address).content.decode()
    for result, said in (
        ("NO_ANSWER", "已记下这次没有联系上。"),
        ("YES", "已记下客户的确认。"),
    ):
        deed(client, row, "confirm", result=result, channel="PHONE", text="好了")
        assert said in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("came", "answered"), [("EMAIL", "EMAIL"), ("PHONE", "PHONE"), ("H5_QR", "")]
)
def test_the_customer_is_answered_the_way_he_wrote(at, came, answered):
    row = ticket(at.machine, None, at.now, channel=came)
    page = signed_in(at.desk).get(reverse("tickets:detail", args=[row.pk])).content.decode()
    ways = page.split('name="channel"')[1].split("</select>")[0]
    assert ways.count(" selected") == (1 if answered else 0)
    assert not answered or f'value="{answered}" selected' in ways
