from __future__ import annotations

from django.urls import path

from bihuan.apps.policy import views, writing_urls
from bihuan.apps.policy.drafts import views as drafts

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
    path("pack/versions/<int:pk>/revise/", drafts.revise, name="revise"),
    path("pack/drafts/<int:pk>/", drafts.draft, name="draft"),
    path("pack/drafts/<int:pk>/change/", drafts.change, name="draft_change"),
    path("pack/drafts/<int:pk>/presets/", drafts.presets, name="draft_presets"),
    path("pack/drafts/<int:pk>/cases/", drafts.cases, name="draft_cases"),
    path("pack/drafts/<int:pk>/submit/", drafts.submit, name="draft_submit"),
    path("pack/drafts/<int:pk>/approve/", drafts.approve, name="draft_approve"),
    path("pack/drafts/<int:pk>/back/", drafts.take_back, name="draft_back"),
    path("pack/drafts/<int:pk>/discard/", drafts.discard, name="draft_discard"),
    path("pack/drafts/<int:pk>/text/<path:file>/<int:line>/", drafts.piece, name="draft_piece"),
    path("pack/clause/<str:clause_id>/", views.clause, name="clause"),
    *writing_urls.urlpatterns,
]
