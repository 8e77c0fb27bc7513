from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App


class SearchConfig(App):
    name = "bihuan.base.search"
    label = "search"
    default_auto_field = "django.db.models.BigAutoField"
    title = _("搜索")
