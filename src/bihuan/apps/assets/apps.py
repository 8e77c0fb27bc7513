"""Machines: models, serial numbers, what is in them, whose they are, where they stand."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

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
    deeds = {
        "asset_model.add": _("新建型号"),
        "asset_model.change": _("修改型号"),
        "service_line.set": _("设置服务热线"),
        "asset.inspect": _("登记技术巡检"),
        "asset.health_check": _("登记健康体检"),
        "asset.add": _("设备建档"),
        "asset.change": _("修改设备"),
        "asset.new_label": _("换新设备标签"),
        "asset.move": _("设备移位或转让"),
        "asset.stage": _("改变设备状态"),
        "asset.warranty_agree": pgettext_lazy("deed", "约定保修"),
        "asset.warranty_withdraw": _("撤销约定的保修"),
        "part.install": pgettext_lazy("deed", "装上部件"),
        "part.remove": _("拆下部件"),
        "place.add": _("新建位置"),
        "place.close": _("停用位置"),
        "machine_set.make": _("新建成套设备"),
        "meter.replace": _("更换计时表"),
    }
