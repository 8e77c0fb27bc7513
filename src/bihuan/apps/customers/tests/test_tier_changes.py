"""Changes of tier that wait: seen, narrowed, and decided many at once, each on its own terms."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.urls import reverse

from bihuan.apps.customers import actions
from bihuan.apps.customers.models import Customer, TierChange
from bihuan.apps.customers.tests import factories as make
from bihuan.apps.customers.tests.test_tiers import rich
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.base.lists.models import Batch
from bihuan.base.testing.kept import kept
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db
NOW = make.NOW


@pytest.fixture
@kept
def cast():
    """Two that a review raises to gold, and one that the boss proposes by hand."""
    make.pack_in_force()
    known = make.cast()
    found = SimpleNamespace(
        boss=known.boss, market=known.market, jinling=known.jinling, stranger=known.stranger,
        second=actions.add_customer(name="第二家精密有限公司", by=None, now=NOW),
        third=actions.add_customer(name="第三家精密有限公司", by=None, now=NOW),
    )  # fmt: skip
    for each in (found.jinling, found.second):
        rich(each)
    actions.review_tiers(
        customer_ids=[found.jinling.pk, found.second.pk], key="2026-H2", by=None, now=NOW
    )
    actions.propose_tier(
        customer=found.third, after="SILVER", why="两年内要建新线", by=found.boss, now=NOW
    )
    return found


def pressed(client, deed, changes, **values):
    """A deed on these rows, from the list to its end; the batch as it is then."""
    listed = reverse("customers:tiers")
    started = client.post(
        reverse("lists:start", args=["tier-changes", deed]),
        {"pick": [row.pk for row in changes], "back": listed},
    )
    batch = Batch.objects.get()
    assert client.get(started.url).status_code == 200
    done = client.post(started.url, values)
    batch.refresh_from_db()
    return batch, done


def test_the_menu_counts_what_one_may_decide_oneself(cast):
    def counted(person):
        with clock.set_to(NOW):
            page = signed_in(person).get(reverse("customers:tiers"))
        url = reverse("customers:tiers")
        lines = [line for section in page.context["menu"] for line in section["items"]]
        shown = next(line for line in lines if line["url"] == url)
        return shown["count"], page.context["page"].paginator.count

    assert counted(cast.boss) == (2, 3)  # the third is his own proposal
    assert counted(cast.market) == (None, 3)


def test_many_are_approved_at_once_and_one_s_own_is_not(cast):
    changes = list(TierChange.objects.filter(state="PROPOSED").order_by("pk"))
    with clock.set_to(NOW):
        client = signed_in(cast.boss)
        batch, done = pressed(client, "approve", changes, note="照评审结果")
        page = client.get(done.url).content.decode()
    assert {row.pk for row in changes if str(row.pk) in batch.done} == {
        row.pk for row in changes if row.customer_id != cast.third.pk
    }
    assert len(batch.refused) == 1
    assert "第三家" in page
    tiers = dict(Customer.objects.values_list("pk", "tier"))
    assert (tiers[cast.jinling.pk], tiers[cast.second.pk]) == ("GOLD", "GOLD")
    assert tiers[cast.third.pk] == "POTENTIAL"
    assert Fact.objects.filter(kind="tier.changed").count() == 2


def test_who_starts_a_review_by_hand_still_decides_what_is_his_to_decide(cast):
    with clock.set_to(NOW):
        client = signed_in(cast.boss)
        rich(cast.stranger)
        client.post(reverse("customers:review"))
        change = TierChange.objects.get(customer=cast.stranger, state="PROPOSED")
        actions.decide_tier(change=change, approve=True, by=cast.boss, now=NOW)
    assert Customer.objects.get(pk=cast.stranger.pk).tier == "GOLD"


def test_who_is_not_the_named_role_decides_none_of_them(cast):
    changes = list(TierChange.objects.filter(state="PROPOSED", needs_role="general_manager"))
    with clock.set_to(NOW):
        batch, _done = pressed(signed_in(cast.market), "approve", changes, note="")
    assert (batch.done, len(batch.refused)) == ({}, len(changes))
    assert not Fact.objects.filter(kind="tier.changed").exists()


def test_a_refusal_wants_its_why(cast):
    changes = list(TierChange.objects.filter(customer=cast.second, state="PROPOSED"))
    with clock.set_to(NOW):
        client = signed_in(cast.boss)
        batch, asked = pressed(client, "refuse", changes, note="")
        assert asked.status_code == 422
        assert batch.began_at is None
        assert client.post(asked.wsgi_request.path, {"note": "先看半年"}).status_code == 302
    row = TierChange.objects.get(pk=changes[0].pk)
    assert (row.state, row.decided_note) == ("REFUSED", "先看半年")


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, {"金陵", "第二家", "第三家"}), ({"view": "mine"}, {"金陵", "第二家"}), ({"view": "down"}, set()),
        ({"after": "SILVER"}, {"第三家"}), ({"q": "第二家"}, {"第二家"}), ({"role": "general_manager"}, {"金陵", "第二家"}),
    ],
)  # fmt: skip
def test_the_list_is_narrowed(cast, asked, names):
    with clock.set_to(NOW):
        page = signed_in(cast.boss).get(reverse("customers:tiers"), asked).content.decode()
    body = page[page.index("data-rows") : page.index("</tbody>")]
    assert {name for name in ("金陵", "第二家", "第三家") if name in body} == names
