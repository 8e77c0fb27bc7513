"""A customer sees its own promises by a link, and nothing else."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from bihuan.apps.compliance import links
from bihuan.apps.compliance.models import PromiseLink
from bihuan.apps.compliance.promised import promises
from bihuan.apps.compliance.tests.test_counting import row
from bihuan.apps.obligations.enums import State, Verifier
from bihuan.apps.obligations.models import Evidence, Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.base import clock
from bihuan.base.audit.models import Entry
from bihuan.base.errors import BadInput, NoSuchThing, NotAllowed

pytestmark = pytest.mark.django_db
NOW = make.moment("2026-03-18 12:00")


@pytest.fixture
def home():
    home = make.house()
    home.gold = make.customer(home)
    home.other = make.customer(home, "别家机械", account_manager=home.chen)
    home.fact = home.told(
        "fault.reported", "2026-03-09 09:00", subjects={"asset": 7, "customer": home.gold.pk},
        ticket="T", severity="URGENT",
    )  # fmt: skip
    Obligation.objects.all().delete()
    with clock.set_to(NOW):
        yield home


def link(home, days=30) -> PromiseLink:
    return links.make(customer=home.gold, until=NOW + timedelta(days=days), by=home.gu, now=NOW)


def shown(made: PromiseLink) -> str:
    return Client().get(f"/promises/{links.token_of(made)}/").content.decode()


def test_a_customer_sees_what_was_promised_and_done_without_signing_in(home):
    kept = row(
        home, state=State.DISCHARGED, discharged_by=home.sun, verified_by_rule=Verifier.CUSTOMER,
        title={"zh": "季度回访", "en": "Quarterly call"}, rule="a",
    )  # fmt: skip
    Evidence.objects.create(
        obligation=kept,
        kind="call_log",
        text="内部话：客户很难缠 13800001111",
        at=NOW,
        act=uuid.uuid4(),
    )
    row(
        home,
        rule="b",
        due_at=NOW - timedelta(hours=1),
        title={"zh": "紧急响应", "en": "x"},
        kind="response.phone",
    )
    row(home, rule="f", due_at=NOW + timedelta(hours=1), kind="response.phone")
    row(home, rule="c", kind="tier.review", title={"zh": "内部评级", "en": "x"})
    row(home, rule="d", customer=home.other, title={"zh": "别家的事", "en": "x"})
    row(home, rule="e", state=State.VOID, title={"zh": "作废的事", "en": "x"})
    answer = Client().get(f"/promises/{links.token_of(link(home))}/")
    page = answer.content.decode()
    assert answer.status_code == 200
    for seen in ("季度回访", "孙乐平", "还没有核实", "还没做到", "通话记录"):
        assert seen in page
    for hidden in (
        "内部话",
        "13800001111",
        "内部评级",
        "别家",
        "作废的事",
        home.sun.username + "@",
    ):
        assert hidden not in page
    assert (
        answer["X-Robots-Tag"].startswith("noindex") and answer["Referrer-Policy"] == "same-origin"
    )
    assert 'content="noindex' in page
    found = promises(home.gold.pk, NOW)
    assert (found.due, found.kept) == (2, 1)
    ahead = [line.next_at for line in found.lines if line.next_at is not None]
    assert ahead == [NOW + timedelta(hours=1)]  # what is late is not "next"


def test_a_link_ends_when_it_expires_or_is_revoked(home):
    made = link(home)
    assert "对您的承诺" in shown(made)
    with clock.set_to(NOW + timedelta(days=30)):
        assert "已经失效" in shown(made)
    links.revoke(link=made, by=home.gu, now=NOW)
    answer = Client().get(f"/promises/{links.token_of(made)}/")
    assert answer.status_code == 404 and "已经失效" in answer.content.decode()
    verbs = Entry.objects.filter(thing_label="compliance.PromiseLink").values_list(
        "verb", flat=True
    )
    assert set(verbs) == {"compliance.link_made", "compliance.link_revoked"}


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"),
        lambda t: "9" + t,
        lambda _t: "x",
        lambda _t: "1.x~y",
        lambda _t: "%00",
    ],
)
def test_an_address_that_was_not_given_opens_nothing(home, change):
    made = link(home)
    assert Client().get(f"/promises/{change(links.token_of(made))}/").status_code == 404
    made.refresh_from_db()
    assert made.seen == 0


def test_a_link_is_not_opened_without_end(home):
    made = link(home)
    PromiseLink.objects.filter(pk=made.pk).update(minute_at=NOW, in_minute=links.MOST_A_MINUTE)
    answer = Client().get(f"/promises/{links.token_of(made)}/")
    assert answer.status_code == 429 and "太频繁" in answer.content.decode()
    with clock.set_to(NOW + links.MINUTE):
        assert "对您的承诺" in shown(made)


def test_only_who_looks_after_a_customer_makes_its_links(home):
    for person, refused in ((home.chen, NotAllowed), (home.li, None)):
        if refused:
            with pytest.raises(refused):
                links.make(customer=home.gold, until=NOW + timedelta(days=1), by=person, now=NOW)
        else:
            links.make(customer=home.gold, until=NOW + timedelta(days=1), by=person, now=NOW)
    with pytest.raises(NoSuchThing):
        links.make(customer=home.other, until=NOW + timedelta(days=1), by=home.li, now=NOW)
    for days in (0, 400):
        with pytest.raises(BadInput):
            link(home, days)
    assert PromiseLink.objects.count() == 1


def test_links_are_made_and_revoked_on_the_page(home):
    page = Client()
    page.force_login(home.li)
    url = f"/compliance/customers/{home.gold.pk}/links/"
    assert page.post(url, {"until": "2026-03-17"}).status_code == 422
    assert not PromiseLink.objects.exists()
    assert page.post(url, {"until": "2026-03-18"}).status_code == 302
    made = PromiseLink.objects.get()
    assert made.expires_at == make.moment("2026-03-19 00:00")
    mine = page.get(url).content.decode()
    assert links.token_of(made) in mine
    for page_of in (mine, shown(made)):
        assert "2026-03-18</time>" in page_of
        assert "2026-03-19" not in page_of
    assert page.get(f"/compliance/customers/{home.other.pk}/links/").status_code == 404
    stranger = Client()
    stranger.force_login(home.chen)
    assert stranger.post(f"/compliance/links/{made.pk}/revoke/").status_code == 403
    made.refresh_from_db()
    assert made.revoked_at is None
    page.post(f"/compliance/links/{made.pk}/revoke/")
    made.refresh_from_db()
    assert made.revoked_at == NOW and made.revoked_by == home.li


def test_the_page_asks_as_often_whatever_was_promised(home, django_assert_max_num_queries):
    row(home, state=State.DISCHARGED)
    made = link(home)
    shown(made)
    with django_assert_max_num_queries(20) as first:
        shown(made)
    for number in range(20):
        row(home, state=State.DISCHARGED, rule=f"r{number}", clause=f"T-{number}")
    with django_assert_max_num_queries(len(first)):
        shown(made)
