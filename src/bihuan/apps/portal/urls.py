"""Addresses of the customer's pages, and of the staff's list of links."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.portal.views import report, staff, track

app_name = "portal"
urlpatterns = [
    path("report/", report.website, name="website"),
    path("q/<str:token>/report/", report.machine, name="machine"),
    path("t/<str:token>/", track.page, name="track"),
    path("t/<str:token>/live/", track.live, name="live"),
    path("t/<str:token>/say/", track.say, name="say"),
    path("t/<str:token>/add/", track.add, name="add"),
    path("t/<str:token>/chase/", track.chase, name="chase"),
    path("t/<str:token>/photo/<int:pk>/", track.photo, name="photo"),
    path("tickets/<int:pk>/links/", staff.links, name="links"),
    path("tickets/links/<int:pk>/revoke/", staff.revoke, name="revoke"),
]
