"""Carrying out a duty on the generic page: any kind, with its proof, also on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from bihuan.apps.obligations import actions
from bihuan.apps.obligations.acts import Proof
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.forms import DischargeForm
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.refusals import CarriedOutThere
from bihuan.apps.obligations.rows import carry_url, row_of, rows_of, tier_names
from bihuan.apps.obligations.views.detail import held
from bihuan.apps.obligations.views.workbench import who
from bihuan.apps.obligations.words import duty_word, language, verifier_word
from bihuan.base import clock, registry
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import visible
from bihuan.base.errors import Refusal
from bihuan.base.evidence.actions import store
from bihuan.base.lists.conflicts import conflict


@needs("obligations.work")
@require_http_methods(["GET", "HEAD", "POST"])
def carry_out(request: HttpRequest, pk: int) -> HttpResponse:
    """The screen of the app that claims the kind; else this page, and where that app has nothing
    for this duty (`?plain=1`). Raises CarriedOutThere while a thing has yet to move with it.
    """
    ob = held(request, pk, "obligations.work")
    plain = request.method == "POST" or "plain" in request.GET
    if not plain and (url := carry_url(ob)) != request.path:
        return redirect(url)
    if ob.state not in LIVE:
        return redirect("obligations:detail", pk)
    if thing := there([ob]).get(ob.pk):
        raise CarriedOutThere(thing=thing)
    now = clock.now()
    form = DischargeForm(
        request.POST or None, request.FILES or None, row=ob,
        initial={"at": timezone.localtime(now).replace(second=0, microsecond=0)},
    )  # fmt: skip
    others = also(ob, request)
    between = conflict(request, ob, form, now)
    if between is None and form.is_bound and form.is_valid():
        try:
            done = submit(request, ob, form, others, now)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            n = len(done)
            messages.success(
                request, ngettext("已办结 %(n)d 条。", "已办结 %(n)d 条。", n) % {"n": n}
            )
            return redirect("obligations:detail", pk)
    return render(
        request, "obligations/carry_out.html",
        {
            "ob": ob, "form": form, "row": row_of(ob, now, tier_names(now)), "now": now,
            "duty": duty_word(ob.kind), "clause": ob.pack.clauses[ob.clause],
            "lang": language(), "others": rows_of(others, now, {}),
            "verifier_word": verifier_word(ob.verified_by_rule), "needs_all": ob.proof.get("all"), "conflict": between,
        },
        status=422 if form.is_bound else 200,
    )  # fmt: skip


def also(ob: Obligation, request: HttpRequest) -> list[Obligation]:
    """Other live duties to the same customer with the same proof: one act may serve them all, but
    for those that their own thing carries out.
    """
    if ob.customer_id is None:
        return []
    rows = visible(Obligation.objects.filter(state__in=LIVE), who(request), "obligations.work")
    same = rows.filter(customer_id=ob.customer_id, assignee_id=ob.assignee_id).exclude(pk=ob.pk)
    kinds = set(ob.proof.get("any", ())) | set(ob.proof.get("all", ()))
    found = [
        row
        for row in same.select_related("customer", "assignee").order_by("due_at", "pk")[:12]
        if kinds & (set(row.proof.get("any", ())) | set(row.proof.get("all", ())))
    ]
    elsewhere = there(found)
    return [row for row in found if row.pk not in elsewhere]


def there(rows: Sequence[Obligation]) -> dict[int, str]:
    """Of these, those that a thing carries out with its own next step -> how it is called."""
    found: dict[int, str] = {}
    for _app, _name, things in registry.named("only_there"):
        found |= things(rows)
    return found


def submit(
    request: HttpRequest,
    ob: Obligation,
    form: DischargeForm,
    others: list[Obligation],
    now: datetime,
) -> list[Obligation]:
    """Store what was handed in and discharge; nothing is kept of the duties when refused."""
    proofs = []
    for given in form.given():
        file = store(given["upload"], by=who(request), now=now) if given["upload"] else None
        proofs.append(Proof(given["kind"], given["text"], file.pk if file else None, given["link"]))
    allowed = {row.pk for row in others}
    picked = [
        int(pk) for pk in request.POST.getlist("also") if pk.isdecimal() and int(pk) in allowed
    ]
    at = (
        min(form.cleaned_data["at"], now)
        if _this_minute(form.cleaned_data["at"], now)
        else form.cleaned_data["at"]
    )
    at = max(at, _begun(ob)) if _this_minute(at, _begun(ob)) else at
    return actions.discharge(
        obligation_ids=[ob.pk, *picked], by=who(request), now=now, at=at, evidence=proofs
    )


def _begun(ob: Obligation) -> datetime:
    return min(ob.anchor_at, ob.cause_at)


def _this_minute(one: datetime, other: datetime) -> bool:
    """The picker knows no seconds."""
    return abs((one - other).total_seconds()) < 60
