"""`bihuan backup` and `bihuan restore`."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from bihuan.config import backup, postgres
from bihuan.config.home import home
from bihuan.config.words import Halt, say


@click.command("backup", help=say("备份数据、证据和密钥。", "Back up rows, evidence and keys."))
@click.argument("target", required=False, type=click.Path(dir_okay=False, path_type=Path))
def backup_command(target: Path | None) -> None:
    """Write a backup, by default into the folder `backups` of the data folder."""
    from bihuan.config.django_setup import ready

    with ready() as place:
        from bihuan.base import clock
        from bihuan.base.system import health

        now = clock.now()
        target = target or place / "backups" / f"bihuan-{now:%Y%m%d-%H%M%S}.tar"
        manifest = backup.write(place, target, at=now)
        size = target.stat().st_size
        health.mark(health.BACKUP, now=now, file=target.name, bytes=size)
    rows, files = sum(manifest.rows.values()), len(manifest.files)
    click.echo(
        say(
            f"已备份到 {target}：{rows} 行，{files} 个文件，{size / 1e6:.1f} MB。\n"
            "它含有密钥和个人信息，请放在安全的地方，并另存一份到别的机器。",
            f"Backed up to {target}: {rows} rows, {files} files, {size / 1e6:.1f} MB.\n"
            "It holds keys and personal data: keep it safe, and a copy on another machine.",
        )
    )


@click.command(
    "restore",
    help=say("把备份恢复到一个新的数据目录。", "Restore a backup into a new data folder."),
)
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore_command(source: Path) -> None:
    """Restore into BIHUAN_HOME, which must not exist yet or be empty."""
    if postgres.is_external():
        raise Halt(
            "restore_external",
            "restore 只恢复到自带的数据库。外部数据库请用 pg_restore 恢复备份里的 database.dump。",
            "restore works with the private database only. For another server use pg_restore "
            "with the database.dump inside the backup.",
        )
    place = home()
    os.environ.pop("BIHUAN_DATABASE_ROLE", None)
    manifest = backup.restore(source, place)
    rows, files = sum(manifest.rows.values()), len(manifest.files)
    made = f"{datetime.fromisoformat(manifest.made_at).astimezone():%Y-%m-%d %H:%M}"
    click.echo(
        say(
            f"已恢复到 {place}：{rows} 行、{files} 个文件都与清单一致（备份于 {made}）。",
            f"Restored into {place}: {rows} rows and {files} files agree with the manifest "
            f"(made at {made}).",
        )
    )
