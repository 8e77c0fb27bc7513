"""What the customer agreed to for a machine: what holds, how it came about, and a new word of his."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bihuan.apps.assets.views.common import asset_at, head, now_and_person
from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.actions.consents import record
from bihuan.apps.monitoring.enums import Agreed
from bihuan.apps.monitoring.forms import ConsentForm
from bihuan.apps.monitoring.models import Consent
from bihuan.apps.monitoring.queries.consents import refused
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.errors import Refusal


@needs("monitoring.see")
@require_GET
def consents(request: HttpRequest, asset: int) -> HttpResponse:
    now, _person = now_and_person(request)
    said_at = timezone.localtime(now).replace(second=0, microsecond=0, tzinfo=None)
    return _page(request, asset, ConsentForm(initial={"said_at": said_at}))


@needs("monitoring.consent")
@require_POST
def say(request: HttpRequest, asset: int) -> HttpResponse:
    """Write down what the customer said."""
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.consent")
    form = ConsentForm(request.POST)
    if form.is_valid():
        try:
            record(asset=machine, by=person, now=now, **form.said())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已记下，几秒内生效。"))
            return redirect("monitoring:consents", machine.pk)
    return _page(request, asset, form, status=422)


def _page(request: HttpRequest, asset: int, form: ConsentForm, status: int = 200) -> HttpResponse:
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.see")
    rows = list(
        Consent.objects.filter(asset=machine).select_related("by").order_by("-recorded_at", "-pk")
    )
    no = refused([machine.pk], now).get(machine.pk, frozenset())
    context = head(request, machine, "monitoring-consents", now) | {
        "kinds": [_kind(what, rows, no=what in no) for what in Agreed], "form": form,
        "may_say": may(person, "monitoring.consent", machine),
    }  # fmt: skip
    return render(request, "monitoring/consents.html", context, status=status)


def _kind(what: Agreed, rows: list[Consent], *, no: bool) -> dict[str, Any]:
    own = [row for row in rows if row.what == what]
    return {
        "title": words.title(words.AGREED, what), "why": words.title(words.AGREED_WHY, what), "no": no,
        "said": bool(own) and own[0].replaced_at is None,
        "rows": [{"row": row, "told": words.title(words.TOLD, row.told)} for row in own],
    }  # fmt: skip
