"""The routes: the base's own, then each app's `urls.py` by discovery."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from bihuan.base import registry

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("bihuan.base.api.urls")),  # first: a program's calls try no page's address
    path("accounts/", include("allauth.urls")),
    path("", include("bihuan.base.ui.urls")),
]
BASE = ("access", "audit", "evidence", "facts", "ledgers", "lists", "notify", "search", "system")
NAMES = [*(f"bihuan.base.{each}" for each in BASE), *registry.app_names()]
urlpatterns += [path("", include(f"{each}.urls")) for each in NAMES if find_spec(f"{each}.urls")]

handler400 = "bihuan.base.ui.views.bad_request"
handler403 = "bihuan.base.ui.views.forbidden"
handler404 = "bihuan.base.ui.views.not_found"
handler500 = "bihuan.base.ui.views.server_error"
