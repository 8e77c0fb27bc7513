"""One cause behind many tickets: linked, known, told to all, ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.tickets import actions
from bihuan.apps.tickets.doors.models import Mailbox
from bihuan.apps.tickets.enums import EntryKind, Note, ProblemState
from bihuan.apps.tickets.models import Entry, Problem, ProblemTicket, Ticket
from bihuan.apps.tickets.problems.actions import (
    ProblemAs,
    attach,
    detach,
    end,
    make_known,
    open_problem,
    reopen,
)  # fmt: skip
from bihuan.apps.tickets.refusals import AlreadyLinked, KnownIncomplete, ProblemEnded, ReasonMissing
from bihuan.apps.tickets.tests.conftest import house
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice
from bihuan.base.testing.people import make_person, signed_in

__all__ = ["house"]


@pytest.fixture
def at(house):
    house.quality = make_person("quality_engineer", name="何敏")
    with clock.set_to(house.now):
        yield house


def three(at):
    return [ticket(at.machine, at.desk, at.now, title=f"异响{n}") for n in range(3)]


def test_a_known_error_reaches_every_open_ticket_once(at):
    one, two, three_ = three(at)
    actions.cancel(ticket=three_, text="客户撤了", by=at.desk, now=at.now)
    row = open_problem(
        problem=ProblemAs("7206 轴承批次"), tickets=[one, two, three_], by=at.quality, now=at.now
    )
    assert row.number == f"WT-{row.pk:05d}"
    facts = Fact.objects.count()
    sent = make_known(
        problem=row,
        cause="热处理",
        workaround="降到 9000 转",
        public=True,
        by=at.quality,
        now=at.now,
    )
    assert (sent.tickets, sent.mailed, sent.to_ring) == (2, 0, 2)
    assert Entry.objects.filter(code=Note.WORKAROUND).count() == 2
    assert set(Entry.objects.filter(kind=EntryKind.PUBLIC_REPLY).values_list("ticket", "text")) == {
        (one.pk, "降到 9000 转"), (two.pk, "降到 9000 转"),
    }  # fmt: skip
    assert Notice.objects.filter(kind="ticket.said", to=at.desk).count() == 2
    assert Fact.objects.count() == facts  # a message to all is no talk with a customer
    again = make_known(
        problem=row,
        cause="热处理",
        workaround="降到 9000 转",
        public=True,
        by=at.quality,
        now=at.now,
    )
    assert (again.tickets, again.to_ring) == (0, 0)
    other = make_known(
        problem=row,
        cause="热处理",
        workaround="停机等新件",
        public=False,
        by=at.quality,
        now=at.now,
    )
    assert (other.tickets, other.to_ring) == (2, 0)
    late = ticket(at.machine, at.desk, at.now, title="又一张")
    attach(problem=row, ticket=late, by=at.quality, now=at.now)
    assert Entry.objects.filter(code=Note.WORKAROUND, ticket=late).get().text == "停机等新件"


def test_what_is_refused_changes_nothing(at):
    one, two, _three = three(at)
    row = open_problem(problem=ProblemAs("批次"), tickets=[one], by=at.quality, now=at.now)
    with pytest.raises(AlreadyLinked):
        attach(problem=row, ticket=one, by=at.quality, now=at.now)
    for cause, workaround in (("", "降速"), ("批次", " ")):
        with pytest.raises(KnownIncomplete):
            make_known(
                problem=row,
                cause=cause,
                workaround=workaround,
                public=True,
                by=at.quality,
                now=at.now,
            )
    with pytest.raises(ReasonMissing):
        end(problem=row, fix=" ", by=at.quality, now=at.now)
    with pytest.raises(ReasonMissing):
        detach(problem=row, ticket=one, why="", by=at.quality, now=at.now)
    assert (Problem.objects.get().state, ProblemTicket.objects.count()) == (ProblemState.OPEN, 1)
    end(problem=row, fix="换新批次", by=at.quality, now=at.now)
    with pytest.raises(ProblemEnded):
        attach(problem=row, ticket=two, by=at.quality, now=at.now)
    with pytest.raises(ProblemEnded):
        make_known(problem=row, cause="a", workaround="b", public=True, by=at.quality, now=at.now)
    assert ProblemTicket.objects.count() == 1
    reopen(problem=row, why="又来", by=at.quality, now=at.now + timedelta(days=1))
    detach(problem=row, ticket=one, why="是安装问题", by=at.quality, now=at.now)
    assert ProblemTicket.objects.count() == 0


def test_by_the_pages(at):
    one, two, _three = three(at)
    client = signed_in(at.quality)
    new = client.post(
        reverse("tickets:problem_new"),
        {"title": "7206 轴承批次", "ticket": one.pk, "owner": at.quality.pk},
    )
    row = Problem.objects.get()
    page = reverse("tickets:problem", args=[row.pk])
    assert new.url == page
    deed = lambda name, **values: client.post(
        reverse("tickets:problem_deed", args=[row.pk, name]), values
    )
    assert deed("add", numbers="WX-20990101-0001").status_code == 422
    assert (
        deed("add", numbers=f"{two.number}，{one.number}").status_code == 422
    )  # one is in it already
    assert row.links.count() == 1
    assert deed("add", numbers=two.number).status_code == 302
    assert deed("known", cause="热处理", workaround="").status_code == 422
    assert deed("known", cause="热处理", workaround="降速", public="on").status_code == 302
    text = client.get(page).content.decode()
    assert two.number in text and "写在进度页上" in text
    assert (
        "7206"
        in client.get(reverse("tickets:problems"), {"view": "known", "q": "7206"}).content.decode()
    )
    assert (
        "降速" in signed_in(at.desk).get(reverse("tickets:detail", args=[two.pk])).content.decode()
    )
    assert (
        client.post(
            reverse("tickets:problem_out", args=[row.pk, two.pk]), {"text": "另一个原因"}
        ).status_code
        == 302
    )
    assert deed("fix", text="换新批次").status_code == 302
    assert "换新批次" in client.get(page).content.decode()
    assert deed("again", text="又出现").status_code == 302
    assert "上次怎样结束的" in client.get(page).content.decode()
    assert Problem.objects.get().state == ProblemState.OPEN
    assert client.get(reverse("tickets:problem_edit", args=[row.pk])).status_code == 200
    assert (
        signed_in(at.desk)
        .post(reverse("tickets:problem_deed", args=[row.pk, "fix"]), {"text": "x"})
        .status_code
        == 403
    )
    assert Ticket.objects.filter(problems=row).count() == 1


def test_whom_the_workaround_reached_and_who_is_to_be_rung_is_said(at):
    Mailbox.objects.create(
        title="客服",
        address="service@example.com",
        host="h",
        login="u",
        password="x",
        made_at=at.now,
    )
    by_mail = ticket(at.machine, at.desk, at.now, title="异响1", caller_mail="xu@example.com")
    by_page = ticket(at.machine, at.desk, at.now, title="异响2")
    row = open_problem(
        problem=ProblemAs("批次"), tickets=[by_mail, by_page], by=at.quality, now=at.now
    )
    client = signed_in(at.quality)
    known = {"cause": "热处理", "workaround": "降速", "public": "on"}
    deed = reverse("tickets:problem_deed", args=[row.pk, "known"])
    page = client.post(deed, known, follow=True).content.decode()
    assert "已写进 2 张工单。邮件发给了 1 张的客户。另有 1 张的客户没有邮件可发" in page
    assert "请打电话告诉他们" in page
    marks = {
        each.number: page.split(each.number)[1].split("</li>")[0] for each in (by_mail, by_page)
    }
    assert "已发邮件" in marks[by_mail.number] and "写在进度页上" in marks[by_page.number]
    assert "没有还要告知的工单" in client.post(deed, known, follow=True).content.decode()


def test_the_history_leads_to_the_problem_and_not_to_a_ticket_of_its_number(at):
    one, _two, _three = three(at)
    row = open_problem(problem=ProblemAs("批次"), tickets=[one], by=at.quality, now=at.now)
    make_known(problem=row, cause="a", workaround="b", public=True, by=at.quality, now=at.now)
    flow = signed_in(at.desk).get(reverse("tickets:detail", args=[one.pk])).content.decode()
    assert f'href="{reverse("tickets:problem", args=[row.pk])}">{row.number}<' in flow
    assert f"q={row.number}" not in flow
    detach(problem=row, ticket=one, why="是主轴", by=at.quality, now=at.now)
    flow = signed_in(at.desk).get(reverse("tickets:detail", args=[one.pk])).content.decode()
    assert "从一个问题移出" in flow.split("是主轴")[0].rsplit("<li", 1)[1]


def test_a_problem_begins_without_the_name_of_the_customer(at):
    one = ticket(at.machine, at.desk, at.now, title="金陵泵业轴承发热")
    form = signed_in(at.quality).get(reverse("tickets:problem_new"), {"ticket": one.pk})
    assert 'value="轴承发热"' in form.content.decode()


def test_tickets_out_of_reach_are_counted_and_not_shown(at):
    one, _two, _three = three(at)
    row = open_problem(problem=ProblemAs("批次"), tickets=[one], by=at.quality, now=at.now)
    stranger = make_person("account_manager")
    text = signed_in(stranger).get(reverse("tickets:problem", args=[row.pk])).content.decode()
    assert one.number not in text and "还有 1 张" in text
