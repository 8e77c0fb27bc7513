"""Addresses of the desk's settings and of ticking."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.tickets.own import views

urlpatterns = [
    path("tickets/settings/", views.labels, name="labels"),
    path("tickets/settings/checks/", views.checks, name="checks"),
    path("tickets/settings/checks/<int:pk>/toggle/", views.toggle_item, name="toggle_item"),
    path("tickets/settings/phrases/", views.phrases, name="phrases"),
    path("tickets/settings/phrases/new/", views.phrase, name="new_phrase"),
    path("tickets/settings/phrases/<int:pk>/", views.phrase, name="phrase"),
    path("tickets/settings/phrases/<int:pk>/toggle/", views.toggle_phrase, name="toggle_phrase"),
    path("tickets/<int:pk>/tick/<int:item>/", views.tick, name="tick"),
]
