"""Policy: the company's regulation as stored, in force, and read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App


class PolicyConfig(App):
    name = "bihuan.apps.policy"
    label = "policy"
    title = _("制度")
    tells = ("pack.published",)
