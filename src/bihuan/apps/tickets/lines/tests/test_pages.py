"""The pages of lines and of finance and production, as people press them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bihuan.apps.obligations.models import Obligation
from bihuan.apps.people.actions import take_leave
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.enums import AskKind, Note
from bihuan.apps.tickets.lines.asks import Wish, ask, decide
from bihuan.apps.tickets.lines.tests.test_handing import HOUR, handed
from bihuan.apps.tickets.models import Ask, Entry, Handover, Queue, Route
from bihuan.apps.tickets.queries.duties import of_asks
from bihuan.apps.tickets.refusals import (
    AskedAlready,
    CustomerUnknown,
    FileNamesCustomer,
    NotThisTicketsFile,
    ReasonMissing,
    ValueMissing,
)  # fmt: skip
from bihuan.apps.tickets.tests.factories import report, solved, ticket, verified
from bihuan.base.errors import ChangedMeanwhile
from bihuan.base.evidence.actions import store
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice
from bihuan.base.testing.people import signed_in


@pytest.fixture
def row(lines):
    return verified(ticket(lines.machine, lines.desk, lines.now), lines.desk, lines.now)


def body(answer):
    return answer.content.decode()


def test_the_form_of_a_hand_over_cannot_be_left_empty(lines, row):
    client, url = signed_in(lines.desk), reverse("tickets:deed", args=[row.pk, "hand_over"])
    given = {
        "queue": lines.third.pk, "tried": "换过传感器", "finding": "毛刺", "question": "换轴承？", "expected_at": "2026-03-10T16:00",
    }  # fmt: skip
    assert "研发" in body(client.get(url))
    for name in given:
        answer = client.post(url, given | {name: ""})
        assert answer.status_code == 422, name
    assert Handover.objects.count() == 0
    assert client.post(url, given).status_code == 302
    assert Handover.objects.get().queue == lines.third
    page = body(client.get(reverse("tickets:detail", args=[row.pk])))
    assert "还没有人接手" in page


def test_the_form_names_only_who_may_take_it_and_no_time_of_its_own(lines, row):
    take_leave(
        user=lines.colleague, substitute=None, from_on=date(2026, 3, 9), to_on=date(2026, 3, 12),
        by=None, now=lines.now,
    )  # fmt: skip
    url = reverse("tickets:deed", args=[row.pk, "hand_over"])
    form = signed_in(lines.desk).get(url).context["form"]
    groups = {
        name: [label for _pk, label in people]
        for name, people in list(form["to"].field.choices)[1:]
    }
    assert groups == {
        "一线": [str(lines.caller.name)], "二线技术": [lines.specialist.name], "研发": [lines.developer.name],
        "轴承供应商": [lines.supplier.name], "电机供应商": [lines.stranger.name],
    }  # fmt: skip
    assert form["expected_at"].initial is None
    assert "二线 30 分钟、三线 2 小时" in form["expected_at"].help_text


def test_a_hand_over_is_taken_by_its_line_and_withdrawn_by_its_giver(lines, row):
    over = handed(lines, row, lines.second)
    page, take = (
        reverse("tickets:detail", args=[row.pk]),
        reverse("tickets:take_over", args=[over.pk]),
    )
    back = reverse("tickets:deed", args=[row.pk, "withdraw"])
    giver, line, other = (
        body(signed_in(each).get(page)) for each in (lines.desk, lines.specialist, lines.caller)
    )
    assert [take in each for each in (giver, line, other)] == [False, True, False]
    assert [back in each for each in (giver, line, other)] == [True, False, False]
    assert signed_in(lines.caller).post(back, {"reason": "x"}).status_code == 422
    assert signed_in(lines.desk).post(back, {"reason": ""}).status_code == 422
    assert Handover.objects.get().untaken
    assert signed_in(lines.desk).post(back, {"reason": "点错了"}).status_code == 302
    after = body(signed_in(lines.desk).get(page))
    assert "还没有人接手" not in after
    assert "点错了" in after


def test_the_third_line_withdraws_what_it_passed_on(lines, row):
    over = handed(lines, row, lines.third)
    actions.take_over(handover=over, by=lines.developer, now=lines.now)
    handing = actions.Handing(3, "试过", "查到", "热处理？", lines.now + HOUR, queue=lines.outside)
    out = actions.hand_over(ticket=row, handing=handing, by=lines.developer, now=lines.now)
    url = reverse("tickets:technical_withdraw", args=[out.pk])
    page = reverse("tickets:technical_page", args=[over.pk])
    assert url in body(signed_in(lines.developer).get(page))
    for other in (lines.colleague, lines.supplier):
        assert url not in body(signed_in(other).get(page, follow=True))
        assert signed_in(other).post(url, {"reason": "x"}).status_code == 404
    assert Handover.objects.get(pk=out.pk).untaken
    answer = signed_in(lines.developer).post(url, {"reason": "自己查清了"})
    assert answer.headers["Location"] == page
    assert Handover.objects.get(pk=out.pk).withdrawn
    row.refresh_from_db()
    assert row.queue == lines.third


def test_a_solved_ticket_asks_nobody_to_take_it_over(lines, row):
    handed(lines, row, lines.third)
    client, url = signed_in(lines.desk), reverse("tickets:detail", args=[row.pk])
    assert "还没有人接手" in body(client.get(url))
    solved(row, lines.desk, lines.now)
    assert "还没有人接手" not in body(client.get(url))


def test_the_third_line_works_on_its_own_page(lines, row):
    over = handed(lines, row, lines.third)
    client = signed_in(lines.developer)
    assert "轴承游隙" in body(client.get(reverse("tickets:technical")))
    page = reverse("tickets:technical_page", args=[over.pk])
    assert client.post(reverse("tickets:technical_take", args=[over.pk])).status_code == 302
    mine = body(client.get(reverse("tickets:technical"), {"view": "mine"}))
    assert mine.count(f'data-row-url="{page}"') == 1  # though his queue has two people
    answer = client.post(reverse("tickets:technical_back", args=[over.pk]), {"reason": ""})
    assert answer.status_code == 422
    assert Handover.objects.get().open
    assert (
        client.post(
            reverse("tickets:technical_answer", args=[over.pk]), {"text": "换 7206AC"}
        ).status_code
        == 302
    )
    assert "7206AC" in body(client.get(page))
    asker = body(signed_in(lines.desk).get(reverse("tickets:detail", args=[row.pk])))
    assert "7206AC" in asker
    again = client.post(reverse("tickets:technical_answer", args=[over.pk]), {"text": "再来"})
    assert again.status_code == 422


def test_the_third_line_asks_a_supplier_from_its_own_page(lines, row):
    over = handed(lines, row, lines.third)
    client, url = signed_in(lines.developer), reverse("tickets:technical_pass", args=[over.pk])
    given = {
        "queue": lines.outside.pk, "tried": "换过轴承", "finding": "同批都这样", "question": "热处理？", "expected_at": "2026-03-11T16:00",
    }  # fmt: skip
    assert client.post(url, given).status_code == 404  # not before it is taken over
    client.post(reverse("tickets:technical_take", args=[over.pk]))
    assert client.post(url, given | {"finding": ""}).status_code == 422
    assert client.post(url, given | {"queue": lines.second.pk}).status_code == 422
    assert Handover.objects.count() == 1
    assert "轴承供应商" in body(client.get(url))
    assert client.post(url, given).status_code == 302
    out = Handover.objects.get(queue=lines.outside)
    supplier = signed_in(lines.supplier)
    supplier.post(reverse("tickets:technical_take", args=[out.pk]))
    assert supplier.get(reverse("tickets:technical_pass", args=[out.pk])).status_code == 404
    supplier.post(reverse("tickets:technical_answer", args=[out.pk]), {"text": "有异常"})
    assert Notice.objects.filter(kind="line.answered", to=lines.developer).count() == 1
    row.refresh_from_db()
    assert (row.queue, row.owner) == (lines.third, lines.desk)


def test_take_the_next_by_its_button(lines, row):
    over = handed(lines, row, lines.third)
    client = signed_in(lines.colleague)
    done = client.post(reverse("tickets:take_next"))
    assert done.url == reverse("tickets:technical_page", args=[over.pk])
    assert client.post(reverse("tickets:take_next")).status_code == 409


def test_only_harmless_files_of_the_ticket_go_along(lines, row):
    def kept(name, content):
        file = SimpleUploadedFile(name, content, content_type="text/plain")
        return store(file, by=lines.desk, now=lines.now)

    plain, telling, strange = (
        kept("波形.txt", b"1"),
        kept("金陵泵业 波形.txt", b"2"),
        kept("别的.txt", b"3"),
    )
    actions.note(ticket=row, text="附上波形", by=lines.desk, now=lines.now, files=[plain, telling])
    for file, refusal in ((telling, FileNamesCustomer), (strange, NotThisTicketsFile)):
        with pytest.raises(refusal):
            handed(lines, row, lines.third, files=[file])
        assert Handover.objects.count() == 0
    over = handed(lines, row, lines.third, files=[plain])
    client = signed_in(lines.developer)
    assert "波形.txt" in body(client.get(reverse("tickets:technical_page", args=[over.pk])))
    assert client.get(reverse("evidence:file", args=[plain.pk])).status_code == 200
    assert client.get(reverse("evidence:file", args=[telling.pk])).status_code == 404
    assert (
        signed_in(lines.supplier).get(reverse("evidence:file", args=[plain.pk])).status_code == 404
    )


def test_queues_and_ways_are_set_on_their_page(lines):
    client = signed_in(lines.boss)
    new = client.post(
        reverse("tickets:line_queue_new"),
        {"name": "二线制冷", "line": 2, "active": "on", "members": [lines.specialist.pk]},
    )
    assert new.status_code == 302
    queue = Queue.objects.get(name="二线制冷")
    mixed = client.post(
        reverse("tickets:line_queue", args=[queue.pk]),
        {"name": "二线制冷", "line": 2, "active": "on", "members": [lines.supplier.pk]},
    )
    assert mixed.status_code == 422
    assert "魏供是供应商人员，只能放进供应商的队列" in body(mixed)
    assert list(queue.members.all()) == [lines.specialist]
    made = client.post(
        reverse("tickets:route_new"),
        {"place": 5, "kind": "FAULT", "queue": queue.pk, "assign": "on"},
    )
    assert made.status_code == 302
    way = Route.objects.get()
    assert (way.line, way.kind, way.assign) == (2, "FAULT", True)
    text = body(client.get(reverse("tickets:lines_settings")))
    assert "二线制冷" in text and "手上最少的人" in text
    assert "二线制冷" in body(client.get(reverse("tickets:lines")))
    assert client.post(reverse("tickets:route_drop", args=[way.pk])).status_code == 302
    assert Route.objects.count() == 0
    assert signed_in(lines.desk).get(reverse("tickets:lines_settings")).status_code == 403


def test_finance_says_yes_with_a_value_or_no_with_a_reason(lines, row):
    desk, money = signed_in(lines.desk), signed_in(lines.money)
    url = reverse("tickets:deed", args=[row.pk, "ask_term"])
    assert desk.post(url, {"days": "", "why": "x"}).status_code == 422
    assert desk.post(url, {"days": 60, "why": "年底才有预算"}).status_code == 302
    found = Ask.objects.get()
    told = Notice.objects.get(kind="ask.asked")
    assert (told.to, told.url) == (lines.money, reverse("tickets:term", args=[found.pk]))
    page = body(money.get(told.url))
    assert "年底才有预算" in page and "60" in page and "金陵泵业" in page
    for bad in ({"deed": "yes", "days": ""}, {"deed": "no", "reason": " "}):
        assert money.post(told.url, bad).status_code == 422
    assert Ask.objects.get().open
    assert money.post(told.url, {"deed": "yes", "days": 45}).status_code == 302
    found.refresh_from_db()
    assert (found.granted, found.granted_days, found.decided_by) == (True, 45, lines.money)
    fact = Fact.objects.get(kind="credit_term.decided").data["fact"]
    assert (fact["request"], fact["granted"], fact["days"]) == (found.number, True, 45)
    assert Entry.objects.get(code=Note.TERM_GRANTED).text == "45"
    assert Notice.objects.get(kind="ask.decided").to == lines.desk
    with pytest.raises(ChangedMeanwhile):
        decide(ask=found, granted=False, reason="不行", by=lines.money, now=lines.now)
    assert signed_in(lines.planner).get(told.url).status_code == 403


def test_production_gets_a_slot_without_the_customers_name(lines, row):
    day = (lines.now + timedelta(days=7)).date()
    found = ask(
        ticket=row,
        wish=Wish(AskKind.SLOT, "金陵泵业急用转子", on_day=day),
        by=lines.desk,
        now=lines.now,
    )
    client, url = signed_in(lines.planner), reverse("tickets:slot", args=[found.pk])
    assert Notice.objects.get(kind="ask.asked").to == lines.planner
    asked = Obligation(pk=1, kind="slot.decide", occasion=found.number)
    assert of_asks([asked]) == {1: found.number}
    page = body(client.get(url))
    assert "急用转子" in page and "金陵泵业" not in page
    assert client.post(url, {"deed": "no", "reason": "转子毛坯周五才到"}).status_code == 302
    found.refresh_from_db()
    assert (found.granted, found.reason) == (False, "转子毛坯周五才到")
    assert of_asks([asked]) == {}
    assert "转子毛坯周五才到" in body(
        signed_in(lines.desk).get(reverse("tickets:lines_side", args=[row.pk]))
    )


def test_what_cannot_be_asked_changes_nothing(lines, row):
    with pytest.raises(ValueMissing):
        ask(ticket=row, wish=Wish(AskKind.TERM, "x"), by=lines.desk, now=lines.now)
    unknown = actions.open_ticket(
        report=report(lines.now, caller_phone="13800000000", kind="CONSULT"),
        by=lines.desk,
        now=lines.now,
    )
    with pytest.raises(CustomerUnknown):
        ask(ticket=unknown, wish=Wish(AskKind.TERM, "x", days=5), by=lines.desk, now=lines.now)
    assert Ask.objects.count() == 0
    once = ask(ticket=row, wish=Wish(AskKind.TERM, "x", days=5), by=lines.desk, now=lines.now)
    with pytest.raises(AskedAlready):
        ask(ticket=row, wish=Wish(AskKind.TERM, "y", days=6), by=lines.desk, now=lines.now)
    with pytest.raises(ReasonMissing):
        decide(ask=once, granted=False, by=lines.money, now=lines.now)
    with pytest.raises(ValueMissing):
        decide(ask=once, granted=True, by=lines.money, now=lines.now, on_day=date(2026, 4, 1))
    assert Ask.objects.get().open


def test_a_hand_over_by_line_alone_while_there_are_no_queues(lines, row):
    Queue.objects.update(active=False)
    client, url = signed_in(lines.desk), reverse("tickets:deed", args=[row.pk, "hand_over"])
    given = {
        "to_line": 2,
        "tried": "a",
        "finding": "b",
        "question": "c",
        "expected_at": "2026-03-10T16:00",
    }
    assert client.post(url, given).status_code == 302
    assert Handover.objects.get().to_line == 2


def test_the_answer_is_late_in_the_list(lines, row):
    handed(lines, row, lines.third, expected_at=lines.now + HOUR)
    text = body(signed_in(lines.developer).get(reverse("tickets:technical"), {"view": "waiting"}))
    assert row.number in text
