"""Contracts from and to Excel: signed ones as they run, with the machines they cover."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts import actions, profile, words
from bihuan.apps.contracts.actions.common import noon, today_of
from bihuan.apps.contracts.models import Contract
from bihuan.apps.customers.ledger_rows import chosen, customer_of
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.errors import BadInput
from bihuan.base.facts.models import OPENING
from bihuan.base.ledgers.declare import Column, Done, Ledger, each
from bihuan.base.ledgers.parsing import code, day, money, number, one_of, text, whole, yes_no
from bihuan.base.texts import listed

PLAIN = (
    "title",
    "end_on",
    "amount",
    "covers",
    "hours",
    "covers_all",
    "warranty_months",
    "exclusions",
    "duties",
)


OPENING_REF = "opening"
OPENING_NOTE = "期初余额"


def entitlement(cell: Any) -> str:
    """A kind of entitlement by its title in either language, or by its code."""
    titles = {
        code: (row["title"]["zh"], row["title"]["en"])
        for code, row in profile.data()["entitlements"].items()
    }
    return one_of(titles)(cell)


def parts(cell: Any) -> list[str]:
    """Items parted by 、 or commas."""
    plain = text(cell)
    for mark in "、，,；;":
        plain = plain.replace(mark, " ")
    return plain.split()


def covers(cell: Any) -> list[str]:
    """人工、配件."""
    parse = chosen(words.COVERS)
    return [parse(each_) for each_ in parts(cell)]


def machines_of(row: Mapping[str, Any], customer_id: int) -> list[Asset]:
    """The machines named by their serial numbers, at this customer. Raises BadInput."""
    wanted = list(dict.fromkeys(row.get("machines", ())))
    rows = Asset.objects.select_related("model").filter(serial__in=wanted, customer_id=customer_id)
    found = {each_.serial: each_ for each_ in rows}
    if absent := [each_ for each_ in wanted if each_ not in found]:
        raise BadInput(
            {
                "machines": _("这家客户没有出厂编号 %(serials)s。先导入设备台账。")
                % {"serials": listed(absent)}
            }
        )
    return [found[each_] for each_ in wanted]


def save_contract(row: Mapping[str, Any], *, by: User | None, now: datetime) -> Done:
    """New by number. A signed contract in the file is signed here; one that is known is not
    changed by a file: the same again is no change, a different one needs an amendment.
    """
    customer = customer_of(row)
    old = Contract.objects.filter(no__iexact=row["no"]).first()
    values = {name: row[name] for name in PLAIN if name in row}
    if old is not None:
        wanted = {"customer_id": customer.pk, "start_on": row["start_on"]} | values
        if all(getattr(old, name) == value for name, value in wanted.items()):
            return Done.SAME
        raise BadInput(
            {"no": _("合同 %(no)s 已经有了，内容不同。请在合同页登记变更。") % {"no": row["no"]}}
        )
    made = actions.add_contract(
        no=row["no"], customer=customer, kind=row["kind"], start_on=row["start_on"], machines=machines_of(row, customer.pk),
        by=by, now=now, **values,
    )  # fmt: skip
    if row.get("signed_on"):
        made = actions.send_to_review(contract=made, by=by, now=now)
        made = actions.approve(contract=made, by=by, now=now)
        actions.sign(
            contract=made, signed_on=row["signed_on"], ours=True, theirs=True, by=by, now=now
        )
    return Done.NEW


def save_opening_use(row: Mapping[str, Any], *, by: User | None, now: datetime) -> Done:
    """What was used of an entitlement until a day before going live; once for each time of it."""
    contract = Contract.objects.filter(no__iexact=row["contract"]).first()
    if contract is None:
        raise BadInput(
            {"contract": _("没有合同“%(no)s”。先导入合同台账。") % {"no": row["contract"]}}
        )
    if row["until"] > today_of(now):
        raise BadInput({"until": _("截止日不能在今天以后。")})
    found = contract.entitlements.filter(kind=row["kind"], from_on__lte=row["until"])
    held = found.order_by("from_on").last()
    if held is None and "granted" in row:
        held = actions.grant(
            contract=contract,
            kind=row["kind"],
            quantity=row["granted"],
            by=by,
            now=now,
            note=OPENING_NOTE,
        )
    if held is None:
        raise BadInput({"kind": _("这份合同没有登记这种权益。写上“共有”，一起登记。")})
    old = held.rows.filter(ref=OPENING_REF, undone_by=None).first()
    if old is not None:
        if old.quantity == row["used"]:
            return Done.SAME
        raise BadInput(
            {
                "used": _("期初已用已经导入过（%(n)s），数量不同。要改请先在合同页撤销。")
                % {"n": f"{old.quantity.normalize():f}"}
            }
        )
    actions.use(
        entitlement=held, quantity=row["used"], at=noon(row["until"], now), ref=OPENING_REF,
        note=OPENING_NOTE, source=OPENING, by=by, now=now,
    )  # fmt: skip
    return Done.NEW


def _contracts(person: User) -> Iterable[Mapping[str, Any]]:
    rows = visible(Contract.objects.all(), person, "contracts.see").select_related("customer")
    rows = rows.prefetch_related("machines__asset").order_by("no")
    for row in rows.iterator(chunk_size=500):
        yield {name: getattr(row, name) for name in ("no", "title", "start_on", "end_on", "amount", "warranty_months", "exclusions", "duties", "signed_on")} | {
            "customer": row.customer.code, "kind": words.title(words.KIND, row.kind), "hours": words.title(words.HOURS, row.hours),
            "covers": "、".join(words.title(words.COVERS, each_) for each_ in row.covers),
            "covers_all": _("是") if row.covers_all else _("否"),
            "machines": "、".join(each_.asset.serial for each_ in row.machines.all() if each_.to_on is None),
        }  # fmt: skip


CONTRACTS = Ledger(
    name="contracts",
    order=50,
    title={"zh": "合同", "en": "Contracts"},
    key=("no",),
    columns=(
        Column("no", {"zh": "合同号", "en": "Contract"}, required=True, parse=code, also=("合同编号", "协议编号")),
        Column("customer", {"zh": "客户", "en": "Customer"}, required=True, also=("客户编号", "客户名称", "甲方", "单位")),
        Column("kind", {"zh": "种类", "en": "Kind"}, required=True, parse=chosen(words.KIND), also=("合同类型", "合同种类")),
        Column("title", {"zh": "名称", "en": "Name"}, also=("合同名称",)),
        Column("start_on", {"zh": "起始日", "en": "Starts on"}, required=True, parse=day, also=("开始日期", "生效日期")),
        Column("end_on", {"zh": "到期日", "en": "Ends on"}, parse=day, also=("结束日期", "到期日期", "终止日期")),
        Column("amount", {"zh": "金额", "en": "Amount"}, parse=money, also=("合同金额", "含税金额")),
        Column("signed_on", {"zh": "签署日", "en": "Signed on"}, parse=day, also=("签订日期", "签约日期"), help={"zh": "写了就按已签署导入", "en": "With it the contract is brought in as signed"}),
        Column("covers", {"zh": "包括", "en": "Covers"}, parse=covers, help={"zh": "人工、配件、差旅", "en": "LABOUR, PARTS, TRAVEL"}),
        Column("hours", {"zh": "服务时间", "en": "Hours"}, parse=chosen(words.HOURS)),
        Column("covers_all", {"zh": "覆盖全部设备", "en": "All machines"}, parse=yes_no),
        Column("machines", {"zh": "覆盖的设备", "en": "Machines"}, parse=parts, also=("设备编号", "出厂编号"), help={"zh": "出厂编号，用顿号分开", "en": "Serial numbers, parted by commas"}),
        Column("warranty_months", {"zh": "约定保修月数", "en": "Warranty months"}, parse=whole),
        Column("exclusions", {"zh": "不包括", "en": "Excluded"}),
        Column("duties", {"zh": "客户的义务", "en": "Customer's duties"}),
    ),
    save=each(save_contract),
    export=_contracts,
)  # fmt: skip


OPENING_ENTITLEMENTS = Ledger(
    name="opening_entitlements",
    order=74,
    title={"zh": "期初：权益已用", "en": "Opening: entitlements used"},
    key=("contract", "kind"),
    columns=(
        Column("contract", {"zh": "合同号", "en": "Contract"}, required=True, parse=code, also=("合同编号", "协议编号")),
        Column("kind", {"zh": "权益", "en": "Entitlement"}, required=True, parse=entitlement, also=("权益种类",)),
        Column("used", {"zh": "已用", "en": "Used"}, required=True, parse=number, also=("已使用", "已用数量")),
        Column("until", {"zh": "截至", "en": "Until"}, required=True, parse=day, also=("截止日", "截至日期")),
        Column("granted", {"zh": "共有", "en": "Granted"}, parse=number, also=("总数", "合同数量"),
               help={"zh": "合同里还没有登记这种权益时才用", "en": "Only where the contract has none of it yet"}),
    ),
    save=each(save_opening_use),
)  # fmt: skip
