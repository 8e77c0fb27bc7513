"""A company's own pack from a shipped one, and what a draft still lacks."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.policy import writing_actions as actions
from bihuan.apps.policy import writing_queries as queries
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.pages import lang
from bihuan.apps.policy.writing_forms import ImportForm, TemplateForm
from bihuan.apps.policy.writing_views import VERB, user
from bihuan.base import clock
from bihuan.base.access.policy import needs
from bihuan.base.errors import BadInput, NoSuchThing, Refusal
from bihuan.lib.policy.writing import Head, Template


@needs(VERB)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose a shipped pack, then what is taken over."""
    shipped = queries.shipped(lang())
    code = request.GET.get("from", "")
    if code not in {each["code"] for each in shipped}:
        return render(request, "policy/write_new.html", {"shipped": shipped})
    base = queries.shipped_pack(code)
    today = localdate(clock.now())
    initial = {
        "code": "own",
        "version": f"{today.year + 1}.1",
        "from_": today,
        "title": base.title.of(lang()),
    }
    form = TemplateForm(request.POST or None, initial=initial, pack=base, lang=lang())
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        template = Template(
            Head(said["code"], said["title"], said["version"], said["from_"]), said["company"],
            said["duties"], said["roles"], said["tiers"],
        )  # fmt: skip
        try:
            made = actions.from_shipped(
                base=base, template=template, by=user(request), now=clock.now()
            )
        except BadInput as bad:
            for sentence in bad.fields.values():
                form.add_error(None, sentence)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("草稿 %(version)s 已生成。") % {"version": made.version})
            return redirect("policy:findings", made.pk)
    context = {"shipped": shipped, "form": form, "base": code}
    return render(request, "policy/write_new.html", context, status=422 if form.errors else 200)


@needs(VERB)
@require_http_methods(["GET", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Import a pack from a ZIP as a draft."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        raw = form.cleaned_data["folder"].read()
        try:
            made, approver = actions.bring_bundle(raw=raw, by=user(request), now=clock.now())
        except BadInput as bad:
            for field, sentence in bad.fields.items():
                form.add_error("folder" if field == "folder" else None, sentence)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            said = (
                _("签名对得上，由 %(approver)s 批准。") % {"approver": approver} if approver else ""
            )
            messages.success(
                request, (_("草稿 %(version)s 已生成。") % {"version": made.version}) + said
            )
            return redirect("policy:findings", made.pk)
    return render(request, "policy/bring.html", {"form": form}, status=422 if form.errors else 200)


@needs("policy.edit")
@require_GET
def findings(request: HttpRequest, pk: int) -> HttpResponse:
    """What a draft lacks before it may take force, and the values that the company fills in."""
    row = PackVersion.objects.defer("files").filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    context = {
        "row": row, "findings": queries.findings(row.pk, lang()), "values": queries.open_values(row, lang()),
    }  # fmt: skip
    return render(request, "policy/findings.html", context)
