"""Addresses of the machines' pages."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.assets.views import catalogue, deeds, label, machines, parts, sets

app_name = "assets"
urlpatterns = [
    path("assets/", machines.listing, name="list"),
    path("assets/new/", machines.new, name="new"),
    path("assets/models/", catalogue.models, name="models"),
    path("assets/models/new/", catalogue.new, name="model_new"),
    path("assets/models/<int:pk>/", catalogue.edit, name="model"),
    path("assets/lines/", catalogue.line, name="line"),
    path("assets/sets/", sets.listing, name="sets"),
    path("assets/sets/new/", sets.new, name="set_new"),
    path("assets/of/<int:customer>/", machines.of_customer, name="of_customer"),
    path("assets/brief/<int:customer>/", machines.brief, name="brief"),
    path("assets/<int:pk>/", machines.detail, name="detail"),
    path("assets/<int:pk>/timeline/", machines.timeline, name="timeline"),
    path("assets/<int:pk>/edit/", machines.edit, name="edit"),
    path("assets/<int:pk>/stage/<slug:to>/", deeds.stage, name="stage"),
    path("assets/<int:pk>/move/", deeds.move, name="move"),
    path("assets/<int:pk>/reading/", deeds.reading, name="reading"),
    path("assets/<int:pk>/meter/", deeds.meter, name="meter"),
    path("assets/<int:pk>/inspection/", deeds.inspection, name="inspection"),
    path("assets/<int:pk>/health/", deeds.health, name="health"),
    path("assets/<int:pk>/parts/", parts.tree, name="parts"),
    path("assets/<int:pk>/parts/new/", parts.install, name="part_new"),
    path("assets/parts/<int:part>/out/", parts.out, name="part_out"),
    path("assets/<int:pk>/label/", label.label, name="qr"),
    path("assets/<int:pk>/label/new/", label.renew, name="label_new"),
    path("q/<str:token>/", label.landing, name="landing"),
]
