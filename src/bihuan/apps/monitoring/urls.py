"""Addresses of monitoring."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.monitoring.views import (
    alarms,
    briefs,
    commands,
    condition,
    devices,
    doors,
    history,
    live,
    rules,
    templates,
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
    path("monitoring/brief/", briefs.brief, name="brief"),
    path("monitoring/brief/file/", briefs.export, name="brief_file"),
    path("machines/<int:asset>/condition/", condition.panel, name="condition"),
    path("machines/<int:asset>/parts/<str:part>/replace/", condition.replace, name="part_replace"),
    path("machines/<int:asset>/parts/<str:part>/measure/", condition.measure, name="part_measure"),
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
    path("monitoring/templates/", templates.listing, name="templates"),
    path("monitoring/templates/new/", templates.change, name="template_new"),
    path("monitoring/templates/<slug:code>/", templates.template, name="template"),
    path("monitoring/templates/<slug:code>/change/", templates.change, name="template_change"),
    path("commands/", commands.all_of_them, name="commands"),
    path("commands/switch/", commands.switch, name="command_switch"),
    path("commands/<int:pk>/", commands.command, name="command"),
    path("commands/<int:pk>/approve/", commands.approve, name="command_approve"),
    path("commands/<int:pk>/ask/", commands.ask, name="command_ask"),
    path("commands/<int:pk>/deed/<slug:name>/", commands.deed, name="command_deed"),
    path("commands/for/<int:pk>/", commands.of_duty, name="command_of_duty"),
    path("commands/of/<int:pk>/", commands.of_asset, name="commands_of_asset"),
    path("machines/<int:asset>/commands/permit/", commands.permit, name="permit"),
    path("machines/<int:asset>/commands/<str:setting>/new/", commands.propose, name="command_new"),
    path("machines/<int:asset>/commands/<str:setting>/try/", commands.try_out, name="command_try"),
    path("monitoring/refused/", alarms.refused, name="refused"),
]
