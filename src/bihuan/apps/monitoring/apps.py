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
    ticks = (
        "actions.silence.watch",
        "actions.devices.let_go_late",
        "actions.expecting.wake",
        "actions.calling.begin",
        "actions.calling.climb",
        "actions.delivering.watch",
        "actions.duties.settle",
        "actions.history.forget_drafts",
        "tasks.plan_archive",
        "tasks.plan_again",
    )
    files = ("queries.reports.sees_file",)
    listeners = {
        "condition": "handlers.on_facts",
        "baselines": "handlers.learn_anew",
        "consents": "handlers.new_owner",
        "lessons": "handlers.on_tickets",
    }
    checks = {"monitoring.ingest": "wellness.ingest", "monitoring.archive": "wellness.archive"}
    reach = {
        "Alarm": ALARM,
        "Baseline": ALARM,
        "Call": ALARM.via("alarm"),
        "Calling": ALARM.via("alarm"),
        "Expected": ALARM,
        "Consent": ALARM,
        "Command": ALARM,
        "CommandStep": ALARM.via("command"),
        "Permit": ALARM,
        "Device": ALARM,
        "Condition": ALARM,
        "History": ALARM,
        "HistoryPart": ALARM.via("history"),
        "Latest": ALARM.via("device"),
        "Lesson": ALARM.via("alarm"),
        "MachineDay": ALARM,
        "Report": ALARM,
        "Wear": ALARM,
        "Limit": ALARM,
        "PastTest": ALARM,
        "Refused": ALARM.via("device"),
        "Terminal": ALARM.via("device"),
    }
    menu = (
        MenuItem(_("报警"), "monitoring:alarms", "bell", "monitoring.see", "desk", 18, "queries.alarms.waiting", plain=True, rare=True, often="monitoring.handle"),
        MenuItem(_("远程调参"), "monitoring:commands", "adjustments-horizontal", "monitoring.see", "desk", 19, "queries.commands.waiting", plain=True, rare=True, often="monitoring.command_approve"),
        MenuItem(_("设备机群"), "monitoring:fleet", "map-pin", "monitoring.see", "assets", 25, rare=True, often="monitoring.handle"),
        MenuItem(_("作业简报"), "monitoring:brief", "chart-bar", "monitoring.see", "assets", 30, rare=True),
        MenuItem(_("没收下的数据"), "monitoring:refused", "filter", "monitoring.devices", "assets", 60, rare=True),
        MenuItem(_("监控模板"), "monitoring:templates", "sitemap", "monitoring.see", "assets", 61, rare=True),
    )  # fmt: skip
    lists = ("lists.LIST",)
    fulfils = dict.fromkeys(("alarm.acknowledge", "alarm.diagnose"), "monitoring:of_duty") | {
        "remote.approve": "monitoring:command_of_duty"
    }
    only_there = ("queries.alarms.only_there", "queries.commands.only_there")
    numbered = {"BJ": "queries.alarms.by_number", "TC": "queries.commands.by_number"}
    search_kinds = {"BJ": (_("报警"), "bell"), "TC": (_("远程调参"), "adjustments-horizontal")}
    panels = {
        "asset.overview": (
            Panel(_("实时数据"), "monitoring:live", "monitoring.see", 10),
            Panel(_("健康与寿命"), "monitoring:condition", "monitoring.see", 15),
        ),
        "asset.tabs": (
            Panel(_("报警"), "monitoring:alarms_of_asset", "monitoring.see", 12, "queries.alarms.of_asset"),
            Panel(_("远程调参"), "monitoring:commands_of_asset", "monitoring.see", 13, "queries.commands.of_asset"),
        ),
        "customer.tabs": (Panel(_("报警"), "monitoring:alarms_of_customer", "monitoring.see", 21, "queries.alarms.of_customer"),),
    }  # fmt: skip
    timeline = {
        **dict.fromkeys(("alarm.", "diagnosis."), "monitoring/timeline/alarm.html"),
        "consent.": "monitoring/timeline/consent.html",
        "remote.": "monitoring/timeline/command.html",
        **dict.fromkeys(
            ("part.life_reached", "part.replaced", "machine.hours_reached"),
            "monitoring/timeline/condition.html",
        ),
    }
    timeline_adds = {
        **dict.fromkeys(("alarm.", "diagnosis."), "queries.alarms.of_facts"),
        "remote.": "queries.commands.of_facts",
        **dict.fromkeys(("part.", "machine."), "queries.condition.of_facts"),
    }
    deeds = {
        "alarm.acknowledge": _("确认报警"), "alarm.shelve": _("搁置报警"), "alarm.unshelve": _("取消搁置报警"),
        "alarm.expect": _("设定预期报警的时段"), "alarm.expect_end": _("结束预期报警的时段"), "alarm.nobody": _("报警时没有人可叫"),
        "alarm.cause": _("确定报警的实际原因"), "alarm.judge": _("判断报警"), "alarm.note": _("备注报警"), "alarm.tell": _("告知初步诊断"),
        "alarm.limit": _("修改设备的报警限"), "alarm.try": _("用历史数据试算报警规则"), "alarm.trial": _("规则试运行或启用"), "consent.record": _("记下客户对设备数据的表示"), "device.register": _("生成设备接入凭证"), "device.revoke": _("作废设备接入凭证"),
        "device.template": _("修改监控模板"),
        "command.switch": _("开启或关闭远程调参"), "command.permit": _("记录客户允许远程调参"), "command.permit_end": _("记录客户撤回许可"),
        "command.propose": _("申请远程调参"), "command.ask": _("请客户同意远程调参"), "command.consent": _("客户同意远程调参"),
        "command.decline": _("客户不同意远程调参"), "command.withdraw": _("客户撤回同意"), "command.approve": _("批准远程调参"),
        "command.cancel": _("取消远程调参"), "command.settle": _("远程调参现场处理完"),
        "part.renew": _("更换部件，寿命重新计"), "health_report.ask": _("生成设备健康体检报告"), "brief.export": _("导出作业简报"),
        "device.history": _("上传设备历史数据"), "device.history_taken": _("收下设备历史数据"),
        "device.terminal": _("登记车载终端"),
    }  # fmt: skip
    canaries = "tests.factories.canaries"
