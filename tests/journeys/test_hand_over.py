"""A leaver's account cannot close before everything has an heir."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.queries.people import all_holdings
from bihuan.apps.obligations.models import Obligation
from bihuan.base.access.models import User

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


def test_a_leaver_hands_over_customers_promises_and_duties_before_the_account_closes(firm, set_to):
    firm.told("demand.received", "2026-03-03 10:00", about=firm.jinling, demand="D-1",
              kind="OPTIMISE", source="CALLBACK")  # fmt: skip
    leaver, heir = firm.limuyan, firm.zhouwan
    owed = Obligation.objects.filter(assignee=leaver, state__in=("OPEN", "SCHEDULED"))
    pks = set(owed.values_list("pk", flat=True))
    assert pks
    with set_to("2026-03-04 10:00"):
        admin = firm.browser("guanli")
        url = reverse("customers:hand_over_of", args=[leaver.pk])
        held = [f"{app}|{holding.key}" for app, holding in all_holdings(leaver.pk)]
        assert {key.partition("|")[0] for key in held} >= {"customers", "obligations"}

        account = admin.get(reverse("access:user", args=[leaver.pk])).content.decode()
        way = re.search(r'href="(/hand-over/\?person=\d+)"', account)
        page = admin.get(way[1], follow=True)
        assert page.redirect_chain[-1][0] == url
        rows = page.content.decode().split("<tr>")
        duties = [row for row in rows if "YW-" in row]
        assert duties
        assert all("金陵泵业" in row for row in duties)  # two of a kind are told apart
        assert f'value="{heir.pk}"' in page.content.decode()
        outside = User.objects.create(username="dealers", name="经销商的人", dealer_id=1)
        assert outside.name not in admin.get(url).content.decode()

        refused = admin.post(url, {"deed": "close"})
        assert refused.status_code == 409
        assert User.objects.get(pk=leaver.pk).is_active
        # no way round: the page of accounts refuses, too
        admin.post(reverse("access:user_deed", args=[leaver.pk, "close"]))
        assert User.objects.get(pk=leaver.pk).is_active

        some = [key for key in held if key.startswith("customers|")]
        admin.post(url, {"all": heir.pk, "key": some})
        assert admin.post(url, {"deed": "close"}).status_code == 409
        rest = [f"{app}|{holding.key}" for app, holding in all_holdings(leaver.pk)]
        admin.post(url, {"all": heir.pk, "key": rest})
        assert all_holdings(leaver.pk) == []
        closed = admin.post(url, {"deed": "close"})
        assert closed.status_code == 302
    assert not User.objects.get(pk=leaver.pk).is_active
    assert not Customer.objects.filter(account_manager=leaver).exists()
    assert set(
        Obligation.objects.filter(pk__in=pks, assignee=heir).values_list("pk", flat=True)
    ) == pks  # fmt: skip
