"""Addresses of problem records."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.tickets.problems import views

urlpatterns = [
    path("tickets/problems/", views.listing, name="problems"),
    path("tickets/problems/new/", views.new, name="problem_new"),
    path("tickets/problems/<int:pk>/", views.problem, name="problem"),
    path("tickets/problems/<int:pk>/edit/", views.edit, name="problem_edit"),
    path("tickets/problems/<int:pk>/deed/<slug:name>/", views.deed, name="problem_deed"),
    path("tickets/problems/<int:pk>/tickets/<int:ticket>/out/", views.detach, name="problem_out"),
]
