"""Only the base's own routes: these pages must work whatever apps are installed."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("bihuan.base.ui.urls")),
]
handler404 = "bihuan.base.ui.views.not_found"
