"""Following and answering: the way, the yes that counts once, and addresses that are wrong."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.urls import reverse

from bihuan.apps.portal import actions, links
from bihuan.apps.portal.models import Count, Link
from bihuan.apps.portal.rules import Say
from bihuan.apps.portal.tests.conftest import picture, report, text
from bihuan.apps.tickets import actions as tickets
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Attempt, Entry, Ticket
from bihuan.apps.tickets.tests.conftest import founded
from bihuan.apps.tickets.tests.factories import solved, told, verified
from bihuan.base import clock
from bihuan.base.audit.models import Entry as Logged
from bihuan.base.errors import Refusal
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice
from bihuan.base.testing.people import make_person, signed_in

HOUR = timedelta(hours=1)


@pytest.fixture
def asked(at):
    """A report by the code, solved and told: the customer is asked."""
    _answer, token = report(at.machine, what="响得厉害")
    row = Ticket.objects.get()
    worked(at, row)
    return SimpleNamespace(token=token, row=row, house=at, client=Client())


def worked(at, row) -> None:
    """From the desk's taking it to the solution told."""
    tickets.accept(ticket=row, by=at.desk, now=at.now)
    row.happened_at, row.place, row.impact = at.now, "二车间", "DEGRADED"
    verified(row, at.desk, at.now)
    tickets.note(ticket=row, text="内部：客户操作不当", by=at.desk, now=at.now)
    solved(row, at.specialist, at.now)
    told(row, at.specialist, at.now)


def say(asked, what, words="", token=""):
    return asked.client.post(
        f"/t/{token or asked.token}/say/", {"say": what, "text": words, "key": str(uuid.uuid4())}
    )


def state(asked):
    asked.row.refresh_from_db()
    return asked.row.status


def test_the_customer_reads_the_companys_own_label_as_plain_text(asked):
    page = signed_in(make_person("administrator")).post(
        reverse("tickets:labels"),
        {
            "FED_BACK-zh": "等答复",
            "FED_BACK-en": "Waits",
            "FED_BACK-customer_zh": "<b>请您看看</b>",
        },
    )
    assert page.status_code == 302
    seen = text(asked.client.get(f"/t/{asked.token}/"))
    assert "&lt;b&gt;请您看看&lt;/b&gt;" in seen
    assert "<b>请您看看</b>" not in seen


def test_the_moving_part_says_that_nothing_more_is_taken_once_it_has_ended(asked):
    assert "is-over" not in text(asked.client.get(f"/t/{asked.token}/"))
    say(asked, "yes")
    tickets.close(ticket=Ticket.objects.get(), by=asked.house.desk, now=asked.house.now)
    moved = text(asked.client.get(f"/t/{asked.token}/live/?seen=x"))
    assert '<div class="stack is-over" id="live"' in moved  # hides the form below on an open page


def test_the_page_shows_the_way_and_only_words_meant_for_him(asked):
    seen = text(asked.client.get(f"/t/{asked.token}/"))
    for words in ("已收到", "已受理", "远程诊断", "已处理好", "请观察一个班", "响得厉害"):
        assert words in seen
    for secret in ("内部：", "重设加速曲线", "陈砺", "何岚", "金陵", "13900001111"):
        assert secret not in seen


def test_the_engineer_is_named_as_far_as_the_figure_allows(asked, monkeypatch):
    from bihuan.apps.portal import figures

    Ticket.objects.filter(pk=asked.row.pk).update(
        engineer=asked.house.engineer, dispatched_at=asked.house.now
    )
    assert "王工" in text(asked.client.get(f"/t/{asked.token}/"))
    assert "王建成" not in text(asked.client.get(f"/t/{asked.token}/"))
    for how, shown, hidden in (("NAME", "王建成", "王工"), ("NONE", "经过", "王")):
        monkeypatch.setattr(
            figures, "text", lambda name, now, how=how: how if name == "engineer" else "60"
        )
        seen = text(asked.client.get(f"/t/{asked.token}/"))
        assert shown in seen
        assert hidden not in seen


def test_his_yes_confirms_once(asked):
    assert say(asked, "yes").status_code == 302
    assert state(asked) == Status.CONFIRMED
    assert asked.row.confirmed_by is None
    again = say(asked, "yes")
    assert again.status_code == 409
    assert "以第一次的答复为准" in text(again)
    assert say(asked, "no", "其实没好").status_code == 409
    assert Attempt.objects.filter(result="YES").count() == 1
    assert Fact.objects.filter(kind="ticket.confirmed").count() == 1
    tickets.close(ticket=asked.row, by=asked.house.desk, now=asked.house.now)
    assert state(asked) == Status.CLOSED


