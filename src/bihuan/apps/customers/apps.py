"""Customers: organisations, their people, tiers, key dates, purchases and exceptions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.base.registry import App, Command, Link, MenuItem, Reach, Subject, Watched

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
        MenuItem(_("级别评审"), "customers:tiers", "award", "customers.tier_propose", "customers", 20, "tier_changes.to_decide"),
        MenuItem(_("合并重复"), "customers:doubles", "git-merge", "customers.merge", "customers", 80, "queries.lists.open_merges", plain=True, rare=True),
        MenuItem(_("客户例外"), "customers:all_exceptions", "ban", "customers.see", "customers", 85, "queries.lists.open_exceptions", plain=True, rare=True),
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
    links = {"people.hand_over": Link("customers:hand_over", "customers.hand_over")}
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
    lists = ("lists.LIST", "tier_changes.LIST")
    stamps = {"Customer": Watched("customers.see", "queries.stamps.stamps")}
    ledgers = (
        "ledgers.CUSTOMERS",
        "ledgers.CONTACTS",
        "ledgers.PURCHASES",
        "ledgers.OPENING_TIERS",
    )
    named_by = {
        "Merge": "kept", "ClauseException": "customer", "TierChange": "customer", "KeyDate": "customer",
    }  # fmt: skip
    deeds = {
        "customer.add": _("客户建档"),
        "customer.change": _("修改客户"),
        "customer.verify": _("核实客户资料"),
        "customer.hand_over": _("交接客户"),
        "customer.merge_propose": _("提出合并客户"),
        "customer.merge_refuse": _("不同意合并客户"),
        "customer.merge": pgettext_lazy("deed", "合并客户"),
        "customer.unmerge": _("拆回合并的客户"),
        "people.settle": pgettext_lazy("deed", "离职交接"),
        "contact.add": pgettext_lazy("deed", "添加联系人"),
        "contact.change": pgettext_lazy("deed", "修改联系人"),
        "contact.left": _("联系人离任"),
        "contact.consent": _("登记同意或撤回"),
        "contact.unmask": _("查看完整电话"),
        "exception.ask": _("申请客户例外"),
        "exception.grant": _("批准客户例外"),
        "exception.refuse": _("退回客户例外"),
        "exception.end": _("结束客户例外"),
        "key_date.add": _("登记日子"),
        "key_date.end": _("停用日子"),
        "purchase.record": _("登记采购"),
        "purchase.void": _("作废采购"),
        "tier.open": _("登记期初级别"),
        "tier.review": pgettext_lazy("deed", "级别评审"),
        "tier.propose": _("提议调整级别"),
        "tier.decide": _("审批级别"),
        "tier.withdraw": _("撤回级别提议"),
    }
