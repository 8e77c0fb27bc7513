"""A change of a machine from afar, as three people see it: who asks, who owns it, who approves."""

from __future__ import annotations

import re

import pytest

from bihuan.apps.customers.models import Contact
from bihuan.apps.monitoring.actions import permits
from bihuan.apps.monitoring.actions.delivering import answered, to_send, watch
from bihuan.apps.monitoring.models import Command
from bihuan.apps.monitoring.tests.commanding import SPEED, reads, ready, said
from bihuan.apps.monitoring.tests.conftest import made
from bihuan.apps.tickets.doors.models import Mailbox
from bihuan.base import clock
from bihuan.base.notify.models import Delivery
from bihuan.base.testing.browser import page_tests

pytestmark = page_tests
WIDE = """() => [...document.querySelectorAll("main *")].filter(each => each.getBoundingClientRect().right > 391)
  .map(each => each.tagName + "." + each.className).slice(0, 8)"""


@pytest.fixture
def home(transactional_db, monkeypatch):
    now = clock.now()
    house = made("centrifuge", "GOLD")
    Contact.objects.create(
        customer=house.customer, name="许主任", email="xu@jinling.example", is_key=True, added_at=now, changed_at=now
    )  # fmt: skip
    Mailbox.objects.create(address="service@bihuan.example", made_at=now)
    return ready(house, now, monkeypatch)


def test_proposed_with_a_dry_run_agreed_to_by_the_customer_approved_and_followed(home, open_page):
    page = open_page(
        f"/assets/{home.asset.pk}/?tab=monitoring-commands_of_asset", person=home.remote
    )
    page.locator(f'a[href$="/commands/{SPEED}/new/"]').click()
    page.get_by_text("这是有危险的调整").wait_for()
    page.locator("#id_value").fill("9000")
    page.locator('[data-check="range"][data-ok="no"]').wait_for()
    page.locator("#id_value").fill("4000")
    page.locator('[data-check="range"][data-ok="yes"]').wait_for()
    page.locator("#id_reason").fill("振动偏大，先降速用完这一批")
    page.get_by_role("button", name="申请").click()
    page.get_by_text("已申请，等客户同意").first.wait_for()
    assert page.get_by_role("link", name="记录客户电话同意").count() == 0
    page.get_by_role("button", name="请客户同意").click()
    page.get_by_text("没有回音不算同意").first.wait_for()

    command = Command.objects.get()
    token = re.search(r"/c/([A-Za-z0-9_-]{32})/", Delivery.objects.get().body["text"])[1]
    customer = open_page(f"/c/{token}/", width=390)
    customer.get_by_text("可以远程调整您的设备吗").wait_for()
    assert customer.evaluate("document.documentElement.scrollWidth") <= 390
    customer.get_by_role("button", name="同意这次调整").click()
    customer.get_by_text("请先勾选").wait_for()
    customer.get_by_label("我已按上面的提示确认安全").check()
    customer.get_by_role("button", name="同意这次调整").click()
    customer.get_by_text("客户已同意，等批准").wait_for()

    reads(home, clock.now())
    head = open_page(f"/commands/{command.pk}/", person=home.head)
    head.get_by_role("button", name="批准并发送").click()
    head.get_by_text("待发送").first.wait_for()
    (_out,) = to_send(clock.now())
    head.get_by_text("已发送，等设备应答").first.wait_for()  # the page follows by itself
    command.refresh_from_db()
    answered(
        home.device.code, said(home, command.sequence, "done", clock.now(), v=4000.0), clock.now()
    )
    reads(home, clock.now(), SET_SPEED=4000.0, SPEED=4000.0)
    watch(clock.now())
    head.get_by_text("已回读").first.wait_for()
    customer.reload()
    customer.get_by_text("已回读").wait_for()
    assert Command.objects.get().state == "READ_BACK"


def test_at_390_px_nothing_runs_over_the_edge(home, open_page):
    from bihuan.apps.monitoring.tests.commanding import consented

    command = consented(home, clock.now(), setting=SPEED, value=4000.0)
    permits.withdraw_permit(asset=home.asset, why="客户来函", by=home.desk, now=clock.now())
    for language in ("zh", "en"):
        for path, person in (
            (f"/assets/{home.asset.pk}/?tab=monitoring-commands_of_asset", home.desk),
            (f"/machines/{home.asset.pk}/commands/{SPEED}/new/", home.remote), (f"/commands/{command.pk}/", home.head),
            ("/commands/", home.boss), (f"/commands/{command.pk}/deed/cancel/", home.remote),
        ):  # fmt: skip
            page = open_page(path, person=person, width=390, language=language)
            page.wait_for_load_state("networkidle")
            wide = page.evaluate(WIDE)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, (
                path,
                language,
                wide,
            )
