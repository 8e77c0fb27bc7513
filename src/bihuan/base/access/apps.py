from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App, MenuItem


class AccessConfig(App):
    name = "bihuan.base.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
    title = _("账号与权限")
    menu = (
        MenuItem(
            _("账号"),
            "access:users",
            "users",
            needs="people.manage",
            section="manage",
            order=910,
            rare=True,
            often="people.manage",
        ),
    )
    ticks = ("lockout.clear_old",)
