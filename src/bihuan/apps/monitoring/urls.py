"""Addresses of monitoring."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.monitoring.views import alarms, devices, doors, history, live, rules

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
    path("machines/<int:asset>/history/", history.upload, name="history_upload"),
    path("monitoring/history/<int:pk>/", history.page, name="history"),
    path("monitoring/history/<int:pk>/check/", history.check, name="history_check"),
    path("monitoring/history/<int:pk>/take/", history.take, name="history_take"),
    path("devices/<int:device>/terminal/", doors.terminal, name="terminal"),
    path("alarms/", alarms.desk, name="alarms"),
    path("alarms/<int:pk>/", alarms.alarm, name="alarm"),
    path("alarms/<int:pk>/deed/<slug:name>/", alarms.deed, name="alarm_deed"),
    path("alarms/for/<int:pk>/", alarms.of_duty, name="of_duty"),
    path("alarms/of/<int:pk>/", alarms.of_asset, name="alarms_of_asset"),
    path("alarms/customer/<int:pk>/", alarms.of_customer, name="alarms_of_customer"),
    path("monitoring/refused/", alarms.refused, name="refused"),
]
