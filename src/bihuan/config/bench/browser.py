"""What a browser sees of the service desk, and what the whole stack weighs with four web workers.

    bihuan bench browser              2,000 tickets of 200 customers
    bihuan bench browser=100000       with 10,000 customers and 50,000 machines

Ticket list and ticket page in a warm browser: until the page is loaded, first painted, and until its
last part has come. The first visit of the sign-in page and of the queue: everything that goes over
the network, as the server sends it. Floors of the same run: an empty page of a server with nothing behind
it, in the same browser; the bare database and that server with as many workers.
"""

from __future__ import annotations

import shutil
from typing import Any

from bihuan.config.bench._ground import folder, in_home

SMALL = 2_000


def run(size: str = "") -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return {"left_out": "no Chromium here"}
    tickets = int(size or SMALL)
    with folder() as home:
        return in_home(
            home, "bihuan.config.bench._browser", str(tickets), str(max(tickets // 10, 100)), chromium
        )  # fmt: skip
