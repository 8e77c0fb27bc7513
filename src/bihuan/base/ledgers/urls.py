from __future__ import annotations

from django.urls import URLPattern, path

from bihuan.base.ledgers import views

app_name = "ledgers"
urlpatterns: list[URLPattern] = [
    path("ledgers/", views.home, name="home"),
    path("ledgers/imports/<int:pk>/", views.import_page, name="import"),
    path("ledgers/imports/<int:pk>/check/", views.import_check, name="check"),
    path("ledgers/imports/<int:pk>/run/", views.import_run, name="run"),
    path("ledgers/imports/<int:pk>/progress/", views.import_progress, name="progress"),
    path("ledgers/imports/<int:pk>/errors.xlsx", views.import_errors, name="errors"),
    path("ledgers/<slug:name>/upload/", views.upload, name="upload"),
    path("ledgers/<slug:name>/template.xlsx", views.template, name="template"),
    path("ledgers/<slug:name>/export/", views.export_file, name="export"),
]
