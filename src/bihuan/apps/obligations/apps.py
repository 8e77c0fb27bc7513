"""Obligations: facts become promises with owner, due time, proof and verification."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.base.registry import App, Link, MenuItem, Panel, Reach, Watched

OBLIGATION = Reach(
    own=("assignee_id", "verifier_id", "customer__account_manager_id", "customer__exec_sponsor_id"),
    team=("assignee__team_id",),
    region=("region",),
    dealer=("customer__dealer_id",),
    customer=("customer_id",),
)
FORETOLD = _("没办完的义务会怎样")


class ObligationsConfig(App):
    name = "bihuan.apps.obligations"
    label = "obligations"
    title = pgettext_lazy("many", "义务")
    menu = (
        MenuItem(_("工作台"), "obligations:workbench", "layout-dashboard", "home.see", "", 0),
        MenuItem(
            _("待办中心"), "obligations:todo", "checklist", "obligations.work", "", 10,
            "queries.overdue_of", plain=True,
        ),
        MenuItem(_("服务日历"), "obligations:calendar", "calendar", "home.see", "regulation", 40),
        MenuItem(_("上线排演"), "obligations:rehearsal", "route", "golive.rehearse", "manage", 35, rare=True),
    )  # fmt: skip
    listeners = {"obligations": "handlers.on_facts"}
    checks = {
        "unjudged": "wellness.unjudged", "unheld": "wellness.unheld", "unswept": "wellness.unswept",
    }  # fmt: skip
    ticks = (
        "ticks.periods",
        "ticks.open_scheduled",
        "ticks.resume_longest",
        "ticks.sweep",
        "nightly.recount",
        "tasks.plan_again",
    )
    fulfils = {
        "meeting.hold": "obligations:meeting",
        "report.issue": "obligations:report",
        "report.custom": "obligations:report",
        "reading.acknowledge": "obligations:reading",
    }
    arriving = ("placing.arriving",)
    links = {"pack.trial": Link("obligations:trial_new", "policy.edit")}
    panels = {
        "pack.sending": (Panel(_("试运行结果"), "obligations:trial_brief", "policy.edit"),),
        "pack.review": (
            Panel(_("试运行结果"), "obligations:trial_brief", "policy.edit", 10),
            Panel(FORETOLD, "obligations:foretold_version", "policy.see", 20),
        ),
        "change.tier": (Panel(FORETOLD, "obligations:foretold_tier", "customers.tier_approve"),),
        "change.hand_over": (Panel(FORETOLD, "obligations:foretold_hand_over", "customers.hand_over"),),
        "change.merge": (Panel(FORETOLD, "obligations:foretold_merge", "customers.merge"),),
        "change.move": (Panel(FORETOLD, "obligations:foretold_move", "assets.edit"),),
        "change.scrap": (Panel(FORETOLD, "obligations:foretold_scrap", "assets.edit"),),
        "change.amend": (Panel(FORETOLD, "obligations:foretold_amend", "contracts.edit"),),
        "change.end": (Panel(FORETOLD, "obligations:foretold_end", "contracts.edit"),),
        "change.calendar": (Panel(FORETOLD, "obligations:foretold_calendar", "calendar.manage"),),
        "change.leave": (Panel(FORETOLD, "obligations:foretold_leave", "people.manage"),),
        "customer.overview": (
            Panel(_("答应过的，做到没有"), "obligations:customer_promises", "obligations.see", 10),
            Panel(_("今年来往"), "obligations:customer_year", "obligations.see", 40),
        ),
        "customer.side": (Panel(_("下一步"), "obligations:customer_next", "obligations.see", 10),),
        "customer.tabs": (
            Panel(pgettext_lazy("many", "义务"), "obligations:customer_all", "obligations.see", 15, "queries.live_of_customer"),
        ),
    }  # fmt: skip
    timeline = {"obligation.": "obligations/timeline/obligation.html"}
    timeline_adds = {"obligation.": "history.of_facts"}
    reach = {
        "Obligation": OBLIGATION,
        "Evidence": OBLIGATION.via("obligation"),
        "Meeting": OBLIGATION.via("obligation"),
        "Report": OBLIGATION.via("obligation"),
    }
    lists = ("todo.LIST",)
    stamps = {"Obligation": Watched("obligations.see", "queries.stamps")}
    health = {"SERVICE": "queries.service_health"}
    holdings = "queries.holdings"
    transfer = "actions.transfer"
    numbered = {"YW": "queries.by_number"}
    search_kinds = {"YW": (pgettext_lazy("many", "义务"), "checklist")}
    files = ("queries.sees_file",)
    api = "api.router"
    canaries = "tests.canaries.canaries"
    named_by = {"Obligation": "number"}
    deeds = {
        "obligation.take_back": _("撤回办结"),
        "obligation.waive": _("豁免义务"),
        "obligation.void": _("作废义务"),
        "obligation.clock_differs": _("核对出期限不符"),
        "obligations.recounted": _("夜间核对期限"),
        "policy.trial": _("试运行制度"),
    }
