"""Is everything well: each check says good, warn or bad, with a sentence for those who run it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from bihuan.base import registry
from bihuan.base.audit import sealing
from bihuan.base.facts import listeners
from bihuan.base.facts.models import DeadLetter
from bihuan.base.notify.models import Delivery, Sending
from bihuan.base.system import heartbeat
from bihuan.base.system.models import Mark
from bihuan.base.texts import listed

BACKUP = "backup"


class Level(StrEnum):
    GOOD = "GOOD"
    WARN = "WARN"
    BAD = "BAD"


@dataclass(frozen=True)
class Check:
    """`name` is stable; `title` and `text` are in the page's language."""

    name: str
    level: Level
    title: str
    text: str


def checks(now: datetime, *, of_apps: bool = True) -> list[Check]:
    """All checks; one that cannot be made is bad, and the others are still made.

    Those `of_apps` look through the business's own rows and never say that the house is not ready.
    """
    makers: list[tuple[str, Callable[[datetime], Check]]] = [
        ("database", _database),
        ("migrations", _migrations),
        ("processes", _processes),
        ("facts", _facts),
        ("letters", _letters),
        ("outbox", _outbox),
        ("seal", _seal),
        ("disk", _disk),
        ("backup", _backup),
    ]
    apps = {name: _of_app(name, look) for _app, name, look in registry.named("checks")}
    makers += apps.items() if of_apps else ()
    found = []
    for name, make in makers:
        try:
            with transaction.atomic():
                found.append(make(now))
        except Exception as error:  # noqa: BLE001 - a broken check must not hide the others
            level = Level.WARN if name in apps else Level.BAD
            found.append(Check(name, level, name, _("查不到：%s") % type(error).__name__))
    return found


def _of_app(name: str, look: Callable[[datetime], tuple[str, str]]) -> Callable[[datetime], Check]:
    def make(now: datetime) -> Check:
        title, wrong = look(now)
        return Check(name, Level.WARN if wrong else Level.GOOD, title, wrong or _("没有"))

    return make


def worst(found: list[Check]) -> Level:
    order = [Level.GOOD, Level.WARN, Level.BAD]
    return max((check.level for check in found), key=order.index, default=Level.GOOD)


def mark(name: str, *, now: datetime, **note: object) -> None:
    """Write that something of the house happened, e.g. `mark("backup", now=, rows=...)`."""
    Mark.objects.update_or_create(pk=name, defaults={"at": now, "note": note})


def _database(now: datetime) -> Check:
    mark("round_trip", now=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp(), current_setting('server_version')")
        there, version = cursor.fetchone()
    skew = abs((there - now).total_seconds())
    if skew > 2:
        text = _("数据库时钟与本机相差 %(seconds)d 秒。请校时。") % {"seconds": round(skew)}
        return Check("database", Level.WARN, _("数据库"), text)
    return Check("database", Level.GOOD, _("数据库"), f"PostgreSQL {version}")


def _migrations(now: datetime) -> Check:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        text = _("还有 %(n)d 步升级没有做。请运行 bihuan up。") % {"n": missing}
        return Check("migrations", Level.BAD, _("数据表版本"), text)
    return Check("migrations", Level.GOOD, _("数据表版本"), _("最新"))


def _processes(now: datetime) -> Check:
    living = heartbeat.alive(now)
    dead = [kind for kind in ("work", "clock") if not living.get(kind)]
    text = listed(f"{kind} {len(rows)}" for kind, rows in living.items())
    if dead:
        text = _("没有在运行：%(names)s。请检查 bihuan up。") % {"names": listed(dead)}
        return Check("processes", Level.WARN, _("进程"), text)
    return Check("processes", Level.GOOD, _("进程"), text)


def _facts(now: datetime) -> Check:
    waiting = listeners.waiting(now)
    count = max((count for count, _s in waiting.values()), default=0)
    seconds = max((seconds for _c, seconds in waiting.values()), default=0.0)
    level = Level.BAD if seconds > 300 else Level.WARN if seconds > 60 else Level.GOOD
    text = _("待处理 %(count)d 条，最久 %(seconds)d 秒") % {"count": count, "seconds": seconds}
    return Check("facts", level, _("事实处理"), text)


def _letters(now: datetime) -> Check:
    count = DeadLetter.objects.filter(settled_at=None).count()
    text = _("%(count)d 条处理失败，等人重放") % {"count": count}
    return Check(
        "letters", Level.WARN if count else Level.GOOD, _("死信"), text if count else _("没有")
    )


def _outbox(now: datetime) -> Check:
    waiting = Delivery.objects.filter(state=Sending.PLANNED, due_at__lte=now).count()
    stuck = Delivery.objects.filter(state__in=[Sending.FAILED, Sending.UNKNOWN]).count()
    text = _("等待发送 %(waiting)d 条，需要人看 %(stuck)d 条") % {
        "waiting": waiting,
        "stuck": stuck,
    }
    return Check("outbox", Level.WARN if stuck else Level.GOOD, _("对外消息"), text)


def _seal(now: datetime) -> Check:
    seconds = sealing.age(now)
    level = Level.BAD if seconds > 3600 else Level.WARN if seconds > 300 else Level.GOOD
    text = _("未封存的日志最久 %(seconds)d 秒") % {"seconds": seconds}
    return Check("seal", level, _("日志封存"), text if seconds > 60 else _("及时"))


def _disk(now: datetime) -> Check:
    folder = Path(settings.HOME)
    usage = shutil.disk_usage(folder if folder.exists() else folder.parent)
    share = 1 - usage.free / usage.total
    level = Level.BAD if share > 0.95 else Level.WARN if share > 0.85 else Level.GOOD
    text = _("已用 %(share)d%%，剩 %(free)d GB") % {"share": share * 100, "free": usage.free / 1e9}
    return Check("disk", level, _("磁盘"), text)


def _backup(now: datetime) -> Check:
    last = Mark.objects.filter(pk=BACKUP).first()
    if last is None:
        return Check("backup", Level.WARN, _("备份"), _("还没有备份。请运行 bihuan backup。"))
    hours = (now - last.at) / timedelta(hours=1)
    level = Level.WARN if hours > 48 else Level.GOOD
    return Check("backup", level, _("备份"), _("%(hours)d 小时前") % {"hours": hours})
