"""Addresses of what a ticket learns."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.tickets.lessons import spared_page, views

urlpatterns = [
    path("tickets/figures/spared/", spared_page.page, name="spared"),
    path("tickets/<int:pk>/lessons/", views.panel, name="lessons"),
    path("tickets/<int:pk>/lessons/deed/", views.deed, name="lesson"),
]
