"""The application as granian's workers load it: each ends with the process that started it.

That process has loaded the product, once, and the workers are forked from it (`children.web`).
"""

from __future__ import annotations

import signal

from bihuan.config.supervisor import die_with_parent

# At once: a worker that is just starting may not hear a gentler signal.
die_with_parent(signal.SIGKILL)

from bihuan.base.garbage import keep_for_good, look_after_answers  # noqa: E402 - first the tie
from bihuan.config.asgi import application  # noqa: E402

keep_for_good()
look_after_answers()

__all__ = ["application"]
