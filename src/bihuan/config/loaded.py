"""The application with all that a first page needs. Loading it opens no connection and starts no
thread: the web workers are forked from a process that has loaded it.
"""

from __future__ import annotations

from django.urls import reverse

from bihuan.base.garbage import keep_for_good, look_after_answers
from bihuan.base.vocabulary import vocabulary
from bihuan.config.asgi import application

vocabulary()
reverse("obligations:workbench")
keep_for_good()
look_after_answers()

__all__ = ["application"]
