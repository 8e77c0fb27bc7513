"""A machine is connected on its page and watched there, over the real servers."""

from __future__ import annotations

import re
import time

import pytest

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring.models import Alarm, Device
from bihuan.apps.monitoring.tests.servers import empty, ingest, server, signed_in
from bihuan.apps.monitoring.tests.test_pipe import RUNNING, message
from bihuan.base.testing.browser import page_tests
from bihuan.base.testing.people import make_person

pytestmark = page_tests


@pytest.fixture(scope="module")
def bus():
    with server() as found:
        yield found


@pytest.fixture
def pipe(bus, transactional_db):
    empty(bus)
    with ingest():
        yield bus


def test_connected_by_its_page_the_machine_is_seen_within_seconds_and_so_is_its_alarm(
    pipe, open_page
):
    person = make_person("remote_specialist")
    asset = machine(customer())
    page = open_page(f"/assets/{asset.pk}/", person=person)
    page.get_by_role("link", name="接入").click()
    page.get_by_role("button", name="生成接入凭证").click()
    key = page.locator(".mon-key").inner_text()
    device = Device.objects.get(asset=asset)
    assert f'"{device.code}"' in page.locator(".mon-code").inner_text()
    page.reload()
    assert key not in page.content()

    page.goto(page.url.replace("/machines/", "/assets/").replace("/connect/", "/"))
    page.get_by_text("还没有收到第一个读数").wait_for()
    client = signed_in(pipe, device, key)
    start = time.time() - 30
    client.publish(f"t/{device.code}", message(1, RUNNING, at=start))
    page.reload()
    tile = page.locator("#mon-VIBRATION")
    tile.get_by_text("2.20").wait_for(timeout=20000)
    for number in range(2, 17):
        client.publish(
            f"t/{device.code}", message(number, RUNNING | {"VIBRATION": 8.3}, at=start + 2 * number)
        )
    page.locator("#mon-VIBRATION.red").wait_for(timeout=20000)
    page.get_by_text("振动超报警限").first.wait_for(timeout=20000)
    assert Alarm.objects.get().rule == "vibration.danger"

    page.locator("#mon-BEARING_TEMP").click()
    page.locator("#mon-chart h2", has_text="轴承温度").wait_for()
    page.get_by_role("button", name="1 小时").click()
    page.locator("#mon-chart [aria-current]", has_text="1 小时").wait_for()
    page.get_by_role("button", name="看成表格").click()
    page.locator("#mon-chart td", has_text=re.compile(r"40\.0")).first.wait_for()


def test_at_390_px_nothing_runs_over_the_edge(pipe, open_page):
    from bihuan.apps.monitoring.actions.devices import register
    from bihuan.base import clock

    person = make_person("technical_head")
    asset = machine(customer())
    device, key = register(asset=asset, by=person, now=clock.now())
    client = signed_in(pipe, device, key)
    client.publish(f"t/{device.code}", message(1, RUNNING))
    for path in (
        f"/assets/{asset.pk}/",
        f"/machines/{asset.pk}/connect/",
        f"/machines/{asset.pk}/rules/",
    ):
        for language in ("zh", "en"):
            page = open_page(path, person=person, width=390, language=language)
            page.wait_for_load_state(
                "networkidle"
            ) if "rules" in path or "connect" in path else page.locator(
                ".mon-tile"
            ).first.wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
