from __future__ import annotations

from django.urls import URLPattern, path

from bihuan.base.facts import views

app_name = "facts"
urlpatterns: list[URLPattern] = [
    path("facts/tell/", views.tell, name="tell"),
    path("facts/subjects/<slug:name>/", views.subjects, name="subjects"),
    path("facts/<int:pk>/", views.fact, name="fact"),
]
