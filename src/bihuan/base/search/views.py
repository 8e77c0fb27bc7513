"""The search box: a fragment for the palette, a page without script."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bihuan.base.access.models import User
from bihuan.base.access.policy import signed_in
from bihuan.base.search.commands import commands
from bihuan.base.search.kinds import looks
from bihuan.base.search.queries import find

IN_PALETTE, IN_PAGE = 12, 60
OF_KIND, OF_KIND_IN_PAGE = 5, 8
"""Lines of one kind, so that tickets do not hide the customer; the page leads to the others."""
LONGEST = 100


@signed_in
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    text = request.GET.get("q", "")[:LONGEST]
    palette = bool(request.headers.get("HX-Request"))
    kind = request.GET.get("kind", "")[:LONGEST]
    if palette:
        groups = find(request.user, text, IN_PALETTE, OF_KIND)
    elif kind:
        groups = find(request.user, text, IN_PAGE, kind=kind)
    else:
        groups = find(request.user, text, None, OF_KIND_IN_PAGE)
    shown = [(looks(group.kind), group) for group in groups]
    if palette:
        offers = commands(request.user, text)
        begun = [each for each in offers if each.first]
        rest = [each for each in offers if not each.first]
        context = {"groups": shown, "begun": begun, "offers": rest}
        return render(request, "search/palette.html", context)
    context = {
        "groups": shown, "query": text, "kind": looks(kind)[0] if kind else "", "most": IN_PAGE,
    }  # fmt: skip
    return render(request, "search/page.html", context)
