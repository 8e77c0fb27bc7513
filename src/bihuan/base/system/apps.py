from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App, MenuItem


class SystemConfig(App):
    name = "bihuan.base.system"
    label = "system"
    default_auto_field = "django.db.models.BigAutoField"
    title = _("系统")
    menu = (
        MenuItem(
            _("系统状态"),
            "system:status",
            "activity",
            needs="system.see",
            section="manage",
            order=940,
            rare=True,
            often="system.manage",
        ),
    )
    ticks = (
        "heartbeat.forget",
        "idempotency.forget_old",
    )
    deeds = {
        "company.named": _("填写公司信息"),
        "company.logo": _("更换公司标志"),
    }
