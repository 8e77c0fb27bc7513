"""A real browser for page tests (fixtures of every test; see the root conftest)."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from django.core.signals import got_request_exception

if TYPE_CHECKING:
    from bihuan.base.access.models import User

CHROMIUM = Path("/usr/bin/chromium")
# A module of page tests: `pytestmark = page_tests`.
page_tests = [
    pytest.mark.page,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no system browser"),
]


class Opens(Protocol):
    """Opens a path (or an address) as somebody, at a width and in a language."""

    def __call__(
        self, path: str, *, person: User | None = None, width: int = 1440, language: str = "zh"
    ) -> Any: ...


@pytest.fixture(scope="module", name="one_browser")
def _chromium() -> Iterator[Any]:
    """The browser of a module's tests."""
    playwright = pytest.importorskip("playwright.sync_api")
    # Playwright keeps an event loop in this thread; Django would refuse the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as maker:
        browser = maker.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def live_server() -> Iterator[Any]:
    """pytest-django's server; static files come from the program, as its web workers send them.

    It has a thread for each connection of a browser, and a browser opens six a page: none of them
    keeps one to the database.
    """
    from django.db import connections
    from pytest_django.live_server_helper import LiveServer

    server = LiveServer("localhost", start=False)
    connections.settings["default"]["CONN_MAX_AGE"] = 0
    server.thread.static_handler = lambda program: program  # type: ignore[assignment]
    server.start()
    yield server
    server.stop()


@pytest.fixture
def open_page(one_browser: Any, live_server: Any) -> Iterator[Opens]:
    """What opens pages of the running server, those of one person as tabs of one browser; what they
    complain of fails the test.
    """
    complaints: list[str] = []
    contexts: dict[tuple[int | None, str], Any] = {}

    def tell(**_named: Any) -> None:
        complaints.append(traceback.format_exc())

    got_request_exception.connect(tell)

    def go(
        path: str, *, person: User | None = None, width: int = 1440, language: str = "zh"
    ) -> Any:
        size = {"width": width, "height": 900 if width > 640 else 844}
        who = person.pk if person is not None else None, language
        if who not in contexts:
            contexts[who] = one_browser.new_context()
        # signed in anew: a test may have moved the time past an idle session's end
        contexts[who].add_cookies(_cookies(live_server.url, person, language))
        page = contexts[who].new_page()
        page.set_viewport_size(size)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if complains(said) else None)
        address = path if path.startswith("http") else f"{live_server.url}{path}"
        page.goto(address, wait_until="load")
        return page

    yield go
    close(contexts.values())
    got_request_exception.disconnect(tell)
    assert not complaints, "\n".join(complaints)


def _cookies(url: str, person: User | None, language: str) -> list[dict[str, str]]:
    from django.conf import settings

    from bihuan.base.testing.people import signed_in

    pairs = {"bihuan_language": language}
    if person is not None:
        name = settings.SESSION_COOKIE_NAME
        pairs[name] = signed_in(person).cookies[name].value
    return [{"name": name, "value": text, "url": url} for name, text in pairs.items()]


def close(contexts: Iterable[Any]) -> None:
    """Close pages, and wait until the server has answered what they still asked: the tables are
    emptied next, and whoever reads then is in the way (a deadlock).
    """
    from django.db import connection

    for context in contexts:
        context.close()
    with connection.cursor() as cursor:
        for _turn in range(100):
            cursor.execute(BUSY)
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.05)


BUSY = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'
"""


def complains(said: Any) -> bool:
    """An error of the console; that a form came back with errors (422) is none."""
    return said.type == "error" and "422" not in said.text


def fits(page: Any) -> bool:
    """Nothing sticks out to the right; of a page under way, once it is there."""
    page.wait_for_load_state()
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"))
