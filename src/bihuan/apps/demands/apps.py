"""What customers want: one archive, classified, reviewed every week, answered."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.base.registry import App, Command, Link, MenuItem, Panel, Reach, Watched

DEMANDS = Reach(
    own=(
        "owner_id", "customer__account_manager_id", "customer__exec_sponsor_id",
        "customer__dedicated_engineer_id",
    ),
    team=("customer__service_team_id",),
    region=("customer__region",),
    dealer=("customer__dealer_id", "customer_id"),
    customer=("customer_id",),
)  # fmt: skip


class DemandsConfig(App):
    name = "bihuan.apps.demands"
    label = "demands"
    title = _("客户需求")
    menu = (
        MenuItem(pgettext_lazy("many", "需求"), "demands:list", "bulb", "demands.see", "customers", 55, "queries.archive.own_open", plain=True),
    )  # fmt: skip
    commands = (
        Command(_("登记需求"), "demands:new", "demands.do"),
        Command(_("需求评审会"), "demands:review", "demands.review", "checklist"),
    )
    listeners = {"demands": "handlers.on_facts"}
    lists = ("lists.DEMANDS",)
    fulfils = {
        "demand.classify": "demands:of_duty",
        "demand.review": "demands:of_duty",
        "demand.propose": "demands:of_duty",
        "demand.confirm_plan": "demands:of_duty",
        "demand.feedback": "demands:of_duty",
        "suggestion.dispose": "demands:of_duty",
    }
    only_there = ("queries.archive.only_there",)
    links = {"demand.new": Link("demands:new", "demands.do")}
    panels = {
        "customer.tabs": (Panel(pgettext_lazy("many", "需求"), "demands:customer", "demands.see", 25, "queries.archive.of_customer"),),
        "ticket.side": (Panel(pgettext_lazy("many", "需求"), "demands:of_ticket", "demands.see", 60),),
        "visit.side": (Panel(pgettext_lazy("many", "需求"), "demands:of_visit", "demands.see", 60),),
        "callback.side": (Panel(pgettext_lazy("many", "需求"), "demands:of_call", "demands.see", 60),),
    }  # fmt: skip
    timeline = {"demand.": "demands/timeline/demand.html"}
    searches = ("search.entries",)
    search_kinds = {"demand": (pgettext_lazy("many", "需求"), "bulb")}
    stamps = {"Demand": Watched("demands.see", "queries.archive.stamps")}
    reach = {"Demand": DEMANDS, "Step": DEMANDS.via("demand")}
    holdings = "queries.archive.holdings"
    transfer = "actions.holding.transfer"
    files = ("queries.archive.sees_file",)
    api = "api.router"
    canaries = "tests.factories.canaries"
