"""Addresses of tickets."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.tickets import figures_page
from bihuan.apps.tickets.doors.urls import urlpatterns as doors
from bihuan.apps.tickets.lessons.urls import urlpatterns as lessons
from bihuan.apps.tickets.lines.urls import urlpatterns as lines
from bihuan.apps.tickets.own.urls import urlpatterns as own
from bihuan.apps.tickets.problems.urls import urlpatterns as problems
from bihuan.apps.tickets.views import deeds, desk, detail, queue

app_name = "tickets"
urlpatterns = [
    path("tickets/", queue.listing, name="queue"),
    path("tickets/new/", desk.new, name="new"),
    path("tickets/new/known/", desk.known, name="known"),
    path("tickets/new/foreseen/", desk.foreseen, name="foreseen"),
    path("tickets/<int:pk>/", detail.detail, name="detail"),
    path("tickets/<int:pk>/pulse/", detail.pulse, name="pulse"),
    path("tickets/<int:pk>/watch/", detail.watch, name="watch"),
    path("tickets/for/<int:pk>/", detail.of_duty, name="of_duty"),
    path("tickets/<int:pk>/deed/<str:name>/", deeds.deed, name="deed"),
    path("tickets/handovers/<int:pk>/take/", deeds.take_over, name="take_over"),
    path("tickets/customer/<int:pk>/", queue.of_customer, name="customer"),
    path("tickets/asset/<int:pk>/", queue.of_asset, name="asset"),
    path("tickets/figures/", figures_page.page, name="figures"),
    *doors,
    *own,
    *lessons,
    *lines,
    *problems,
]
