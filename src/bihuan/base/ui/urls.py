"""Routes of the design system."""

from __future__ import annotations

from django.urls import path

from bihuan.base.ui import views

app_name = "ui"
urlpatterns = [
    path("gallery/", views.gallery, name="gallery"),
    path("gallery/fragment/", views.gallery_fragment, name="gallery_fragment"),
    path("settings/look/", views.look, name="look"),
]
