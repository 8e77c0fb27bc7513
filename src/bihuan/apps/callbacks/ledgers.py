"""Opening balances of calls from Excel: last contacts, open problems, open promises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from bihuan.apps.callbacks import words
from bihuan.apps.callbacks.actions import opening
from bihuan.apps.callbacks.actions.problems import Found, Promised
from bihuan.apps.callbacks.enums import Channel, Disposition, Grade
from bihuan.apps.customers.ledger_rows import chosen, customer_of, person_of
from bihuan.base.access.models import User
from bihuan.base.errors import BadInput
from bihuan.base.ledgers.declare import Column, Done, Ledger, each
from bihuan.base.ledgers.parsing import day, yes_no

CONTACTS: words.Words = {
    **words.KIND,
    opening.VISIT: _("走访"),
    opening.EXECUTIVE: _("高层走访"),
    opening.CONTACT: _("主动联络"),
}
CUSTOMER = Column(
    "customer",
    {"zh": "客户", "en": "Customer"},
    required=True,
    also=("客户编号", "客户名称", "单位"),
)
OWNER = {"zh": "工号或姓名", "en": "Staff number or name"}


def save_contact(row: Mapping[str, Any], *, by: User | None, now: datetime) -> Done:
    """The last contact of a kind; the same again is no change."""
    visit = row["kind"] in (opening.VISIT, opening.EXECUTIVE)
    new = opening.contacted(
        customer=customer_of(row), kind=row["kind"], on=row["on"], who=person_of(row, "who"),
        channel=Channel.ONSITE if visit else row.get("channel", Channel.PHONE), by=by, now=now,
    )  # fmt: skip
    return Done.NEW if new else Done.SAME


def save_problem(row: Mapping[str, Any], *, by: User | None, now: datetime) -> Done:
    """A problem that is open still; the same again is no change."""
    found = Found(
        text=row["text"], disposition=row.get("disposition", Disposition.TICKET),
        grade=row.get("grade", Grade.GENERAL), technical=row.get("technical", False),
        owner=person_of(row, "owner"),
    )  # fmt: skip
    new = opening.open_problem(
        customer=customer_of(row), problem=found, found_on=row["found_on"], by=by, now=now
    )
    return Done.NEW if new else Done.SAME


def save_promise(row: Mapping[str, Any], *, by: User | None, now: datetime) -> Done:
    """A promise that is to be kept still; the same again is no change."""
    customer = customer_of(row)
    owner = person_of(row, "owner") or customer.account_manager
    if owner is None:
        raise BadInput({"owner": str(_("这家没有客户经理，请写谁来办。"))})
    new = opening.open_promise(
        customer=customer, promise=Promised(row["text"], owner, row["due_on"]),
        made_on=row["made_on"], by=by, now=now,
    )  # fmt: skip
    return Done.NEW if new else Done.SAME


OPENING_CONTACTS = Ledger(
    name="opening_contacts",
    order=71,
    title={"zh": "期初：上次联系", "en": "Opening: last contacts"},
    key=("customer", "kind", "on"),
    columns=(
        CUSTOMER,
        Column("on", {"zh": "日期", "en": "Date"}, required=True, parse=day, also=("上次回访", "上次联系", "回访日期", "联系日期")),
        Column("kind", {"zh": "种类", "en": "Kind"}, required=True, parse=chosen(CONTACTS), also=("回访种类", "类型", "方式种类")),
        Column("channel", {"zh": "渠道", "en": "Channel"}, parse=chosen(words.CHANNEL), also=("方式", "回访方式"),
               help={"zh": "不写就是电话；走访都算现场", "en": "Left empty: by phone; visits are on site"}),
        Column("who", {"zh": "谁联系的", "en": "By"}, also=("回访人", "联系人员"), help=OWNER),
    ),
    save=each(save_contact),
)  # fmt: skip

OPENING_PROBLEMS = Ledger(
    name="opening_problems",
    order=72,
    title={"zh": "期初：未了结的问题", "en": "Opening: open problems"},
    key=("customer", "found_on", "text"),
    columns=(
        CUSTOMER,
        Column("text", {"zh": "问题", "en": "Problem"}, required=True, also=("问题描述", "内容")),
        Column("found_on", {"zh": "发现日", "en": "Found on"}, required=True, parse=day, also=("发现日期", "登记日期")),
        Column("grade", {"zh": "等级", "en": "Grade"}, parse=chosen(words.GRADE), also=("严重程度",)),
        Column("technical", {"zh": "技术问题", "en": "Technical"}, parse=yes_no),
        Column("disposition", {"zh": "处理方式", "en": "What becomes of it"}, parse=chosen(words.DISPOSITION),
               help={"zh": "不写就转工单", "en": "Left empty: a ticket"}),
        Column("owner", {"zh": "责任人", "en": "Owner"}, also=("负责人",), help=OWNER),
    ),
    save=each(save_problem),
)  # fmt: skip

OPENING_PROMISES = Ledger(
    name="opening_promises",
    order=73,
    title={"zh": "期初：未兑现的承诺", "en": "Opening: open promises"},
    key=("customer", "made_on", "text"),
    columns=(
        CUSTOMER,
        Column("text", {"zh": "承诺", "en": "Promise"}, required=True, also=("承诺内容", "内容")),
        Column("made_on", {"zh": "答应的日期", "en": "Promised on"}, required=True, parse=day, also=("承诺日期", "登记日期")),
        Column("due_on", {"zh": "约定日期", "en": "Due on"}, required=True, parse=day, also=("兑现日期", "截止日期", "到期日")),
        Column("owner", {"zh": "责任人", "en": "Owner"}, also=("负责人",), help=OWNER),
    ),
    save=each(save_promise),
)  # fmt: skip
