"""Holding a meeting, issuing a report, reading the regulation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from bihuan.apps.obligations import convening
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.forms import MomentInput, PersonField
from bihuan.apps.obligations.gatherings import Report
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import row_of, rows_of, tier_names
from bihuan.apps.obligations.views.detail import held
from bihuan.apps.obligations.views.workbench import who
from bihuan.apps.obligations.words import language, said
from bihuan.base import clock, registry
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.evidence.actions import store

DECISIONS = 6


class MeetingForm(forms.Form):
    """When, where, what was said."""

    held_at = forms.DateTimeField(label=_("召开时间"), widget=MomentInput())
    place = forms.CharField(label=_("地点或会议号"), max_length=120, required=False)
    minutes = forms.CharField(
        label=_("纪要"), required=False, max_length=20000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("写在这里，或者上传纪要文件。"),
    )  # fmt: skip
    file = forms.FileField(label=_("纪要文件"), required=False)


class DecisionForm(forms.Form):
    """One decision: what, who, until when."""

    text = forms.CharField(label=_("决议"), required=False, max_length=500)
    owner = PersonField(label=_("责任人"), required=False, queryset=User.objects.none())
    due_on = forms.DateField(
        label=_("完成期限"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, PersonField)
        owner.queryset = User.objects.ours()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("text") and not (data.get("owner") and data.get("due_on")):
            raise forms.ValidationError(_("每条决议要有责任人和完成期限。"))
        return data


Decisions = forms.formset_factory(DecisionForm, extra=DECISIONS)


def _to_do_here(request: HttpRequest, pk: int, screen: str) -> Obligation:
    """A duty of a kind that this screen carries out. Raises NoSuchThing."""
    ob = held(request, pk, "obligations.work")
    if registry.fulfilling(ob.kind) != screen:
        raise NoSuchThing
    return ob


@needs("obligations.work")
@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    ob = _to_do_here(request, pk, "obligations:meeting")
    if ob.state not in LIVE:
        return redirect("obligations:detail", pk)
    now = clock.now()
    invited = convening.members(ob, timezone.localdate(now))
    initial = {"held_at": timezone.localtime(now).replace(second=0, microsecond=0)}
    form = MeetingForm(request.POST or None, request.FILES or None, initial=initial)
    decisions = Decisions(request.POST or None, prefix="decision")
    if request.method == "POST" and form.is_valid() and decisions.is_valid():
        try:
            _hold(request, ob, invited, form, decisions, now)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("会议已记录，决议已转为义务。"))
            return redirect("obligations:detail", pk)
    items = convening.open_items(ob, who(request), now)
    tiers = tier_names(now)
    return render(
        request, "obligations/meeting.html",
        {
            "ob": ob, "row": row_of(ob, now, tiers), "form": form, "decisions": decisions, "now": now,
            "more_decisions": any(each.errors or each["text"].value() for each in decisions.forms[2:]),
            "invited": invited, "present": request.POST.getlist("present"),
            "agenda": [said(each) for each in convening.details(ob).get("agenda") or ()],
            "open_decisions": rows_of(items["decisions"], now, tiers),
            "late": rows_of(items["late"], now, tiers),
            "quorum": round(100 * float(convening.details(ob).get("quorum") or 0)),
        },
        status=422 if request.method == "POST" else 200,
    )  # fmt: skip


def _hold(
    request: HttpRequest, ob: Obligation, invited: list[User], form: MeetingForm, decisions: Any,
    now: datetime,
) -> None:  # fmt: skip
    there = set(request.POST.getlist("present"))
    upload = form.cleaned_data["file"]
    at = form.cleaned_data["held_at"]
    convening.hold(
        obligation=ob, by=who(request), now=now, held_at=min(at, now) if at.replace(second=0) <= now else at,
        place=form.cleaned_data["place"], invited=invited,
        present=[user for user in invited if str(user.pk) in there],
        minutes=form.cleaned_data["minutes"],
        file=store(upload, by=who(request), now=now) if upload else None,
        agenda=[said(each) for each in convening.details(ob).get("agenda") or ()],
        decisions=[
            convening.Decided(data["text"], data["owner"], data["due_on"])
            for each in decisions
            if (data := each.cleaned_data).get("text")
        ],
    )  # fmt: skip


@needs("obligations.work")
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    ob = _to_do_here(request, pk, "obligations:report")
    if ob.state not in LIVE:
        return redirect("obligations:detail", pk)
    now = clock.now()
    titles = [said(each) for each in convening.details(ob).get("sections") or ()] or [
        str(_("正文"))
    ]
    written = [request.POST.get(f"section_{n}", "") for n in range(len(titles))]
    error = ""
    if request.method == "POST":
        upload = request.FILES.get("file")
        try:
            convening.issue(
                obligation=ob, by=who(request), now=now,
                sections=[{"title": t, "text": w} for t, w in zip(titles, written, strict=True)],
                file=store(upload, by=who(request), now=now) if upload else None,
            )  # fmt: skip
        except Refusal as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("报告已发出。"))
            return redirect("obligations:detail", pk)
    return render(
        request, "obligations/report.html",
        {
            "ob": ob, "row": row_of(ob, now, tier_names(now)), "now": now, "error": error,
            "sections": [
                {"name": f"section_{n}", "title": title, "text": written[n]}
                for n, title in enumerate(titles)
            ],
            "readers": convening.readers(ob, timezone.localdate(now)),
        },
        status=422 if error else 200,
    )  # fmt: skip


@needs("home.see")
@require_http_methods(["GET", "HEAD", "POST"])
def report_read(request: HttpRequest, pk: int) -> HttpResponse:
    """The report, for its readers and for who sees its obligation; readers acknowledge here."""
    found = Report.objects.select_related("obligation", "file", "issued_by").filter(pk=pk).first()
    if found is None:
        raise NoSuchThing
    mine = found.readers.filter(user=who(request)).first()
    if mine is None and not may(who(request), "obligations.see", found.obligation):
        raise NoSuchThing
    if request.method == "POST":
        if mine is None:
            raise NoSuchThing
        convening.acknowledge_report(report=found, by=who(request), now=clock.now())
        return redirect("obligations:report_read", pk)
    return render(
        request, "obligations/report_read.html",
        {"report": found, "mine": mine, "readers": found.readers.select_related("user"), "title": said(found.obligation.title)},
    )  # fmt: skip


@needs("obligations.work")
@require_http_methods(["GET", "HEAD", "POST"])
def reading(request: HttpRequest, pk: int) -> HttpResponse:
    ob = _to_do_here(request, pk, "obligations:reading")
    if ob.state not in LIVE:
        return redirect("obligations:detail", pk)
    now = clock.now()
    if request.method == "POST":
        convening.acknowledge(obligation=ob, by=who(request), now=now)
        messages.success(request, _("已记下：您已读并知晓。"))
        return redirect("obligations:workbench")
    version, changed, clauses = convening.reading(ob)
    lang = language()
    return render(
        request, "obligations/reading.html",
        {
            "ob": ob, "row": row_of(ob, now, tier_names(now)), "now": now, "version": version,
            "changed": [(each, each.clause.title.of(lang), each.clause.text.of(lang)) for each in changed],
            "clauses": [(each, each.title.of(lang), each.text.of(lang)) for each in clauses],
            "title": said(version.title), "own": ob.assignee_id == who(request).pk,
        },
    )  # fmt: skip
