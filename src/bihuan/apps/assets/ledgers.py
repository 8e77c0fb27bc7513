"""Machines and models from and to Excel; every row goes through an action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from bihuan.apps.assets import actions, profile
from bihuan.apps.assets.actions.places import place_at
from bihuan.apps.assets.models import Asset, Model
from bihuan.apps.customers.ledger_rows import customer_of
from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import reaches, visible
from bihuan.base.errors import BadInput
from bihuan.base.ledgers.declare import Column, Done, Ledger, each
from bihuan.base.ledgers.parsing import code, day, one_of, text, whole, yes_no


def family(cell: Any) -> str:
    """A family by its code or its title in either language."""
    rows = profile.data()["families"].items()
    return one_of({key: (row["title"]["zh"], row["title"]["en"]) for key, row in rows})(cell)


def save_model(row: Mapping[str, Any], *, by: User | None, now: datetime) -> Done:
    """New by code and maker, else the given columns are changed."""
    old = Model.objects.filter(code__iexact=row["code"], maker=row.get("maker", "")).first()
    if old is None:
        actions.add_model(by=by, now=now, **row)
        return Done.NEW
    changes = {name: value for name, value in row.items() if name not in ("code", "maker")}
    if all(getattr(old, name) == value for name, value in changes.items()):
        return Done.SAME
    actions.change_model(model=old, by=by, now=now, **changes)
    return Done.CHANGED


def _models(person: User) -> Iterable[Mapping[str, Any]]:
    if ALL not in reaches(person, "assets.see"):
        return
    for row in Model.objects.order_by("code", "id").iterator(chunk_size=1000):
        names = ("code", "name", "maker", "warranty_months", "warranty_latest_months", "note")
        yield {name: getattr(row, name) for name in names} | {
            "family": profile.family_title(row.family)
        }


MODELS = Ledger(
    name="asset_models",
    order=30,
    title={"zh": "型号", "en": "Models"},
    key=("code", "maker"),
    columns=(
        Column("code", {"zh": "型号", "en": "Model"}, required=True, parse=code, also=("型号代码", "规格型号")),
        Column("name", {"zh": "名称", "en": "Name"}, required=True, also=("设备名称", "产品名称")),
        Column("maker", {"zh": "制造商", "en": "Maker"}, also=("厂家", "品牌")),
        Column("family", {"zh": "产品系列", "en": "Product family"}, parse=family, also=("系列", "产品类别")),
        Column("warranty_months", {"zh": "保修月数", "en": "Warranty months"}, parse=whole, also=("质保月数", "保修期（月）")),
        Column("warranty_latest_months", {"zh": "交付后最迟月数", "en": "Latest months after delivery"}, parse=whole),
        Column("note", {"zh": "说明", "en": "Note"}, also=("备注",)),
    ),
    save=each(save_model),
    export=_models,
)  # fmt: skip


def model_of(row: Mapping[str, Any]) -> Model:
    """A model by its code or name. Raises BadInput."""
    wanted = row["model"]
    found = list(Model.objects.filter(Q(code__iexact=wanted) | Q(name=wanted))[:2])
    if len(found) != 1:
        raise BadInput(
            {"model": _("没有型号“%(name)s”，或不止一个。先导入型号台账。") % {"name": wanted}}
        )
    return found[0]


PLAIN = ("nickname", "firmware", "order_no", "critical", "connected")


def save_asset(row: Mapping[str, Any], *, by: User | None, now: datetime) -> Done:
    """New by model and serial number; of a known machine the plain columns and the place are
    changed, and a different customer is refused: that is a move.
    """
    model = model_of(row)
    customer = customer_of(row)
    values = {name: row[name] for name in PLAIN if name in row}
    old = (
        Asset.objects.select_related("customer", "place")
        .filter(model=model, serial__iexact=row["serial"])
        .first()
    )
    if old is not None:
        return _change(old, customer.pk, row, values, by, now)
    for column in ("owner", "sold_to", "serviced_by"):
        if row.get(column):
            values[column] = customer_of(row, column)
    if row.get("place"):
        values["place"] = place_at(customer, row["place"], by=by, now=now)
    actions.add_asset(
        model=model, serial=row["serial"], customer=customer, by=by, now=now, token=row.get("token", ""),
        delivered_on=row.get("delivered_on"), commissioned_on=row.get("commissioned_on"), **values,
    )  # fmt: skip
    return Done.NEW


def _change(
    old: Asset,
    customer_id: int,
    row: Mapping[str, Any],
    values: dict[str, Any],
    by: User | None,
    now: datetime,
) -> Done:
    if old.customer_id != customer_id:
        raise BadInput(
            {
                "customer": _("这台设备现在在 %(name)s。换客户请在设备页登记转让。")
                % {"name": old.customer.called}
            }
        )
    for name in ("delivered_on", "commissioned_on"):
        if row.get(name) and row[name] != getattr(old, name):
            raise BadInput({name: _("这台设备已经建档，日期请在设备页登记。")})
    if row.get("place"):
        values["place"] = place_at(old.customer, row["place"], by=by, now=now)
    version = old.version
    changed = actions.change_asset(asset=old, by=by, now=now, **values)
    return Done.CHANGED if changed.version != version else Done.SAME


def _assets(person: User) -> Iterable[Mapping[str, Any]]:
    rows = visible(Asset.objects.all(), person, "assets.see")
    rows = rows.select_related(
        "model", "customer", "owner", "sold_to", "serviced_by", "place"
    ).order_by("model__code", "serial")
    for row in rows.iterator(chunk_size=1000):
        yield {name: getattr(row, name) for name in ("serial", "nickname", "firmware", "order_no", "token", "delivered_on", "commissioned_on")} | {
            "model": row.model.code, "customer": row.customer.code, "owner": row.owner.code,
            "sold_to": row.sold_to.code if row.sold_to else "", "serviced_by": row.serviced_by.code if row.serviced_by else "",
            "place": row.place.path if row.place else "", "critical": _("是") if row.critical else _("否"),
            "connected": _("是") if row.connected else _("否"),
        }  # fmt: skip


ASSETS = Ledger(
    name="assets",
    order=40,
    title={"zh": "设备", "en": "Machines"},
    key=("model", "serial"),
    columns=(
        Column("model", {"zh": "型号", "en": "Model"}, required=True, also=("规格型号", "设备型号")),
        Column("serial", {"zh": "出厂编号", "en": "Serial number"}, required=True, parse=code, also=("序列号", "机号", "设备编号", "SN")),
        Column("customer", {"zh": "使用方", "en": "Operated by"}, required=True, also=("客户", "客户编号", "客户名称", "使用单位"), help={"zh": "客户编号、信用代码或全称", "en": "Code, credit code or full name"}),
        Column("owner", {"zh": "所有方", "en": "Owned by"}, help={"zh": "与使用方相同就空着", "en": "Empty when the operator owns it"}),
        Column("sold_to", {"zh": "购买方", "en": "Sold to"}),
        Column("serviced_by", {"zh": "服务方", "en": "Serviced by"}, also=("经销商",), help={"zh": "经销商；我方服务就空着", "en": "A dealer; empty when we serve it"}),
        Column("place", {"zh": "位置", "en": "Place"}, also=("安装位置", "地点"), help={"zh": "从大到小用斜杠分开：一号楼 / 设备间", "en": "From large to small: Building 1 / Room 2"}),
        Column("delivered_on", {"zh": "交付日", "en": "Delivered on"}, parse=day, also=("发货日期", "交付日期", "到货日期")),
        Column("commissioned_on", {"zh": "验收日", "en": "Commissioned on"}, parse=day, also=("验收日期", "安装日期", "调试日期")),
        Column("nickname", {"zh": "客户叫法", "en": "Called by the customer"}),
        Column("firmware", {"zh": "固件", "en": "Firmware"}, parse=text),
        Column("order_no", {"zh": "订单号", "en": "Order"}, parse=code, also=("合同号",)),
        Column("critical", {"zh": "关键设备", "en": "Critical"}, parse=yes_no),
        Column("connected", {"zh": "已接入远程监控", "en": "Connected to monitoring"}, parse=yes_no),
        Column("token", {"zh": "二维码标识", "en": "QR token"}, help={"zh": "从旧系统迁来时带上，已贴的标签继续有效", "en": "Bring it along so that labels on machines stay valid"}),
    ),
    save=each(save_asset),
    export=_assets,
)  # fmt: skip
