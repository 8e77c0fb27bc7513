from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.base.registry import App, MenuItem


class LedgersConfig(App):
    name = "bihuan.base.ledgers"
    label = "ledgers"
    default_auto_field = "django.db.models.BigAutoField"
    title = _("台账")
    menu = (
        MenuItem(
            _("台账导入导出"),
            "ledgers:home",
            "file-spreadsheet",
            needs="ledgers.import",
            section="manage",
            order=905,
            rare=True,
        ),
    )
    ticks = ("tasks.plan_again",)
    deeds = {
        "ledgers.uploaded": _("上传台账文件"),
        "ledgers.brought_in": pgettext_lazy("deed", "导入台账"),
        "ledgers.exported": _("导出台账"),
    }
