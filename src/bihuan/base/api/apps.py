from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App


class ApiConfig(App):
    name = "bihuan.base.api"
    label = "api"
    title = _("接口")
