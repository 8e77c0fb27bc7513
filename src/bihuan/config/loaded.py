"""The application with all that a first page needs. Loading it opens no connection and starts no
thread: the web workers are forked from a process that has loaded it.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.template.loader import get_template
from django.template.utils import get_app_template_dirs
from django.urls import reverse
from django.utils.translation import gettext, override

from bihuan.base.garbage import keep_for_good, look_after_answers
from bihuan.base.vocabulary import vocabulary
from bihuan.config.asgi import application

vocabulary()
for language, _name in settings.LANGUAGES:  # each has its own words, and its own table of addresses
    with override(language):
        gettext("工单")
        reverse("obligations:workbench")
for folder in map(Path, get_app_template_dirs("templates")):
    if folder.is_relative_to(settings.ROOT):
        for page in sorted(folder.rglob("*.html")):
            get_template(page.relative_to(folder).as_posix())
keep_for_good()
look_after_answers()

__all__ = ["application"]
