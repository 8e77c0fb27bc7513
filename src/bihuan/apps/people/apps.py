"""People: posts, teams, skills, calendars and substitutes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App


class PeopleConfig(App):
    name = "bihuan.apps.people"
    label = "people"
    title = _("人员与日历")
    tells = ("calendar.corrected",)
