"""Policy: the company's regulation as stored, in force, and read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.base.registry import App, MenuItem


class PolicyConfig(App):
    name = "bihuan.apps.policy"
    label = "policy"
    title = _("制度")
    ticks = ("ticks.tell_in_force",)
    checks = {"policy.parameters": "wellness.parameters"}
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
    deeds = {
        "policy.draft": _("起草制度"),
        "policy.changed": _("修改制度草稿"),
        "policy.discarded": _("丢弃制度草稿"),
        "policy.submitted": _("提交制度审核"),
        "policy.sent_back": _("退回制度草稿"),
        "policy.publish": pgettext_lazy("deed", "发布制度"),
        "policy.writing": _("编写制度"),
        "policy.writing_discarded": _("丢弃编写中的制度"),
    }
