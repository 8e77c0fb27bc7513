"""The application as granian's workers load it: it ends with the process that started it."""

from __future__ import annotations

from bihuan.config.supervisor import die_with_parent

die_with_parent()

from django.urls import reverse  # noqa: E402 - first the tie, then the long imports

from bihuan.base.garbage import keep_for_good  # noqa: E402
from bihuan.base.vocabulary import vocabulary  # noqa: E402
from bihuan.config.asgi import application  # noqa: E402

# What the first page would load is there before it is asked for.
vocabulary()
reverse("obligations:workbench")
keep_for_good()

__all__ = ["application"]
