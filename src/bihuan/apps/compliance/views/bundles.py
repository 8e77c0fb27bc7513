"""Evidence bundles: asking for one, and taking one's own."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.compliance import bundles
from bihuan.apps.compliance.counting import this_month
from bihuan.apps.compliance.forms import BundleForm
from bihuan.apps.compliance.models import Bundle
from bihuan.apps.compliance.views.frame import page, who
from bihuan.base import clock
from bihuan.base.access.policy import needs
from bihuan.base.errors import Refusal
from bihuan.base.evidence.views import pieces
from bihuan.base.system.idempotency import idempotent
from bihuan.base.ui.paging import paged


@needs("compliance.bundle")
@require_http_methods(["GET", "POST"])
@idempotent
def bundle_list(request: HttpRequest) -> HttpResponse:
    now, person = clock.now(), who(request)
    first = {name: request.GET.get(name, "") for name in ("month", "clause", "department")}
    first["month"] = first["month"] or f"{this_month(now):%Y-%m}"
    form = BundleForm(request.POST or None, initial=first, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            bundles.ask(
                first=form.cleaned_data["month"], clause=form.cleaned_data["clause"],
                department=form.cleaned_data["department"], by=person, now=now,
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("开始做证据包了，做好后在这里下载。"))
            return redirect("compliance:bundles")
    rows = Bundle.objects.filter(by=person).order_by("-pk")
    context = {"form": form, "page": paged(request, rows), "now": now, "kept": bundles.KEPT.days}
    return page(request, "bundles", context, status=422 if form.errors else 200)


@needs("compliance.bundle")
@require_GET
def bundle_file(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    bundle, path = bundles.take(pk=pk, by=who(request), now=clock.now())
    answer = StreamingHttpResponse(pieces(request, path), content_type="application/zip")
    answer["Content-Length"] = str(bundle.size)
    answer["Content-Disposition"] = f'attachment; filename="{bundle.file_name}"'
    answer["Cache-Control"] = "no-store"
    return answer
