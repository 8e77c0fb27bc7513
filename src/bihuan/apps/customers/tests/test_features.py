"""What the pack in force lets the record of a customer say of it, and what its tiers make of that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from bihuan.apps.customers import actions, snapshots
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.tests import factories as make
from bihuan.apps.customers.tests.pack import FILES, PACK
from bihuan.base import clock
from bihuan.base.errors import BadInput
from bihuan.base.facts.models import Fact

pytestmark = pytest.mark.django_db
NOW = make.NOW
FEATURES = """
features:
  - {id: BUYS_MUCH, clause: C1, title: {zh: 买得多, en: Buys much}}
  - {id: EXACTING, clause: C1, title: {zh: 要求严, en: Exacting}}
"""
LISTED = FILES | {"pack.yaml": PACK + FEATURES}


def browser(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def posted(client: Client, row: Customer, **changed) -> None:
    """The form as it stands, with these fields written over."""
    url = reverse("customers:edit", args=[row.pk])
    form = client.get(url).context["form"]
    values = {name: form[name].value() for name in form.fields}
    shown = {name: value for name, value in values.items() if value not in (None, "")}
    answer = client.post(url, shown | changed | {"version": row.version})
    assert answer.status_code == 302, answer.context["form"].errors


def test_the_page_offers_and_shows_what_the_regulation_lists():
    make.pack_in_force(LISTED)
    cast = make.cast()
    client = browser(cast.manager)
    with clock.set_to(NOW):
        row = Customer.objects.get(pk=cast.jinling.pk)
        posted(client, row, features=["EXACTING", "BUYS_MUCH"])
        page = client.get(reverse("customers:detail", args=[row.pk])).content.decode()
    assert page.index("买得多") < page.index("要求严")  # as the regulation orders them
    row.refresh_from_db()
    assert row.features == ["BUYS_MUCH", "EXACTING"]
    assert Fact.objects.filter(kind="customer.changed").latest("pk").own()["what"] == ["features"]
    assert snapshots.customers([row.pk], NOW)[row.pk]["features"] == ["BUYS_MUCH", "EXACTING"]


def test_a_regulation_that_lists_none_asks_for_none_and_keeps_what_was_written():
    first = make.pack_in_force(LISTED)
    cast = make.cast()
    row = Customer.objects.get(pk=cast.jinling.pk)
    actions.change_customer(customer=row, by=None, now=NOW, features=["EXACTING"])
    later = NOW + timedelta(days=1)
    first.in_force_to = later
    first.save()
    make.pack_in_force(
        FILES | {"pack.yaml": PACK.replace('version: "1"', 'version: "2"')}, from_at=later
    )
    client = browser(cast.manager)
    with clock.set_to(later):
        form = client.get(reverse("customers:edit", args=[row.pk])).context["form"]
        assert list(form.fields["features"].choices) == [("EXACTING", "EXACTING")]
        posted(client, Customer.objects.get(pk=row.pk), city="苏州")
    row.refresh_from_db()
    assert (row.city, row.features) == ("苏州", ["EXACTING"])
    other = Customer.objects.get(pk=cast.stranger.pk)
    with clock.set_to(later):
        form = browser(cast.other).get(reverse("customers:edit", args=[other.pk])).context["form"]
    assert "features" not in form.fields


def test_what_the_regulation_does_not_list_is_refused_and_nothing_changes():
    make.pack_in_force(LISTED)
    row = make.cast().jinling
    facts = Fact.objects.count()
    with pytest.raises(BadInput) as refused:
        actions.change_customer(customer=row, by=None, now=NOW, features=["EXACTING", "LOUD"])
    assert list(refused.value.fields) == ["features"]
    assert "LOUD" in str(refused.value.fields["features"])
    row.refresh_from_db()
    assert (row.features, Fact.objects.count()) == ([], facts)


def test_a_tier_may_ask_for_a_feature():
    ruled = PACK.replace(
        "  review: half\n",
        "  only_if: {GOLD: '\"EXACTING\" in customer.features'}\n  review: half\n",
    )
    assert ruled != PACK
    make.pack_in_force(LISTED | {"pack.yaml": ruled + FEATURES})
    cast = make.cast()
    row = Customer.objects.get(pk=cast.jinling.pk)
    actions.change_customer(customer=row, by=None, now=NOW, features=["EXACTING"])
    judged = actions.review_tiers(
        customer_ids=[row.pk, cast.stranger.pk], key="2026-H2", by=None, now=NOW
    )
    found = {each.customer_id: each.tier for each in judged}
    assert found == {row.pk: "GOLD", cast.stranger.pk: "POTENTIAL"}
