from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App


class AuditConfig(App):
    name = "bihuan.base.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
    title: ClassVar = _("操作日志")
