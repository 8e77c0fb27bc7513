"""The screens: they answer, in both languages, within reach, with a fixed number of queries."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bihuan.apps.assets import actions
from bihuan.apps.assets.enums import MoveReason, Status
from bihuan.apps.assets.ledgers import ASSETS, MODELS
from bihuan.apps.assets.models import Asset, Model
from bihuan.apps.assets.tests import factories as make
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


def lived(of, serial: str = "8L240122", parts: int = 2) -> Asset:
    """A machine with readings, parts and checks."""
    place = actions.places.place_at(of, f"一号楼 / 离心机间{serial}", by=None, now=NOW)
    row = make.machine(of, serial, place=place)
    for n in range(parts):
        actions.record_reading(
            asset=row,
            point="HOURS",
            value=Decimal(100 + n),
            at=NOW - timedelta(days=9 - n),
            by=None,
            now=NOW,
        )
        actions.install_part(
            asset=row,
            position=f"R{n}",
            name="转子",
            serial=f"{serial}{n}",
            installed_on=date(2026, 2, 1),
            cycle_limit=900,
            by=None,
            now=NOW,
        )
        actions.add_inspection(asset=row, at=NOW, findings=n, text="润滑正常", by=None, now=NOW)
    return row


@pytest.mark.parametrize(
    "name",
    [
        "detail",
        "timeline",
        "edit",
        "move",
        "reading",
        "meter",
        "inspection",
        "health",
        "parts",
        "part_new",
        "qr",
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_a_machine_answers(played, name, language):
    row = lived(played.jinling)
    assert (
        browser(played.boss, language).get(reverse(f"assets:{name}", args=[row.pk])).status_code
        == 200
    )


@pytest.mark.parametrize(
    "path",
    [
        "",
        "new/",
        "models/",
        "models/new/",
        "lines/",
        "sets/",
        "sets/new/",
        "?view=mine&q=8l&status=IN_USE&warranty=in&order=customer&down=1",
    ],
)
def test_every_page_of_all_answers(played, path):
    lived(played.jinling)
    assert browser(played.boss).get(f"/assets/{path}").status_code == 200


@pytest.mark.parametrize("to", [str(each) for each in Status])
def test_every_form_of_a_stage_answers(played, to):
    row = make.machine(played.jinling)
    assert browser(played.boss).get(reverse("assets:stage", args=[row.pk, to])).status_code == 200


def test_rows_within_reach_only(played):
    mine, other = lived(played.jinling), make.machine(played.stranger, "ELSEWHERE-9")
    client = browser(played.manager)
    seen = client.get("/assets/").content.decode()
    assert mine.serial in seen
    assert "ELSEWHERE-9" not in seen
    assert client.get(f"/assets/{other.pk}/").status_code == 404
    assert "ELSEWHERE-9" not in client.get(f"/assets/of/{played.stranger.pk}/").content.decode()
    assert client.post(f"/assets/{other.pk}/stage/DOWN/", {"why": "x"}).status_code == 404
    assert Asset.objects.get(pk=other.pk).status == Status.IN_USE


def test_who_had_a_machine_before_is_named_only_to_whom_that_customer_is_within_reach(played):
    row = make.machine(played.stranger, "RESOLD-1")
    actions.move(asset=row, reason=MoveReason.RESOLD, customer=played.jinling, by=None, now=NOW)
    page = reverse("assets:detail", args=[row.pk])
    mine = browser(played.manager).get(page).content.decode()
    whole = browser(played.boss).get(page).content.decode()
    assert played.stranger.called not in mine
    assert played.stranger.name not in mine
    assert mine.count("另一家客户") == 2  # had it, bought it
    assert played.jinling.called in mine
    assert played.stranger.called in whole
    assert "另一家客户" not in whole


def test_a_dealer_sees_what_it_serves(played):
    served = make.machine(played.jinling, "D1", serviced_by=played.dealer)
    seen = browser(played.dealer_man).get("/assets/").content.decode()
    assert served.serial in seen
    assert browser(played.dealer_man).get(f"/assets/{served.pk}/").status_code == 200


def test_the_list_and_the_page_take_a_fixed_number_of_queries(played):
    row = lived(played.jinling)
    client = browser(played.boss)
    for url in (
        "/assets/",
        f"/assets/{row.pk}/",
        f"/assets/of/{played.jinling.pk}/",
        f"/assets/brief/{played.jinling.pk}/",
    ):
        client.get(url)
    counts = {}
    for url in (
        "/assets/",
        f"/assets/{row.pk}/",
        f"/assets/of/{played.jinling.pk}/",
        f"/assets/brief/{played.jinling.pk}/",
    ):
        with CaptureQueriesContext(connection) as taken:
            assert client.get(url).status_code == 200
        counts[url] = len(taken)
    for n in range(5):
        lived(played.jinling, f"N{n}")
        actions.install_part(
            asset=row,
            position=f"X{n}",
            name="密封",
            installed_on=date(2026, 2, 1),
            by=None,
            now=NOW,
        )
        actions.add_inspection(asset=row, at=NOW, findings=n, by=None, now=NOW)
    for url, count in counts.items():
        with CaptureQueriesContext(connection) as taken:
            client.get(url)
        assert len(taken) == count, url


def test_a_form_does_its_deed_and_a_refusal_stands_at_its_field(played):
    row = make.machine(played.jinling)
    client = browser(played.manager)
    answer = client.post(f"/assets/{row.pk}/stage/DOWN/", {"at": "2026-10-09T14:00", "why": "异响"})
    assert answer.status_code == 302
    assert Asset.objects.get(pk=row.pk).status == Status.DOWN
    refused = client.post(f"/assets/{row.pk}/stage/SHIPPED/", {"at": "2026-10-09T14:10", "why": ""})
    assert refused.status_code == 422
    assert "不能直接变成" in refused.content.decode()


def test_a_machine_is_made_with_its_place_and_a_bad_one_leaves_no_place(played):
    model = make.model("HY-8L")
    client = browser(played.manager)
    values = {
        "customer": played.jinling.code,
        "model": model.code,
        "serial": "N1",
        "place": "二号楼 / 冷室",
    }
    first, again = sent_twice(client, "/assets/new/", values)
    assert first["Location"] == again["Location"]
    assert Asset.objects.get(serial="N1").place.path == "二号楼 / 冷室"
    bad = client.post("/assets/new/", values | {"place": "三号楼"})
    assert bad.status_code == 422
    assert not played.jinling.places.filter(name="三号楼").exists()


def test_the_label_leads_to_a_public_page_without_the_owner(played):
    actions.set_service_line(
        family="", phone="400-820-1234", hours="8:30 至 17:30", by=None, now=NOW
    )
    row = lived(played.jinling)
    client = browser(played.boss)
    shown = client.get(f"/assets/{row.pk}/label/").content.decode()
    assert "<svg" in shown
    assert "400-820-1234" in shown
    assert "还不能印" in shown
    stranger = Client()
    seen = stranger.get(f"/q/{row.token}/", follow=True).content.decode()
    assert "400-820-1234" in seen
    assert "HY-8L" in seen
    assert "金陵" not in seen
    assert row.serial not in seen
    old = row.token
    client.post(f"/assets/{row.pk}/label/new/")
    assert stranger.get(f"/q/{old}/").status_code == 404


def test_a_label_is_printed_once_there_is_an_address_that_customers_reach(played, settings):
    settings.PUBLIC_URL = "https://fuwu.example.cn/"
    row = lived(played.jinling)
    shown = browser(played.boss).get(f"/assets/{row.pk}/label/").content.decode()
    assert f"https://fuwu.example.cn/q/{row.token}/" in shown
    assert "还不能印" not in shown


def test_no_page_has_inline_style_or_script(played):
    row = lived(played.jinling)
    client = browser(played.boss)
    for url in (f"/assets/{row.pk}/", f"/assets/{row.pk}/label/", "/assets/"):
        seen = client.get(url).content.decode()
        assert not re.search(r"\sstyle=|<script(?![^>]*src=)", seen), url


def save(ledger, **row):
    return ledger.save([row], by=None, now=NOW)[0]


def test_ledgers_bring_in_models_and_machines_and_the_token_survives(played):
    assert save(MODELS, code="HY-8L", name="大容量冷冻离心机", family="LARGE") == Done.NEW
    assert save(MODELS, code="HY-8L", name="大容量冷冻离心机", warranty_months=24) == Done.CHANGED
    row = {
        "model": "HY-8L",
        "serial": "8L240122",
        "customer": played.jinling.name,
        "place": "一号楼 / 离心机间",
        "token": "OldSystemToken-0001",
        "commissioned_on": date(2026, 1, 22),
        "delivered_on": date(2026, 1, 8),
    }
    assert save(ASSETS, **row) == Done.NEW
    assert save(ASSETS, **row) == Done.SAME
    assert save(ASSETS, **row | {"critical": True}) == Done.CHANGED
    machine = Asset.objects.get()
    assert (machine.token, machine.warranty_to, machine.place.path) == (
        "OldSystemToken-0001",
        date(2028, 1, 22),
        "一号楼 / 离心机间",
    )
    wrong = save(ASSETS, **row | {"customer": played.stranger.name})
    assert wrong[0].column == "customer"
    assert save(ASSETS, **row | {"serial": "X", "model": "NOPE"})[0].column == "model"
    assert Asset.objects.count() == 1
    out = list(ASSETS.export(played.boss))
    assert out[0]["token"] == "OldSystemToken-0001"
    assert [each.name for each in ASSETS.columns if each.name not in out[0]] == []
    assert list(ASSETS.export(played.other)) == []
    assert Model.objects.count() == 1


def test_the_list_is_narrowed_by_the_families_that_we_make(played):
    lived(played.jinling)
    page = browser(played.boss).get("/assets/").content.decode()
    assert "family=LARGE" in page
    assert "family=CNC" not in page
