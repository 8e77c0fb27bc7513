from __future__ import annotations

from django.urls import URLPattern, path

from bihuan.base.evidence import views

app_name = "evidence"
urlpatterns: list[URLPattern] = [path("evidence/<int:pk>/", views.download, name="file")]
