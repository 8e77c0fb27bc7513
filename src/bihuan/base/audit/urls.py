from __future__ import annotations

from django.urls import URLPattern, path

from bihuan.base.audit import views

app_name = "audit"
urlpatterns: list[URLPattern] = [
    path("audit/", views.entry_list, name="list"),
    path("audit/<int:pk>/", views.entry, name="entry"),
    path("audit/verify/", views.verify, name="verify"),
]
