from __future__ import annotations

from django.urls import URLPattern, path

from bihuan.base.system import views

app_name = "system"
urlpatterns: list[URLPattern] = [
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("system/logo", views.logo, name="logo"),
]
