"""Bad input and people at once: one plain sentence, nothing half done, nothing lost."""

from __future__ import annotations

import io
import threading
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.urls import reverse

from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Entry, Ticket
from bihuan.apps.tickets.refusals import SameTicket, TooLongAgo, WrongStep
from bihuan.apps.tickets.tests.conftest import founded, moment
from bihuan.apps.tickets.tests.factories import solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.evidence.models import File
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person, signed_in

HOUR = timedelta(hours=1)


def confirmed(house) -> Ticket:
    row = ticket(house.machine, house.desk, house.now)
    verified(row, house.desk, house.now)
    solved(row, house.specialist, house.now)
    told(row, house.specialist, house.now)
    actions.confirm(ticket=row, answer="好了", channel="PHONE", by=house.caller, now=house.now)
    return row


def at_once(*deeds) -> list[str]:
    """Each in a thread and a transaction of its own, begun together; "done" or the sentence."""
    gate, found = threading.Barrier(len(deeds)), [""] * len(deeds)

    def run(place: int) -> None:
        try:
            gate.wait()
            deeds[place]()
            found[place] = "done"
        except (SameTicket, WrongStep) as refused:
            found[place] = str(refused)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_two_people_close_at_once_and_one_does():
    house = founded("machinery")
    row = confirmed(house)
    one, two = Ticket.objects.get(pk=row.pk), Ticket.objects.get(pk=row.pk)
    said = at_once(
        lambda: actions.close(ticket=one, by=house.desk, now=house.now + HOUR),
        lambda: actions.close(ticket=two, by=house.lead, now=house.now + HOUR),
    )
    assert sorted(each == "done" for each in said) == [False, True]
    assert "已关闭" in next(each for each in said if each != "done")
    assert Entry.objects.filter(ticket=row, code="CLOSE").count() == 1
    assert Fact.objects.filter(kind="ticket.closed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_closing_while_the_customer_says_that_it_came_back_takes_one_legal_way():
    house = founded("machinery")
    row = confirmed(house)
    one, two = Ticket.objects.get(pk=row.pk), Ticket.objects.get(pk=row.pk)
    said = at_once(
        lambda: actions.close(ticket=one, by=house.desk, now=house.now + HOUR),
        lambda: actions.reopen(ticket=two, text="又响了", by=None, now=house.now + HOUR),
    )
    row.refresh_from_db()
    closed = Fact.objects.filter(kind="ticket.closed").count()
    again = Fact.objects.filter(kind="ticket.reopened").count()
    if row.status == Status.DIAGNOSING:
        assert again == row.reopened == 1
        assert closed == said.count("done") - 1
    else:  # the customer was second, and reads that it is over: his page offers it again
        assert (row.status, closed, again, row.reopened) == (Status.CLOSED, 1, 0, 0)
        assert "已关闭" in said[1]


@pytest.mark.django_db(transaction=True)
def test_two_who_join_each_others_tickets_at_once_leave_one_of_them_open():
    house = founded("machinery")
    for n in range(6):
        pair = [ticket(house.machine, house.desk, house.now, title=f"异响{n}{k}") for k in "ab"]
        one, two = (Ticket.objects.get(pk=each.pk) for each in pair)
        back, forth = (Ticket.objects.get(pk=each.pk) for each in pair)
        said = at_once(
            lambda one=one, two=two: actions.merge(ticket=one, into=two, text="", by=house.desk, now=house.now),
            lambda back=back, forth=forth: actions.merge(ticket=forth, into=back, text="", by=house.lead, now=house.now),
        )  # fmt: skip
        assert sorted(each == "done" for each in said) == [False, True]
        left = Ticket.objects.filter(pk__in=[each.pk for each in pair])
        assert sorted(left.values_list("status", flat=True)) == ["ACCEPTED", "DUPLICATE"]


@pytest.mark.django_db
def test_who_joins_into_what_was_joined_a_moment_ago_is_told():
    """The page was read before a colleague joined the other into this one."""
    house = founded("machinery")
    one = ticket(house.machine, house.desk, house.now)
    two = ticket(house.machine, house.desk, house.now)
    stale = Ticket.objects.get(pk=two.pk)
    actions.merge(ticket=two, into=one, text="", by=house.lead, now=house.now)
    with pytest.raises(SameTicket):
        actions.merge(ticket=one, into=stale, text="", by=house.desk, now=house.now)
    one.refresh_from_db()
    assert one.status == Status.ACCEPTED


@pytest.mark.django_db
def test_a_year_without_a_calendar_says_so_and_stops_nothing():
    """Next year's notice is not out: clocks run, and their due times are marked as not settled."""
    house = founded("automation")
    at = moment("2027-12-30 16:00")
    row = ticket(house.machine, house.desk, at, downtime=True)
    drain(at)
    rows = list(of_matter(row.number).exclude(due_at=None))
    assert any(each.provisional for each in rows)
    with clock.set_to(at):
        page = signed_in(house.desk).get(reverse("tickets:detail", args=[row.pk]))
    assert page.status_code == 200


def phoned(house, **values) -> dict[str, object]:
    given = {
        "kind": "FAULT", "title": "异响", "asset": house.machine.pk, "customer": house.customer.pk,
        "phone": "13912345520", "place": "二车间", "impact": "DEGRADED", "channel": "PHONE",
        "source": "CALL",
    }  # fmt: skip
    return given | values


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"happened_at": "0001-01-01T00:00"}, {"reported_at": "1800-01-01T00:00"},
        {"reported_at": "9999-12-31T23:59"}, {"happened_at": "2026-02-30T10:00"},
        {"title": "x" * 5000}, {"title": "\x00"}, {"kind": "NONSENSE"}, {"asset": "999999999999"},
        {"impact": "'; DROP TABLE tickets_ticket; --"},
    ],
)  # fmt: skip
def test_nonsense_at_the_desk_is_a_sentence_and_no_ticket(change):
    house = founded("machinery")
    with clock.set_to(house.now):
        page = signed_in(house.desk).post(reverse("tickets:new"), phoned(house, **change))
    assert page.status_code == 422, change
    assert 'role="alert"' in page.content.decode() or "error" in page.content.decode()
    assert (Ticket.objects.count(), Fact.objects.filter(kind="fault.reported").count()) == (0, 0)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * 5_000_000)
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("a.jpg", b"GIF89a/*" + b"x" * 90 + b"*/=1;alert(1)"),
        ("a.pdf", b"<!DOCTYPE html><script>alert(1)</script>%PDF-1.7"),
        ("a.zip", bomb()),
        ("a.docx", bomb()),
    ],
)
def test_hostile_attachments_of_staff_keep_the_words_and_nothing_else(name, content):
    house = founded("machinery")
    row = ticket(house.machine, house.desk, house.now)
    before = row.entries.count()
    with clock.set_to(house.now):
        page = signed_in(house.desk).post(
            reverse("tickets:detail", args=[row.pk]),
            {
                "text": "请看附件", "deed": "reply", "channel": "WECOM",
                "files": SimpleUploadedFile(name, content),
            },
        )  # fmt: skip
    assert page.status_code == 422
    assert "请看附件" in page.content.decode()
    assert (row.entries.count(), File.objects.count()) == (before, 0)


