"""The form of a kept view."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.base.access.forms import offered, role_choices
from bihuan.base.access.models import User
from bihuan.base.access.scope import reaches
from bihuan.base.lists.actions import SHARE, Shared
from bihuan.base.lists.models import Audience, View

ROLE = "role:"


class ViewForm(forms.Form):
    """Its name and, for whoever may share, who else sees it."""

    title = forms.CharField(label=_("名字"), max_length=40)
    audience = forms.ChoiceField(
        label=_("谁看得到"), required=False,
        help_text=_("别人打开时看到的是他自己范围里的行。"),
    )  # fmt: skip
    first = forms.BooleanField(label=_("打开这个列表时先看它"), required=False)

    def __init__(self, *args: Any, person: User, view: View | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not reaches(person, SHARE):
            del self.fields["audience"]
            return
        choices: list[tuple[str, Any]] = [("", _("只有我"))]
        if person.team_id is not None:
            teams = dict(offered("team"))
            name = teams.get(str(person.team_id), "")
            choices.append(("team", _("我的班组 %(name)s") % {"name": name}))
        choices += [(f"{ROLE}{code}", title) for code, title in role_choices()]
        if view is not None and view.audience == Audience.TEAM and view.team_id != person.team_id:
            choices.append(("kept", _("原来的班组")))
        self.fields["audience"].choices = choices  # type: ignore[attr-defined]

    def shared(self, person: User, view: View | None = None) -> Shared:
        """What the form says of the audience; without the field it stays as it is."""
        if "audience" not in self.fields:
            return Shared() if view is None else kept(view)
        value = self.cleaned_data["audience"]
        if value == "team":
            return Shared(Audience.TEAM, person.team_id)
        if value.startswith(ROLE):
            return Shared(Audience.ROLE, None, value.removeprefix(ROLE))
        return kept(view) if value == "kept" and view is not None else Shared()


def kept(view: View) -> Shared:
    """The audience of a view."""
    return Shared(Audience(view.audience), view.team_id, view.role)


def initial_of(view: View, person: User) -> dict[str, Any]:
    """What the form shows of a view."""
    audience = ""
    if view.audience == Audience.ROLE:
        audience = f"{ROLE}{view.role}"
    elif view.audience == Audience.TEAM:
        audience = "team" if view.team_id == person.team_id else "kept"
    return {"title": view.title, "audience": audience}
