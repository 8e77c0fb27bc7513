"""Addresses of monitoring."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.monitoring.views import alarms, consents, devices, live, rules, trials

app_name = "monitoring"
urlpatterns = [
    path("machines/<int:asset>/live/", live.panel, name="live"),
    path("machines/<int:asset>/live/tiles/", live.tiles, name="tiles"),
    path("machines/<int:asset>/live/chart/", live.chart, name="chart"),
    path("machines/<int:asset>/connect/", devices.connect, name="connect"),
    path("machines/<int:asset>/connect/new/", devices.make, name="make"),
    path("machines/<int:asset>/rules/", rules.rules, name="rules"),
    path("machines/<int:asset>/rules/change/", rules.change, name="limit"),
    path("machines/<int:asset>/rules/try/", trials.ask, name="try"),
    path("monitoring/past/<int:pk>/", trials.past, name="past"),
    path("monitoring/past/<int:pk>/chart/<int:place>/", trials.past_chart, name="past_chart"),
    path("monitoring/trials/", trials.on_trial, name="trials"),
    path("monitoring/trials/put/", trials.put, name="put"),
    path("machines/<int:asset>/consents/", consents.consents, name="consents"),
    path("machines/<int:asset>/consents/say/", consents.say, name="say"),
    path("devices/<int:device>/revoke/", devices.end, name="revoke"),
    path("alarms/", alarms.desk, name="alarms"),
    path("alarms/<int:pk>/", alarms.alarm, name="alarm"),
    path("alarms/<int:pk>/deed/<slug:name>/", alarms.deed, name="alarm_deed"),
    path("alarms/for/<int:pk>/", alarms.of_duty, name="of_duty"),
    path("alarms/of/<int:pk>/", alarms.of_asset, name="alarms_of_asset"),
    path("alarms/customer/<int:pk>/", alarms.of_customer, name="alarms_of_customer"),
    path("monitoring/refused/", alarms.refused, name="refused"),
]
