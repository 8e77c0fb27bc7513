"""Writing a pack in a real browser: a file, a proposal with its words, a draft."""

from __future__ import annotations

import os

import pytest

from bihuan.apps.people.tests.factories import company_calendar, person
from bihuan.apps.policy.models import PackVersion
from bihuan.base.testing.browser import fits, page_tests
from bihuan.lib.policy.writing.tests.papers import docx

PICTURES = os.environ.get("BIHUAN_LOOK")
TABLE = [
    ("等级", "回访", "责任人"),
    ("金牌", "每月例行回访一次", "客户经理"),
    ("银牌", "每两周回访一次", "客户经理"),
]

pytestmark = page_tests


@pytest.fixture
def visit(open_page):
    """Open a page as the general manager."""
    company_calendar()
    manager = person("顾远", "general_manager")
    return lambda path, width=1440, language="zh": open_page(
        path, person=manager, width=width, language=language
    )


def look(page, name: str) -> None:
    """No page is wider than its window; a picture for whoever asks."""
    fitting = fits(page)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
    assert fitting, name


def test_from_a_file_to_a_draft(visit):
    page = visit("/pack/write/")
    look(page, "write-empty")
    page.locator("input[type=file]").set_input_files(
        {"name": "制度.docx", "mimeType": "application/octet-stream", "buffer": docx(table=TABLE)}
    )
    page.get_by_role("button", name="拆成条文").click()
    page.locator(".article", has_text="金牌客户报修后").click()
    page.locator("mark", has_text="2小时内").first.wait_for()
    assert page.locator("#id_r0-within").input_value() == "2 小时"
    look(page, "writing")
    page.locator("#id_r0-by").select_option("remote_specialist")
    page.get_by_role("button", name="确认规则，看下一条").click()
    page.locator(".article[aria-current=true]", has_text="其他客户").wait_for()
    page.locator("#id_r0-within").fill("马上")
    page.get_by_role("button", name="确认规则，看下一条").click()
    page.locator("[role=alert]").wait_for()
    look(page, "writing-fault")
    address = page.url.replace("/clause/C2.3.2/", "/")
    for width in (390, 1440):
        for language in ("zh", "en"):
            for code in ("C2.3.1", "C2.4.b", "C1.1"):
                other = visit(f"{address}?clause={code}", width, language)
                look(other, f"writing-{code}-{width}-{language}")
            for path in ("/pack/write/", f"{address}draft/"):
                look(
                    visit(path, width, language),
                    f"{path.strip('/').split('/')[-1]}-{width}-{language}",
                )
    page.goto(f"{address}draft/")
    page.get_by_role("button", name="生成草稿").click()
    assert PackVersion.objects.get().status == "DRAFT"


def test_a_pack_from_a_shipped_one(visit):
    page = visit("/pack/new/")
    page.get_by_role("link", name="仪器客户回访管理制度").click()
    for width in (390, 1440):
        for language in ("zh", "en"):
            look(visit("/pack/new/?from=instruments", width, language), f"new-{width}-{language}")
    page.locator("#id_company").fill("新锐仪器有限公司")
    page.get_by_role("button", name="生成草稿").click()
    page.get_by_text("由公司填定的值").wait_for()
    for width in (390, 1440):
        look(visit(page.url, width, "en"), f"findings-{width}")
    assert PackVersion.objects.get().status == "DRAFT"
