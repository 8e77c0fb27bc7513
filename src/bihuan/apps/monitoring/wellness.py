"""Whether somebody reads what machines report: for the status page and `bihuan doctor`."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from bihuan.apps.monitoring.models import Device
from bihuan.base.system.models import Heartbeat

SILENT = timedelta(seconds=60)


def ingest(now: datetime) -> tuple[str, str]:
    """Nothing is wrong while no machine is connected."""
    title = _("没人接收的设备消息")
    if not Device.objects.filter(revoked_at=None).exists():
        return title, ""
    if Heartbeat.objects.filter(kind="ingest", beat_at__gte=now - SILENT).exists():
        return title, ""
    return title, _("没有进程在接收设备消息。请看日志 ingest.log 和 nats.log。")