def test_opening_is_no_answer(asked):
    for method in (asked.client.get, asked.client.head):
        for query in ("", "?say=yes", "?say=no"):
            assert method(f"/t/{asked.token}/say/{query}").status_code == 200
    assert asked.client.get(f"/t/{asked.token}/chase/").status_code == 405
    assert (state(asked), Attempt.objects.count()) == (Status.FED_BACK, 0)


def test_his_no_opens_it_again_with_the_reason(asked):
    refused = say(asked, "no")
    assert (refused.status_code, "请写一句" in text(refused)) == (422, True)
    assert state(asked) == Status.FED_BACK
    assert say(asked, "no", "换了班又响").status_code == 302
    assert (state(asked), asked.row.reopened) == (Status.DIAGNOSING, 1)
    assert Attempt.objects.get().words == "换了班又响"
    assert "换了班又响" in text(asked.client.get(f"/t/{asked.token}/"))  # he finds his words again
    _link, other = links.make(
        ticket=asked.row, own=True, by=asked.house.caller, now=asked.house.now
    )
    assert "换了班又响" not in text(asked.client.get(f"/t/{other}/"))
    assert say(asked, "no", "换了班又响").status_code == 409  # tapped twice


def test_cannot_tell_yet_is_kept_and_is_no_yes(asked):
    assert say(asked, "later", "夜班再看").status_code == 302
    assert (state(asked), Attempt.objects.count()) == (Status.FED_BACK, 0)
    assert Entry.objects.filter(kind="INBOUND", text="还不能确认：夜班再看").count() == 1
    assert say(asked, "yes").status_code == 302
    assert state(asked) == Status.CONFIRMED


def given_up(asked):
    for day, channel in ((0, "PHONE"), (1, "PHONE"), (2, "WECOM")):
        tickets.try_confirm(
            ticket=asked.row, channel=channel, result="NO_ANSWER", answer="", by=asked.house.caller,
            now=asked.house.now + timedelta(days=day),
        )  # fmt: skip
    tickets.give_up(
        ticket=asked.row, by=asked.house.caller, now=asked.house.now + timedelta(days=2, hours=1)
    )


def test_a_late_yes_is_recorded_whether_it_is_closed_or_not(asked):
    given_up(asked)
    assert state(asked) == Status.UNCONFIRMED
    end = asked.house.now + timedelta(days=3)
    tickets.close(ticket=asked.row, by=asked.house.desk, now=end)
    with clock.set_to(end + HOUR):
        assert "补一个确认" in text(asked.client.get(f"/t/{asked.token}/"))
        assert say(asked, "yes").status_code == 302
        assert (state(asked), asked.row.confirmed_at) == (Status.CLOSED, end + HOUR)
        assert say(asked, "yes").status_code == 409
    assert Attempt.objects.filter(result="YES").count() == 1
    assert Fact.objects.filter(kind="ticket.confirmed").count() == 1


def test_a_late_yes_before_closing_confirms(asked):
    given_up(asked)
    assert say(asked, "yes").status_code == 302
    assert state(asked) == Status.CONFIRMED


def test_it_came_back_after_the_end(asked):
    say(asked, "yes")
    asked.row.refresh_from_db()
    tickets.close(ticket=asked.row, by=asked.house.desk, now=asked.house.now)
    assert say(asked, "again", "今早又响").status_code == 302
    assert (state(asked), asked.row.closed_at) == (Status.DIAGNOSING, None)
    assert say(asked, "again", "今早又响").status_code == 409


def test_before_the_solution_there_is_nothing_to_answer(at):
    _answer, token = report(at.machine)
    found = SimpleNamespace(token=token, client=Client())
    for what in ("yes", "no", "later", "again"):
        assert say(found, what, "好了").status_code == 409
    assert say(found, "sure", "好了").status_code == 422
    assert Ticket.objects.get().status == Status.NEW


def test_who_only_follows_answers_nothing(asked):
    _link, other = links.make(ticket=asked.row, own=False, by=None, now=asked.house.now)
    assert "解决了吗" not in text(asked.client.get(f"/t/{other}/"))
    for what in ("yes", "no", "again"):
        assert say(asked, what, "好了", token=other).status_code == 403
    assert state(asked) == Status.FED_BACK


