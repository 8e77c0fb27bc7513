"""Addresses of the customer's pages, and of the staff's list of links."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.portal.views import change, fleet, plan, report, staff, track
from bihuan.apps.portal.views import help as public_help

app_name = "portal"
urlpatterns = [
    path("report/", report.website, name="website"),
    path("report/suggest/", public_help.suggest, name="suggest"),
    path("help/", public_help.listing, name="help"),
    path("help/<int:pk>/", public_help.article, name="article"),
    path("help/<int:pk>/files/<int:file>/", public_help.file, name="help_file"),
    path("help/<int:pk>/helped/", public_help.helped, name="helped"),
    path("q/<str:token>/report/", report.machine, name="machine"),
    path("t/<str:token>/", track.page, name="track"),
    path("t/<str:token>/live/", track.live, name="live"),
    path("t/<str:token>/say/", track.say, name="say"),
    path("t/<str:token>/add/", track.add, name="add"),
    path("t/<str:token>/chase/", track.chase, name="chase"),
    path("t/<str:token>/photo/<int:pk>/", track.photo, name="photo"),
    path("p/<str:token>/", plan.page, name="plan"),
    path("p/<str:token>/file/", plan.file, name="plan_file"),
    path("c/<str:token>/", change.page, name="change"),
    path("f/<str:token>/", fleet.page, name="fleet"),
    path("f/<str:token>/file/", fleet.file, name="fleet_file"),
    path("customers/<int:pk>/fleet-links/", fleet.links, name="fleet_links"),
    path("customers/fleet-links/<int:pk>/revoke/", fleet.revoke, name="fleet_revoke"),
    path("demands/<int:pk>/plan-links/", plan.links, name="plan_links"),
    path("tickets/<int:pk>/links/", staff.links, name="links"),
    path("tickets/links/<int:pk>/revoke/", staff.revoke, name="revoke"),
]
