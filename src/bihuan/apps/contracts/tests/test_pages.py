"""The screens: they answer, in both languages, within reach, with a fixed number of queries."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bihuan.apps.assets.tests import factories as machines
from bihuan.apps.contracts import actions
from bihuan.apps.contracts.actions.checks import TermValues
from bihuan.apps.contracts.enums import Care
from bihuan.apps.contracts.ledgers import CONTRACTS
from bihuan.apps.contracts.models import Contract, PlanVisit
from bihuan.apps.contracts.tests import factories as make
from bihuan.apps.contracts.ticks import tell_maintenance
from bihuan.apps.customers.tests import factories as people
from bihuan.base import clock
from bihuan.base.ledgers.declare import Done
from bihuan.base.testing.forms import sent_twice
from bihuan.base.testing.kept import kept

pytestmark = pytest.mark.django_db
NOW = make.NOW


@pytest.fixture
@kept
def cast():
    people.pack_in_force()
    with clock.set_to(NOW):
        return people.cast()


@pytest.fixture
def played(cast):
    with clock.set_to(NOW):
        yield cast


def browser(user, language: str = "zh") -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["bihuan_language"] = language
    return client


def lived(of, no: str = "HT-1") -> Contract:
    """A contract with all that a page shows."""
    machine = machines.machine(of)
    row = make.signed(
        of,
        no=no,
        machines=[machine],
        covers=["LABOUR"],
        terms=[TermValues("response.phone", "1h", clause="7.2")],
    )
    held = actions.grant(
        contract=row, kind="PM_VISIT", quantity=Decimal(8), clause="5.1", by=None, now=NOW
    )
    actions.undo(
        row=actions.use(entitlement=held, quantity=Decimal(1), by=None, now=NOW),
        by=None,
        now=NOW,
        note="没去成",
    )
    actions.use(entitlement=held, quantity=Decimal(3), ref="WX-1", by=None, now=NOW)
    actions.add_plan(contract=row, kind=Care.CLEAN, every="3mo", by=None, now=NOW)
    actions.amend(
        contract=row,
        signed_on=date(2026, 10, 8),
        from_on=date(2026, 11, 1),
        why="提价",
        amount=Decimal(5),
        hours="ROUND_THE_CLOCK",
        terms=[TermValues("response.phone", "30min")],
        by=None,
        now=NOW,
    )
    row.refresh_from_db()
    return row


@pytest.mark.parametrize(
    "name", ["detail", "sign", "end", "amend", "grant", "contract_plan", "edit"]
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_a_contract_answers(played, name, language):
    row = lived(played.jinling)
    assert (
        browser(played.boss, language).get(reverse(f"contracts:{name}", args=[row.pk])).status_code
        == 200
    )


@pytest.mark.parametrize(
    "path",
    [
        "",
        "new/",
        "visits/",
        "visits/?view=late",
        "plans/",
        "plans/new/",
        "?view=all&q=HT&kind=SERVICE&order=customer&down=1",
    ],
)
def test_every_page_of_all_answers(played, path):
    row = lived(played.jinling)
    tell_maintenance(NOW)
    assert browser(played.boss).get(f"/contracts/{path}").status_code == 200
    assert browser(played.boss).get(f"/contracts/new/?renews={row.pk}").status_code == 200


def test_panels_of_customers_and_machines(played):
    row = lived(played.jinling)
    tell_maintenance(NOW)
    asset = row.machines.get().asset_id
    client = browser(played.manager)
    for url, text in (
        (f"/contracts/of/{played.jinling.pk}/", "剩 5 / 8 次"), (f"/contracts/brief/{played.jinling.pk}/", "剩 5 / 8 次"),
        (f"/contracts/machine/{asset}/", "2026-10-22"), (f"/contracts/cover/{asset}/", "HT-1"),
    ):  # fmt: skip
        assert text in client.get(url).content.decode(), url
    assert client.get(f"/assets/{asset}/?tab=contracts-of_asset").status_code == 200
    assert client.get(f"/assets/{asset}/").status_code == 200
    assert (
        client.get(f"/customers/{played.jinling.pk}/?tab=contracts-of_customer").status_code == 200
    )
    assert client.get(f"/customers/{played.jinling.pk}/?tab=assets-of_customer").status_code == 200


def test_the_customers_page_loads_our_cards(played):
    lived(played.jinling)
    seen = browser(played.manager).get(f"/customers/{played.jinling.pk}/").content.decode()
    assert f"/contracts/brief/{played.jinling.pk}/" in seen
    assert f"/assets/brief/{played.jinling.pk}/" in seen


def test_rows_within_reach_only(played):
    row = lived(played.stranger, "ZZ-9")
    client = browser(played.manager)
    assert "ZZ-9" not in client.get("/contracts/?view=all").content.decode()
    assert client.get(f"/contracts/{row.pk}/").status_code == 404
    assert (
        client.post(f"/contracts/{row.pk}/end/", {"on": "2026-10-09", "why": "x"}).status_code
        == 404
    )
    assert "ZZ-9" not in client.get(f"/contracts/of/{played.stranger.pk}/").content.decode()
    assert Contract.objects.get().status == "SIGNED"


def test_from_the_form_to_the_signature(played):
    machine = machines.machine(played.jinling, "8L240122")
    manager, boss = browser(played.manager), browser(played.boss)
    values = {
        "customer": played.jinling.code, "no": "HT-5", "kind": "SERVICE", "start_on": "2026-10-01", "end_on": "2027-09-30", "amount": "86000",
        "covers": ["LABOUR"], "hours": "WORKING", "machines": machine.serial, "terms": "电话响应 1h 7.2",
    }  # fmt: skip
    assert manager.post("/contracts/new/", values | {"terms": "快点 1h"}).status_code == 422
    assert not Contract.objects.exists()
    first, again = sent_twice(manager, "/contracts/new/", values)
    assert first["Location"] == again["Location"]
    row = Contract.objects.get()
    assert row.terms.get().within == "1h"
    manager.post(f"/contracts/{row.pk}/step/review/")
    assert manager.post(f"/contracts/{row.pk}/step/approve/").status_code == 403
    boss.post(f"/contracts/{row.pk}/step/approve/")
    refused = manager.post(f"/contracts/{row.pk}/sign/", {"signed_on": "2026-10-09", "ours": "on"})
    assert refused.status_code == 422
    assert (
        manager.post(
            f"/contracts/{row.pk}/sign/", {"signed_on": "2026-10-09", "ours": "on", "theirs": "on"}
        ).status_code
        == 302
    )
    row.refresh_from_db()
    assert row.status == "SIGNED"


def test_a_visit_is_marked_done_on_its_screen(played):
    row = lived(played.jinling)
    tell_maintenance(NOW)
    visit = PlanVisit.objects.get(asset=row.machines.get().asset)
    client = browser(played.engineer)
    assert (
        client.post(f"/contracts/visits/{visit.pk}/done/", {"done_on": "2026-10-09"}).status_code
        == 302
    )
    visit.refresh_from_db()
    assert visit.done_by == played.engineer


def test_lists_and_pages_take_a_fixed_number_of_queries(played):
    row = lived(played.jinling)
    tell_maintenance(NOW)
    client = browser(played.boss)
    urls = (
        "/contracts/",
        f"/contracts/{row.pk}/",
        f"/contracts/of/{played.jinling.pk}/",
        f"/contracts/brief/{played.jinling.pk}/",
        "/contracts/visits/",
        "/contracts/plans/",
    )
    counts = {}
    for url in urls:
        client.get(url)
        with CaptureQueriesContext(connection) as taken:
            assert client.get(url).status_code == 200
        counts[url] = len(taken)
    for n in range(4):
        lived(played.jinling, f"N-{n}")
    actions.suggest_plans(model=row.machines.get().asset.model, by=None, now=NOW)
    held = row.entitlements.get()
    for _ in range(3):
        actions.use(entitlement=held, quantity=Decimal(1), by=None, now=NOW)
    for url, count in counts.items():
        with CaptureQueriesContext(connection) as taken:
            client.get(url)
        assert len(taken) == count, url


def test_no_page_has_inline_style_or_script(played):
    row = lived(played.jinling)
    for url in ("/contracts/", f"/contracts/{row.pk}/", "/contracts/visits/"):
        seen = browser(played.boss).get(url).content.decode()
        assert not re.search(r"\sstyle=|<script(?![^>]*src=)", seen), url


def save(**row):
    return CONTRACTS.save([row], by=None, now=NOW)[0]


def test_the_ledger_brings_in_signed_contracts_with_their_machines(played):
    machine = machines.machine(played.jinling, "8L240122")
    row = {
        "no": "HT-2026-1", "customer": played.jinling.name, "kind": "SERVICE", "start_on": date(2026, 1, 1), "end_on": date(2026, 12, 31),
        "amount": Decimal(86000), "signed_on": date(2025, 12, 20), "covers": ["LABOUR", "PARTS"], "machines": ["8L240122"],
    }  # fmt: skip
    wrong = save(**row | {"machines": ["NOPE"]})
    assert wrong[0].column == "machines"
    assert not Contract.objects.exists()
    assert save(**row) == Done.NEW
    assert save(**row) == Done.SAME
    assert save(**row | {"amount": Decimal(1)})[0].column == "no"
    assert Contract.objects.get().machines.get().asset == machine
    out = next(iter(CONTRACTS.export(played.boss)))
    assert out["machines"] == "8L240122"
    assert [each.name for each in CONTRACTS.columns if each.name not in out] == []
    assert list(CONTRACTS.export(played.other)) == []
