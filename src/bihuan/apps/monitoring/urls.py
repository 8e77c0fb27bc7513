"""Addresses of monitoring."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.monitoring.views import (
    alarms,
    briefs,
    condition,
    devices,
    fleets,
    live,
    reports,
    rules,
)

app_name = "monitoring"
urlpatterns = [
    path("machines/<int:asset>/live/", live.panel, name="live"),
    path("machines/<int:asset>/live/tiles/", live.tiles, name="tiles"),
    path("machines/<int:asset>/live/chart/", live.chart, name="chart"),
    path("machines/<int:asset>/connect/", devices.connect, name="connect"),
    path("machines/<int:asset>/connect/new/", devices.make, name="make"),
    path("machines/<int:asset>/rules/", rules.rules, name="rules"),
    path("machines/<int:asset>/rules/change/", rules.change, name="limit"),
    path("machines/<int:asset>/reports/", reports.reports, name="reports"),
    path("machines/<int:asset>/reports/new/", reports.ask, name="report_ask"),
    path("verify/<str:token>/", reports.verify, name="verify"),
    path("monitoring/fleet/", fleets.fleet, name="fleet"),
    path("monitoring/fleet/compare/", fleets.compare, name="compare"),
    path("monitoring/brief/", briefs.brief, name="brief"),
    path("monitoring/brief/file/", briefs.export, name="brief_file"),
    path("machines/<int:asset>/condition/", condition.panel, name="condition"),
    path("machines/<int:asset>/parts/<str:part>/replace/", condition.replace, name="part_replace"),
    path("machines/<int:asset>/parts/<str:part>/measure/", condition.measure, name="part_measure"),
    path("devices/<int:device>/revoke/", devices.end, name="revoke"),
    path("alarms/", alarms.desk, name="alarms"),
    path("alarms/<int:pk>/", alarms.alarm, name="alarm"),
    path("alarms/<int:pk>/deed/<slug:name>/", alarms.deed, name="alarm_deed"),
    path("alarms/for/<int:pk>/", alarms.of_duty, name="of_duty"),
    path("alarms/of/<int:pk>/", alarms.of_asset, name="alarms_of_asset"),
    path("alarms/customer/<int:pk>/", alarms.of_customer, name="alarms_of_customer"),
    path("monitoring/refused/", alarms.refused, name="refused"),
]
