from __future__ import annotations

from django.urls import URLPattern, path

from bihuan.base.system import views

app_name = "system"
urlpatterns: list[URLPattern] = [
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("system/logo", views.logo, name="logo"),
    path("system/status/", views.status, name="status"),
    path("system/letters/<int:pk>/replay/", views.replay, name="replay"),
    path("system/letters/<int:pk>/aside/", views.set_aside, name="set_aside"),
]
