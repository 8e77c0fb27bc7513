from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App, MenuItem


class FactsConfig(App):
    name = "bihuan.base.facts"
    label = "facts"
    default_auto_field = "django.db.models.BigAutoField"
    title = _("事实")
    menu = (
        MenuItem(
            _("登记事实"),
            "facts:tell",
            "pencil",
            needs="facts.tell",
            section="manage",
            order=900,
            rare=True,
        ),
    )
    deeds = {
        "facts.letter_replayed": _("重放死信"),
        "facts.letter_set_aside": _("搁置死信"),
    }
