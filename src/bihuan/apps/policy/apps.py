"""Policy: the company's regulation as stored, in force, and read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App, MenuItem


class PolicyConfig(App):
    name = "bihuan.apps.policy"
    label = "policy"
    title = _("制度")
    ticks = ("ticks.tell_in_force",)
    menu = (
        MenuItem(
            _("制度中心"),
            "policy:home",
            "section-sign",
            needs="policy.see",
            section="regulation",
            order=10,
        ),
    )
    searches = ("searching.entries",)
