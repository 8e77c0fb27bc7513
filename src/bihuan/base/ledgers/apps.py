from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App


class LedgersConfig(App):
    name = "bihuan.base.ledgers"
    label = "ledgers"
    default_auto_field = "django.db.models.BigAutoField"
    title: ClassVar = _("台账")
