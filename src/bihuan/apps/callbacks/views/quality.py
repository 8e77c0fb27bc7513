"""The monthly quality check, and scripts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.callbacks import actions, figures, words
from bihuan.apps.callbacks.actions import scripts
from bihuan.apps.callbacks.forms import ScriptForm, TextForm
from bihuan.apps.callbacks.models import Sample, Script
from bihuan.apps.callbacks.queries import desk
from bihuan.apps.callbacks.views.common import (
    duty_at,
    now_and_who,
    page,
    submit,
    today,
    who,
)
from bihuan.base.access.policy import needs
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import door, may, reaches, visible
from bihuan.base.errors import BadInput, Refusal
from bihuan.base.storable import whole


def _month(request: HttpRequest, now: Any) -> date:
    try:
        return date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return today(now).replace(day=1)


@needs("callbacks.sample")
@require_http_methods(["GET", "HEAD", "POST"])
def samples(request: HttpRequest) -> HttpResponse:
    """The calls drawn for a month and their scores."""
    now, person = now_and_who(request)
    month = _month(request, now)
    name, ob = f"{month:%Y-%m}", request.GET.get("ob", "")
    if request.method == "POST":
        try:
            if request.POST.get("deed") == "finish" and (wanted := whole(ob)) is not None:
                duty = duty_at(request, wanted, "callback.sample")
                actions.finish_samples(obligation=duty, by=person, now=now)
                messages.success(request, _("本月抽检已完成。"))
            else:
                found = actions.draw(month=month, by=person, now=now)
                messages.success(
                    request, _("抽出 %(n)d 通。同一个月谁来抽都一样。") % {"n": len(found)}
                )
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect(f"{request.path}?month={name}" + (f"&ob={ob}" if ob else ""))
    rows = visible(Sample.objects.filter(month=name), person, "callbacks.sample")
    rows = rows.select_related("callback__customer", "callback__caller", "scored_by")
    scored = [row.score for row in rows if row.score is not None]
    return page(
        request, "samples",
        {
            "month": name, "rows": rows, "ob": ob, "share": figures.value("sample_share", now), "scored": len(scored), "all": len(rows),
            "mean": round(sum(scored) / len(scored)) if scored else None,
        },
    )  # fmt: skip


@needs("obligations.work")
@require_GET
def sample_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The check that a duty asks for: of the month of its period."""
    row = duty_at(request, pk)
    month = actions.month_of(row)
    return redirect(f"{reverse('callbacks:samples')}?month={month}&ob={row.pk}")


@needs("callbacks.sample")
@require_http_methods(["GET", "HEAD", "POST"])
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """Score one call, by somebody who did not make it."""
    now, person = now_and_who(request)
    row = door(
        Sample.objects.select_related("callback__customer", "callback__caller", "scored_by"),
        person,
        pk,
        "callbacks.sample",
    )
    criteria = [(code, words.said(text)) for code, text in figures.data()["criteria"].items()]
    form = TextForm(request.POST or None)

    def deed() -> None:
        given = {code: request.POST.get(f"c-{code}", "") for code, _text in criteria}
        if not all(value in ("1", "2", "3", "4", "5") for value in given.values()):
            raise BadInput({"": _("每一项都要打 1 到 5 分。")})
        actions.score(
            sample=row,
            scores={code: int(value) for code, value in given.items()},
            note=form.cleaned_data["text"],
            by=person,
            now=now,
        )

    if request.method == "POST" and submit(form, deed):
        messages.success(request, _("已评分。"))
        return redirect(f"{reverse('callbacks:samples')}?month={row.month}")
    mine = row.callback.caller_id == person.pk
    rated = [(code, text, row.scores.get(code)) for code, text in criteria]
    return page(
        request,
        "sample",
        {"sample": row, "form": form, "criteria": rated, "mine": mine},
        *([form] if request.method == "POST" else []),
    )


@needs("callbacks.see")
@require_GET
def script_list(request: HttpRequest) -> HttpResponse:
    rows = Script.objects.select_related("by").order_by("code", "-version")
    newest: dict[str, list[Script]] = {}
    for row in rows:
        newest.setdefault(row.code, []).append(row)
    return page(
        request,
        "scripts",
        {
            "groups": list(newest.values()),
            "may_plan": may(who(request), "callbacks.plan"),
            "words": words,
        },
    )


@needs("callbacks.see")
@require_http_methods(["GET", "HEAD", "POST"])
def script(request: HttpRequest, pk: int) -> HttpResponse:
    """One version as it is read out; a change is a new version."""
    now, person = now_and_who(request)
    row = get_object_or_404(Script, pk=pk)
    form = ScriptForm(request.POST or None, initial={"text": row.body.get("text", "")})
    made: list[Script] = []

    def deed() -> None:
        if ALL not in reaches(person, "callbacks.plan"):
            raise BadInput({"": _("话术要由主管来改。")})
        made.append(scripts.put(text=form.cleaned_data["text"], by=person, now=now))

    if request.method == "POST" and submit(form, deed):
        messages.success(request, _("已存为第 %(n)d 版，下一通电话起用。") % {"n": made[0].version})
        return redirect("callbacks:script", made[0].pk)
    return page(
        request, "script",
        {"script": row, "title": words.said(row.title), "steps": desk.steps_of(row, company="…", caller="…"), "form": form, "may_plan": ALL in reaches(person, "callbacks.plan")},
        *([form] if request.method == "POST" else []),
    )  # fmt: skip
