from __future__ import annotations

from django.urls import URLPattern, path

from bihuan.base.search import views

app_name = "search"
urlpatterns: list[URLPattern] = [path("search/", views.search, name="search")]
