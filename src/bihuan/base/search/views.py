"""The search box: a fragment for the palette, a page without script."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.policy import signed_in
from bihuan.base.registry import Text
from bihuan.base.search.commands import commands
from bihuan.base.search.queries import find

# Kinds that several apps speak of; a manifest's `search_kinds` goes before.
USUAL: dict[str, tuple[Text, str]] = {
    "customer": (pgettext_lazy("many", "客户"), "building"),
    "contact": (pgettext_lazy("many", "联系人"), "user"),
    "asset": (_("设备"), "engine"),
    "contract": (pgettext_lazy("many", "合同"), "file-certificate"),
    "clause": (pgettext_lazy("many", "条款"), "book"),
}
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
    else:
        groups = find(request.user, text, IN_PAGE, IN_PAGE if kind else OF_KIND_IN_PAGE, kind)
    shown = [(looks(group.kind), group) for group in groups]
    if palette:
        offers = commands(request.user, text)
        begun = [each for each in offers if each.first]
        rest = [each for each in offers if not each.first]
        context = {"groups": shown, "begun": begun, "offers": rest}
        return render(request, "search/palette.html", context)
    context = {"groups": shown, "query": text, "kind": looks(kind)[0] if kind else ""}
    return render(request, "search/page.html", context)


def looks(kind: str) -> tuple[Text, str]:
    """Title and icon of a kind of thing, as its app names them."""
    for config in registry.manifests():
        if kind in config.search_kinds:
            return config.search_kinds[kind]
    return USUAL.get(kind, (kind, "search"))
