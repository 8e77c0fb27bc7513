"""Addresses of the contracts' pages."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.contracts.views import contracts, deeds, panels, plans

app_name = "contracts"
urlpatterns = [
    path("contracts/", contracts.listing, name="list"),
    path("contracts/new/", contracts.new, name="new"),
    path("contracts/visits/", plans.visits, name="visits"),
    path("contracts/visits/<int:visit>/done/", plans.done_visit, name="visit_done"),
    path("contracts/plans/", plans.models, name="plans"),
    path("contracts/plans/new/", plans.new_of_model, name="plan_new"),
    path("contracts/plans/suggest/<int:model>/", plans.suggest, name="suggest"),
    path("contracts/plans/<int:plan>/end/", plans.end_of_model, name="plan_end"),
    path("contracts/of/<int:customer>/", panels.of_customer, name="of_customer"),
    path("contracts/brief/<int:customer>/", panels.brief, name="brief"),
    path("contracts/machine/<int:asset>/", panels.of_asset, name="of_asset"),
    path("contracts/cover/<int:asset>/", panels.cover, name="cover"),
    path("contracts/<int:pk>/", contracts.detail, name="detail"),
    path("contracts/<int:pk>/edit/", contracts.edit, name="edit"),
    path("contracts/<int:pk>/step/<slug:step>/", deeds.step, name="step"),
    path("contracts/<int:pk>/sign/", deeds.sign, name="sign"),
    path("contracts/<int:pk>/end/", deeds.end, name="end"),
    path("contracts/<int:pk>/amend/", deeds.amend, name="amend"),
    path("contracts/<int:pk>/grant/", deeds.grant, name="grant"),
    path("contracts/entitlements/<int:entitlement>/use/", deeds.use, name="use"),
    path("contracts/rows/<int:row>/undo/", deeds.undo, name="undo"),
    path("contracts/<int:pk>/plan/", plans.new_of_contract, name="contract_plan"),
]
