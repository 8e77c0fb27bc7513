"""The `bihuan` command.

Commands are imported when they are called: `bihuan due` answers without Django.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from bihuan.config.words import LANGUAGES, Halt, say

_COMMANDS = {
    "up": "run",
    "demo": "run",
    "init": "company",
    "doctor": "doctor",
    "pack": "packs",
    "due": "due",
    "explain": "work",
    "import": "work",
    "rehearse": "golive",
    "bundle": "bundle",
    "replay": "work",
    "bench": "benches",
    "backup": "backups",
    "restore": "backups",
    "archive": "archives",
    "history-servers": "history_servers",
    "manage": "work",
    "simulate-devices": "devices",
    "replay-recordings": "recordings",
}


class Commands(click.Group):
    """A group that knows the names of its commands and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        found = getattr(
            import_module(f"bihuan.config.commands.{module}"),
            f"{cmd_name.replace(chr(45), chr(95))}_command",
        )
        assert isinstance(found, click.Command)
        return found


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--lang", type=click.Choice(LANGUAGES), help="zh / en")
def bihuan(lang: str | None) -> None:
    """闭环 Bihuan"""
    if lang:
        os.environ["BIHUAN_LANG"] = lang


def main() -> None:
    """Run the command line; a refusal is one plain sentence and exit code 1."""
    _choose_language(sys.argv[1:])
    try:
        bihuan(prog_name="bihuan")
    except Halt as halt:
        click.echo(halt.sentence(), err=True)
        sys.exit(1)
    except Exception as error:
        sentence = _plain(error)
        if sentence is None:
            raise
        click.echo(sentence, err=True)
        sys.exit(1)


def _choose_language(words: list[str]) -> None:
    """Read `--lang` before the commands are imported: their help is written in it."""
    for at, word in enumerate(words):
        told = word[7:] if word.startswith("--lang=") else ""
        if word == "--lang" and at + 1 < len(words):
            told = words[at + 1]
        if told in LANGUAGES:
            os.environ["BIHUAN_LANG"] = told


def _plain(error: Exception) -> str | None:
    """Return the sentence for errors that a user can do something about, None for our bugs."""
    if "bihuan.base.errors" in sys.modules:
        from bihuan.base.errors import Refusal

        if isinstance(error, Refusal):
            return str(error)
    if "psycopg" in sys.modules:
        from psycopg import OperationalError

        cause = error if isinstance(error, OperationalError) else error.__cause__
        if isinstance(cause, OperationalError):
            return say(f"连接不上数据库：{cause}", f"The database cannot be reached: {cause}")
    return None


if __name__ == "__main__":
    main()
