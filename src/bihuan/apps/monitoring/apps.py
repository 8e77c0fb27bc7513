"""Machines that report by themselves: live values, history, alarms."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets.apps import ASSET
from bihuan.base.registry import App, MenuItem, Panel

ALARM = ASSET.via("asset")


class MonitoringConfig(App):
    name = "bihuan.apps.monitoring"
    label = "monitoring"
    title = _("设备监控")
    api = "api.router"
    listeners = {"monitoring": "handlers.on_facts"}
    ticks = ("actions.silence.watch", "tasks.plan_again")
    checks = {"monitoring.ingest": "wellness.ingest"}
    reach = {
        "Alarm": ALARM,
        "Baseline": ALARM,
        "Consent": ALARM,
        "Device": ALARM,
        "Latest": ALARM.via("device"),
        "Limit": ALARM,
        "PastTest": ALARM,
        "Refused": ALARM.via("device"),
    }
    menu = (
        MenuItem(_("报警"), "monitoring:alarms", "bell", "monitoring.see", "desk", 18, "queries.alarms.waiting", rare=True, often="monitoring.handle"),
        MenuItem(_("没收下的数据"), "monitoring:refused", "filter", "monitoring.devices", "assets", 60, rare=True),
    )  # fmt: skip
    lists = ("lists.LIST",)
    fulfils = dict.fromkeys(("alarm.acknowledge", "alarm.diagnose"), "monitoring:of_duty")
    only_there = ("queries.alarms.only_there",)
    numbered = {"BJ": "queries.alarms.by_number"}
    search_kinds = {"BJ": (_("报警"), "bell")}
    panels = {
        "asset.overview": (Panel(_("实时数据"), "monitoring:live", "monitoring.see", 10),),
        "asset.tabs": (Panel(_("报警"), "monitoring:alarms_of_asset", "monitoring.see", 12, "queries.alarms.of_asset"),),
        "customer.tabs": (Panel(_("报警"), "monitoring:alarms_of_customer", "monitoring.see", 21, "queries.alarms.of_customer"),),
    }  # fmt: skip
    timeline = dict.fromkeys(("alarm.", "diagnosis."), "monitoring/timeline/alarm.html")
    timeline["consent."] = "monitoring/timeline/consent.html"
    timeline_adds = dict.fromkeys(("alarm.", "diagnosis."), "queries.alarms.of_facts")
    deeds = {
        "alarm.acknowledge": _("确认报警"), "alarm.shelve": _("搁置报警"), "alarm.unshelve": _("取消搁置报警"),
        "alarm.judge": _("判断报警"), "alarm.note": _("备注报警"), "alarm.tell": _("告知初步诊断"),
        "alarm.limit": _("修改设备的报警限"), "alarm.try": _("用历史数据试算报警规则"), "alarm.trial": _("规则试运行或启用"), "consent.record": _("记下客户对设备数据的表示"), "device.register": _("生成设备接入凭证"), "device.revoke": _("作废设备接入凭证"),
    }  # fmt: skip
    canaries = "tests.factories.canaries"
