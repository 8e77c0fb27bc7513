from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App


class NotifyConfig(App):
    name = "bihuan.base.notify"
    label = "notify"
    default_auto_field = "django.db.models.BigAutoField"
    title = _("通知")
    ticks = (
        "sending.wake_waiting",
        "tasks.plan_again",
    )
    deeds = {
        "notify.webhook_added": _("添加外部系统回调"),
        "notify.webhook_toggled": _("启用或停用外部系统回调"),
    }
