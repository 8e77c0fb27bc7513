"""`bihuan history-servers`: packed readings on several PostgreSQL servers, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from bihuan.config.words import say


@click.group(
    "history-servers",
    help=say(
        "把打包的历史分布到多台 PostgreSQL。", "Packed history on several PostgreSQL servers."
    ),
)
def history_servers_command() -> None:
    """Where packed hours lie."""


_main = click.option(
    "--main",
    help=say(
        "主库超级用户的连接（私有库不用给）。",
        "A superuser's connection to the main database (not needed for the private one).",
    ),
)


@history_servers_command.command(
    "spread", help=say("按设备散列分到这些服务器。", "Spread it over these servers by device.")
)
@click.argument("servers", nargs=-1, required=True)
@_main
def spread(servers: tuple[str, ...], main: str | None) -> None:
    """Move the packed hours there."""
    from bihuan.config import history_servers

    _with_main(main, lambda connection: history_servers.spread(connection, servers))


@history_servers_command.command(
    "gather", help=say("全部收回主库。", "Bring all of it back into the main database.")
)
@_main
def gather(main: str | None) -> None:
    """Move the packed hours back."""
    from bihuan.config import history_servers

    _with_main(main, history_servers.gather)


def _with_main(main: str | None, work: Callable[[Any], None]) -> None:
    import psycopg

    from bihuan.config import postgres, postgres_server
    from bihuan.config.home import home

    place = home()
    with (
        postgres_server.using(place),
        psycopg.connect(main or postgres.dsn(place, superuser=True)) as connection,
    ):
        work(connection)
