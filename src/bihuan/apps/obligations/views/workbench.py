"""The first page and the to-do centre."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from bihuan.apps.obligations.rows import rows_of, tier_names
from bihuan.apps.obligations.todo import LIST
from bihuan.apps.obligations.workbench import bench
from bihuan.base import clock, registry
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.lists.page import show
from bihuan.base.ui.addresses import address


def who(request: HttpRequest) -> User:
    """The signed-in person."""
    assert isinstance(request.user, User)
    return request.user


@needs("home.see")
@require_safe
def workbench(request: HttpRequest) -> HttpResponse:
    person, now = who(request), clock.now()
    if not may(person, "obligations.work") and (url := _first_page(person)):
        return redirect(url)
    return render(
        request,
        "obligations/workbench.html",
        {
            "bench": bench(person, now), "now": now,
            "log_url": registry.link("contact.log") if may(person, "customers.see") else "",
        },
    )  # fmt: skip


def _first_page(person: User) -> str:
    """For who owes nothing here (a supplier): the first line of his menu that is his own."""
    items = [item for config in registry.manifests() for item in config.menu]
    own = [item for item in items if item.needs != "home.see" and may(person, item.needs)]
    return address(min(own, key=lambda item: item.order).url) if own else ""


@needs("obligations.work")
@require_safe
def centre(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    found = show(LIST, request, now)
    rows = rows_of(found.page.object_list, now, tier_names(now))
    return render(request, "obligations/todo.html", {"list": found, "rows": rows, "now": now})


__all__ = ["centre", "workbench"]
