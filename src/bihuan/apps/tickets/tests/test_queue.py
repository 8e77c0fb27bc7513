"""The queue: kept views, deeds on many tickets with their way back, what an open page asks for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bihuan.apps.tickets import actions
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Queue, Ticket
from bihuan.apps.tickets.tests.factories import report, ticket
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.lists.models import Batch, View
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
START = "/lists/tickets/do/{}/"
QUEUE = "/tickets/"


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        yield house


def fresh(at, **values):
    """A ticket that nobody has accepted: it came in by the web form."""
    given = report(at.now, asset=at.machine, channel="WEB", **values)
    return actions.open_ticket(report=given, by=None, now=at.now)


def do(client, deed, *rows, **values):
    """Press a deed on these rows; the page where the deed is then asked for, or the list."""
    url = reverse("tickets:queue")
    answer = client.post(START.format(deed), {"pick": [row.pk for row in rows], "back": url})
    if values:
        answer = client.post(answer.url, values)
    return answer


def undo(client):
    return client.post(reverse("lists:undo", args=[Batch.objects.latest("made_at").pk]))


def test_a_kept_view_of_the_queue_counts_and_shows_what_it_asks_for(at):
    ticket(at.machine, at.desk, at.now, title="能开机但异响")
    ticket(at.machine, at.desk, at.now, title="电话里问保养", kind="CONSULT")
    client = signed_in(at.desk)
    made = client.post(
        "/lists/tickets/views/new/", {"query": "view=open&kind=CONSULT", "title": "只看咨询"}
    )
    page = client.get(made.url)
    tabs = {str(tab["title"]): tab for tab in page.context["list"].tabs}
    assert (tabs["只看咨询"]["count"], tabs["全部未结"]["count"]) == ("1", "2")
    assert "电话里问保养" in page.content.decode()
    assert "能开机但异响" not in page.content.decode()
    assert View.objects.get().owner == at.desk


def test_whoever_comes_into_a_queue_sees_it_in_the_tab_of_his_line(at):
    row = ticket(at.machine, at.desk, at.now, title="等产品专家")
    expert = make_person("remote_specialist")
    queue = Queue.objects.create(name="三线结构", line=3)
    Ticket.objects.filter(pk=row.pk).update(queue=queue, line=3)
    client = signed_in(expert)

    def counted():
        tabs = client.get(reverse("tickets:queue"), {"view": "line"}).context["list"].tabs
        return next(tab["count"] for tab in tabs if tab["key"] == "line")

    assert counted() == "0"
    queue.members.add(expert)
    assert counted() == "1"
    Queue.objects.filter(pk=queue.pk).update(active=False)
    assert counted() == "0"


def test_a_person_is_found_by_a_relation_only_within_it(at):
    queue = Queue.objects.create(name="三线结构", line=3)
    assert User.objects.get(pk=at.desk.pk) == at.desk
    with pytest.raises(User.DoesNotExist):
        queue.members.get(pk=at.desk.pk)
    queue.members.add(at.desk)
    assert queue.members.get(pk=at.desk.pk) == at.desk


def test_a_view_of_the_role_names_its_owner_as_he_is_called_now(at):
    lead = make_person("desk_lead", "service_desk", name="原来的名字")
    View.objects.create(
        owner=lead, listing="tickets", title="大家的", query={}, audience="ROLE", role="service_desk", made_at=at.now
    )  # fmt: skip
    client, page = signed_in(at.desk), reverse("lists:views", args=["tickets"])
    assert "原来的名字" in client.get(page).content.decode()
    User.objects.filter(pk=lead.pk).update(name="后来的名字")
    assert "后来的名字" in client.get(page).content.decode()


def test_many_are_taken_at_once_and_given_back_whole(at):
    rows = [fresh(at, title=f"网上报的第 {n} 张") for n in range(3)]
    mine = ticket(at.machine, at.desk, at.now, title="早就有人管的")
    client = signed_in(at.desk)
    do(client, "take", *rows, mine)
    assert {row.status for row in Ticket.objects.all()} == {Status.ACCEPTED}
    assert "已办 4 条" in client.get(reverse("tickets:queue")).content.decode()
    undo(client)
    for row in rows:
        row.refresh_from_db()
        assert (row.status, row.owner, row.first_owner, row.accepted_at) == (
            "NEW",
            None,
            None,
            None,
        )
    mine.refresh_from_db()
    assert (mine.status, mine.owner) == (Status.ACCEPTED, at.desk)


def test_many_are_given_to_somebody_and_one_that_went_on_is_left_alone(at):
    other = make_person("service_desk", name="接手的人")
    third = make_person("service_desk", name="第三个人")
    rows = [ticket(at.machine, at.desk, at.now, title=f"第 {n} 张") for n in range(2)]
    client = signed_in(at.desk)
    asked = do(client, "assign", *rows)
    assert client.get(asked.url).status_code == 200
    client.post(asked.url, {"to": other.pk, "text": "换班"})
    assert {row.owner for row in Ticket.objects.all()} == {other}
    actions.assign(ticket=Ticket.objects.get(pk=rows[0].pk), to=third, by=other, now=at.now)
    undo(client)
    assert [row.owner for row in Ticket.objects.order_by("pk")] == [third, at.desk]
    assert "有 1 条没撤成" in client.get(reverse("lists:batch", args=[Batch.objects.get().pk])).content.decode()  # fmt: skip


def test_after_the_time_for_it_nothing_is_undone(at):
    row = fresh(at)
    client = signed_in(at.desk)
    do(client, "take", row)
    with clock.set_to(at.now + timedelta(minutes=3)):
        answer = undo(client)
    assert answer.status_code == 409
    row.refresh_from_db()
    assert row.owner == at.desk


def test_what_has_ended_refuses_and_the_others_are_done(at):
    gone = actions.cancel(ticket=fresh(at, title="取消的"), text="客户自己好了", by=at.desk, now=at.now)  # fmt: skip
    row = fresh(at, title="还在的")
    client = signed_in(at.desk)
    do(client, "take", gone, row)
    done = Batch.objects.get()
    assert (list(done.done), list(done.refused)) == ([str(row.pk)], [str(gone.pk)])
    gone.refresh_from_db()
    assert (gone.status, gone.owner) == (Status.CANCELLED, None)


def test_watching_many_leaves_what_was_watched_before(at):
    rows = [ticket(at.machine, at.desk, at.now, title=f"第 {n} 张") for n in range(2)]
    actions.watch(ticket=rows[0], by=at.desk)
    client = signed_in(at.desk)
    do(client, "watch", *rows)
    assert [row.watchers.count() for row in rows] == [1, 1]
    undo(client)
    assert [row.watchers.count() for row in rows] == [1, 0]


def test_a_note_stands_at_each_and_what_is_beyond_reach_is_not_touched(at):
    row = ticket(at.machine, at.desk, at.now)
    reader = signed_in(make_person("auditor"))
    assert do(reader, "note", row).status_code == 403
    client = signed_in(at.desk)
    do(client, "note", row, text="统一答复：备件周五到")
    assert row.entries.filter(text="统一答复：备件周五到").count() == 1
    assert Batch.objects.count() == 1


def test_an_open_page_hears_which_of_its_rows_changed(at):
    one, two = (ticket(at.machine, at.desk, at.now, title=f"第 {n} 张") for n in range(2))
    client = signed_in(at.desk)
    text = client.get(reverse("tickets:queue")).content.decode()
    assert f'data-row-id="{one.pk}" data-row-version="{one.version}"' in text
    shown = {"list": "tickets", "rows": f"{one.pk}.{one.version},{two.pk}.{two.version},x.1,99.1"}
    assert client.get("/live/", shown).json()["rows"] == []
    actions.note(ticket=two, text="换了班", by=at.desk, now=at.now)
    assert client.get("/live/", shown).json()["rows"] == [two.pk]
    stranger = signed_in(make_person("account_manager", region="R9"))
    assert stranger.get("/live/", shown).json()["rows"] == []


def test_an_open_page_hears_which_tickets_stand_there_now_even_if_their_number_is_the_same(at):
    one, two = (ticket(at.machine, at.desk, at.now, title=f"第 {n} 张") for n in range(2))
    client = signed_in(at.desk)

    def told(address):
        return client.get("/live/", {"list": "tickets", "asked": address}).json()

    before = told("view=open&order=reported")
    assert sorted(before["ids"]) == sorted([one.pk, two.pk])
    actions.cancel(ticket=one, text="重复报修", by=at.desk, now=at.now)
    three = ticket(at.machine, at.desk, at.now, title="第 3 张")
    after = told("view=open&order=reported")
    assert after["counts"] == before["counts"]
    assert sorted(after["ids"]) == sorted([two.pk, three.pk])
    assert told("view=ended")["ids"] == [one.pk]
    assert told("view=open&page=2")["ids"] == []
    assert told("view=open&page=%00&severity=%00&order=x&saved=9")["ids"] == after["ids"]
    assert "ids" not in told("view=open&q=第")  # to search costs more than to look
    stranger = signed_in(make_person("account_manager", region="R9"))
    assert stranger.get("/live/", {"list": "tickets", "asked": ""}).json()["ids"] == []


def test_an_odd_address_shows_the_queue_and_no_error(at):
    client = signed_in(at.desk)
    for asked in (
        "view=nothing",
        "owner=abc",
        "line=9%00",
        "status=' OR 1=1",
        "page=9999",
        "kind=X&order=y",
    ):
        assert client.get(f"{reverse('tickets:queue')}?{asked}").status_code == 200


def test_the_arrow_of_a_column_points_as_its_rows_run(at):
    for number in range(2):
        ticket(at.machine, at.desk, at.now - timedelta(hours=number), title=f"第 {number} 张")
    client = signed_in(at.desk)
    for asked, arrow, first in (
        ("order=reported", "降序", 0),
        ("order=reported&down=1", "升序", 1),
    ):
        page = client.get(f"{reverse('tickets:queue')}?view=open&{asked}").content.decode()
        assert f'aria-label="{arrow}"' in page
        assert page.index(f"第 {first} 张") < page.index(f"第 {1 - first} 张")


def test_the_menu_is_that_of_this_page_this_language_and_this_moment(at):
    client = signed_in(at.desk)

    def menu(path):
        page = client.get(path).content.decode()
        return page.partition('id="menu"')[2].partition("</nav>")[0]

    here = menu("/tickets/")
    assert menu("/tickets/") == here
    assert 'href="/tickets/" title="工单" aria-current="page"' in here
    there = menu("/customers/")
    assert 'href="/tickets/" title="工单">' in there
    assert "hot" not in there
    ticket(at.machine, None, at.now, channel="H5_QR")
    assert '<span class="count hot">1</span>' in menu("/customers/")
    client.cookies["bihuan_language"] = "en"
    assert 'title="Tickets"' in menu("/customers/")


def test_the_tabs_are_counted_by_one_statement_whatever_the_list_is_narrowed_by(at):
    client = signed_in(at.desk)
    ticket(at.machine, at.desk, at.now, title="主轴承异响")
    said = set()
    for conditions in ("&kind=FAULT", "&severity=NORMAL&kind=FAULT", "&q=主轴承"):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"{QUEUE}?view=waiting{conditions}").status_code == 200
        counts = [each["sql"] for each in asked if each["sql"].count("COUNT(*)") > 1]
        said.add(tuple(sql for sql in counts if "notify_notice" not in sql))  # the menu's numbers
    assert [len(each) for each in said] == [1]


def looked_up(client, address):
    """How often words are looked up for a page, and what it says."""
    with CaptureQueriesContext(connection) as asked:
        page = client.get(address).content.decode()
    return sum('"hay"' in each["sql"] for each in asked), page


def test_words_are_looked_up_once_for_a_page_and_once_more_for_a_view_that_has_others(at):
    ticket(at.machine, at.desk, at.now, title="主轴承异响")
    drain(at.now)
    client = signed_in(at.desk)
    times, page = looked_up(client, f"{QUEUE}?view=open&q=主轴承")
    assert (times, "主轴承异响" in page) == (1, True)
    kept = client.post(
        "/lists/tickets/views/new/", {"query": "view=open&q=主轴承", "title": "轴承"}
    )
    times, page = looked_up(client, kept.url)
    assert (times, "主轴承异响" in page) == (1, True)
    assert looked_up(client, f"{QUEUE}?view=open&q=漏油")[0] == 2
