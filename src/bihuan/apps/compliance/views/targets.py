"""The targets of the regulation and what was reached of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from bihuan.apps.compliance import targets as reached
from bihuan.apps.compliance.views.frame import asked, page, who
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.base import clock
from bihuan.base.access.policy import needs
from bihuan.base.errors import NoSuchThing
from bihuan.base.ui.paging import paged
from bihuan.lib.policy import Pack, span_by_key


@needs("compliance.see")
@require_GET
def targets(request: HttpRequest) -> HttpResponse:
    now, person = clock.now(), who(request)
    try:
        pack = pack_at(now)
    except NoPackInForce:
        return page(request, "targets", {"lines": [], "now": now})
    context: dict[str, Any] = {"lines": reached.lines(person, pack, now), "now": now}
    if asked(request, "target"):
        context |= _behind(request, pack, context["lines"])
    return page(request, "targets", context)


def _behind(request: HttpRequest, pack: Pack, lines: list[reached.Line]) -> dict[str, Any]:
    """The rows behind one figure. Raises NoSuchThing."""
    code, kept = asked(request, "target"), asked(request, "show") == "kept"
    line = next((each for each in lines if each.target.id == code and not each.why), None)
    try:
        _every, span = span_by_key(asked(request, "span"))
    except ValueError:
        raise NoSuchThing from None
    if line is None:
        raise NoSuchThing
    rows = reached.behind(who(request), pack, line.target, span, kept=kept, now=clock.now())
    found = paged(request, rows)
    return {
        "line": line, "span": span.key, "kept": kept, "page": found,
        "rows": reached.shown(found.object_list),
    }  # fmt: skip
