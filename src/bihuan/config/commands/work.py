"""`bihuan explain`, `import`, `replay` and `manage`: the product's work from the terminal."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from uuid import UUID

import click

from bihuan.config.words import Halt, language, say

_SHOWN = 30
"""Wrong rows shown on the terminal; the page of the import has the file with all."""


@click.command(
    "explain",
    help=say("说明一项义务的期限从何而来。", "Say where an obligation's limit comes from."),
)
@click.argument("obligation")
def explain_command(obligation: str) -> None:
    """Print clause, fact, pack version and every slice of working time."""
    from bihuan.config.django_setup import ready

    with ready():
        from django.utils import timezone

        from bihuan.apps.obligations import timing
        from bihuan.lib.workcal import report

        row = _obligation(obligation)
        lang = language()
        click.echo(f"{row.title.get(lang) or row.title.get('zh')}  {row.number}")
        click.echo(say(f"条款：{row.clause_number or row.clause}（{row.rule}）",
                       f"Clause: {row.clause_number or row.clause} ({row.rule})"))  # fmt: skip
        version = row.pack_version
        click.echo(
            say(
                f"制度：{version.code} {version.version}", f"Pack: {version.code} {version.version}"
            )
        )
        fact = f"{row.cause_kind} {timezone.localtime(row.cause_at):%Y-%m-%d %H:%M}"
        click.echo(say(f"事实：{fact}", f"Fact: {fact}"))
        click.echo()
        pauses = timing.spans(row.pauses.order_by("from_at"))
        answer = timing.answer(row, pauses, timing.calendar_then(row))
        if answer is None:
            click.echo(
                say("这项义务没有由期限算出的到期时刻。", "This obligation has no computed limit.")
            )
            return
        click.echo(report.describe_answer(answer, explain=True, lang=lang))


def _obligation(text: str):  # type: ignore[no-untyped-def] # noqa: ANN202 - the model needs Django
    from bihuan.apps.obligations.models import Obligation

    rows = Obligation.objects.with_pack()
    number = text.strip().upper().removeprefix("YW-")  # as the screens write it: YW-000123
    if number.isdecimal():
        row = rows.filter(pk=int(number)).first()
    else:
        try:
            row = rows.filter(uid=UUID(text)).first()
        except ValueError:
            row = None
    if row is None:
        raise Halt(
            "obligation_missing",
            f"没有义务 {text}。请写它的编号（如 YW-000123）或 uid。",
            f"There is no obligation {text}. Give its number (such as YW-000123) or uid.",
        )
    return row


@click.command("replay", help=say("重放处理失败的事实。", "Try the parked facts again."))
@click.option("--listener", help=say("只重放这个听者的。", "Those of this listener only."))
def replay_command(listener: str | None) -> None:
    """Try every parked fact once more; exit code 1 when some stay parked."""
    from bihuan.config.django_setup import ready

    with ready():
        from bihuan.base import clock
        from bihuan.base.facts import listeners
        from bihuan.base.facts.models import DeadLetter

        letters = DeadLetter.objects.filter(settled_at=None).select_related("fact").order_by("id")
        if listener:
            letters = letters.filter(listener=listener)
        done = [listeners.replay(letter, now=clock.now()) for letter in letters]
    good, parked = done.count(True), done.count(False)
    click.echo(
        say(
            f"重放成功 {good} 条，仍然失败 {parked} 条。",
            f"{good} facts were digested, {parked} stay parked.",
        )
    )
    if parked:
        sys.exit(1)


@click.command(
    "import", help=say("从 Excel 或 CSV 导入台账。", "Bring a ledger in from Excel or CSV.")
)
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--only-good", is_flag=True, help=say("跳过有错的行。", "Leave wrong rows out."))
@click.option(
    "--as", "username", help=say("以谁的名义（登录名）。", "In whose name (sign-in name).")
)
def import_command(kind: str, file: Path, *, only_good: bool, username: str | None) -> None:
    """Bring a ledger in by the remembered headings: all of it, or nothing and the reasons."""
    from bihuan.config.django_setup import ready

    with ready():
        from bihuan.base import clock
        from bihuan.base.ledgers import actions
        from bihuan.base.ledgers.errors import RowsWrong

        by, content = _person(username), file.read_bytes()
        _show_unused(kind, content, file.name)
        try:
            done = actions.bring_in_file(
                kind, content, file_name=file.name, by=by, now=clock.now(), only_good=only_good
            )
        except RowsWrong:
            _show_wrong_rows(kind, content)
            raise
        click.echo(
            say(
                f"已导入：新增 {done.new}，修改 {done.changed}，未变 {done.same}，跳过 {done.wrong}。",
                f"Brought in: {done.new} new, {done.changed} changed, {done.same} the same, "
                f"{done.wrong} left out.",
            )
        )


def _show_unused(kind: str, content: bytes, name: str) -> None:
    """Name the columns that nothing takes, before anything is brought in."""
    from bihuan.base.ledgers.mapping import guess, unused
    from bihuan.base.ledgers.reading import read
    from bihuan.base.ledgers.shelf import ledger_named

    headings = read(content, name).headings
    left = unused(headings, guess(ledger_named(kind), headings).values())
    if left:
        click.echo(
            say(
                f"没有对应上的列：{'、'.join(left)}。",
                f"Columns that nothing takes: {', '.join(left)}.",
            ),
            err=True,
        )


def _show_wrong_rows(kind: str, content: bytes) -> None:
    from bihuan.base.ledgers.models import Import
    from bihuan.base.ledgers.shelf import ledger_named
    from bihuan.base.texts import in_language

    titles = {each.name: in_language(each.title) for each in ledger_named(kind).columns}
    mark = hashlib.sha256(content).hexdigest()
    row = Import.objects.filter(ledger=kind, sha256=mark).order_by("-id").first()
    for fault in row.errors[:_SHOWN] if row else ():
        place = say(f"第 {fault['row']} 行", f"row {fault['row']}")
        column = titles.get(fault["column"], "")
        named = f"{place} {column}".rstrip()
        click.echo(f"{named}: {fault['text']}", err=True)


def _person(username: str | None):  # type: ignore[no-untyped-def] # noqa: ANN202 - as above
    """Return whose name stands in the audit log: the one told, or the first administrator."""
    from bihuan.base.access.models import User

    if username is None:
        return User.objects.filter(roles__contains=["administrator"]).order_by("id").first()
    found = User.objects.filter(username__iexact=username, is_active=True).first()
    if found is None:
        raise Halt(
            "user_missing",
            f"没有登录名为 {username} 的人。",
            f"There is nobody with the sign-in name {username}.",
        )
    return found


@click.command(
    "manage",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    help=say("运行 Django 的管理命令。", "Run a management command of Django."),
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def manage_command(words: tuple[str, ...]) -> None:
    """Run a management command against this installation."""
    from bihuan.config.django_setup import ready

    with ready():
        from django.core.management import execute_from_command_line

        execute_from_command_line(["bihuan manage", *words])
