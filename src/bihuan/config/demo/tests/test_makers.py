"""Every maker lives under its own pack: many clauses owe something, some of it kept and some not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db.models import Count, F, Q
from django.test import Client
from django.urls import reverse

from bihuan.apps.callbacks.models import Promise
from bihuan.apps.contracts.models import PlanVisit
from bihuan.apps.obligations import replay
from bihuan.apps.obligations.enums import DONE, State, Verifier
from bihuan.apps.obligations.models import Obligation, RuleFailure
from bihuan.apps.policy.queries import pack_at
from bihuan.apps.tickets.enums import AskKind
from bihuan.apps.tickets.models import Handover, Ticket
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.facts.listeners import waiting
from bihuan.base.facts.models import DeadLetter
from bihuan.base.system.company import company
from bihuan.config.commands.run import MAKERS
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.life import live
from bihuan.config.demo.makers import DATA, maker
from bihuan.config.demo.notebook import lives_here, opened
from bihuan.config.demo.tickets import BY_HAND
from bihuan.config.demo.welcome import welcome
from bihuan.config.words import Halt

START, END = date(2026, 1, 1), datetime(2026, 4, 10, 17, 0, tzinfo=ZONE)
# Clauses that owe something within this quarter.
CLAUSES = {"instruments": 18, "machinery": 40, "general": 18, "automation": 20}
# Rules that only something rare calls for: it happens in every life, however short.
RARE = {
    "instruments": {"record.successor", "caller.first", "technical.callback", "l1.advice", "l1.manager", "flag.agent", "l2.predict.part"},
    "machinery": {"staff.qualify", "monitor.separate", "post.fill", "set.dispatch", "set.restore"},
    "general": {"problem.tell", "group.fill"},
    "automation": {"record.successor", "survey.low_score", "points.survey", "tse.handle", "long.announce", "milestone.sign"},
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("code", MAKERS[1:])
def test_a_maker_lives_under_its_pack(code: str):
    live(seed=7, customers=16, start=START, until=END, pack=code)

    assert lives_here() == code
    assert company().name == maker(code).company["company"]["name"]
    assert pack_at(END).code == code
    rows = Obligation.objects.all()
    assert rows.values("clause").distinct().count() >= CLAUSES[code]
    assert RARE[code] <= set(rows.values_list("rule", flat=True))
    assert rows.filter(state__in=DONE, fell_due_at=None).count() > 100
    assert rows.filter(fell_due_at__isnull=False).exists()
    assert list(RuleFailure.objects.values_list("rule", "reason")) == []
    assert not DeadLetter.objects.exists()
    assert not any(count for count, _seconds in waiting(END).values())
    book = opened()
    assert book is not None
    assert not [each for each in book.numbers if each.startswith("refused.deliver")]
    visits = PlanVisit.objects.filter(on_date__lt=date(2026, 4, 1))
    assert visits.exclude(done_on=None).count() > visits.filter(done_on=None).count()
    promises = Promise.objects.filter(due_on__lt=date(2026, 4, 1)).values_list("state", flat=True)
    assert list(promises).count("OPEN") <= len(promises) / 2
    assert replay.again(END).same
    supplier_and_planner_have_their_own_to_answer(code)
    what_is_done_is_confirmed()
    the_desk_takes_up_what_came_without_a_call()


def what_is_done_is_confirmed():
    """Of each rule whose work needs somebody's word, most has it three weeks later."""
    done = Obligation.objects.filter(discharged_at__lt=END - timedelta(weeks=3))
    done = done.filter(verifier__isnull=False).exclude(verified_by_rule=Verifier.NONE)
    done = done.exclude(kind="demand.feedback")  # whose customers do not all answer
    counted = done.values_list("rule").annotate(
        unsaid=Count("pk", filter=Q(state=State.DISCHARGED)), every=Count("pk")
    )
    assert [row for row in counted if row[1] > max(1, row[2] / 3)] == []


def the_desk_takes_up_what_came_without_a_call():
    came = Ticket.objects.filter(kind="FAULT", reported_at__lt=END - timedelta(days=1))
    came = came.exclude(channel__in=BY_HAND)
    soon = came.filter(accepted_at__lte=F("reported_at") + timedelta(minutes=30))
    assert soon.count() >= came.count() * 0.7


def supplier_and_planner_have_their_own_to_answer(code: str):
    """Whoever signs in as one of them finds something that waits, and no customer."""
    company = maker(code).company
    row = Handover.objects.get(queue__outside=True, answered_at=None)
    customer = row.ticket.customer
    assert customer is not None
    planner = User.objects.get(username=maker(code).who("planner"))
    supplier = User.objects.get(username=company["supplier_sign_in"]["username"])
    slot = row.ticket.asks.get(kind=AskKind.SLOT)
    assert not row.ticket.asks.exclude(decided_at=None).exists()
    for person, name, pk in (
        (supplier, "tickets:technical_page", row.pk), (planner, "tickets:slot", slot.pk),
    ):  # fmt: skip
        client = Client()
        assert client.login(username=person.username, password=company["password"])
        with clock.set_to(END):
            page = client.get(reverse(name, args=[pk]))
            assert page.status_code == 200
            assert customer.name not in page.content.decode()
            assert client.get(reverse("tickets:detail", args=[row.ticket_id])).status_code in (
                403,
                404,
            )
            assert client.get(reverse("customers:detail", args=[customer.pk])).status_code in (
                403,
                404,
            )


@pytest.mark.parametrize("code", MAKERS)
def test_the_terminal_names_the_makers_people_and_where_they_may_begin(code: str):
    said = welcome("http://localhost:8000", code)
    about = maker(code).company
    assert "http://localhost:8000" in said
    assert about["password"] in said
    assert all(row["username"] in said for row in about["sign_in"])
    assert about["supplier_sign_in"]["username"] in said and maker(code).who("planner") in said


@pytest.mark.parametrize("code", ["instruments", "automation"])
def test_among_the_people_named_are_who_drafts_and_who_approves_a_regulation(code: str):
    company = maker(code).company
    posts = {row["username"]: row["posts"] for row in company["staff"]}
    named = {post for row in company["sign_in"] for post in posts[row["username"]]}
    assert {"quality_engineer", "general_manager", "auditor"} <= named


def test_the_makers_that_may_be_named_are_those_that_are_written():
    assert sorted(MAKERS) == sorted(each.name for each in DATA.iterdir() if each.is_dir())


def test_an_unknown_maker_is_answered_in_one_sentence_that_names_the_five(monkeypatch, tmp_path):
    monkeypatch.setenv("BIHUAN_HOME", str(tmp_path / "home"))
    from bihuan.config.commands.run import demo_command

    with pytest.raises(Halt) as refused:
        demo_command.main(["--pack", "boats"], standalone_mode=False)
    assert all(name in refused.value.sentence() for name in MAKERS)
    assert not (tmp_path / "home").exists()
