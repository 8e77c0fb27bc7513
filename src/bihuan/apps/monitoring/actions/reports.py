"""The health report of a machine: what it says is kept when it is asked for, the file is made later."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring.models import Report
from bihuan.apps.monitoring.queries.reports import content_of
from bihuan.apps.monitoring.refusals import NothingKnown
from bihuan.apps.monitoring.tasks import report_later
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput
from bihuan.base.evidence.actions import store

TEMPLATE = Path(__file__).resolve().parent.parent / "documents" / "health.typ"
LONGEST = timedelta(days=400)


def ask(*, asset: Asset, start: date, end: date, site: str, by: User, now: datetime) -> Report:
    """A report over these days (both inside), made in the background; a further one over the same days
    is the next version. `site` is the address of the installation. Raises BadInput, NothingKnown.
    """
    if not start <= end <= timezone.localdate(now) or end - start > LONGEST:
        raise BadInput({"end": _("请选到今天为止、不超过 400 天的一段时间。")})
    with transaction.atomic():
        Asset.objects.select_for_update(of=("self",), no_key=True).get(pk=asset.pk)
        content = content_of(asset, start, end, now)
        if content is None:
            raise NothingKnown
        version = 1 + Report.objects.filter(asset=asset, start=start, end=end).count()
        row = Report(
            asset=asset, start=start, end=end, version=version, token=secrets.token_urlsafe(24), asked_at=now, by=by,
            language="en" if (get_language() or "zh").startswith("en") else "zh", number=f"~{secrets.token_hex(8)}",
        )  # fmt: skip
        row.save()
        row.number = f"JKBG-{timezone.localdate(now):%Y%m%d}-{row.pk:04d}"
        path = reverse("monitoring:verify", args=[row.token])
        row.content = content | {
            "number": row.number, "version": _("第 %(n)s 版") % {"n": version}, "verify": f"{site.rstrip('/')}{path}",
        }  # fmt: skip
        row.save(update_fields=["number", "content"])
        log(
            "health_report.ask",
            by=by,
            now=now,
            thing=asset,
            after={"number": row.number, "version": version},
        )
        report_later(row.pk)
    return row


def make(pk: int, *, now: datetime) -> None:
    """Set the file of what was kept; twice is once."""
    from bihuan.base.documents import pdf

    row = Report.objects.get(pk=pk)
    if row.file_id is not None:
        return
    made = pdf(TEMPLATE, row.content, verify=row.content["verify"])
    with transaction.atomic():
        file = store(made, by=None, now=now, name=f"{row.number}.pdf")
        Report.objects.filter(pk=pk, file=None).update(file=file, made_at=now, failed="")


def give_up(pk: int, why: str) -> None:
    Report.objects.filter(pk=pk, file=None).update(failed=why[:200])
