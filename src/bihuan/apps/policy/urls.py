from __future__ import annotations

from django.urls import path

from bihuan.apps.policy import views

app_name = "policy"
urlpatterns = [
    path("pack/", views.home, name="home"),
    path("pack/parameters/", views.parameters, name="parameters"),
    path("pack/tiers/", views.tiers, name="tiers"),
    path("pack/choices/", views.choices, name="choices"),
    path("pack/cases/", views.cases, name="cases"),
    path("pack/versions/", views.versions, name="versions"),
    path("pack/versions/new/", views.publish, name="publish"),
    path("pack/versions/<int:pk>/changes/", views.changes, name="changes"),
    path("pack/versions/<int:pk>/download/", views.download, name="download"),
    path("pack/clause/<str:clause_id>/", views.clause, name="clause"),
]
