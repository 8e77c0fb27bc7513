"""The desk by keys at 1440 px and the quick log by three taps at 390 px, in a real browser."""

from __future__ import annotations

import os
import re

import pytest

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.callbacks.models import Callback
from bihuan.apps.callbacks.tests.conftest import NOW
from bihuan.apps.callbacks.tests.factories import record
from bihuan.base import clock
from bihuan.base.testing.browser import fits, page_tests

SHOTS = os.environ.get("BIHUAN_SHOTS", "")

pytestmark = page_tests


@pytest.fixture
def visit(open_page, house, monkeypatch):
    """Open a path as the caller at 14:32 of that Friday."""
    monkeypatch.setattr(clock, "now", lambda: NOW)  # the server runs in a thread of its own
    return lambda path, width=1440, language="zh", person=None: open_page(
        path, person=person or house.caller, width=width, language=language
    )


def test_a_call_by_keys_at_the_desk(visit, house):
    page = visit(f"/callbacks/?customer={house.customer.pk}")
    page.locator(".desk.is-live").wait_for()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("1")  # convenient
    page.keyboard.press("Enter")
    page.keyboard.press("2")  # small trouble: a problem opens by itself
    group = page.locator("[data-group=problem]:not([hidden])")
    assert "有小毛病" in group.locator("input[type=text]").input_value()
    group.locator(".seg label", has_text="转研发").click()
    page.evaluate("document.activeElement.blur()")
    for answer in ("1", "1", "", "5"):  # service, use, needs, score
        page.keyboard.press("Enter")
        if answer:
            page.keyboard.press(answer)
        page.evaluate("document.activeElement.blur()")
    assert page.locator(".block-mark.is-on").count() == 4
    assert page.locator("[data-preview-list] .status.green").count() == 2
    page.keyboard.press("Enter")
    page.locator("#id_summary").fill("设备正常，有小毛病转研发。")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+Enter")  # as the button says, wherever the focus is
    page.wait_for_url(re.compile(r"/callbacks/\d+/$"))
    call = Callback.objects.get()
    assert (call.score, call.served.count(), call.problems.get().disposition) == (5, 2, "RD")
    assert fits(page)


def test_three_taps_in_a_car_park_and_the_draft_is_kept(visit, house):
    page = visit("/callbacks/log/", width=390)
    assert fits(page)
    page.get_by_role("link", name="金陵泵业股份有限公司").first.click()
    page.wait_for_url("**/callbacks/log/?customer=*")
    assert fits(page)
    page.locator(".quick-outcomes .option", has_text="谈完").click()
    page.locator(".draft-note").wait_for()
    page.reload()  # the signal is lost, the browser comes back
    page.locator(".draft-note").wait_for()
    assert page.locator("[name=outcome][value=DONE]").is_checked()
    page.get_by_role("button", name="都谈到了").click()
    page.get_by_role("button", name="存下").click()
    page.wait_for_url(re.compile(r"/callbacks/\d+/$"))
    assert Callback.objects.get().served.count() == 2
    assert fits(page)


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_fit_with_long_names(visit, house, width, language):
    from bihuan.apps.callbacks.tests.factories import problem
    from bihuan.apps.callbacks.tests.factories import visit as planned
    from bihuan.apps.customers.models import Customer

    long = "内蒙古呼伦贝尔鄂温克族自治旗草原绿色生物科技产业发展股份有限公司第二分公司"
    Customer.objects.filter(pk=house.customer.pk).update(name=long, short_name="")
    call = record(house.customer, house.caller, NOW, contact=house.contact)
    found = problem(house.customer, house.caller, NOW, "低速段仍有轻微异响，" * 6)
    going = planned(
        house.customer, house.manager, NOW, purpose="季度走访并商量扩产后的配平与培训安排，" * 3
    )
    paths = {
        "desk": f"/callbacks/?customer={house.customer.pk}", "empty": "/callbacks/?view=late", "log": f"/callbacks/log/?customer={house.customer.pk}",
        "sheet": f"/callbacks/{call.pk}/", "plan": "/callback-plan/", "problems": "/problems/", "problem": f"/problems/{found.pk}/",
        "visits": "/visits/", "visit": f"/visits/{going.pk}/", "code": f"/visits/code/{going.token}/",
        "tab": f"/customers/{house.customer.pk}/?tab=callbacks-customer", "promises": "/promises/", "scripts": "/callbacks/scripts/",
    }  # fmt: skip
    for name, path in paths.items():
        page = visit(path, width=width, language=language, person=house.boss)
        page.wait_for_load_state("networkidle")
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{language}-{width}.png", full_page=width == 390)
        assert fits(page), f"{name} {language} {width}"
        page.close()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_step_that_one_is_at_is_in_sight(visit, house, width):
    page = visit(f"/callbacks/?customer={house.customer.pk}", width=width)
    page.locator(".desk.is-live").wait_for()
    page.evaluate("document.activeElement.blur()")
    for _step in range(page.locator("[data-step-to]").count() - 1):
        page.keyboard.press("Enter")
    bar = page.locator(".desk-steps").bounding_box()
    last = page.locator("[data-step-to][aria-current]").bounding_box()
    assert page.locator("[data-step-to][aria-current]").inner_text() == "小结"
    assert bar["x"] <= last["x"] + 1
    assert last["x"] + last["width"] <= bar["x"] + bar["width"] + 1


def test_sheets_and_labels_are_printed_by_their_button(visit, house):
    call = record(house.customer, house.caller, NOW, contact=house.contact)
    label = machine(house.customer)
    for path in (f"/callbacks/{call.pk}/", f"/assets/{label.pk}/label/"):
        page = visit(path, person=house.boss)
        page.evaluate("void (window.print = () => { window.times = (window.times || 0) + 1; })")
        page.get_by_role("button", name="打印").click()
        assert page.evaluate("window.times") == 1, path
        page.close()
