"""The application as granian's workers load it: it ends with the process that started it."""

from __future__ import annotations

from bihuan.config.supervisor import die_with_parent

die_with_parent()

from bihuan.base.garbage import keep_for_good  # noqa: E402 - first the tie
from bihuan.config.asgi import application  # noqa: E402 - then the long import

keep_for_good()

__all__ = ["application"]
