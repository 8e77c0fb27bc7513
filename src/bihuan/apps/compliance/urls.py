"""Addresses of compliance."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.compliance.views import board, bundles, links, load, targets, waivers

app_name = "compliance"
urlpatterns = [
    path("compliance/", board.board, name="board"),
    path("compliance/bundles/", bundles.bundle_list, name="bundles"),
    path("compliance/bundles/<int:pk>/", bundles.bundle_file, name="bundle"),
    path("compliance/load/", load.load, name="load"),
    path("compliance/overdue/", load.overdue, name="overdue"),
    path("compliance/targets/", targets.targets, name="targets"),
    path("compliance/waivers/", waivers.waivers, name="waivers"),
    path("compliance/waivers/csv/", waivers.waivers_csv, name="waivers_csv"),
    path("compliance/customers/<int:pk>/links/", links.of_customer, name="links"),
    path("compliance/links/<int:pk>/revoke/", links.revoke, name="revoke"),
    path("promises/<str:token>/", links.promises, name="promises"),
    path("compliance/<str:month>/freeze/", board.freeze, name="freeze"),
    path("compliance/<str:month>/correct/", board.correct, name="correct"),
    path("compliance/<str:month>/editions/<int:number>/<str:what>/", board.edition, name="edition"),
]
