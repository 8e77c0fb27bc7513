"""What the supervised processes run: `python -m bihuan.config.children web|work|clock|ingest|jt808|migrate`,
or `product web work clock ...` for some of them that share the memory of what they have loaded.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from functools import partial

from bihuan.config.supervisor import PARENT, die_with_parent

_GRACE_S = 17.0
"""For a part to end, longer than the workers of the web have and shorter than the product."""


def main() -> None:
    """Run the process that the command line names."""
    die_with_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.config.settings")
    _CHILDREN[sys.argv[1]]()


def web() -> None:
    """Serve the screens and the API with granian; address and workers from the environment."""
    _setup()
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    _connect_as_web()
    if sys.platform == "linux":  # elsewhere a process that has loaded libraries may not be forked
        from bihuan.config.loaded import load

        load()
        import bihuan.config.asgi  # noqa: F401 - granian's workers share what is loaded here

        multiprocessing.set_start_method("fork")
    os.environ[PARENT] = str(os.getpid())  # of the workers
    Granian(
        "bihuan.config.web:application",
        address=os.environ.get("BIHUAN_HOST") or "127.0.0.1",
        port=int(os.environ["BIHUAN_PORT"]),
        interface=Interfaces.ASGINL,
        workers=int(os.environ.get("BIHUAN_WEB_WORKERS", "2")),
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=15,
    ).serve()


def _connect_as_web() -> None:
    """Connections as the environment says now: who forked us may have read it for all parts."""
    from django.db import DEFAULT_DB_ALIAS, connections

    from bihuan.config.home import home
    from bihuan.config.postgres import database_settings

    connections.settings[DEFAULT_DB_ALIAS].update(database_settings(home())[DEFAULT_DB_ALIAS])


def work() -> None:
    """Run background jobs, and let the listeners hear the facts."""
    _setup()
    from bihuan.base.facts import listeners
    from bihuan.base.garbage import keep_for_good
    from bihuan.config import lanes

    keep_for_good()
    _in_background(listeners.run_forever)
    lanes.run()


def clock() -> None:
    """Write what becomes due."""
    _setup()
    from bihuan.base import ticks
    from bihuan.base.garbage import keep_for_good

    keep_for_good()
    ticks.run_forever()


def ingest() -> None:
    """Read what machines report, and answer their sign-ins."""
    _setup()
    from bihuan.apps.monitoring.pipe.worker import run_forever
    from bihuan.base.garbage import keep_for_good

    keep_for_good()
    run_forever()


def jt808() -> None:
    """Listen to JT/T 808 terminals."""
    _setup()
    from bihuan.apps.monitoring.gateways.jt808 import run_forever
    from bihuan.base.garbage import keep_for_good

    keep_for_good()
    run_forever()


def product() -> None:
    """Keep the parts that the command line names alive, each a fork of this process, which loads the
    product once for all of them; what it says of them goes to the terminal, their words to their logs.
    """
    _setup()
    from bihuan.config.home import home
    from bihuan.config.loaded import load
    from bihuan.config.supervisor import LOG_TO_TERMINAL, Child, Supervisor, outlive_the_killed

    load()
    outlive_the_killed(home())  # of one before us that was killed: its parts may still be ending
    supervisor = Supervisor(
        home(), server=None, log_to_terminal=LOG_TO_TERMINAL in os.environ, say_line=partial(print, flush=True), grace=_GRACE_S
    )  # fmt: skip
    supervisor.listen_to_signals()
    try:
        for part in sys.argv[2:]:
            supervisor.start(Child(part, _CHILDREN[part], {"BIHUAN_PROCESS": part}))
        supervisor.run()
    finally:
        supervisor.tell_all_to_stop()
        supervisor.stop()


def migrate() -> None:
    """Bring the tables up to date; of several that start at once, one does it."""
    os.environ["BIHUAN_DATABASE_ROLE"] = "owner"
    _setup()
    from django.core.management import call_command
    from django.db import connection

    from bihuan.config.migration_states import build_only_what_is_new

    with connection.cursor() as cursor:
        # Held until this process ends, also by kill.
        cursor.execute("SELECT pg_advisory_lock(hashtext('bihuan.migrate'))")
    # Django builds thousands of model classes on the way; looking for garbage among them takes
    # half of the time of a first start, and this process ends right after.
    gc.disable()
    build_only_what_is_new()
    call_command("migrate", interactive=False, verbosity=0)


def pass_highest() -> None:
    """After a restore: let new rows sort after the restored ones."""
    os.environ["BIHUAN_DATABASE_ROLE"] = "owner"
    _setup()
    from bihuan.base.facts.transactions import pass_highest as run

    run()


def _setup() -> None:
    import django

    django.setup()


def _in_background(function: Callable[[], None]) -> None:
    """Run a loop beside the main one; if it ends, the process ends and is started again."""

    def body() -> None:
        try:
            function()
        except BaseException:  # whatever it was, it is written down and we end
            logging.getLogger(__name__).exception("%s has ended", function.__module__)
        finally:
            # Everything acknowledged is committed; the supervisor starts a fresh process.
            os._exit(1)

    threading.Thread(target=body, name="background", daemon=True).start()


_CHILDREN = {
    "web": web,
    "product": product,
    "work": work,
    "clock": clock,
    "ingest": ingest,
    "jt808": jt808,
    "migrate": migrate,
    "pass-highest": pass_highest,
}

if __name__ == "__main__":
    main()
