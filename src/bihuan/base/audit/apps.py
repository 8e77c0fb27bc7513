from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App, MenuItem


class AuditConfig(App):
    name = "bihuan.base.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
    title = _("操作日志")
    menu = (
        MenuItem(
            _("操作日志"),
            "audit:list",
            "history",
            needs="audit.see",
            section="manage",
            order=930,
            rare=True,
        ),
    )
    ticks = ("sealing.seal",)
