"""The rehearsal of the first weeks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.apps.obligations.models import Rehearsed
from bihuan.apps.obligations.rehearsal import Rehearsal, ask
from bihuan.apps.obligations.trial.enums import TrialState
from bihuan.apps.obligations.words import duty_word, role_word
from bihuan.apps.policy.queries import NoPackInForce
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may


@needs("golive.rehearse")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The newest figures; asking for new ones."""
    assert isinstance(request.user, User)
    if request.method == "POST":
        try:
            ask(by=request.user, now=clock.now())
        except NoPackInForce:
            messages.error(request, _("还没有发布的制度，排不了。"))
        return redirect("obligations:rehearsal")
    newest = Rehearsed.objects.select_related("asked_by").order_by("-pk").first()
    done = Rehearsed.objects.filter(state=TrialState.DONE).order_by("-pk").first()
    return render(
        request, "obligations/rehearsal.html",
        {
            "may_set": may(request.user, "people.manage"), "newest": newest, "done": done,
            **(_shown(Rehearsal.from_data(done.found)) if done else {}),
        },
    )  # fmt: skip


@needs("golive.rehearse")
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """Whether the figures are there."""
    if Rehearsed.objects.filter(state=TrialState.WAITING).exists():
        return render(request, "obligations/parts/rehearsing.html")
    return HttpResponse(headers={"HX-Refresh": "true"})


def _shown(found: Rehearsal) -> dict[str, Any]:
    return {
        "found": found,
        "open": [(duty_word(x.kind), role_word(x.role), x.count) for x in found.open],
        "people": [(x, role_word(x.role)) for x in found.people],
        "weeks": [
            (
                week, [(duty_word(x.kind), role_word(x.role), x.count) for x in week.lines],
                [(x, role_word(x.role)) for x in week.loads],
            )
            for week in found.weeks
        ],
        "total": sum(week.count for week in found.weeks),
        "excess": sum(week.excess for week in found.weeks),
        "unstated": sum(week.unstated for week in found.weeks),
    }  # fmt: skip
