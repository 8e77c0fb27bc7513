"""The templates of machines: what they measure and when they raise an alarm, in force and new."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.assets.profile import family_title
from bihuan.apps.assets.views.common import now_and_person
from bihuan.apps.monitoring import catalogue
from bihuan.apps.monitoring.actions.templates import checked, put_in_force
from bihuan.apps.monitoring.models import Device, TemplateVersion
from bihuan.apps.monitoring.views.rules import line_of, watch_of
from bihuan.base.access.fresh import sensitive
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.errors import BadInput, Refusal
from bihuan.base.texts import in_language, listed
from bihuan.lib.machines import Template

VERSION = re.compile(r"^version:.*$", re.MULTILINE)
TEXT = 100_000


class TemplateForm(forms.Form):
    """`over`: the version that the writer began from."""

    instead_of = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    text = forms.CharField(
        label=gettext_lazy("模板（YAML）"), max_length=TEXT, strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "mon-yaml"}),
    )  # fmt: skip
    why = forms.CharField(label=gettext_lazy("改了什么、为什么"), max_length=200, required=False)


@dataclass(frozen=True)
class Row:
    code: str
    title: str
    families: str
    version: int
    own: bool
    machines: int
    points: int
    rules: int


@needs("monitoring.see")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    _now, person = now_and_person(request)
    own = set(TemplateVersion.objects.values_list("code", flat=True))
    counts: dict[str, int] = {}
    for code in Device.objects.filter(revoked_at=None).values_list("template", flat=True):
        counts[code] = counts.get(code, 0) + 1
    rows = [
        Row(
            each.code, in_language(each.title), listed(family_title(code) for code in each.families), each.version,
            each.code in own, counts.get(each.code, 0), len(each.points), len(each.rules),
        )
        for each in sorted(catalogue.templates().values(), key=lambda each: each.code)
    ]  # fmt: skip
    context = {"rows": rows, "may_change": may(person, "monitoring.templates")}
    return render(request, "monitoring/templates.html", context)


@needs("monitoring.see")
@require_GET
def template(request: HttpRequest, code: str) -> HttpResponse:
    _now, person = now_and_person(request)
    found = catalogue.templates().get(code)
    if found is None:
        raise Http404
    versions = TemplateVersion.objects.filter(code=code).select_related("by").order_by("-version")
    context = _shown(found) | {
        "versions": versions, "may_change": may(person, "monitoring.templates"),
        "text": versions[0].text if versions else catalogue.shipped()[code],
    }  # fmt: skip
    return render(request, "monitoring/template.html", context)


@needs("monitoring.templates")
@require_http_methods(["GET", "POST"])
@sensitive
def change(request: HttpRequest, code: str = "") -> HttpResponse:
    """Write a new version of a template, or (without a code) a template of its own."""
    now, person = now_and_person(request)
    found = catalogue.templates().get(code) if code else None
    if code and found is None:
        raise Http404
    form = TemplateForm(request.POST or None, initial=_begun(found))
    read = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            read = checked(given["text"])
            if request.POST.get("deed") == "put":
                row = put_in_force(
                    text=given["text"], instead_of=given["instead_of"], why=given["why"], by=person, now=now,
                )  # fmt: skip
                messages.success(
                    request, _("第 %(n)d 版已生效，几秒内用于新收到的读数。") % {"n": row.version}
                )
                return redirect("monitoring:template", row.code)
        except BadInput as refusal:
            for name, text in refusal.fields.items():
                form.add_error(name, text)
        except Refusal as refusal:
            form.add_error("why" if refusal.code == "reason_missing" else None, str(refusal))
    context = {
        "form": form, "code": code, "read": _shown(read) if read else None,
        "title": in_language(found.title) if found else "",
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "monitoring/template_change.html", context, status=status)


def _begun(found: Template | None) -> dict[str, Any]:
    """The text in force with the next version's number; for a new one, the smallest that holds."""
    if found is None:
        return {"instead_of": 0, "text": catalogue.EXAMPLE}
    newest = TemplateVersion.objects.filter(code=found.code).order_by("-version").first()
    text = newest.text if newest else catalogue.shipped()[found.code]
    return {
        "instead_of": found.version, "text": VERSION.sub(f"version: {found.version + 1}", text, count=1),
    }  # fmt: skip


def _shown(template: Template) -> dict[str, Any]:
    trial = {each.code for each in template.every_alarm if each.observe}
    return {
        "template": template,
        "title": in_language(template.title),
        "families": listed(family_title(code) for code in template.families),
        "points": [
            {"code": each.code, "title": in_language(each.title), "unit": each.unit, "low": f"{each.low:,.10g}", "high": f"{each.high:,.10g}"}
            for each in template.points
        ],
        "states": [{"code": each.code, "title": in_language(each.title), "runs": each.runs} for each in template.states],
        "lines": [line_of(rule, template, None, 0, trial) for rule in template.rules]
        + [watch_of(each, template, None, 0, trial) for each in template.watches],
    }  # fmt: skip