def test_no_member_of_staff_acts_for_the_customer(asked):
    staff = signed_in(asked.house.specialist)
    assert staff.get(f"/t/{asked.token}/").status_code == 200
    for path, values in (("say", {"say": "yes"}), ("add", {"text": "好了"}), ("chase", {})):
        answer = staff.post(f"/t/{asked.token}/{path}/", {"key": str(uuid.uuid4()), **values})
        assert answer.status_code == 403
    assert (state(asked), asked.row.chased) == (Status.FED_BACK, 0)
    assert (
        Logged.objects.filter(verb="portal.staff_refused", by=asked.house.specialist).count() == 3
    )


def test_a_link_by_somebody_who_did_the_work_answers_nothing(asked):
    _link, by_doer = links.make(ticket=asked.row, own=True, by=asked.house.specialist, now=asked.house.now)  # fmt: skip
    _link, by_other = links.make(ticket=asked.row, own=True, by=asked.house.caller, now=asked.house.now)  # fmt: skip
    assert say(asked, "yes", token=by_doer).status_code == 403
    assert state(asked) == Status.FED_BACK
    seen = text(asked.client.get(f"/t/{by_other}/"))
    assert "请观察一个班" in seen
    assert "响得厉害" not in seen  # written by the reporter, not by the holder of this link
    assert say(asked, "yes", token=by_other).status_code == 302
    assert state(asked) == Status.CONFIRMED


def test_messages_and_photos_once_and_only_while_it_runs(asked):
    values = {"text": "补一张照片", "key": str(uuid.uuid4())}
    for _twice in range(2):
        answer = asked.client.post(f"/t/{asked.token}/add/", {**values, "photos": [picture()]})
        assert answer.status_code == 302
    assert Entry.objects.filter(text="补一张照片").count() == 1
    assert "补一张照片" in text(asked.client.get(f"/t/{asked.token}/"))
    bad = asked.client.post(
        f"/t/{asked.token}/add/", {"text": "看附件", "key": str(uuid.uuid4()), "photos": [SimpleUploadedFile("x.jpg", b"MZ" + b"\0" * 99)]},
    )  # fmt: skip
    assert bad.status_code == 415
    assert "看附件" in text(bad)
    empty = asked.client.post(f"/t/{asked.token}/add/", {"text": " ", "key": str(uuid.uuid4())})
    assert empty.status_code == 422
    tickets.cancel(ticket=_again(asked), text="客户取消", by=asked.house.desk, now=asked.house.now)
    late = asked.client.post(f"/t/{asked.token}/add/", {"text": "还有", "key": str(uuid.uuid4())})
    assert late.status_code == 409
    assert not Entry.objects.filter(text__in=("看附件", "还有")).exists()


def _again(asked):
    say(asked, "no", "没好")
    asked.row.refresh_from_db()
    return asked.row


def test_taps_on_chase_are_one_chase(asked):
    for _tap in range(3):
        assert asked.client.post(f"/t/{asked.token}/chase/").status_code == 302
    state(asked)
    assert asked.row.chased == 1
    assert Notice.objects.filter(kind="ticket.chased", to=asked.house.desk).count() == 1
    with clock.set_to(asked.house.now + HOUR):
        asked.client.post(f"/t/{asked.token}/chase/")
    state(asked)
    assert asked.row.chased == 2


def test_the_moving_part_is_sent_only_when_it_moved(asked):
    page = text(asked.client.get(f"/t/{asked.token}/"))
    seen = page.split("live/?seen=")[1][:16]
    url = f"/t/{asked.token}/live/?seen={seen}"
    assert asked.client.get(url).status_code == 204
    say(asked, "yes")
    moved = asked.client.get(url)
    assert moved.status_code == 200
    assert "已确认解决" in text(moved)
    assert "<html" not in text(moved)


