"""Addresses of compliance."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.compliance import views

app_name = "compliance"
urlpatterns = [path("compliance/", views.board, name="board")]
