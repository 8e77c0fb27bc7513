"""The service desk: every report is a ticket, its clocks are obligations, the customer ends it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.base.registry import App, MenuItem, Panel, Reach

TICKETS = Reach(
    own=(
        "owner_id", "first_owner_id", "engineer_id", "helpers__id", "customer__account_manager_id",
        "customer__exec_sponsor_id", "customer__dedicated_engineer_id",
    ),
    team=("customer__service_team_id",),
    region=("customer__region",),
    dealer=("customer__dealer_id", "customer_id"),
    customer=("customer_id",),
)  # fmt: skip


class TicketsConfig(App):
    name = "bihuan.apps.tickets"
    label = "tickets"
    title = _("服务台")
    menu = (
        MenuItem(pgettext_lazy("many", "工单"), "tickets:queue", "ticket", "tickets.see", "customers", 20, "queries.lists.new_in_sight"),
        MenuItem(_("收件箱"), "tickets:inbox", "inbox", "tickets.inbox", "customers", 21, "doors.views.inbox.waiting"),
        MenuItem(_("我的来电"), "tickets:calls", "phone", "tickets.calls_own", "customers", 22),
        MenuItem(_("值班"), "tickets:on_call", "moon", "tickets.on_call", "customers", 23),
        MenuItem(_("纸质单"), "tickets:paper", "printer", "tickets.paper", "customers", 24),
        MenuItem(_("服务台数据"), "tickets:figures", "chart-bar", "tickets.see", "customers", 25),
        MenuItem(_("渠道"), "tickets:ways", "mail", "tickets.channels", "manage", 925),
    )  # fmt: skip
    tells = (
        "fault.reported", "consultation.asked", "consultation.answered", "service.requested", "demand.received",
        "ticket.contacted", "ticket.dispatched", "ticket.arrived", "ticket.attended", "ticket.resolved",
        "ticket.fed_back", "ticket.confirmed", "ticket.reopened", "ticket.closed", "ticket.handed_over",
        "ticket.taken_over", "ticket.chased", "ticket.cancelled",
    )  # fmt: skip
    listeners = {"tickets": "handlers.on_facts"}
    fulfils = dict.fromkeys(
        (
            "response.phone", "response.attend", "response.answer", "response.acknowledge", "response.start",
            "ticket.restore", "ticket.feedback", "ticket.investigate", "dispatch.assign", "consultation.triage",
            "repair.propose", "service.deliver",
        ),
        "tickets:of_duty",
    )  # fmt: skip
    links = {"ticket.new": "tickets:new"}
    panels = {
        "customer.tabs": (Panel(pgettext_lazy("many", "工单"), "tickets:customer", "tickets.see", 15, "queries.lists.of_customer"),),
        "asset.tabs": (Panel(pgettext_lazy("many", "工单"), "tickets:asset", "tickets.see", 15, "queries.lists.of_asset"),),
    }  # fmt: skip
    timeline = {
        "fault.reported": "tickets/timeline/ticket.html",
        "ticket.": "tickets/timeline/ticket.html",
        "consultation.": "tickets/timeline/ticket.html",
        "service.requested": "tickets/timeline/ticket.html",
    }
    searches = ("search.entries",)
    numbered = {"WX": "search.by_number"}
    search_kinds = {
        "WX": (_("工单"), "ticket"),
        "ticket": (_("工单"), "ticket"),
    }
    reach = {
        "Ticket": TICKETS,
        "Entry": TICKETS.via("ticket"),
        "Handover": TICKETS.via("ticket"),
    }
    holdings = "queries.lists.holdings"
    transfer = "actions.around.transfer"
    files = ("queries.page.sees_file", "doors.views.inbox.sees_file")
    api = "api.router"
    ticks = (
        "tasks.plan_reading", "doors.calls.attach_new", "doors.paging.raise_alarms", "doors.paging.climb",
    )  # fmt: skip
    ledgers = ("doors.paper.PAPERS",)
    canaries = "tests.factories.canaries"
