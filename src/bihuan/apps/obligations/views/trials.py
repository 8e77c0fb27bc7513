"""Asking for a trial and reading what came out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.obligations.trial import actions, pages
from bihuan.apps.obligations.trial.enums import TrialState
from bihuan.apps.obligations.trial.forms import TrialForm
from bihuan.apps.obligations.trial.models import Trial
from bihuan.apps.policy.models import PackVersion
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.errors import BadInput, NoSuchThing
from bihuan.base.storable import whole
from bihuan.base.ui.paging import paged


@needs("policy.edit")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    rows = Trial.objects.select_related("asked_by").prefetch_related("results__version")
    page = paged(request, rows.order_by("-asked_at", "-pk"))
    return render(request, "obligations/trials.html", {"page": page})


@needs("policy.edit")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    now = clock.now()
    form = TrialForm(
        request.POST or None, today=timezone.localtime(now).date(), draft=request.GET.get("draft", "")
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            trial = actions.ask(
                versions=[given["base"], *given["versions"]], since=given["since"],
                until=given["until"], minutes=given["minutes"], by=request.user, now=now,
            )  # fmt: skip
        except BadInput as bad:
            for name, sentence in bad.fields.items():
                form.add_error(name, sentence)
        else:
            return redirect("obligations:trial", trial.pk)
    return render(
        request, "obligations/trial_new.html", {"form": form}, status=422 if form.errors else 200
    )


@needs("policy.edit")
@require_http_methods(["GET", "POST"])
def brief(request: HttpRequest, pk: int) -> HttpResponse:
    """What the trial said that a draft was, or is about to be, sent for approval with (a panel)."""
    row = PackVersion.objects.defer("files").filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    asked = whole(request.POST.get("trial")) or row.submission.get("trial")
    found = Trial.objects.filter(pk=asked, results__version=row).first() if asked else None
    columns = pages.columns(found) if found is not None else []
    columns = [each for each in columns if each is columns[0] or each.version == row]
    context = {"trial": found, "columns": columns}
    return render(request, "obligations/parts/trial_brief.html", context)


@needs("policy.edit")
@require_GET
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    """What came out; while it is being worked out the part of the page asks again by itself."""
    assert isinstance(request.user, User)
    row = Trial.objects.select_related("asked_by").filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    span = actions.span_of(row)
    rules, of = (request.GET.get(name, "") for name in ("part", "version"))
    context = pages.page(row, request.user, rules, of, span, clock.now())
    if context.get("late"):
        context["page"] = paged(request, context["late"])
    waiting = row.state in (TrialState.WAITING, TrialState.RUNNING)
    part = request.headers.get("HX-Request") and waiting
    template = "obligations/parts/trial_progress.html" if part else "obligations/trial.html"
    answer = render(request, template, context | {"waiting": waiting})
    if request.headers.get("HX-Request") and not waiting:
        answer = HttpResponse(headers={"HX-Refresh": "true"})
    return answer
