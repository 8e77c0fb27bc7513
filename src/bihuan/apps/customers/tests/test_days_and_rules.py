"""Pure rules, key dates told ahead, snapshots, exceptions, hand-over."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.customers import actions, snapshots, ticks
from bihuan.apps.customers.actions import exceptions as exception_actions
from bihuan.apps.customers.actions import handing
from bihuan.apps.customers.models import ClauseException, Customer, HandOver
from bihuan.apps.customers.queries import exceptions as in_force
from bihuan.apps.customers.rules import chain, credit_code, health, key_dates, naming, phones
from bihuan.apps.customers.tests import factories as make
from bihuan.base.access import actions as access
from bihuan.base.access.errors import StillHolds
from bihuan.base.errors import BadInput, ChangedMeanwhile, NotAllowed
from bihuan.base.facts.models import Fact
from bihuan.base.vocabulary import vocabulary

NOW = make.NOW


@pytest.mark.parametrize("code", ["91350100M000100Y43", "914403001922038216", "91110000100000000X"])
def test_known_codes_and_every_single_slip(code):
    good = credit_code.problem(code) is None
    if code != "91110000100000000X":
        assert good
    slips = [
        code[:place] + other + code[place + 1 :]
        for place in range(18)
        for other in "7A"
        if other != code[place]
    ]
    if good:
        assert all(credit_code.problem(slip) for slip in slips)


@given(st.text(alphabet=credit_code.ALPHABET, min_size=17, max_size=17))
def test_the_check_character_closes_the_sum(first):
    weights = [pow(3, place, 31) for place in range(17)] + [1]
    values = [
        credit_code.ALPHABET.index(each) for each in first + credit_code.check_character(first)
    ]
    assert sum(value * weight for value, weight in zip(values, weights, strict=True)) % 31 == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("金陵泵业股份有限公司", "金陵泵业有限公司", True),
        ("金陵泵业（南京）有限公司", "金陵泵业(南京)公司", True),
        ("金陵泵业（南京）有限公司", "金陵泵业（苏州）有限公司", False),
        ("ABC Pumps Co., Ltd.", "ＡＢＣ　ＰＵＭＰＳ", True),
        ("南京泵厂", "南京阀门厂", False),
    ],
)
def test_names_that_are_the_same_company(one, other, same):
    assert (naming.key(one) == naming.key(other)) is same


@pytest.mark.parametrize(
    ("text", "tidy", "masked"),
    [
        ("138 1234 5678", "13812345678", "138****5678"),
        ("+86-138-1234-5678", "13812345678", "138****5678"),
        ("025-8888-6666", "02588886666", "025****6666"),
        ("025-88886666转801", "02588886666-801", "025****-801"),
        ("400-820-8820", "4008208820", "******8820"),
    ],
)
def test_phones(text, tidy, masked):
    assert phones.tidy(text) == tidy
    assert phones.problem(tidy) is None
    assert phones.mask(tidy) == masked


@pytest.mark.parametrize(
    ("what", "year", "day"),
    [
        (key_dates.Day(1, 1, lunar=True), 2027, date(2027, 2, 6)),
        (key_dates.Day(8, 15, lunar=True), 2026, date(2026, 9, 25)),
        (key_dates.Day(12, 23, lunar=True), 2027, date(2027, 1, 30)),
        (key_dates.Day(6, 1, lunar=True, leap=True), 2025, date(2025, 7, 25)),
        (key_dates.Day(2, 29), 2027, date(2027, 2, 28)),
        (key_dates.Day(10, 18, year=2026), 2027, None),
    ],
)
def test_when_a_key_date_falls(what, year, day):
    assert key_dates.falls(what, year) == day


@given(st.integers(1, 12), st.integers(1, 29), st.integers(1990, 2090))
def test_a_lunar_day_falls_every_year_or_is_told_by_its_neighbour(month, day, year):
    found = key_dates.between(
        key_dates.Day(month, day, lunar=True), date(year, 1, 1), date(year + 1, 12, 31)
    )
    assert found
    assert all(day.year in (year, year + 1) for day in found)


def test_health_counts_the_known_only():
    weights = {"A": 0.5, "B": 0.3, "C": 0.2}
    assert health.total({}, weights) == (None, 0.0)
    assert health.total({"A": 100, "B": 50}, weights) == (81, 0.8)
    assert health.band(75, {"green": 75, "yellow": 50}) == "green"
    assert health.commerce(0, 0, [[0, 10]]) is None
    assert health.engagement(105, 30, 180) == 50.0


def test_the_chain_draws_gaps_for_roles_that_nobody_has():
    people = [
        chain.Person(1, "陆总", "总经理，决策", "DECIDER", True),
        chain.Person(2, "一个名字特别特别长的人", "", "USER", None),
    ]
    drawn = chain.draw(
        people,
        ["DECIDER", "USER", "BUYER"],
        "DECIDER",
        {"DECIDER": "决策", "USER": "使用", "BUYER": "采购"},
        "待补",
    )
    assert (drawn.known, drawn.wanted) == (2, 3)
    assert [box.look for box in drawn.boxes] == ["top", "", "gap"]
    assert drawn.boxes[1].name.endswith("…")


@pytest.mark.django_db
def test_the_snapshot_is_exactly_the_vocabulary_in_one_query():
    dealer = make.customer(relation="DEALER")
    rows = [make.customer(region="华东", since=date(2021, 10, 9)) for _ in range(3)]
    for number, amount in enumerate((100, 300)):
        actions.record_purchase(
            customer=rows[number],
            order_no=f"PO-{number}",
            made_on=date(2026, 10, 1),
            amount=Decimal(amount),
            category="PARTS",
            by=None,
            now=NOW,
        )
    actions.record_purchase(
        customer=rows[0],
        order_no="PO-old",
        made_on=date(2025, 10, 9),
        amount=Decimal(7),
        category="PARTS",
        by=None,
        now=NOW,
    )
    with CaptureQueriesContext(connection) as caught:
        found = snapshots.customers([row.pk for row in rows] + [dealer.pk, 0], NOW)
    assert len([query for query in caught if "customers_customer c" in query["sql"]]) == 1
    assert not [query for query in caught if 'FROM "customers_' in query["sql"]]
    assert set(found) == {row.pk for row in rows} | {dealer.pk}
    known = vocabulary().subjects["customer"]
    fields = getattr(known, "fields", known)
    assert set(found[rows[0].pk]) <= set(fields)
    state = found[rows[0].pk]
    assert (
        state["purchase_12m"],
        state["purchase_total"],
        state["orders_24m"],
        state["share"],
    ) == (100.0, 107.0, 2, 0.25)
    assert (state["years"], state["since"], state["managed"]) == (5.0, "2021-10-09", False)
    assert "usage" not in state


@pytest.mark.django_db
def test_key_dates_are_told_once_ahead_of_time_and_again_next_year():
    row = make.customer(since=date(2019, 10, 20))
    make.contact(row, "许工", birthday_month=10, birthday_day=24)
    make.contact(row, "陆总", birthday_month=9, birthday_day=9, birthday_lunar=True)
    actions.add_key_date(customer=row, node="LISTING", when=key_dates.Day(10, 25), by=None, now=NOW)
    ticks.tell_key_dates(NOW)
    ticks.tell_key_dates(NOW)
    told = {
        (fact.own()["node"], fact.own()["on_date"])
        for fact in Fact.objects.filter(kind="key_date.coming")
    }
    assert told == {
        ("SIGN_ANNIV", "2026-10-20"),
        ("BIRTHDAY", "2026-10-24"),
        ("BIRTHDAY", "2026-10-18"),
    }
    ticks.tell_key_dates(NOW + timedelta(days=1))
    assert (
        Fact.objects.get(kind="key_date.coming", data__fact__node="LISTING").own()["lunar"] is False
    )
    late = make.customer(since=date(2018, 10, 12), now=NOW + timedelta(days=1, hours=1))
    ticks.tell_key_dates(NOW + timedelta(days=2))
    assert (
        Fact.objects.get(kind="key_date.coming", customer_id=late.pk).own()["on_date"]
        == "2026-10-12"
    )
    count = Fact.objects.filter(kind="key_date.coming", customer_id=row.pk).count()
    ticks.tell_key_dates(NOW + timedelta(days=365))
    again = Fact.objects.filter(kind="key_date.coming", customer_id=row.pk)
    assert again.count() > count
    assert len({fact.key for fact in again}) == again.count()


@pytest.mark.django_db
def test_a_stale_part_is_told_once_and_its_manager_knows():
    from bihuan.base.notify.models import Notice

    cast = make.cast()
    later = NOW + timedelta(days=366)
    assert ticks.tell_stale(later) == 4
    assert ticks.tell_stale(later) == 0
    assert ticks.tell_stale(later + timedelta(days=1)) == 0
    fact = Fact.objects.get(kind="customer.stale", customer_id=cast.jinling.pk)
    assert fact.own() == {"what": ["BASIC"], "since": "2027-10-09"}
    assert Notice.objects.filter(to=cast.manager).count() == 1


@pytest.mark.django_db
def test_an_exception_is_asked_by_one_granted_by_another_and_never_backwards():
    make.pack_in_force()
    cast = make.cast()
    ask = {
        "customer": cast.jinling, "target": "RULE", "code": "greeting", "change": "WITHIN", "value": "2d",
        "reason": "客户要求提前", "from_at": NOW, "to_at": NOW + timedelta(days=30), "by": cast.boss, "now": NOW,
    }  # fmt: skip
    for wrong, field in (
        ({"code": "nothing"}, "code"), ({"value": "soon"}, "value"), ({"from_at": NOW - timedelta(days=1)}, "from_at"),
        ({"to_at": NOW}, "to_at"), ({"reason": "好"}, "reason"), ({"change": "CALENDAR", "value": "moon"}, "value"),
        ({"change": "BY", "value": "nobody"}, "value"),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            actions.ask_exception(**(ask | wrong))
        assert list(refused.value.fields) == [field]
    assert not ClauseException.objects.exists()
    row = actions.ask_exception(**ask)
    assert in_force([cast.jinling.pk], NOW) == {}
    with pytest.raises(exception_actions.SelfApproved):
        actions.grant_exception(exception=row, by=cast.boss, now=NOW)
    with pytest.raises(NotAllowed):
        actions.grant_exception(exception=row, by=cast.manager, now=NOW)
    later = NOW + timedelta(hours=2)
    actions.grant_exception(exception=row, by=cast.service, now=later)
    found = in_force([cast.jinling.pk, cast.stranger.pk], later)[cast.jinling.pk]
    assert [(each.code, each.change, each.value, each.from_at) for each in found] == [
        ("greeting", "WITHIN", "2d", later)
    ]
    assert in_force([cast.jinling.pk], later - timedelta(seconds=1)) == {}
    assert in_force([cast.jinling.pk], NOW + timedelta(days=30)) == {}
    actions.end_exception(exception=row, by=cast.boss, now=later + timedelta(days=1))
    assert in_force([cast.jinling.pk], later + timedelta(days=1)) == {}
    with pytest.raises(ChangedMeanwhile):
        actions.end_exception(exception=row, by=cast.boss, now=later + timedelta(days=2))


@pytest.mark.django_db
def test_a_leaver_closes_only_when_everything_has_an_heir():
    cast = make.cast()
    with pytest.raises(handing.NoHeir):
        actions.close_account(leaver=cast.manager, by=cast.admin, now=NOW)
    with pytest.raises(StillHolds):
        access.close_account(cast.manager, by=cast.admin, now=NOW)
    with pytest.raises(BadInput):
        handing.settle(
            leaver=cast.manager,
            heirs={f"customers|account_manager:{cast.jinling.pk}": cast.manager},
            by=cast.admin,
            now=NOW,
        )
    cast.manager.refresh_from_db()
    assert cast.manager.is_active
    assert not HandOver.objects.exists()
    moved = handing.settle(
        leaver=cast.manager,
        heirs={f"customers|account_manager:{cast.jinling.pk}": cast.other},
        by=cast.admin,
        now=NOW,
    )
    assert moved == 1
    assert Customer.objects.get(pk=cast.jinling.pk).account_manager == cast.other
    assert Fact.objects.get(kind="customer.handed_over").own() == {
        "before": str(cast.manager.pk),
        "after": str(cast.other.pk),
        "reason": "LEFT",
    }
    actions.close_account(leaver=cast.manager, by=cast.admin, now=NOW)
    cast.manager.refresh_from_db()
    assert not cast.manager.is_active
    assert Fact.objects.filter(kind="staff.left").exists()


@pytest.mark.django_db
def test_the_heir_of_a_sponsor_is_told_as_the_sponsor_was():
    cast = make.cast()
    Customer.objects.filter(pk=cast.jinling.pk).update(
        exec_sponsor=cast.boss, dedicated_engineer=cast.boss
    )
    handing.settle(
        leaver=cast.boss,
        heirs={
            f"customers|exec_sponsor:{cast.jinling.pk}": cast.other,
            f"customers|dedicated_engineer:{cast.jinling.pk}": cast.other,
        },
        by=cast.admin,
        now=NOW,
    )
    told = Fact.objects.filter(data__fact__person=str(cast.other.pk), customer_id=cast.jinling.pk)
    assert sorted(each.kind for each in told) == ["engineer.assigned", "sponsor.assigned"]
