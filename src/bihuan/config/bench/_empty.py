"""A server with nothing behind it, for floors: `python -m bihuan.config.bench._empty PORT WORKERS`."""

from __future__ import annotations

import sys
from typing import Any

PAGE = b'<!doctype html><html lang="zh"><head><link rel="icon" href="data:,"><title>-</title></head><body>-</body></html>'


async def application(scope: Any, receive: Any, send: Any) -> None:
    """The same small page, whatever is asked."""
    kind = [(b"content-type", b"text/html; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": kind})
    await send({"type": "http.response.body", "body": PAGE})


def main() -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "bihuan.config.bench._empty:application", address="127.0.0.1", port=int(sys.argv[1]),
        interface=Interfaces.ASGINL, workers=int(sys.argv[2]), websockets=False, log_level=LogLevels.warning,
    ).serve()  # fmt: skip


if __name__ == "__main__":
    main()
