"""People: posts, teams, skills, calendars and substitutes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.base.registry import App, MenuItem


class PeopleConfig(App):
    name = "bihuan.apps.people"
    label = "people"
    title = _("人员与日历")
    choices = {"region": "queries.region_choices", "team": "queries.team_choices"}
    ticks = ("ticks.follow_posts", "ticks.tell_leaves")
    menu = (
        MenuItem(
            pgettext_lazy("many", "人员"),
            "people:staff",
            "users",
            needs="people.see",
            section="manage",
            order=20,
            rare=True,
            often="people.manage",
        ),
        MenuItem(
            _("工作日历"),
            "people:calendars",
            "calendar-month",
            needs="people.see",
            section="manage",
            order=30,
            rare=True,
            often="calendar.manage",
        ),
    )
