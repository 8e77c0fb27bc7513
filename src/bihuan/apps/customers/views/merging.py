"""Doubles: suggested, proposed, checked by a second person, taken apart again."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.customers import actions, words
from bihuan.apps.customers.enums import MergeState
from bihuan.apps.customers.forms.decisions import MergeForm
from bihuan.apps.customers.models import Customer, Merge
from bihuan.apps.customers.queries import lists
from bihuan.apps.customers.queries.doubles import MOST
from bihuan.apps.customers.queries.doubles import doubles as suggested
from bihuan.apps.customers.views.common import Dressed, answer, now_and_person, submit
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door
from bihuan.base.texts import listed

SHOWN = 20
JUDGED = 20
FIELDS = (
    "code",
    "name",
    "credit_code",
    "region",
    "city",
    "address",
    "industry",
    "since",
    "account_manager",
)


@needs("customers.merge")
@require_GET
def doubles(request: HttpRequest) -> HttpResponse:
    now, person = now_and_person(request)
    judged = [MergeState.MERGED, MergeState.UNDONE, MergeState.REFUSED]
    own = Case(When(proposed_by=person, then=1), default=0)
    proposed = lists.merges(person, [MergeState.PROPOSED]).order_by(own, "proposed_at", "id")
    waiting = [_dressed(each, now) for each in proposed[:SHOWN]]
    more = max(0, proposed.count() - SHOWN)
    past = lists.merges(person, judged)
    done = [_dressed(each, now) for each in past[:JUDGED]]
    why = {"NAME": _("名称相同"), "PHONE": _("电话相同")}
    pairs = [
        {"double": each, "why": listed(why[code] for code in each.why)} for each in suggested()
    ]
    return render(
        request,
        "customers/doubles.html",
        {
            "pairs": pairs,
            "cut": len(pairs) == MOST,
            "waiting": waiting,
            "more": more,
            "done": done,
            "all_done": past.count() if len(done) == JUDGED else len(done),
            "person": person,
        },
    )


def _dressed(merge: Merge, now: datetime) -> Dressed:
    open_still = merge.undo_until is not None and now <= merge.undo_until
    return Dressed(
        merge,
        rows=_side_by_side(merge.kept, merge.gone),
        state_title=words.title(words.MERGE_STATE, merge.state),
        can_undo=merge.state == MergeState.MERGED and open_still,
        moved_count=sum(len(keys) for keys in merge.moved.values()),
    )


def _side_by_side(one: Customer, other: Customer) -> list[dict[str, object]]:
    rows = []
    for name in FIELDS:
        left, right = getattr(one, name), getattr(other, name)
        if left or right:
            rows.append(
                {
                    "title": words.FIELD.get(name, _("编号")),
                    "one": getattr(left, "name", left),
                    "other": getattr(right, "name", right),
                    "same": left == right,
                }
            )
    return rows


@needs("customers.merge")
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    kept = door(Customer.objects.all(), person, pk, "customers.merge")
    form = MergeForm(
        request.POST or None,
        person=person,
        kept=kept,
        initial={"gone": request.GET.get("with", "")},
    )
    if request.method == "POST" and submit(
        form, lambda values: actions.propose_merge(kept=kept, by=person, now=now, **values)
    ):
        messages.success(request, _("已提出，等另一个人核对。"))
        return redirect("customers:doubles")
    heading = _("并入 %(name)s") % {"name": kept.name}
    context = {"form": form, "heading": heading, "cancel": reverse("customers:detail", args=[pk])}
    return answer(request, "customers/form.html", context, form)


@needs("customers.merge")
@require_POST
def decide(request: HttpRequest, merge: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = door(Merge.objects.select_related("kept", "gone"), person, merge, "customers.merge")
    agree = request.POST.get("agree") == "1"
    actions.decide_merge(proposal=row, agree=agree, by=person, now=now)
    messages.success(
        request,
        _("已合并到 %(name)s。") % {"name": row.kept.name} if agree else _("已记下：不是同一家。"),
    )
    return redirect("customers:doubles")


@needs("customers.merge")
@require_POST
def undo(request: HttpRequest, merge: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = door(Merge.objects.select_related("kept", "gone"), person, merge, "customers.merge")
    actions.unmerge(proposal=row, by=person, now=now)
    messages.success(request, _("已拆回两家。"))
    return redirect("customers:doubles")
