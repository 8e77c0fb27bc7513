"""Addresses of the lines of support."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.tickets.lines.views import asks, board, technical

urlpatterns = [
    path("tickets/technical/", technical.listing, name="technical"),
    path("tickets/technical/next/", technical.take_one, name="take_next"),
    path("tickets/technical/<int:pk>/", technical.page, name="technical_page"),
    path("tickets/technical/<int:pk>/take/", technical.take, name="technical_take"),
    path("tickets/technical/<int:pk>/answer/", technical.answer, name="technical_answer"),
    path("tickets/technical/<int:pk>/back/", technical.back, name="technical_back"),
    path("tickets/technical/<int:pk>/pass/", technical.pass_on, name="technical_pass"),
    path("tickets/technical/<int:pk>/withdraw/", technical.withdraw, name="technical_withdraw"),
    path("tickets/technical/for/<int:pk>/", technical.of_duty, name="line_duty"),
    path("tickets/terms/", asks.terms, name="terms"),
    path("tickets/terms/<int:pk>/", asks.term, name="term"),
    path("tickets/slots/", asks.slots, name="slots"),
    path("tickets/slots/<int:pk>/", asks.slot, name="slot"),
    path("tickets/asks/for/<int:pk>/", asks.of_duty, name="ask_duty"),
    path("tickets/lines/", board.board, name="lines"),
    path("tickets/lines/settings/", board.settings, name="lines_settings"),
    path("tickets/lines/first/", board.first, name="lines_first"),
    path("tickets/lines/queues/new/", board.queue, name="line_queue_new"),
    path("tickets/lines/queues/<int:pk>/", board.queue, name="line_queue"),
    path("tickets/lines/ways/new/", board.route, name="route_new"),
    path("tickets/lines/ways/<int:pk>/", board.route, name="route"),
    path("tickets/lines/ways/<int:pk>/drop/", board.route_drop, name="route_drop"),
    path("tickets/<int:pk>/side/", board.side, name="lines_side"),
]
