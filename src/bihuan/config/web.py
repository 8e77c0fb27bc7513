"""The application as granian's workers load it: it ends with the process that started it."""

from __future__ import annotations

import signal

from bihuan.config.supervisor import die_with_parent

# At once: a worker that is just starting may not hear a gentler signal.
die_with_parent(signal.SIGKILL)

from django.urls import reverse  # noqa: E402 - first the tie, then the long imports

from bihuan.base.garbage import keep_for_good, look_after_answers  # noqa: E402
from bihuan.base.vocabulary import vocabulary  # noqa: E402
from bihuan.config.asgi import application  # noqa: E402

# What the first page would load is there before it is asked for.
vocabulary()
reverse("obligations:workbench")
keep_for_good()
look_after_answers()

__all__ = ["application"]
