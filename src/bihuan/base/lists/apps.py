from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App


class ListsConfig(App):
    name = "bihuan.base.lists"
    label = "lists"
    default_auto_field = "django.db.models.BigAutoField"
    title = _("列表和视图")
    deeds = {
        "view.keep": _("存下视图"),
        "view.change": _("修改视图"),
        "view.remove": _("删除视图"),
    }
