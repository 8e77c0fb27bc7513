"""The application as granian's workers load it: each ends with the process that started it.

The product is loaded by that process, once, and the workers are forked from it (`children.web`): they
share its memory, and one that has to be started again is there at once.
"""

from __future__ import annotations

import signal

from bihuan.config.supervisor import die_with_parent

# At once: a worker that is just starting may not hear a gentler signal.
die_with_parent(signal.SIGKILL)

from bihuan.config.loaded import application  # noqa: E402 - first the tie

__all__ = ["application"]
