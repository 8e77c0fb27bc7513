"""What the pages of compliance have in common."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.apps.compliance.counting import EARLIEST
from bihuan.base.access.models import User
from bihuan.base.access.scope import may
from bihuan.base.errors import NoSuchThing

LONGEST_CODE = 60
TABS = (
    ("board", "compliance.see"), ("targets", "compliance.see"), ("overdue", "compliance.see"), ("load", "compliance.see"),
    ("waivers", "compliance.see"), ("bundles", "compliance.bundle"),
)  # fmt: skip


def who(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def month_named(text: str) -> date:
    """The first day of `2026-03`. Raises NoSuchThing."""
    try:
        return max(date.fromisoformat(f"{text}-01"), EARLIEST)
    except ValueError:
        raise NoSuchThing from None


def asked(request: HttpRequest, name: str) -> str:
    """A code of the query string; what cannot be one (too long, a NUL) is as if it were not there."""
    text = request.GET.get(name, "")
    return "" if len(text) > LONGEST_CODE or "\0" in text else text


def page(
    request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page under the tabs that this person may open."""
    titles = {
        "board": _("看板"), "targets": pgettext("of a regulation", "目标"), "overdue": _("逾期账龄"), "load": _("负荷预测"), "waivers": _("豁免台账"),
        "bundles": _("证据包"),
    }  # fmt: skip
    tabs = [
        {"code": code, "title": titles[code], "url": reverse(f"compliance:{code}")}
        for code, verb in TABS
        if may(who(request), verb)
    ]
    return render(request, f"compliance/{name}.html", context | {"tabs": tabs}, status=status)