@pytest.mark.django_db
def test_no_later_step_brings_in_a_year_that_nobody_means():
    house = founded("machinery")
    row = ticket(house.machine, house.desk, house.now)
    long_ago = house.now.replace(year=1999)
    with pytest.raises(TooLongAgo):
        found = actions.Verified(long_ago, "二车间", "DEGRADED", "NORMAL")
        actions.verify(ticket=row, found=found, by=house.desk, now=house.now)
    with pytest.raises(TooLongAgo):
        actions.move_reported_at(
            ticket=row, to=long_ago, source="CALL", why="听错了", by=house.desk, now=house.now
        )
    before = row.reported_at
    row.refresh_from_db()
    assert (row.status, row.reported_at) == (Status.ACCEPTED, before)


@pytest.mark.django_db
def test_a_guessed_number_looks_like_no_number():
    house = founded("machinery")
    row = ticket(house.machine, house.desk, house.now)
    stranger = signed_in(make_person("account_manager", region="R9"))
    with clock.set_to(house.now):
        foreign = stranger.get(reverse("tickets:detail", args=[row.pk]))
        absent = stranger.get(reverse("tickets:detail", args=[999_999]))
        posted = stranger.post(reverse("tickets:deed", args=[row.pk, "cancel"]), {"text": "x"})
    assert foreign.status_code == absent.status_code == posted.status_code == 404
    assert row.number not in foreign.content.decode()
    row.refresh_from_db()
    assert row.status == Status.ACCEPTED


def everything() -> dict[str, str]:
    """Every field of a ticket, as somebody would smuggle it into a form."""
    odd = {
        "status": "CLOSED",
        "number": "WX-1",
        "version": "99",
        "closed_at": "2026-03-01T00:00",
        "told": "on",
    }
    return {field.attname: "1" for field in Ticket._meta.concrete_fields} | odd


@pytest.mark.django_db
def test_fields_that_a_form_does_not_ask_for_change_nothing():
    house = founded("machinery")
    smuggled = everything()
    asked = phoned(house, caller="许工", text="", happened_at="", reported_at="", severity="")
    with clock.set_to(house.now):
        client = signed_in(house.desk)
        client.post(reverse("tickets:new"), smuggled | {"downtime": "", "set_stopped": ""} | asked)
        row = Ticket.objects.get()
        assert (row.status, row.owner, row.line, row.chased) == (Status.ACCEPTED, house.desk, 1, 0)
        assert (row.closed_at, row.solved_by, row.duplicate_of, row.queue) == (
            None,
            None,
            None,
            None,
        )
        assert row.number.startswith("WX-2026")
        before = Ticket.objects.values().get(pk=row.pk)
        heard = {"text": "已请客户断电", "channel": "PHONE"}
        client.post(reverse("tickets:deed", args=[row.pk, "contact"]), smuggled | heard)
        after = Ticket.objects.values().get(pk=row.pk)
    changed = {name for name, value in after.items() if value != before[name]}
    assert changed <= {"version", "contacted_at"}
