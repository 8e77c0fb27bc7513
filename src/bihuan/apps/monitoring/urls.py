"""Addresses of monitoring."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.monitoring.views import alarms, devices, live, rules, templates

app_name = "monitoring"
urlpatterns = [
    path("machines/<int:asset>/live/", live.panel, name="live"),
    path("machines/<int:asset>/live/tiles/", live.tiles, name="tiles"),
    path("machines/<int:asset>/live/chart/", live.chart, name="chart"),
    path("machines/<int:asset>/connect/", devices.connect, name="connect"),
    path("machines/<int:asset>/connect/new/", devices.make, name="make"),
    path("machines/<int:asset>/rules/", rules.rules, name="rules"),
    path("machines/<int:asset>/rules/change/", rules.change, name="limit"),
    path("devices/<int:device>/revoke/", devices.end, name="revoke"),
    path("alarms/", alarms.desk, name="alarms"),
    path("alarms/<int:pk>/", alarms.alarm, name="alarm"),
    path("alarms/<int:pk>/deed/<slug:name>/", alarms.deed, name="alarm_deed"),
    path("alarms/for/<int:pk>/", alarms.of_duty, name="of_duty"),
    path("alarms/of/<int:pk>/", alarms.of_asset, name="alarms_of_asset"),
    path("alarms/customer/<int:pk>/", alarms.of_customer, name="alarms_of_customer"),
    path("monitoring/templates/", templates.listing, name="templates"),
    path("monitoring/templates/new/", templates.change, name="template_new"),
    path("monitoring/templates/<slug:code>/", templates.template, name="template"),
    path("monitoring/templates/<slug:code>/change/", templates.change, name="template_change"),
    path("monitoring/refused/", alarms.refused, name="refused"),
]
