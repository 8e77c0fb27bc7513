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
    snapshots = {"person": "snapshots.people"}
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
    named_by = {"WorkCalendar": "name"}
    deeds = {
        "calendar.change": _("改动工作日历"),
        "people.appoint": _("任命岗位"),
        "people.end_post": _("结束任职"),
        "people.leave": _("登记请假"),
        "people.leave_ended": _("结束或取消请假"),
        "people.add_region": _("新建区域"),
        "people.add_team": _("新建团队"),
        "people.set_lead": _("指定团队负责人"),
        "people.set_capacity": _("设置周工作量"),
        "people.follow_posts": _("按任职更新账号岗位"),
    }
