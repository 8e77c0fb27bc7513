"""Kept views, deeds on many rows with their way back, conflicts and what pages poll for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bihuan.apps.customers import actions
from bihuan.apps.customers.actions import flagging
from bihuan.apps.customers.enums import Flag
from bihuan.apps.customers.lists import LIST
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.tests import factories as make
from bihuan.apps.customers.tests.test_pages import browser
from bihuan.base import clock
from bihuan.base.access.scope import reaches
from bihuan.base.lists import listing, page, questions
from bihuan.base.lists.models import Batch, View
from bihuan.base.testing.kept import kept
from bihuan.base.testing.people import make_person
from bihuan.base.ui import paging

pytestmark = pytest.mark.django_db
NOW = make.NOW


@pytest.fixture
@kept
def cast():
    make.pack_in_force()
    with clock.set_to(NOW):
        return make.cast()


@pytest.fixture
def played(cast):
    with clock.set_to(NOW):
        yield cast


def keep(client, query="view=&relation=DEALER", title="经销商名单", **more):
    return client.post("/lists/customers/views/new/", {"query": query, "title": title, **more})


def tabs(client, url="/customers/"):
    return {tab["title"]: tab for tab in client.get(url).context["list"].tabs}


def test_a_view_keeps_filters_order_and_columns_and_counts_what_its_reader_may_see(played):
    client = browser(played.boss)
    asked = "relation=DEALER&order=added&down=1&cols=region,manager"
    made = keep(client, asked)
    shown = client.get(made.url).context["list"]
    assert (shown.asked["relation"], shown.order, shown.down) == ("DEALER", "added", True)
    assert [name for name, on in shown.shows.items() if on] == ["region", "manager"]
    assert tabs(client)["经销商名单"]["count"] == "1"
    assert tabs(client, made.url)["经销商名单"]["current"]
    assert "经销商名单" not in tabs(browser(played.market))


def test_a_shared_view_shows_everybody_their_own_rows_and_needs_the_right(played):
    keep(browser(played.boss), "relation=DIRECT", "直客", audience="role:account_manager")
    mine, theirs = tabs(browser(played.manager)), tabs(browser(played.other))
    assert (mine["直客"]["count"], theirs["直客"]["count"]) == ("1", "1")
    assert "直客" not in tabs(browser(played.desk))
    keep(browser(played.manager), "relation=DIRECT", "偷偷共用", audience="role:service_desk")
    assert not View.objects.filter(title="偷偷共用").exclude(audience="PRIVATE").exists()
    assert "偷偷共用" not in tabs(browser(played.desk))


def test_a_view_of_somebody_else_is_read_but_not_changed(played):
    keep(browser(played.boss), "relation=DIRECT", "直客", audience="role:account_manager")
    view = View.objects.get()
    client = browser(played.manager)
    assert client.post(f"/lists/views/{view.pk}/", {"title": "改名"}).status_code == 403
    assert client.post(f"/lists/views/{view.pk}/remove/").status_code == 403
    assert browser(played.engineer).post(f"/lists/views/{view.pk}/remove/").status_code == 404
    view.refresh_from_db()
    assert view.title == "直客"


def test_two_views_of_one_name_are_told_apart_by_a_sentence_at_the_field(played):
    client = browser(played.boss)
    keep(client)
    again = keep(client)
    assert again.status_code == 422
    assert "已有叫这个名字" in again.content.decode()
    assert View.objects.count() == 1


def test_a_view_whose_filter_is_gone_says_so_and_lists_by_the_rest(played):
    client = browser(played.boss)
    made = keep(client, "relation=DEALER&colour=red&tier=PLATIN&cols=region,smell")
    text = client.get(made.url).content.decode()
    assert "条件“colour”" in text
    assert "列“smell”" in text
    assert "“级别”里的“PLATIN”" in text
    View.objects.update(query={"relation": "DEALER", "colour": "red"})
    tab = tabs(client)["经销商名单"]
    assert tab["broken"]
    found = client.get(tab["url"]).context["list"]
    assert [row.pk for row in found.page.object_list] == [played.dealer.pk]


def test_the_view_put_first_is_what_a_bare_address_shows(played):
    client = browser(played.boss)
    made = keep(client, first="on")
    shown = client.get("/customers/").context["list"]
    assert shown.view is not None
    assert shown.asked["relation"] == "DEALER"
    every = tabs(client)["全部"]["url"]
    assert client.get(every).context["list"].view is None
    view = View.objects.get()
    client.post("/lists/customers/views/", {"up": view.key})
    order = [tab["key"] for tab in client.get("/customers/").context["list"].tabs]
    assert order.index(view.key) == len(order) - 2
    client.post(f"/lists/views/{view.pk}/remove/")
    assert client.get("/customers/").context["list"].view is None
    assert client.get(made.url).status_code == 200


def test_all_counts_are_one_statement_however_many_views(played):
    client = browser(played.boss)
    keep(client, title="甲")
    client.get("/customers/")
    with CaptureQueriesContext(connection) as before:
        client.get("/customers/")
    for n in range(8):
        keep(client, f"relation=DEALER&city={n}&region=华东", title=f"乙{n}")
    client.get("/customers/")  # the kept views are read once after they changed
    with CaptureQueriesContext(connection) as after:
        client.get("/customers/")
    assert len(after) == len(before)
    assert sum("COUNT(*)" in each["sql"] and "customers_customer" in each["sql"] for each in after) <= 2  # fmt: skip


def test_a_long_list_counts_so_far_and_says_that_there_are_more(played, monkeypatch):
    for module in (paging, questions):
        monkeypatch.setattr(module, "MOST", 2)
    for module in (page, questions):
        monkeypatch.setattr(module, "BESIDE", 1)
    found = browser(played.boss).get("/customers/")
    assert found.context["list"].page.paginator.over
    assert "超过 2 条" in found.content.decode()
    assert {tab["title"]: tab["count"] for tab in found.context["list"].tabs}["全部"] == "1+"


def flag(client, deed="flag", **how):
    asked = client.post(f"/lists/customers/do/{deed}/", {"back": "/customers/", **how})
    assert asked.status_code == 302, asked.content.decode()[:400]
    return client.post(asked.url, {"flag": "KEY_ACCOUNT"})


def flagged():
    return set(Customer.objects.filter(flags__contains=["KEY_ACCOUNT"]).values_list("pk", flat=True))  # fmt: skip


def test_a_deed_on_many_does_what_it_can_and_names_the_rest(played):
    actions.change_customer(
        customer=played.jinling, flags=[Flag.KEY_ACCOUNT], by=played.boss, now=NOW
    )
    client = browser(played.boss)
    done = flag(client, pick=[played.jinling.pk, played.stranger.pk])
    assert flagged() == {played.jinling.pk, played.stranger.pk}
    text = client.get(done.url).content.decode()
    assert "已办 1 条" in text
    assert "1 条没办成" in text
    result = client.get(f"/lists/batches/{Batch.objects.get().pk}/").content.decode()
    assert "金陵泵业" in result
    assert "已经有“重点客户”这个标志" in result


class Killed(BaseException):
    """A worker that dies: nothing catches it."""


def dies_at_the_second(monkeypatch, name):
    done = getattr(flagging, name)
    came: list[int] = []

    def deed(**asked):
        came.append(asked["customer_id"])
        if len(came) > 1:
            raise Killed
        return done(**asked)

    monkeypatch.setattr(flagging, name, deed)


def test_a_deed_that_was_cut_off_says_how_far_it_came_and_has_its_way_back(played, monkeypatch):
    client, ids = browser(played.boss), [played.jinling.pk, played.stranger.pk]
    with monkeypatch.context() as patch:
        dies_at_the_second(patch, "set_flag")
        with pytest.raises(Killed):
            flag(client, pick=ids)
    assert flagged() == {played.jinling.pk}
    text = client.get("/customers/").content.decode()
    assert "已办 1 条" in text
    assert "1 条没办成" in text
    batch = Batch.objects.get()
    assert "没轮到这条" in client.get(f"/lists/batches/{batch.pk}/").content.decode()
    client.post(f"/lists/batches/{batch.pk}/undo/")
    assert flagged() == set()


def test_a_way_back_that_was_cut_off_names_what_stayed(played, monkeypatch):
    client, ids = browser(played.boss), [played.jinling.pk, played.stranger.pk]
    flag(client, pick=ids)
    batch = Batch.objects.get()
    dies_at_the_second(monkeypatch, "turn_back")
    with pytest.raises(Killed):
        client.post(f"/lists/batches/{batch.pk}/undo/")
    assert flagged() == {played.jinling.pk}
    assert set(Batch.objects.get().undo_refused) == {str(played.jinling.pk)}
    assert "没轮到这条" in client.get(f"/lists/batches/{batch.pk}/").content.decode()


def test_the_way_back_holds_unless_somebody_came_between(played):
    client = browser(played.boss)
    flag(client, pick=[played.jinling.pk, played.stranger.pk])
    actions.change_customer(
        customer=Customer.objects.get(pk=played.stranger.pk), city="保定", by=played.other, now=NOW
    )
    batch = Batch.objects.get()
    back = client.post(f"/lists/batches/{batch.pk}/undo/")
    assert flagged() == {played.stranger.pk}
    assert "有 1 条没撤成" in client.get(back.url).content.decode()
    assert "燕北" in client.get(f"/lists/batches/{batch.pk}/").content.decode()
    client.post(f"/lists/batches/{batch.pk}/undo/")
    assert flagged() == {played.stranger.pk}


def test_after_a_while_and_for_others_there_is_no_way_back(played):
    client = browser(played.boss)
    flag(client, pick=[played.jinling.pk])
    batch = Batch.objects.get()
    assert browser(played.market).post(f"/lists/batches/{batch.pk}/undo/").status_code == 404
    with clock.set_to(NOW + page.UNDO_FOR + timedelta(seconds=1)):
        late = client.post(f"/lists/batches/{batch.pk}/undo/")
    assert late.status_code == 409
    assert flagged() == {played.jinling.pk}


def test_all_that_match_are_those_of_the_moment_of_choosing(played):
    client = browser(played.boss)
    asked = client.post(
        "/lists/customers/do/flag/", {"all": "1", "query": "relation=DEALER", "back": "/customers/"}
    )
    late = Customer.objects.filter(pk=played.jinling.pk)
    late.update(relation="DEALER")
    assert "1 条" in client.get(asked.url).content.decode()
    client.post(asked.url, {"flag": "KEY_ACCOUNT"})
    assert flagged() == {played.dealer.pk}
    client.post(asked.url, {"flag": "AMBASSADOR"})  # pressed twice
    assert not Customer.objects.filter(flags__contains=["AMBASSADOR"]).exists()


def test_a_row_out_of_reach_is_refused_like_none_and_a_deed_needs_its_right(played):
    client = browser(played.manager)
    flag(client, pick=[played.stranger.pk, played.jinling.pk])
    assert flagged() == {played.jinling.pk}
    assert "燕北" not in client.get(f"/lists/batches/{Batch.objects.get().pk}/").content.decode()
    refused = browser(played.analyst).post(
        "/lists/customers/do/flag/", {"pick": [played.jinling.pk]}
    )
    assert refused.status_code == 403
    assert client.post("/lists/customers/do/flag/", {}).status_code == 409
    assert client.post("/lists/customers/do/nothing/", {"pick": [1]}).status_code == 404


def test_a_deed_without_an_inverse_offers_none(played, monkeypatch):
    deed = replace(LIST.deeds[0], undo=None)
    monkeypatch.setattr(listing, "listings", lambda: iter([replace(LIST, deeds=(deed,))]))
    client = browser(played.boss)
    flag(client, pick=[played.jinling.pk])
    assert client.post(f"/lists/batches/{Batch.objects.get().pk}/undo/").status_code == 409
    assert flagged() == {played.jinling.pk}


def edited(page_, **typed):
    """What the browser would post of an edit page, with these fields typed over."""
    form = page_.context["form"]
    values: dict = {}
    for bound in form:
        value = form.fields[bound.name].prepare_value(bound.initial)
        value = "" if value is None else value
        values[bound.name] = values[bound.html_initial_name] = value
    return values | typed | {"version": Customer.objects.get(pk=page_.context["customer"].pk).version}  # fmt: skip


def test_a_conflict_keeps_what_was_typed_and_takes_what_only_the_other_changed(played):
    client = browser(played.boss)
    url = f"/customers/{played.jinling.pk}/edit/"
    typed = edited(client.get(url), city="扬州", industry="泵")
    actions.change_customer(
        customer=Customer.objects.get(pk=played.jinling.pk), city="镇江", address="长江路 1 号",
        by=played.market, now=NOW,
    )  # fmt: skip
    again = client.post(url, typed)
    assert again.status_code == 422
    between = {each.name: each for each in again.context["conflict"].fields}
    assert set(between) == {"city", "address"}
    assert (between["city"].theirs, between["city"].typed, between["city"].both) == ("镇江", "扬州", True)  # fmt: skip
    text = again.content.decode()
    assert "沈桥" in text
    assert 'value="长江路 1 号"' in text
    assert Customer.objects.get(pk=played.jinling.pk).city == "镇江"
    form = again.context["form"]
    seen = {name: form.data.getlist(name) for name in form.data}
    assert client.post(url, seen | {"version": str(played.jinling.version + 1)}).status_code == 302
    row = Customer.objects.get(pk=played.jinling.pk)
    assert (row.city, row.address, row.industry) == ("扬州", "长江路 1 号", "泵")


def test_a_page_learns_who_changed_it_and_nobody_else_does(played):
    client = browser(played.boss)
    url = f"/live/?thing=customers.Customer:{played.jinling.pk}"
    first = client.get(url)
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    actions.change_customer(customer=played.jinling, city="镇江", by=played.market, now=NOW)
    second = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200
    assert "沈桥" in second.json()["thing"]["text"]
    assert second.json()["thing"]["version"] != first.json()["thing"]["version"]
    assert browser(played.other).get(url).status_code == 404
    for odd in ("customers.Contact:1", "customers.Customer:x", "access.User:1", "x"):
        assert client.get(f"/live/?thing={odd}").status_code == 404


def test_counts_of_a_list_are_told_to_whoever_may_see_it(played):
    found = browser(played.boss).get("/live/?list=customers").json()["counts"]
    assert found[""] == str(Customer.objects.count())
    assert browser(played.boss).get("/live/?list=nothing").status_code == 404


@pytest.mark.parametrize(
    "query", ["q=%00", "view=%00&order=%00&down=2", "saved=9999999999999999999", "saved=x&cols=,,,", "page=-1&region=%00", "manager=99999999999999999999"],
)  # fmt: skip
def test_an_odd_address_shows_a_list(played, query):
    client = browser(played.boss)
    assert client.get(f"/customers/?{query}").status_code == 200
    assert keep(client, query, "怪").status_code == 302
    assert client.get("/customers/").status_code == 200


def test_odd_deeds_change_nothing(played):
    client = browser(played.boss)
    for back in ("https://evil.example/", "//evil.example", "/\0"):
        done = client.post("/lists/customers/do/flag/", {"pick": [played.jinling.pk], "back": back})
        assert client.post(done.url, {"flag": "AMBASSADOR"}).url == "/customers/"
        Batch.objects.all().delete()
    picks = {"pick": ["x", "-1", "9" * 30, "٣"]}
    assert client.post("/lists/customers/do/unflag/", picks).status_code in (302, 409)
    assert client.post("/lists/customers/views/", {"up": "s1", "first": "nothing"}).status_code == 302  # fmt: skip
    assert client.get("/customers/").context["list"].view is None


@pytest.mark.parametrize(
    "role", ["general_manager", "account_manager", "dealer_staff", "field_engineer", "finance", "administrator", ""],
)  # fmt: skip
def test_every_list_answers_everybody_and_shows_nobody_more(played, role):
    client = browser(make_person(*([role] if role else [])))
    for of in listing.listings():
        found = [
            client.get(reverse(of.url)), client.get(f"/lists/{of.key}/views/"),
            client.get(f"/lists/{of.key}/views/new/?query=q"), client.get(f"/live/?list={of.key}"),
            client.get(f"/live/?thing={of.model._meta.label}:1"),
        ]  # fmt: skip
        opened = bool(role) and bool(reaches(make_person(role), of.needs))
        assert {each.status_code for each in found[:4]} == ({200} if opened else {403})
        assert found[4].status_code in (200, 404)
        if role in ("finance", "dealer_staff", "field_engineer"):
            assert not any("燕北生物" in each.content.decode() for each in found) or role == "finance"  # fmt: skip
