"""Whether somebody reads what machines report: for the status page and `bihuan doctor`."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from bihuan.apps.monitoring.models import Device
from bihuan.apps.monitoring.store import archive as days
from bihuan.apps.monitoring.store import shelf
from bihuan.base.system.models import Heartbeat

SILENT = timedelta(seconds=60)
BEHIND = timedelta(days=2)


def ingest(now: datetime) -> tuple[str, str]:
    """Nothing is wrong while no machine is connected."""
    title = _("没人接收的设备消息")
    if not Device.objects.filter(revoked_at=None).exists():
        return title, ""
    if Heartbeat.objects.filter(kind="ingest", beat_at__gte=now - SILENT).exists():
        return title, ""
    return title, _("没有进程在接收设备消息。请看日志 ingest.log 和 nats.log。")


def archive(now: datetime) -> tuple[str, str]:
    """Nothing is wrong while nobody wants an archive."""
    title = _("没写进归档的日子")
    if not shelf.wanted():
        return title, ""
    if not shelf.installed():
        return title, _(
            "设置了 BIHUAN_ARCHIVE，但没有安装归档所需的部分。请运行 make install-archive。"
        )
    left = [day for day in days.due(now) if day < (now - BEHIND).date()]
    if not left:
        return title, ""
    return title, _("从 %(day)s 起的 %(count)d 天还没写进归档。原因见日志 work.log。") % {
        "day": left[0], "count": len(left)
    }  # fmt: skip
