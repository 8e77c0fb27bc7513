"""Addresses of the loop."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.obligations.views import (
    calendar,
    carry,
    customer,
    detail,
    gatherings,
    midlife,
    rehearsal,
    trials,
    workbench,
)

app_name = "obligations"
urlpatterns = [
    path("", workbench.workbench, name="workbench"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/feed/<str:token>.ics", calendar.ical, name="feed"),
    path("pack/trials/", trials.listing, name="trials"),
    path("pack/trials/new/", trials.new, name="trial_new"),
    path("pack/drafts/<int:pk>/trial/", trials.brief, name="trial_brief"),
    path("pack/trials/<int:pk>/", trials.trial, name="trial"),
    path("foretold/tier/<int:pk>/", midlife.tier, name="foretold_tier"),
    path("foretold/hand-over/<int:pk>/", midlife.hand_over, name="foretold_hand_over"),
    path("foretold/merge/<int:pk>/", midlife.merge, name="foretold_merge"),
    path("foretold/move/<int:pk>/", midlife.move, name="foretold_move"),
    path("foretold/scrap/<int:pk>/", midlife.scrap, name="foretold_scrap"),
    path("foretold/amend/<int:pk>/", midlife.amend, name="foretold_amend"),
    path("foretold/end/<int:pk>/", midlife.end, name="foretold_end"),
    path("foretold/calendar/<int:pk>/", midlife.calendar, name="foretold_calendar"),
    path("foretold/leave/<int:pk>/", midlife.leave, name="foretold_leave"),
    path("foretold/version/<int:pk>/", midlife.version, name="foretold_version"),
    path("rehearsal/", rehearsal.page, name="rehearsal"),
    path("rehearsal/progress/", rehearsal.progress, name="rehearsal_progress"),
    path("todo/", workbench.centre, name="todo"),
    path("obligations/<int:pk>/", detail.detail, name="detail"),
    path("obligations/<int:pk>/explain/", detail.explained, name="explain"),
    path("obligations/<int:pk>/carry-out/", carry.carry_out, name="carry_out"),
    path("obligations/<int:pk>/verify/", detail.verify, name="verify"),
    path("obligations/<int:pk>/waive/", detail.waive, name="waive"),
    path("obligations/<int:pk>/void/", detail.void, name="void"),
    path("obligations/<int:pk>/pause/", detail.pause, name="pause"),
    path("obligations/<int:pk>/resume/", detail.resume, name="resume"),
    path("obligations/<int:pk>/assign/", detail.assign, name="assign"),
    path("obligations/<int:pk>/note/", detail.note, name="note"),
    path("obligations/<int:pk>/meeting/", gatherings.meeting, name="meeting"),
    path("obligations/<int:pk>/report/", gatherings.report, name="report"),
    path("obligations/<int:pk>/reading/", gatherings.reading, name="reading"),
    path("reports/<int:pk>/", gatherings.report_read, name="report_read"),
    path("customers/<int:pk>/promises/", customer.promises, name="customer_promises"),
    path("customers/<int:pk>/next/", customer.following, name="customer_next"),
    path("customers/<int:pk>/year/", customer.year, name="customer_year"),
    path("customers/<int:pk>/obligations/", customer.every, name="customer_all"),
]