def test_wrong_forged_revoked_and_expired_addresses_get_one_answer(asked):
    given_up(asked)
    tickets.close(ticket=asked.row, by=asked.house.desk, now=asked.house.now)
    cut = asked.token[:-1] + ("A" if asked.token[-1] != "A" else "B")
    link, revoked = links.make(ticket=asked.row, own=True, by=None, now=asked.house.now)
    links.revoke(link=link, by=asked.house.desk, now=asked.house.now)
    digest = Link.objects.first().digest
    bodies = set()
    for token in (cut, revoked, "A" * 32, "x", digest, "' OR 1=1 --", "..%2f..%2fetc"):
        for path in ("", "say/", "live/", "photo/1/"):
            Count.objects.all().delete()
            answer = asked.client.get(f"/t/{token}/{path}")
            assert answer.status_code == 404, (token, path)
            if answer.headers.get("X-Robots-Tag"):
                bodies.add(text(answer).split("<main")[1].split("</main")[0])
    with clock.set_to(asked.house.now + timedelta(days=30)):
        answer = asked.client.get(f"/t/{asked.token}/")
        assert answer.status_code == 404
        bodies.add(text(answer).split("<main")[1].split("</main")[0])
        assert asked.client.post(f"/t/{asked.token}/say/", {"say": "yes"}).status_code == 404
    assert len(bodies) == 1
    assert state(asked) == Status.CLOSED


def test_guessing_is_shut_out_and_in_the_log_while_real_links_open(asked):
    answers = [asked.client.get(f"/t/{n:032d}/") for n in range(25)]
    assert [each.status_code for each in answers] == [404] * 20 + [429] * 5
    assert text(answers[0]).split("<main")[1] == text(answers[-1]).split("<main")[1]
    assert Logged.objects.filter(verb="portal.wrong_address").count() == 1
    assert Logged.objects.get(verb="portal.guessing").after["tries"] == 21
    assert asked.client.get(f"/t/{asked.token}/").status_code == 200
    for entry in Logged.objects.filter(verb__startswith="portal."):
        assert asked.token not in str(entry.after)


def test_one_link_is_not_opened_without_end(asked):
    answers = {asked.client.get(f"/t/{asked.token}/").status_code for _n in range(5)}
    assert answers == {200}
    Count.objects.filter(key__startswith="open:").update(n=240)
    answer = asked.client.get(f"/t/{asked.token}/")
    assert (answer.status_code, "太频繁" in text(answer)) == (429, True)
    assert asked.client.get(f"/t/{asked.token}/live/").status_code == 204
    with clock.set_to(asked.house.now + timedelta(minutes=1)):
        assert asked.client.get(f"/t/{asked.token}/").status_code == 200


def test_staff_make_and_revoke_links_within_their_reach(asked):
    desk = signed_in(asked.house.desk)
    url = f"/tickets/{asked.row.pk}/links/"
    made = text(desk.post(url))
    token = made.split("/t/")[1][:32]
    assert "只能看" in made
    assert token not in text(desk.get(url))
    assert asked.client.get(f"/t/{token}/").status_code == 200
    link = Link.objects.order_by("-pk").first()
    assert "HX-Refresh" not in asked.client.get(f"/t/{token}/live/", headers={"HX-Request": "true"})
    stranger = signed_in(make_person("account_manager", region="R7"))
    assert stranger.get(url).status_code == 404
    assert stranger.post(f"/tickets/links/{link.pk}/revoke/").status_code in (403, 404)
    assert asked.client.get(f"/t/{token}/").status_code == 200
    assert desk.post(f"/tickets/links/{link.pk}/revoke/").status_code == 302
    gone = asked.client.get(f"/t/{token}/live/", headers={"HX-Request": "true"})
    assert gone["HX-Refresh"] == "true"  # the open page reloads and says that the link ended
    assert asked.client.get(f"/t/{token}/").status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", ["yes", "no"])
def test_of_two_answers_at_the_same_instant_one_counts(second):
    house = founded("machinery")
    with clock.set_to(house.now):
        report(house.machine, what="响得厉害")
        row = Ticket.objects.get()
        worked(house, row)
    link = Link.objects.get()
    gate, found = threading.Barrier(2), []

    def answers(what: str) -> None:
        try:
            mine = Link.objects.get(pk=link.pk)
            gate.wait()
            key = str(uuid.uuid4())
            actions.answer(link=mine, say=Say(what), text="还响", key=key, now=house.now)
            found.append("done")
        except Refusal as refused:
            found.append(str(refused))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=answers, args=(each,)) for each in ("yes", second)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    row.refresh_from_db()
    yes = Fact.objects.filter(kind="ticket.confirmed").count()
    no = Fact.objects.filter(kind="ticket.reopened").count()
    assert (found.count("done"), yes + no, row.attempts.count()) == (1, 1, 1)
    assert row.status == (Status.CONFIRMED if yes else Status.DIAGNOSING)
