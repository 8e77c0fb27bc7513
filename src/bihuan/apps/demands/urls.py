"""Addresses of demands."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.demands.views import archive, detail, figures, review

app_name = "demands"
urlpatterns = [
    path("demands/", archive.listing, name="list"),
    path("demands/new/", archive.new, name="new"),
    path("demands/review/", review.meeting, name="review"),
    path("demands/figures/", figures.board, name="figures"),
    path("demands/<int:pk>/", detail.detail, name="detail"),
    path("demands/<int:pk>/deed/<str:name>/", detail.deed, name="deed"),
    path("demands/for/<int:pk>/", detail.of_duty, name="of_duty"),
    path("demands/customer/<int:pk>/", archive.of_customer, name="customer"),
    path("demands/ticket/<int:pk>/", archive.of_ticket, name="of_ticket"),
    path("demands/visit/<int:pk>/", archive.of_visit, name="of_visit"),
    path("demands/call/<int:pk>/", archive.of_call, name="of_call"),
]
