"""An open browser beside the load of the bench `devices`: when a machine's page shows what it said,
and when the alarm desk shows a new alarm. Prints JSON: [what the tile said, when] and alarm -> when
(epoch milliseconds).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bihuan.config import net

POINT = "CURRENT"
"""Its tile tells which message it was: each says another value, within what is usual."""
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
WATCH_TILE = """() => {
  window.seen = [];
  const look = () => {
    const said = document.querySelector("#mon-%s .mon-value b")?.textContent;
    if (said && said !== seen.at(-1)?.[0]) seen.push([said, Date.now()]);
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""
WATCH_DESK = """() => {
  window.seen = {};
  const look = () => document.querySelectorAll("[data-row-id]").forEach((row) => (seen[row.dataset.rowId] ??= Date.now()));
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""


@contextmanager
def watching(home: Path, device: int) -> Iterator[list[dict[str, Any]]]:
    """A browser that looks on until the end of the block, when what it saw is in the list; nothing
    where there is no Chromium.
    """
    seen: list[dict[str, Any]] = []
    chromium = shutil.which("chromium")
    if chromium is None:
        yield seen
        return
    from bihuan.apps.monitoring.models import Device

    asset = Device.objects.get(pk=device).asset_id
    with _web(home) as address:
        command = [sys.executable, "-m", "bihuan.config.bench._shown", address, json.dumps(_cookie()), str(asset), chromium]  # fmt: skip
        browser = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert browser.stdout
        if browser.stdout.readline().strip() != "ready":
            raise AssertionError("the browser shows no page")
        yield seen
        told, _ = browser.communicate("\n", timeout=60)
        seen.append(json.loads(told))


@contextmanager
def _web(home: Path) -> Iterator[str]:
    port = net.choose_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bihuan.config.cli", "up", "--only", "web", "--port", str(port), "--workers", "1"],
        env={**os.environ, "BIHUAN_HOME": str(home)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout
        next(line for line in process.stdout if "Ctrl-C" in line)  # said once it answers
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.communicate()


def _cookie() -> dict[str, str]:
    from django.conf import settings

    from bihuan.base.access.models import User
    from bihuan.base.testing.people import signed_in

    person = User.objects.get(username__startswith="remote_specialist")
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": signed_in(person).cookies[name].value}


def main() -> None:
    from playwright.sync_api import sync_playwright

    address, cookie, asset, chromium = sys.argv[1:]
    with sync_playwright() as maker:
        browser = maker.chromium.launch(executable_path=chromium, args=list(FLAGS))

        def opened(path: str, shows: str, watch: str) -> Any:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            session = json.loads(cookie)
            context.add_cookies([{"name": session["name"], "value": session["value"], "url": address}])  # fmt: skip
            page = context.new_page()
            page.goto(address + path)
            page.locator(shows).first.wait_for(timeout=60_000)
            page.evaluate(watch)
            return page

        machine = opened(f"/assets/{asset}/", f"#mon-{POINT}", WATCH_TILE % POINT)
        desk = opened("/alarms/", "[data-live-list]", WATCH_DESK)
        print("ready", flush=True)
        while not sys.stdin.readline():
            pass
        told = {"tile": machine.evaluate("seen"), "alarms": desk.evaluate("seen")}
        browser.close()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
