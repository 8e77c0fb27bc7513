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
    ticks = ("actions.silence.watch", "tasks.plan_again")
    files = ("queries.reports.sees_file",)
    listeners = {"condition": "handlers.on_facts"}
    checks = {"monitoring.ingest": "wellness.ingest"}
    reach = {
        "Alarm": ALARM,
        "Device": ALARM,
        "Condition": ALARM,
        "Latest": ALARM.via("device"),
        "MachineDay": ALARM,
        "Report": ALARM,
        "Wear": ALARM,
        "Limit": ALARM,
        "Refused": ALARM.via("device"),
    }
    menu = (
        MenuItem(_("报警"), "monitoring:alarms", "bell", "monitoring.see", "desk", 18, "queries.alarms.waiting", rare=True, often="monitoring.handle"),
        MenuItem(_("设备机群"), "monitoring:fleet", "map-pin", "monitoring.see", "assets", 25, rare=True, often="monitoring.handle"),
        MenuItem(_("作业简报"), "monitoring:brief", "chart-bar", "monitoring.see", "assets", 30, rare=True),
        MenuItem(_("没收下的数据"), "monitoring:refused", "filter", "monitoring.devices", "assets", 60, rare=True),
    )  # fmt: skip
    lists = ("lists.LIST",)
    fulfils = dict.fromkeys(("alarm.acknowledge", "alarm.diagnose"), "monitoring:of_duty")
    only_there = ("queries.alarms.only_there",)
    numbered = {"BJ": "queries.alarms.by_number"}
    search_kinds = {"BJ": (_("报警"), "bell")}
    panels = {
        "asset.overview": (
            Panel(_("实时数据"), "monitoring:live", "monitoring.see", 10),
            Panel(_("健康与寿命"), "monitoring:condition", "monitoring.see", 15),
        ),
        "asset.tabs": (Panel(_("报警"), "monitoring:alarms_of_asset", "monitoring.see", 12, "queries.alarms.of_asset"),),
        "customer.tabs": (Panel(_("报警"), "monitoring:alarms_of_customer", "monitoring.see", 21, "queries.alarms.of_customer"),),
    }  # fmt: skip
    timeline = {
        **dict.fromkeys(("alarm.", "diagnosis."), "monitoring/timeline/alarm.html"),
        **dict.fromkeys(
            ("part.life_reached", "part.replaced", "machine.hours_reached"),
            "monitoring/timeline/condition.html",
        ),
    }
    timeline_adds = {
        **dict.fromkeys(("alarm.", "diagnosis."), "queries.alarms.of_facts"),
        **dict.fromkeys(("part.", "machine."), "queries.condition.of_facts"),
    }
    deeds = {
        "alarm.acknowledge": _("确认报警"), "alarm.shelve": _("搁置报警"), "alarm.unshelve": _("取消搁置报警"),
        "alarm.judge": _("判断报警"), "alarm.note": _("备注报警"), "alarm.tell": _("告知初步诊断"),
        "alarm.limit": _("修改设备的报警限"), "device.register": _("生成设备接入凭证"), "device.revoke": _("作废设备接入凭证"),
        "part.renew": _("更换部件，寿命重新计"), "health_report.ask": _("生成设备健康体检报告"), "brief.export": _("导出作业简报"),
    }  # fmt: skip
    canaries = "tests.factories.canaries"
