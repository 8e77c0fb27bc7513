"""`bihuan archive`: the days of telemetry in the archive; write, check, bring back, ask."""

from __future__ import annotations

from datetime import date, datetime

import click

from bihuan.config.words import say


@click.group(
    "archive", help=say("遥测归档（Delta 表）。", "The archive of telemetry (a Delta table).")
)
def archive_command() -> None:
    """Days of telemetry beside the database."""


@archive_command.command(
    "status", help=say("归档在哪里，有哪些日子。", "Where it lies, and its days.")
)
def status() -> None:
    """Tell where the archive lies and what is in it."""
    from bihuan.config.django_setup import ready

    with ready():
        from bihuan.apps.monitoring.models import ArchivedDay
        from bihuan.apps.monitoring.store import archive, shelf
        from bihuan.base import clock

        click.echo(say(f"位置：{shelf.place()}", f"Place: {shelf.place()}"))
        if not shelf.installed():
            click.echo(str(archive.NotInstalled()))
        for row in ArchivedDay.objects.order_by("day"):
            note = (
                say("（之后有改动，要重写）", " (changed since, to be written anew)")
                if row.stale
                else ""
            )
            click.echo(
                say(f"{row.day} {row.values} 个值{note}", f"{row.day} {row.values} values{note}")
            )
        waiting = archive.due(clock.now())
        click.echo(say(f"待归档：{len(waiting)} 天", f"Waiting: {len(waiting)} days"))


@archive_command.command("run", help=say("写入所有待归档的日子。", "Write all days that wait."))
def run() -> None:
    """Write what is due."""
    from bihuan.config.django_setup import ready

    with ready():
        from bihuan.apps.monitoring.store import archive, taken_back
        from bihuan.base import clock

        now = clock.now()
        if taken_back.owed().exists() and (values := taken_back.leave_out(now)):
            click.echo(say(f"去掉了 {values} 个位置", f"{values} positions left out"))
        waiting = archive.due(now)
        if not waiting:
            click.echo(say("没有待归档的日子：一天结束两小时后才写。", "No day waits: one is written two hours after its end."))  # fmt: skip
        failed = False
        for day in waiting:
            try:
                row = archive.write(day, now)
            except (archive.Fewer, archive.Differs) as error:  # of this day: the others go on
                click.echo(f"{day} {error}", err=True)
                failed = True
                continue
            click.echo(
                say(f"{day} 已归档：{row.values} 个值", f"{day} archived: {row.values} values")
            )
        if failed:
            raise SystemExit(1)


@archive_command.command("verify", help=say("核对一天的数量。", "Compare a day's counts."))
@click.argument("day", metavar="YYYY-MM-DD", type=click.DateTime(["%Y-%m-%d"]))
def verify(day: datetime) -> None:
    """Compare a day with the database."""
    from bihuan.config.django_setup import ready

    with ready():
        from bihuan.apps.monitoring.store import archive
        from bihuan.base import clock

        held, known = archive.verify(_day(day), clock.now())
        if known is None:
            click.echo(say(f"归档 {held} 个值；数据库里已没有这一天", f"Archive {held} values; the database no longer has that day"))  # fmt: skip
        elif held != known:
            raise archive.Differs
        else:
            click.echo(
                say(f"归档和数据库都是 {held} 个值", f"Archive and database: {held} values each")
            )


@archive_command.command(
    "restore", help=say("把一天取回数据库。", "Bring a day back into the database.")
)
@click.argument("day", metavar="YYYY-MM-DD", type=click.DateTime(["%Y-%m-%d"]))
def restore(day: datetime) -> None:
    """Bring a day back."""
    from bihuan.config.django_setup import ready

    with ready():
        from bihuan.apps.monitoring.store import archive
        from bihuan.base import clock

        count = archive.restore(_day(day), clock.now())
        click.echo(say(f"取回了 {count} 个设备小时，保留 30 天", f"{count} hours of devices are back for 30 days"))  # fmt: skip


@archive_command.command(
    "leave-out",
    help=say("从归档的每一天里去掉客户撤回的位置。", "Take positions that customers took back out of all days."),
)  # fmt: skip
def leave_out() -> None:
    """Take out what was taken back."""
    from bihuan.config.django_setup import ready

    with ready():
        from bihuan.apps.monitoring.store import taken_back
        from bihuan.base import clock

        values = taken_back.leave_out(clock.now())
        taken_back.tidy()
        click.echo(
            say(f"去掉了 {values} 个位置", f"{values} positions left out")
            if values
            else say("归档里没有要去掉的位置", "No position in the archive is to be left out")
        )


@archive_command.command(
    "query",
    help=say("用 DuckDB 查询归档。\n\n表 samples 的列：day、device、code、layout、point、ts、value。例如：\n\nSELECT code, max(value) FROM samples WHERE point = 'VIBRATION' GROUP BY code",
             "Ask DuckDB about the archive.\n\nThe table samples has day, device, code, layout, point, ts, value. Such as:\n\nSELECT code, max(value) FROM samples WHERE point = 'VIBRATION' GROUP BY code"),
)  # fmt: skip
@click.argument("sql")
def query(sql: str) -> None:
    """Print the rows, tabs between the columns."""
    from bihuan.config.django_setup import ready
    from bihuan.config.words import Halt

    with ready():
        from bihuan.apps.monitoring.store import archive

        try:
            names, rows = archive.query(sql)
        except archive.NotUnderstood as error:
            raise Halt("archive_query", f"查询不成立：{error.why}", f"The query is not valid: {error.why}") from error  # fmt: skip
        click.echo("\t".join(names))
        for row in rows:
            click.echo("\t".join(str(value) for value in row))


def _day(given: datetime) -> date:
    return given.date()
