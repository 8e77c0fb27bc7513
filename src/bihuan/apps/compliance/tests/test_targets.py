"""Targets are counted from what was recorded, or say plainly what is missing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bihuan.apps.compliance import targets
from bihuan.apps.compliance.measures import MEASURES
from bihuan.apps.customers.actions import add_customer, record_purchase
from bihuan.apps.customers.enums import Category
from bihuan.apps.customers.models import Customer
from bihuan.apps.knowledge.actions import solved_itself
from bihuan.apps.knowledge.enums import Audience
from bihuan.apps.knowledge.tests.factories import published
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_at
from bihuan.base import clock
from bihuan.base.facts.actions import tell
from bihuan.base.testing.people import make_person
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import from_folder, hash_of, keys, read, span_by_key

pytestmark = pytest.mark.django_db
NOW = make.moment("2026-05-20 12:00")
PACKS = Path(__file__).resolve().parents[3] / "packs"
ALL = ("automation", "centrifuge", "general", "instruments", "machinery")


@pytest.fixture
def boss():
    with clock.set_to(NOW):
        yield make_person("general_manager", name="顾远")


def in_force(code: str) -> None:
    files = from_folder(PACKS / code)
    pack = read(files, vocabulary())
    began = make.moment("2026-01-01 00:00")
    PackVersion.objects.create(
        code=pack.code, version=pack.version, title={"zh": "制度", "en": "Regulation"}, files=files,
        hash=hash_of(files), status=Status.PUBLISHED, in_force_from=began, made_at=began, published_at=began,
    )  # fmt: skip


def line(person, code: str) -> targets.Line:
    return next(each for each in targets.lines(person, pack_at(NOW), NOW) if each.target.id == code)


def customer(name: str, **values) -> Customer:
    return add_customer(
        name=f"{name}有限公司", by=None, now=make.moment("2025-01-05 10:00"), **values
    )


def say(kind: str, when: str, of: Customer | None, **data) -> None:
    at = make.moment(when)
    subjects = {"customer": of.pk} if of else {}
    if vocabulary().facts[kind].subject == "asset":
        subjects["asset"] = 7
    tell(kind, at=at, now=at, by=None, subjects=subjects, data=data)


def rows(person, code: str, span: str, *, kept: bool):
    _every, of = span_by_key(span)
    target = line(person, code).target
    return targets.behind(person, pack_at(NOW), target, of, kept=kept, now=NOW)


@pytest.mark.parametrize("code", ALL)
def test_every_target_of_a_regulation_is_counted_or_says_why_not(boss, code):
    in_force(code)
    for each in targets.lines(boss, pack_at(NOW), NOW):
        assert (each.why == "") == (each.running is not None)
        assert each.how
        assert each.target.measure not in each.why  # a known measure, at most without its facts


def test_the_language_knows_the_measures_that_are_counted():
    assert set(MEASURES) == {*keys.MEASURES, *keys.RECORDED}


def test_who_leads_has_fewer_customers_than_the_clause_asks_for(boss):
    in_force("general")
    for n in range(2):
        customer(f"重点{n}", exec_sponsor=boss)
    found = line(boss, "target.sponsor")
    assert (found.running.value, found.running.met, found.limit) == ("2", False, "≥ 3 ≤ 5")
    customer("重点九", exec_sponsor=boss)
    assert line(boss, "target.sponsor").running.met is True
    make_person("general_manager", name="另一位")
    assert line(boss, "target.sponsor").running.value == "0"  # the fewest of those charged


def test_a_fact_that_nobody_could_tell_yet_is_no_zero(boss):
    in_force("general")
    found = line(boss, "target.process")
    assert found.running is None
    assert "收到投诉" in found.why
    assert "投诉" in found.why.split("。")[1]
    say(
        "complaint.received",
        "2026-05-02 10:00",
        customer("甲"),
        complaint="TS-1",
        subject="ATTITUDE",
    )
    say("complaint.received", "2026-05-03 10:00", customer("乙"), complaint="TS-2", subject="PRICE")
    found = line(boss, "target.process")
    assert (found.why, found.running.value, found.last.value) == ("", "1", "0")
    assert [
        fact.own()["complaint"] for fact in rows(boss, "target.process", "2026-05", kept=True)
    ] == ["TS-1"]


def test_what_was_found_is_solved_and_confirmed_by_number(boss):
    in_force("instruments")
    of = customer("甲")
    for n in (1, 2, 3):
        say("problem.found", f"2026-04-0{n} 10:00", of, problem=f"WT-{n}", grade="GENERAL")
    say("problem.handled", "2026-05-02 10:00", of, problem="WT-1")
    say("problem.handled", "2026-04-20 10:00", of, problem="WT-2")
    say("problem.confirmed", "2026-05-04 10:00", of, problem="WT-2")
    solved, confirmed = line(boss, "target.solved"), line(boss, "target.confirmed")
    assert (solved.last.part, solved.last.whole, solved.last.met) == ("2", "3", False)
    assert (solved.running.value, solved.running.met) == ("", None)
    assert (confirmed.last.value, confirmed.running.value) == ("100%", "0%")
    left = rows(boss, "target.solved", "2026-04", kept=False)
    assert [fact.own()["problem"] for fact in left] == ["WT-3"]


def test_a_promise_belongs_to_the_day_it_was_given_for(boss):
    in_force("machinery")
    of = customer("甲")
    for n, due in (
        (1, "2026-05-10"),
        (2, "2026-05-10"),
        (3, "2026-05-19"),
        (4, "2026-05-20"),
        (5, "2026-04-30"),
    ):
        say("promise.made", "2026-03-01 10:00", of, promise=f"CN-{n}", owner="1", due_on=due)
    say("promise.kept", "2026-05-10 23:59", of, promise="CN-1")
    say("promise.kept", "2026-05-11 00:01", of, promise="CN-2")
    say("promise.kept", "2026-04-01 10:00", of, promise="CN-5")
    found = line(boss, "target.promise")
    assert (found.running.part, found.running.whole) == ("1", "3")  # today's may still be kept
    assert found.last.value == "100%"


def test_who_bought_again_and_how_the_best_tier_grew(boss):
    in_force("general")
    again, once, new = customer("又买"), customer("一次"), customer("新来")
    Customer.objects.filter(pk__in=[again.pk, once.pk]).update(tier_rank=1)

    def buy(of, day: date, amount: int, category: Category = Category.EQUIPMENT) -> None:
        record_purchase(
            customer=of, order_no=f"{of.pk}-{day}", made_on=day, amount=Decimal(amount), category=category, by=None, now=NOW
        )  # fmt: skip

    for of in (again, once):
        buy(of, date(2025, 3, 1), 100)
    buy(once, date(2025, 12, 1), 900)  # after the same days of the year before
    buy(once, date(2026, 2, 1), 10, Category.PARTS)
    buy(again, date(2026, 3, 1), 230)
    buy(new, date(2026, 3, 2), 500)
    assert (
        line(boss, "target.repurchase").running.part,
        line(boss, "target.repurchase").running.whole,
    ) == ("1", "2")
    growth = line(boss, "target.growth")
    assert (growth.running.value, growth.running.met) == ("20%", True)
    assert [each.pk for each in rows(boss, "target.growth", "2026", kept=True)] == [again.pk]


def test_an_account_manager_reads_the_figures_and_rows_of_his_own_customers_only(boss):
    in_force("general")
    manager = make_person("account_manager", name="李慕言")
    mine, other = customer("自家", account_manager=manager), customer("别家")
    for of in (mine, other):
        say(
            "survey.answered", "2026-05-02 10:00", of, invitation=f"YQ-{of.pk}", overall=5, lowest=5
        )
        record_purchase(
            customer=of, order_no=f"{of.pk}", made_on=date(2025, 3, 1), amount=Decimal(100), category=Category.EQUIPMENT, by=None, now=NOW
        )  # fmt: skip
    for code, span in (("target.satisfaction", "2026-H1"), ("target.repurchase", "2026")):
        for person, seen in ((boss, {mine.pk, other.pk}), (manager, {mine.pk})):
            assert line(person, code).running.whole == str(len(seen))
            found = [*rows(person, code, span, kept=True), *rows(person, code, span, kept=False)]
            of = {each.pk if isinstance(each, Customer) else each.customer_id for each in found}
            assert of == seen


def test_a_figure_opens_into_its_rows_and_many_rows_ask_no_more(boss):
    in_force("centrifuge")
    east, west = customer("东", region="华东"), customer("西", region="西南")
    for of, score in ((east, 5), (west, 2)):
        say(
            "survey.answered",
            "2026-05-02 10:00",
            of,
            invitation=f"YQ-{of.pk}",
            overall=score,
            lowest=score,
        )
    assert line(boss, "target.satisfaction").running.value == "50%"
    client = Client()
    client.force_login(boss, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get("/compliance/targets/")
    with CaptureQueriesContext(connection) as few:
        page = client.get("/compliance/targets/")
    assert "50%" in page.content.decode()
    for n in range(30):
        say("survey.answered", "2026-05-03 10:00", west, invitation=f"YQ-X{n}", overall=5, lowest=5)
    with CaptureQueriesContext(connection) as many:
        client.get("/compliance/targets/")
    assert len(many) <= len(few)
    behind = client.get(
        "/compliance/targets/?target=target.satisfaction&span=2026&show=missed"
    ).content.decode()
    assert f"YQ-{west.pk}" in behind
    assert f"YQ-{east.pk}" not in behind
    assert client.get("/compliance/targets/?target=nothing&span=2026").status_code == 404
    assert (
        client.get("/compliance/targets/?target=target.satisfaction&span=soon").status_code == 404
    )


def test_whom_an_article_spared_the_report_has_solved_it_himself(boss):
    in_force("centrifuge")
    assert line(boss, "target.self_solve").running.value == ""
    article = published(audiences=(Audience.PUBLIC,), now=make.moment("2026-04-01 10:00"))
    for key in ("page-1", "page-2"):
        solved_itself(article=article, key=key, now=make.moment("2026-05-02 10:00"))
    found = line(boss, "target.self_solve").running
    assert (found.value, found.part, found.whole) == ("100%", "2", "2")
