"""Taking a ledger out: with permission, watermark, formula-safe cells and an entry in the log."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from bihuan.base.access.models import User
from bihuan.base.access.scope import must
from bihuan.base.audit.actions import log
from bihuan.base.errors import NotAllowed
from bihuan.base.ledgers import writing
from bihuan.base.ledgers.shelf import ledger_named
from bihuan.base.system.company import company, zone


def export(name: str, *, kind: str, by: User, now: datetime) -> tuple[bytes, str]:
    """(content, MIME type) of the rows within this person's reach. Raises NotAllowed."""
    ledger = ledger_named(name)
    must(by, ledger.needs_export)
    if ledger.export is None:
        raise NotAllowed
    rows = list(ledger.export(by))
    local = now.astimezone(zone())
    watermark = _("%(company)s 内部资料 · %(name)s（%(username)s）于 %(at)s 导出 · %(n)d 行") % {
        "company": company().short_name,
        "name": by.name,
        "username": by.username,
        "at": local.strftime("%Y-%m-%d %H:%M"),
        "n": len(rows),
    }
    lines = writing.export_rows(ledger, rows, watermark)
    log(
        "ledgers.exported",
        by=by,
        now=now,
        thing=("ledgers.Ledger", name),
        after={"rows": len(rows), "format": kind},
    )
    if kind == "csv":
        return writing.csv_bytes(lines), "text/csv; charset=utf-8"
    return writing.xlsx(lines, title=str(ledger.title.get("zh", name))), writing.XLSX
