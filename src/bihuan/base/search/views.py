"""The search box: a fragment for the palette, a page without script."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.policy import signed_in
from bihuan.base.search.queries import find

IN_PALETTE, IN_PAGE = 12, 60
LONGEST = 100


@signed_in
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    text = request.GET.get("q", "")[:LONGEST]
    palette = bool(request.headers.get("HX-Request"))
    groups = find(request.user, text, IN_PALETTE if palette else IN_PAGE)
    shown = [(looks(group.kind), group.hits) for group in groups]
    template = "search/palette.html" if palette else "search/page.html"
    return render(request, template, {"groups": shown, "query": text})


def looks(kind: str) -> tuple[object, str]:
    """Title and icon of a kind of thing, as its app names them."""
    for config in registry.manifests():
        if kind in config.search_kinds:
            return config.search_kinds[kind]
    return kind, "search"
