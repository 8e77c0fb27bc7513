"""Addresses of the doors."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.tickets.doors.views import inbox, night, phone, ways, wecom

urlpatterns = [
    path("tickets/inbox/", inbox.inbox, name="inbox"),
    path("tickets/inbox/<int:pk>/", inbox.envelope, name="envelope"),
    path("tickets/calls/", phone.own, name="calls"),
    path("tickets/calls/<int:pk>/attach/", phone.attach, name="attach_call"),
    path("tickets/ringing/", phone.ringing, name="ringing"),
    path("tickets/ringing/<int:pk>/away/", phone.put_away, name="put_away"),
    path("tickets/ways/", ways.ways, name="ways"),
    path("tickets/ways/mailbox/", ways.mailbox, name="new_mailbox"),
    path("tickets/ways/mailbox/<int:pk>/", ways.mailbox, name="mailbox"),
    path("tickets/ways/mailbox/<int:pk>/test/", ways.test_mailbox, name="test_mailbox"),
    path("tickets/ways/hook/<int:pk>/toggle/", ways.toggle_hook, name="toggle_hook"),
    path("tickets/hooks/<str:code>/", ways.hook, name="hook"),
    path("tickets/wecom/<str:code>/", wecom.address, name="wecom"),
    path("tickets/ways/wecom/", wecom.new, name="new_wecom"),
    path("tickets/ways/wecom/<int:pk>/toggle/", wecom.toggle, name="toggle_wecom"),
    path("tickets/on-call/", night.on_call, name="on_call"),
    path("tickets/on-call/<int:pk>/end/", night.off_call, name="off_call"),
    path("tickets/paged/<str:uid>/", night.paged, name="paged"),
    path("tickets/paper/", night.papers, name="paper"),
]
