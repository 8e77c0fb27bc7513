"""Takes the pictures of the README from a running demo: `python tools/pictures.py ADDRESS`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "pictures"
COMPANY = YAML(typ="safe", pure=True).load(
    ROOT / "src/bihuan/config/demo/data/centrifuge/company.yaml"
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HEIGHTS = {1440: 900, 390: 844}


@dataclass(frozen=True)
class Picture:
    """A page as somebody sees it; `then` is the selector of the link that leads there from `path`."""

    name: str
    who: str
    path: str
    then: str = ""
    sizes: tuple[tuple[int, str], ...] = ((1440, "zh"), (1440, "en"))


PICTURES = (
    Picture("workbench", "limuyan", "/", sizes=((1440, "zh"), (1440, "en"), (390, "zh"))),
    Picture("regulation", "fangchong", "/pack/"),
    Picture("callback", "zhoulan", "/callbacks/?view=all", ".queue-line:nth-child(3) .queue-link"),
    Picture("customer", "limuyan", "/customers/?q=HY-0001", "table a[href^='/customers/']"),
    Picture("explain", "guyuan", "/todo/?tab=all&q=排除故障恢复使用", "[data-explain-url*='/obligations/']"),
    Picture("machine", "guyuan", "/assets/?q=8L240122", "table a[href^='/assets/']"),
    Picture("log", "limuyan", "/callbacks/log/?q=小河", "a[href*='customer=']", ((390, "zh"),)),
)  # fmt: skip


def main() -> None:
    address = sys.argv[1].rstrip("/")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for picture in PICTURES:
            for width, language in picture.sizes:
                taken = FOLDER / f"{picture.name}-{width}-{language}.png"
                _take(browser, address, picture, width, language, taken)
                print(f"{taken.name} {taken.stat().st_size // 1024} KB")


def _take(
    browser: Browser, address: str, picture: Picture, width: int, language: str, taken: Path
) -> None:
    context = browser.new_context(viewport={"width": width, "height": HEIGHTS[width]})
    host = urlsplit(address).hostname or ""
    context.add_cookies(
        [{"name": "bihuan_language", "value": language, "domain": host, "path": "/"}]
    )
    page = context.new_page()
    _sign_in(page, address, picture.who)
    page.goto(address + picture.path)
    if picture.then:
        link = page.locator(picture.then).first
        url = link.get_attribute("data-explain-url") or link.get_attribute("href") or ""
        page.goto(
            url if url.startswith("http") else page.evaluate("u => new URL(u, location).href", url)
        )
    page.wait_for_load_state("networkidle")
    page.screenshot(path=taken)
    context.close()


def _sign_in(page: Page, address: str, who: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.fill("[name=login]", who)
    page.fill("[name=password]", COMPANY["password"])
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)


if __name__ == "__main__":
    main()
