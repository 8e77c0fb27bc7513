from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App


class EvidenceConfig(App):
    name = "bihuan.base.evidence"
    label = "evidence"
    default_auto_field = "django.db.models.BigAutoField"
    title = _("证据文件")
