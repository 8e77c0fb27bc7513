"""The product loaded once for the processes that are forked from it: they share its memory, and one that
has to be started again is there at once.

A process that forks has no connection and no thread of its own: the one connection that is opened here
is closed again, and there is no pool, whose threads would not live on in a fork.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import load_backend
from django.template.loader import get_template
from django.template.utils import get_app_template_dirs
from django.urls import reverse
from django.utils.translation import gettext, override

from bihuan.base.garbage import keep_for_good
from bihuan.base.vocabulary import vocabulary

log = logging.getLogger(__name__)
PATIENCE_S = 5
"""For a database, or a table, that does not answer; the parts then read for themselves, as they can."""
_BEHIND = (
    "procrastinate.contrib.django", "bihuan.base.facts.listeners", "bihuan.base.ticks",
    "bihuan.apps.monitoring.pipe.worker", "bihuan.apps.monitoring.gateways.jt808",
)  # fmt: skip


@cache
def load() -> None:
    """All that a page and what works behind the pages need first; Django is set up. A fork of a process
    that has loaded it does not again.
    """
    vocabulary()
    for module in _BEHIND:
        import_module(module)
    for language, _name in settings.LANGUAGES:  # words and a table of addresses of its own
        with override(language):
            gettext("工单")
            reverse("obligations:workbench")
    for folder in map(Path, get_app_template_dirs("templates")):
        if folder.is_relative_to(settings.ROOT):
            for page in sorted(folder.rglob("*.html")):
                get_template(page.relative_to(folder).as_posix())
    _read_pack()
    keep_for_good()


def _read_pack() -> None:
    """The pack in force: a second of work, some 13 MiB. What cannot be read now keeps nobody from
    starting: the pages that need it say so, and those that mend it are there.
    """
    from bihuan.apps.policy.queries import pack_for_opening
    from bihuan.base import clock

    try:
        with _connected_for_a_moment():
            pack_for_opening(clock.now())
    except Exception as error:  # noqa: BLE001 - whatever it is, the parts start without
        log.warning("nothing could be read ahead: %s", type(error).__name__)


@contextmanager
def _connected_for_a_moment() -> Iterator[None]:
    """A connection outside of any pool stands for this thread's, and is gone at the end."""
    known = connections.settings[DEFAULT_DB_ALIAS]
    options = {key: value for key, value in known["OPTIONS"].items() if key != "pool"}
    limits = f"-c statement_timeout={PATIENCE_S}s -c lock_timeout={PATIENCE_S}s"
    options |= {"connect_timeout": PATIENCE_S, "options": f"{options.get('options', '')} {limits}"}
    plain = {**known, "OPTIONS": options}
    made = load_backend(known["ENGINE"]).DatabaseWrapper(plain, DEFAULT_DB_ALIAS)
    connections[DEFAULT_DB_ALIAS] = made
    try:
        yield
    finally:
        made.close()
        del connections[DEFAULT_DB_ALIAS]
