"""Machines: models, serial numbers, what is in them, whose they are, where they stand."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers.apps import CUSTOMER
from bihuan.base.registry import App, Command, MenuItem, Panel, Reach, Subject

_OF_CUSTOMER = CUSTOMER.via("customer")
# Who bought a machine long ago does not reach it any more; who serves it does.
ASSET = Reach(
    own=_OF_CUSTOMER.own,
    team=_OF_CUSTOMER.team,
    region=_OF_CUSTOMER.region,
    dealer=(*_OF_CUSTOMER.dealer, "serviced_by_id"),
    customer=(*_OF_CUSTOMER.customer, "owner_id"),
)


class AssetsConfig(App):
    name = "bihuan.apps.assets"
    label = "assets"
    title = _("设备")
    menu = (
        MenuItem(_("设备"), "assets:list", "engine", "assets.see", "assets", 10),
        MenuItem(_("成套设备"), "assets:sets", "sitemap", "assets.see", "assets", 20, rare=True),
        MenuItem(_("型号目录"), "assets:models", "books", "assets.see", "assets", 40, rare=True),
    )
    listeners = {"assets": "handlers.on_facts"}
    ticks = ("ticks.warn_of_parts",)
    snapshots = {"asset": "snapshots.assets"}
    adds = {"customer": "snapshots.of_customers"}
    subjects = {"asset": Subject("assets.Asset", "serial", "assets.see", "customer_id")}
    panels = {
        "customer.tabs": (
            Panel(_("设备"), "assets:of_customer", "assets.see", 20, "queries.lists.of_customer"),
        ),
        "customer.middle": (Panel(_("设备"), "assets:brief", "assets.see", 40),),
    }
    timeline = {
        "asset.": "assets/timeline/asset.html",
        "health.checked": "assets/timeline/asset.html",
        "part.life_ending": "assets/timeline/asset.html",
    }
    searches = ("search.entries",)
    reach = {
        "Asset": ASSET,
        "Part": ASSET.via("asset"),
        "Reading": ASSET.via("asset"),
        "Check": ASSET.via("asset"),
        "Stay": ASSET.via("asset"),
        "StageChange": ASSET.via("asset"),
        "Place": _OF_CUSTOMER,
        "MachineSet": _OF_CUSTOMER,
    }
    lists = ("lists.LIST",)
    commands = (Command(_("新建设备"), "assets:new", "assets.edit"),)
    ledgers = ("ledgers.ASSETS", "ledgers.MODELS")
    canaries = "tests.factories.canaries"
