"""Customers: organisations, their people, tiers, key dates, purchases and exceptions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.base.registry import App, Command, MenuItem, Reach, Subject, Watched

CUSTOMER = Reach(
    own=("account_manager_id", "exec_sponsor_id", "dedicated_engineer_id"),
    team=("service_team_id",),
    region=("region",),
    dealer=("dealer_id", "id"),
    customer=("id",),
)


class CustomersConfig(App):
    name = "bihuan.apps.customers"
    label = "customers"
    title = pgettext_lazy("many", "客户")
    menu = (
        MenuItem(pgettext_lazy("many", "客户"), "customers:list", "building", "customers.see", "customers", 10),
        MenuItem(_("级别评审"), "customers:tiers", "award", "customers.tier_propose", "customers", 20, "queries.lists.open_tiers"),
        MenuItem(_("合并重复"), "customers:doubles", "git-merge", "customers.merge", "customers", 80, rare=True),
        MenuItem(_("离职交接"), "customers:hand_over", "user-minus", "customers.hand_over", "manage", 60, rare=True),
    )  # fmt: skip
    commands = (Command(_("新建客户"), "customers:new", "customers.edit"),)
    listeners = {"customers": "handlers.on_facts"}
    ticks = ("ticks.tell_key_dates", "ticks.tell_stale")
    snapshots = {"customer": "snapshots.customers", "contact": "snapshots.contacts"}
    people_of = "queries.people.looking_after"
    timeline = {
        "customer.": "customers/timeline/customer.html",
        "contact.": "customers/timeline/contact.html",
        "tier.": "customers/timeline/tier.html",
        "flag.changed": "customers/timeline/customer.html",
        "account_manager.assigned": "customers/timeline/assigned.html",
        "sponsor.assigned": "customers/timeline/assigned.html",
        "engineer.assigned": "customers/timeline/assigned.html",
        "key_date.coming": "customers/timeline/key_date.html",
        "purchase.made": "customers/timeline/purchase.html",
    }
    searches = ("search.entries",)
    reach = {
        "Customer": CUSTOMER,
        "Contact": CUSTOMER.via("customer"),
        "Purchase": CUSTOMER.via("customer"),
        "KeyDate": CUSTOMER.via("customer"),
        "TierReview": CUSTOMER.via("customer"),
        "TierChange": CUSTOMER.via("customer"),
        "ClauseException": CUSTOMER.via("customer"),
        "Verification": CUSTOMER.via("customer"),
        "HandOver": CUSTOMER.via("customer"),
        "Merge": CUSTOMER.via("kept"),
    }
    holds = ("queries.people.holds",)
    holdings = "queries.people.holdings"
    transfer = "actions.handing.transfer"
    subjects = {
        "customer": Subject("customers.Customer", "code", "customers.see", "id"),
        "contact": Subject("customers.Contact", "id", "customers.see", "customer_id"),
    }
    search_kinds = {
        "customer": (pgettext_lazy("many", "客户"), "building"),
        "contact": (pgettext_lazy("many", "联系人"), "address-book"),
    }
    api = "api.router"
    canaries = "tests.factories.canaries"
    lists = ("lists.LIST",)
    stamps = {"Customer": Watched("customers.see", "queries.stamps.stamps")}
    ledgers = (
        "ledgers.CUSTOMERS",
        "ledgers.CONTACTS",
        "ledgers.PURCHASES",
        "ledgers.OPENING_TIERS",
    )
