"""The first page and the to-do centre."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bihuan.apps.customers.models import Customer
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
    found, log = bench(person, now), registry.link("contact.log")
    return render(
        request,
        "obligations/workbench.html",
        {
            "bench": found, "now": now,
            "first_steps": [] if found.customer_count else _first_steps(person),
            "log_url": log.url if log and may(person, log.needs) else "",
        },
    )  # fmt: skip


def _first_steps(person: User) -> list[tuple[str, str, str]]:
    """What a company without a customer does first: (address, what, why), as far as one may."""
    if not may(person, "people.manage") or Customer.objects.exists():
        return []
    steps = [
        ("people.manage", "access:users", _("给同事开账号"), _("能登录，有权限")),
        ("people.manage", "people:staff", _("任命岗位"), _("岗位和区域决定谁办哪条义务")),
        ("calendar.manage", "people:calendars", _("核对工作日历"), _("每个期限都按它算")),
        ("ledgers.import", "ledgers:home", _("导入台账"), _("先客户，再联系人、型号、设备、合同，最后期初")),
        ("golive.rehearse", "obligations:rehearsal", _("上线排演"), _("看头十二周每人有多少事")),
    ]  # fmt: skip
    return [(address(url), title, why) for needed, url, title, why in steps if may(person, needed)]


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
    rows = rows_of(found.page.object_list, now, tier_names(now), person=who(request))
    return render(request, "obligations/todo.html", {"list": found, "rows": rows, "now": now})


__all__ = ["centre", "workbench"]
