from __future__ import annotations

from django.urls import path

from bihuan.apps.policy import writing_new
from bihuan.apps.policy import writing_views as views

urlpatterns = [
    path("pack/new/", writing_new.new, name="new"),
    path("pack/import/", writing_new.bring, name="bring"),
    path("pack/draft/<int:pk>/findings/", writing_new.findings, name="findings"),
    path("pack/write/", views.write, name="write"),
    path("pack/write/<int:pk>/", views.writing, name="writing"),
    path("pack/write/<int:pk>/draft/", views.draft, name="writing_draft"),
    path("pack/write/<int:pk>/discard/", views.discard, name="writing_discard"),
    path("pack/write/<int:pk>/clause/<str:code>/", views.decide, name="writing_decide"),
    path("pack/write/<int:pk>/clause/<str:code>/words/", views.amend, name="writing_amend"),
]
