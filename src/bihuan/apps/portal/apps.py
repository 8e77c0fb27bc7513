"""The customer's pages without login: report by a code, follow it, say whether it is solved."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers.apps import CUSTOMER
from bihuan.apps.demands.apps import DEMANDS
from bihuan.apps.tickets.apps import TICKETS
from bihuan.base.registry import App, Panel


class PortalConfig(App):
    name = "bihuan.apps.portal"
    label = "portal"
    title = _("客户入口")
    ticks = ("guard.clear_old",)
    services = {
        "code.wrong": "guard.wrong_code",
        "ticket.share": "sharing.share",
        "command.ask_customer": "changes.ask",
    }
    panels = {
        "asset.public": (Panel(_("报修"), "portal:machine", "assets.see", 10),),
        "customer.side": (Panel(_("客户看自己设备的页面"), "portal:fleet_links", "portal.fleet", 65),),
        "demand.side": (Panel(_("请客户确认方案"), "portal:plan_links", "demands.see", 10),),
        "ticket.side": (Panel(_("给客户的进度页"), "portal:links", "tickets.see", 40),),
    }  # fmt: skip
    reach = {
        "Link": TICKETS.via("ticket"),
        "PlanLink": DEMANDS.via("demand"),
        "FleetLink": CUSTOMER.via("customer"),
    }
    canaries = "tests.canaries.canaries"
    deeds = {
        "portal.reported": _("客户扫码报修"),
        "portal.refused": _("门户拒绝操作"),
        "portal.staff_refused": _("拒绝员工代客户操作"),
        "portal.wrong_address": _("访问不存在的链接"),
        "portal.guessing": _("疑似猜测链接"),
        "portal.too_often": _("操作过于频繁"),
        "portal.link_made": _("开通进度链接"),
        "portal.link_revoked": _("关闭进度链接"),
        "portal.link_sent": _("发送进度链接"),
        "portal.plan_sent": _("发送方案链接"),
        "portal.plan_answered": _("客户答复方案"),
        "portal.fleet_made": _("开通客户的设备页"),
        "portal.fleet_revoked": _("停用客户的设备页"),
        "portal.fleet_taken": _("客户下载设备统计"),
        "portal.change_sent": _("发送调参确认页"),
        "portal.change_answered": _("客户答复远程调参"),
    }
