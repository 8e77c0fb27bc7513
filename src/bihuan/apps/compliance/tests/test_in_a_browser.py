"""The board, freezing a month, a bundle taken home and a customer's page in a real browser, wide and on a phone."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import timedelta

import pytest

from bihuan.apps.compliance import bundles, links
from bihuan.apps.compliance.models import Bundle, FrozenMonth
from bihuan.apps.compliance.tests.test_counting import row
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Evidence, Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.base import clock
from bihuan.base.evidence.actions import store
from bihuan.base.testing.browser import fits, page_tests

NOW = make.moment("2026-03-05 09:00")
DUE = make.moment("2026-02-10 10:00")

pytestmark = page_tests


@pytest.fixture
def home():
    home = make.house()
    home.gold = make.customer(home)
    home.fact = home.told(
        "fault.reported", "2026-03-04 09:00", subjects={"asset": 7, "customer": home.gold.pk},
        ticket="T", severity="URGENT",
    )  # fmt: skip
    row(home, due_at=DUE, state=State.DISCHARGED)
    home.missed = row(home, due_at=DUE)
    return home


@pytest.fixture
def visit(open_page, home, monkeypatch):
    """Open a path on that day, wide or on a phone."""
    monkeypatch.setattr(clock, "now", lambda: NOW)  # the server runs in a thread of its own
    return lambda path, width=1440, language="zh", person=None: open_page(
        path, person=person, width=width, language=language
    )


def test_a_month_is_frozen_and_a_dark_cell_opens_into_its_duty(visit, home):
    page = visit("/compliance/?month=2026-02", person=home.gu)
    page.get_by_role("button", name="封存这个月").click()
    page.get_by_role("button", name="封存", exact=True).click()
    page.get_by_text("第 1 版 · 顾远").wait_for()
    assert FrozenMonth.objects.get().by == home.gu
    page.locator("a.heat.bad").first.click()
    page.locator("#behind .rows a").first.wait_for()
    assert f"/obligations/{home.missed.pk}/" in page.locator("#behind").inner_html()
    Obligation.objects.filter(pk=home.missed.pk).update(state=State.VOID)
    page.goto(page.url.partition("?")[0] + "?month=2026-02")
    page.get_by_text("有 1 格与第 1 版不一样").click()
    assert page.locator(".frozen del").first.inner_text() == "2"
    assert fits(page)


def test_from_the_board_a_bundle_is_taken_home_and_proves_its_figures(
    visit, home, settings, tmp_path
):
    settings.HOME, settings.EVIDENCE_ROOT = tmp_path / "home", tmp_path / "home" / "evidence"
    proof = "电话记录：已答复。".encode()
    kept = Obligation.objects.exclude(pk=home.missed.pk).get(due_at=DUE)
    file = store(proof, by=home.gu, now=DUE, name="call.txt")
    Evidence.objects.create(obligation=kept, kind="call_log", file=file, at=DUE, act=kept.uid)
    page = visit("/compliance/?month=2026-02", person=home.gu)
    assert page.locator("a.heat").first.inner_text().split() == ["50", "2"]  # one of two
    page.get_by_role("link", name="证据包", exact=True).click()
    page.get_by_label("月份").fill("2026-02")
    page.get_by_role("button", name="做证据包").click()
    page.get_by_text("正在做", exact=True).wait_for()
    bundles.make(Bundle.objects.get().pk, now=NOW)  # as a worker does
    page.reload()
    with page.expect_download() as taken:
        page.locator(".rows a[href*='/bundles/']").click()
    with zipfile.ZipFile(taken.value.path()) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "taken")
    folder = tmp_path / "taken"
    sums = [line.split("  ", 1) for line in (folder / "SHA256SUMS").read_text().splitlines()]
    files = {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}
    assert {name for _sum, name in sums} == files - {"SHA256SUMS"}
    for digest, name in sums:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    # the index leads from the figure of the board to the duty, and from there to its proof
    page.goto((folder / "index.html").as_uri())
    assert "1 / 2" in page.locator("main").inner_text()
    addresses = page.locator("a").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    for address in addresses:
        assert (folder / address.partition("#")[0]).is_file(), address
    page.locator("a[href^='duties/']").first.click()
    for each in (kept, home.missed):
        assert each.number in page.locator("main").inner_text()
    address = page.locator("a[href*='evidence/']").first.get_attribute("href")
    assert (folder / "x" / address).resolve().read_bytes() == proof


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_fits(visit, home, width, language):
    for path in (
        "",
        "overdue/",
        "load/",
        "targets/",
        "waivers/",
        "bundles/",
        f"customers/{home.gold.pk}/links/",
    ):
        page = visit(f"/compliance/{path}", width, language, person=home.gu)
        assert fits(page), path
    link = links.make(customer=home.gold, until=NOW + timedelta(days=9), by=home.gu, now=NOW)
    page = visit(f"/promises/{links.token_of(link)}/", width, language)
    assert fits(page)
    assert page.locator(".promise-rows .status").count() >= 2
