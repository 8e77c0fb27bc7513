"""Machines that report by themselves: live values, history, alarms."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets.apps import ASSET
from bihuan.base.registry import App, Panel

ALARM = ASSET.via("asset")


class MonitoringConfig(App):
    name = "bihuan.apps.monitoring"
    label = "monitoring"
    title = _("设备监控")
    panels = {
        "asset.overview": (Panel(_("实时数据"), "monitoring:live", "monitoring.see", 10),),
    }
    api = "api.router"
    ticks = ("actions.silence.watch",)
    checks = {"monitoring.ingest": "wellness.ingest"}
    deeds = {
        "device.register": _("生成设备接入凭证"),
        "alarm.limit": _("修改设备的报警限"),
        "device.revoke": _("作废设备接入凭证"),
    }
    reach = {
        "Alarm": ALARM,
        "Device": ALARM,
        "Latest": ALARM.via("device"),
        "Limit": ALARM,
    }
