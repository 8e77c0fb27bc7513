"""Addresses of knowledge."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.knowledge.views import reading, writing

app_name = "knowledge"
urlpatterns = [
    path("knowledge/", reading.listing, name="list"),
    path("knowledge/new/", writing.new, name="new"),
    path("knowledge/preview/", writing.preview, name="preview"),
    path("knowledge/queue/", writing.queue, name="queue"),
    path("knowledge/synonyms/", writing.synonyms, name="synonyms"),
    path("knowledge/similar/", reading.similar_cases, name="similar"),
    path("knowledge/similar/page/", reading.similar_page, name="similar_page"),
    path("knowledge/<int:pk>/", reading.article, name="article"),
    path("knowledge/<int:pk>/edit/", writing.edit, name="edit"),
    path("knowledge/<int:pk>/step/", writing.step, name="step"),
    path("knowledge/<int:pk>/versions/", writing.versions, name="versions"),
    path("knowledge/update/for/<int:pk>/", writing.duty, name="update_of"),
    path("knowledge/review/for/<int:pk>/", writing.duty, name="review_of"),
]
