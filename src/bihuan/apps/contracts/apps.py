"""Contracts: cover, response terms, entitlements, planned maintenance."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.apps.assets.apps import ASSET
from bihuan.apps.customers.apps import CUSTOMER
from bihuan.base.registry import App, Command, MenuItem, Panel, Subject

CONTRACT = CUSTOMER.via("customer")


class ContractsConfig(App):
    name = "bihuan.apps.contracts"
    label = "contracts"
    title = _("合同")
    commands = (Command(_("新建合同"), "contracts:new", "contracts.edit"),)
    menu = (
        MenuItem(
            _("合同台账"), "contracts:list", "file-certificate", "contracts.see", "assets", 30
        ),
        MenuItem(_("保养日历"), "contracts:visits", "calendar-event", "assets.see", "assets", 35),
    )
    listeners = {"contracts": "handlers.on_facts"}
    ticks = ("ticks.tell_maintenance", "ticks.end_expired")
    snapshots = {"contract": "snapshots.contracts"}
    adds = {"asset": "snapshots.of_assets", "customer": "snapshots.of_customers"}
    overlays = ("queries.cover.overlays",)
    subjects = {"contract": Subject("contracts.Contract", "no", "contracts.see", "customer_id")}
    panels = {
        "customer.tabs": (
            Panel(
                _("合同与权益"),
                "contracts:of_customer",
                "contracts.see",
                30,
                "queries.lists.of_customer",
            ),
        ),
        "customer.side": (Panel(_("权益余量"), "contracts:brief", "contracts.see", 20),),
        "asset.tabs": (Panel(_("保养"), "contracts:of_asset", "assets.see", 20),),
        "asset.overview": (Panel(_("合同覆盖"), "contracts:cover", "contracts.see", 40),),
    }
    timeline = {
        "contract.": "contracts/timeline/contract.html",
        "renewal.made": "contracts/timeline/contract.html",
        "entitlement.used": "contracts/timeline/contract.html",
        "maintenance.": "contracts/timeline/maintenance.html",
    }
    searches = ("search.entries",)
    reach = {
        "Contract": CONTRACT,
        "Amendment": CONTRACT.via("contract"),
        "Entitlement": CONTRACT.via("contract"),
        "EntitlementRow": CONTRACT.via("entitlement__contract"),
        "PlanVisit": ASSET.via("asset"),
    }
    ledgers = ("ledgers.CONTRACTS", "ledgers.OPENING_ENTITLEMENTS")
    canaries = "tests.factories.canaries"
    named_by = {"Entitlement": "contract", "MaintenancePlan": "contract", "PlanVisit": "asset"}
    deeds = {
        "contract.add": pgettext_lazy("deed", "新建合同"),
        "contract.change": _("修改合同"),
        "contract.review": _("提交合同会签"),
        "contract.return": _("退回合同"),
        "contract.approve": _("批准合同"),
        "contract.sign": _("签署合同"),
        "contract.amend": _("变更合同"),
        "contract.end": _("结束合同"),
        "entitlement.grant": _("给予权益"),
        "entitlement.use": pgettext_lazy("deed", "使用权益"),
        "entitlement.undo": _("撤回权益使用"),
        "plan.add": _("新建保养计划"),
        "plan.visit_done": _("完成计划的保养"),
        "plan.end": _("结束保养计划"),
    }
