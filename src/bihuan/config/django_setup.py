"""Having the database and Django ready inside a command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bihuan.config import migrations, postgres_server
from bihuan.config.home import home, make_home
from bihuan.config.words import language


@contextmanager
def ready(*, owner: bool = False) -> Iterator[Path]:
    """Start or join the database, bring its tables up to date and set Django up.

    `owner` connects as the owner of the tables (restores only).
    """
    place = make_home(home())
    os.environ["BIHUAN_HOME"] = str(place)
    with postgres_server.using(place):
        migrations.bring_up_to_date(place)
        set_up(owner=owner)
        from bihuan.base.garbage import keep_for_good

        keep_for_good()  # as the processes of the program do
        try:
            yield place
        finally:
            from django.db import connections

            connections.close_all()


def set_up(*, owner: bool = False) -> None:
    """Set Django up in the language of the terminal; no database is needed for that."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.config.settings")
    if owner:
        os.environ["BIHUAN_DATABASE_ROLE"] = "owner"
    import django
    from django.utils import translation

    django.setup()
    translation.activate("zh-hans" if language() == "zh" else "en")
