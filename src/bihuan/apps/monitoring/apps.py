"""Machines that report by themselves: live values, history, alarms."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets.apps import ASSET
from bihuan.base.registry import App

ALARM = ASSET.via("asset")


class MonitoringConfig(App):
    name = "bihuan.apps.monitoring"
    label = "monitoring"
    title = _("设备监控")
    reach = {
        "Alarm": ALARM,
        "Device": ALARM,
        "Latest": ALARM.via("device"),
        "Limit": ALARM,
    }
