"""The application as granian's workers load it: it ends with the process that started it."""

from __future__ import annotations

from bihuan.config.supervisor import die_with_parent

die_with_parent()

from bihuan.config.asgi import application  # noqa: E402 - first the tie, then the long import

__all__ = ["application"]
