"""The page of the search on a desk and a phone, in both languages, in a real browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bihuan.base.search.actions import Entry, put
from bihuan.base.testing.browser import fits, page_tests
from bihuan.base.testing.people import make_person

SHOTS = os.environ.get("BIHUAN_SHOTS", "")
FIRM = "苏州第二精密仪器与自动化控制设备制造有限公司"

pytestmark = page_tests


def shot(page, name):
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/search-{name}.png", full_page=True)


@pytest.fixture
def desk():
    """One customer and few others of whom seventy tickets speak, too."""
    put(Entry("customer", 1, FIRM, "/customers/1/", "customers.see", note="C0001 仪器仪表 苏州"))
    put(*(
        Entry("contact", n, f"王工{n}", f"/customers/{n}/contacts/", "customers.see", words=[FIRM], note=f"苏州精密 设备科 138****00{n:02d}")
        for n in range(12)
    ))  # fmt: skip
    put(
        Entry(
            "asset",
            1,
            "大容量冷冻离心机 8L240122",
            "/assets/1/",
            "assets.see",
            words=[FIRM],
            note="苏州精密 一车间三号线",
        )
    )
    put(
        Entry(
            "article",
            1,
            {"zh": "主轴异响怎么查（苏州现场）", "en": "Noise of the main bearing"},
            "/knowledge/1/",
            "knowledge.see",
            note="ZS-1 故障案例 主轴承",
        )
    )
    put(*(
        Entry("ticket", n, f"WX-20261122-{n:04d} 主轴承异响，振动大，早班开机后不久就出现", f"/tickets/{n}/", "tickets.see", words=[FIRM], note="苏州精密")
        for n in range(70)
    ))  # fmt: skip
    return make_person("service_desk")


@pytest.mark.parametrize(
    ("width", "language"), [(1440, "zh"), (390, "zh"), (1440, "en"), (390, "en")]
)
def test_each_kind_stands_on_the_page_and_leads_to_all_of_it(open_page, desk, width, language):
    page = open_page("/search/?q=苏州", person=desk, width=width, language=language)
    assert fits(page)
    shot(page, f"all-{width}-{language}")
    cards = page.locator("main .card")
    assert cards.count() == 5
    assert FIRM in (cards.first.text_content() or "")
    rest = page.locator("main .card-foot a").all_text_contents()
    assert rest == (["更多工单", "全部 12 条"] if language == "zh" else ["More: Tickets", "All 12"])
    page.locator("main .card-foot a").first.click()
    page.locator(".card-foot .muted").wait_for()
    assert page.locator("main .rows > li").count() == 60
    assert fits(page)
    shot(page, f"tickets-{width}-{language}")
    page.locator(".page-head a.btn, a.btn").filter(
        has_text="各类结果" if language == "zh" else "All kinds"
    ).click()
    page.get_by_text(FIRM).first.wait_for()
    assert page.locator("main .card").count() == 5
