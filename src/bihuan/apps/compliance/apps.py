"""What was kept of the regulation: per clause, department and month."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App, MenuItem, Panel, Reach


class ComplianceConfig(App):
    name = "bihuan.apps.compliance"
    label = "compliance"
    title = _("合规")
    listeners = {"compliance": "handlers.on_facts"}
    ticks = ("ticks.count", "ticks.bundle")
    canaries = "tests.canaries.canaries"
    reach = {
        "Cell": Reach(region=("region",)),
        "PromiseLink": Reach(
            own=("customer__account_manager_id", "customer__exec_sponsor_id"),
            region=("customer__region",),
        ),
    }
    panels = {
        "customer.side": (Panel(_("给客户看的承诺页"), "compliance:links", "compliance.share", 60),),
    }  # fmt: skip
    menu = (
        MenuItem(_("合规看板"), "compliance:board", "shield-check", "compliance.see", "regulation", 20),
    )  # fmt: skip
    deeds = {
        "compliance.freeze": _("固定月报"),
        "compliance.correct": _("更正月报"),
        "compliance.waivers_exported": _("导出豁免台账"),
        "compliance.bundle_asked": _("申请审计包"),
        "compliance.bundle": _("生成审计包"),
        "compliance.bundle_taken": _("下载审计包"),
        "compliance.link_made": _("开通承诺页"),
        "compliance.link_revoked": _("关闭承诺页"),
    }
