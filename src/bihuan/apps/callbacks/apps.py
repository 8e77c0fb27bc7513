"""Calls and visits: the plan, the desk, problems, promises, visits."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.base.registry import App, Command, Link, MenuItem, Panel, Reach

CUSTOMERS = Reach(
    own=("customer__account_manager_id", "customer__exec_sponsor_id", "customer__dedicated_engineer_id"),
    team=("customer__service_team_id",),
    region=("customer__region",),
    dealer=("customer__dealer_id", "customer_id"),
    customer=("customer_id",),
)  # fmt: skip


def also(*own: str) -> Reach:
    """Rows of a customer, and those that name somebody."""
    return Reach(
        own=(*CUSTOMERS.own, *own), team=CUSTOMERS.team, region=CUSTOMERS.region,
        dealer=CUSTOMERS.dealer, customer=CUSTOMERS.customer,
    )  # fmt: skip


CALLS = (
    "callback.routine", "callback.completion", "callback.verification", "callback.progress",
    "callback.node", "callback.special", "contact.proactive", "greeting.send", "notice.local",
)  # fmt: skip


class CallbacksConfig(App):
    name = "bihuan.apps.callbacks"
    label = "callbacks"
    title = _("回访与走访")
    menu = (
        MenuItem(_("回访工作台"), "callbacks:desk", "phone-call", "callbacks.do", "customers", 30, "queries.desk.late", plain=True),
        MenuItem(_("回访计划"), "callbacks:plan", "calendar-month", "callbacks.see", "customers", 40, rare=True),
        MenuItem(pgettext_lazy("many", "问题"), "callbacks:problems", "message-report", "callbacks.see", "customers", 50, "queries.problems.own_open", plain=True),
        MenuItem(_("走访"), "callbacks:visits", "route", "callbacks.see", "customers", 60, rare=True),
    )  # fmt: skip
    commands = (
        Command(_("登记问题"), "callbacks:problem_new", "callbacks.do"),
        Command(_("快速记录"), "callbacks:log", "callbacks.do", "phone"),
        Command(_("新建走访"), "callbacks:visit_new", "callbacks.do", "route"),
    )
    listeners = {"callbacks": "handlers.on_facts"}
    ticks = ("ticks.ship_scripts", "ticks.carry_over")
    lists = ("lists.PROBLEMS", "lists.PLAN")
    ledgers = ("ledgers.OPENING_CONTACTS", "ledgers.OPENING_PROBLEMS", "ledgers.OPENING_PROMISES")
    services = {
        "contact.may": "actions.touches.may_contact",
        "contact.note": "actions.touches.note",
    }
    links = {"contact.log": Link("callbacks:log", "callbacks.do")}
    fulfils = {
        **dict.fromkeys(CALLS, "callbacks:call"),
        "callback.brief": "callbacks:brief",
        "callback.news": "callbacks:news_of",
        "callback.plan": "callbacks:plan_of",
        "callback.sample": "callbacks:sample_of",
        "callback.campaign": "callbacks:campaign_of",
        "visit.regular": "callbacks:visit_of",
        "visit.executive": "callbacks:visit_of",
        "visit.minutes": "callbacks:minutes_of",
        "problem.handle": "callbacks:problem_of",
        "problem.feedback": "callbacks:problem_of",
        "problem.confirm": "callbacks:problem_of",
        "promise.keep": "callbacks:promise_of",
    }
    panels = {
        "customer.tabs": (Panel(_("回访走访"), "callbacks:customer", "callbacks.see", 20, "queries.customer.counted"),),
        "customer.overview": (Panel(_("回访计划"), "callbacks:customer_year", "callbacks.see", 50),),
    }  # fmt: skip
    timeline = {
        "callback.": "callbacks/timeline/call.html",
        "contact.made": "callbacks/timeline/call.html",
        "greeting.sent": "callbacks/timeline/call.html",
        "visit.": "callbacks/timeline/visit.html",
        "problem.": "callbacks/timeline/problem.html",
        "promise.": "callbacks/timeline/promise.html",
    }
    searches = ("search.entries",)
    numbered = {"HF": "queries.customer.call_by_number"}
    search_kinds = {
        "HF": (_("回访"), "phone-call"),
        "problem": (pgettext_lazy("many", "问题"), "message-report"),
        "visit": (_("走访"), "route"),
    }
    reach = {
        "Callback": also("caller_id"),
        "Problem": also("owner_id", "found_by_id"),
        "Promise": also("owner_id", "made_by_id"),
        "Visit": also("host_id", "participants__user_id"),
        "Target": CUSTOMERS,
        "Touch": CUSTOMERS,
        "Brief": CUSTOMERS,
        "News": also("by_id"),
        "PlannedDay": CUSTOMERS,
        "Sample": also("caller_id").via("callback"),
    }
    holdings = "queries.problems.holdings"
    transfer = "actions.problems.transfer"
    files = ("queries.problems.sees_file",)
    canaries = "tests.factories.canaries"
    deeds = {
        "problem.open": _("登记期初问题"),
        "promise.open": _("登记期初承诺"),
        "callbacks.plan": _("调整回访计划"),
        "callbacks.campaign": _("新建专项回访"),
        "callbacks.script": _("发布话术"),
        "callbacks.gift": pgettext_lazy("deed", "批准礼品"),
    }
