"""Addresses of monitoring."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.monitoring.views import alarms

app_name = "monitoring"
urlpatterns = [
    path("alarms/", alarms.desk, name="alarms"),
    path("alarms/<int:pk>/", alarms.alarm, name="alarm"),
    path("alarms/<int:pk>/deed/<slug:name>/", alarms.deed, name="alarm_deed"),
    path("alarms/for/<int:pk>/", alarms.of_duty, name="of_duty"),
    path("alarms/of/<int:pk>/", alarms.of_asset, name="alarms_of_asset"),
    path("alarms/customer/<int:pk>/", alarms.of_customer, name="alarms_of_customer"),
    path("monitoring/refused/", alarms.refused, name="refused"),
]
