"""Customers, contacts and purchases from and to Excel; every row goes through an action."""

from __future__ import annotations

from bihuan.apps.customers import words
from bihuan.apps.customers.ledger_rows import (
    chosen,
    contacts_of,
    customers_of,
    month_day,
    percent,
    purchases_of,
    save_contact,
    save_customer,
    save_opening_tier,
    save_purchase,
)
from bihuan.base.ledgers.declare import Column, Ledger, each
from bihuan.base.ledgers.parsing import code, day, money, number, yes_no

CUSTOMERS = Ledger(
    name="customers",
    order=10,
    title={"zh": "客户", "en": "Customers"},
    key=("code", "name"),
    columns=(
        Column(
            "code",
            {"zh": "客户编号", "en": "Customer code"},
            parse=code,
            also=("编号", "客户代码", "code"),
            help={"zh": "不写就由系统编", "en": "Left empty it is given"},
        ),
        Column(
            "name",
            {"zh": "客户名称", "en": "Customer name"},
            required=True,
            also=("名称", "单位名称", "公司名称", "全称", "name"),
        ),
        Column("short_name", {"zh": "简称", "en": "Short name"}),
        Column(
            "credit_code",
            {"zh": "统一社会信用代码", "en": "Unified credit code"},
            parse=code,
            also=("信用代码", "税号"),
        ),
        Column(
            "nature",
            {"zh": "性质", "en": "Nature"},
            parse=chosen(words.NATURE),
            also=("企业性质", "客户性质"),
        ),
        Column(
            "relation",
            {"zh": "与我方关系", "en": "Relation"},
            parse=chosen(words.RELATION),
            also=("关系", "客户类型"),
        ),
        Column(
            "dealer",
            {"zh": "所属经销商", "en": "Dealer"},
            also=("经销商",),
            help={"zh": "经销商的编号或全称，要先导入", "en": "Code or full name, imported before"},
        ),
        Column("industry", {"zh": "行业", "en": "Industry"}),
        Column("region", {"zh": "区域", "en": "Region"}, also=("大区", "地区")),
        Column("city", {"zh": "城市", "en": "City"}),
        Column(
            "city_class",
            {"zh": "城市类别", "en": "Class of city"},
            parse=chosen(words.CITY_CLASS),
            also=("城市级别", "城市等级"),
        ),
        Column("address", {"zh": "地址", "en": "Address"}, also=("详细地址",)),
        Column(
            "since",
            {"zh": "合作起始日", "en": "Customer since"},
            parse=day,
            also=("合作日期", "首次合作"),
        ),
        Column("source", {"zh": "来源渠道", "en": "Channel"}, also=("来源",)),
        Column(
            "account_manager",
            {"zh": "客户经理", "en": "Account manager"},
            also=("负责人", "业务员"),
            help={"zh": "工号或姓名", "en": "Staff number or name"},
        ),
        Column("exec_sponsor", {"zh": "高层联络人", "en": "Executive liaison"}),
        Column(
            "tier",
            {"zh": "级别", "en": "Tier"},
            also=("客户级别", "等级"),
            help={
                "zh": "制度里的级别名称或代码；只在建档时用",
                "en": "Name or code in the regulation; used for new rows only",
            },
        ),
        Column("usage_score", {"zh": "使用频率评分", "en": "Usage score"}, parse=number),
        Column("growth_score", {"zh": "增长潜力评分", "en": "Growth score"}, parse=number),
        Column(
            "wallet_share",
            {"zh": "我方份额", "en": "Our share"},
            parse=percent,
            also=("份额", "采购份额"),
        ),
        Column("wallet_source", {"zh": "份额来源", "en": "Source of the share"}),
        Column(
            "pains",
            {"zh": "痛点", "en": "Pain points"},
            help={"zh": "多条用分号隔开", "en": "Several, parted by semicolons"},
        ),
    ),
    save=each(save_customer),
    export=customers_of,
)


CONTACTS = Ledger(
    name="contacts",
    order=20,
    title={"zh": "联系人", "en": "Contacts"},
    key=("customer", "name"),
    columns=(
        Column(
            "customer",
            {"zh": "客户", "en": "Customer"},
            required=True,
            also=("客户编号", "客户名称", "单位"),
        ),
        Column("name", {"zh": "姓名", "en": "Name"}, required=True, also=("联系人", "联系人姓名")),
        Column("title", {"zh": "职务", "en": "Position"}, also=("职位", "岗位")),
        Column("department", {"zh": "部门", "en": "Department"}),
        Column(
            "decision_role",
            {"zh": "决策链角色", "en": "Decision role"},
            parse=chosen(words.DECISION),
            also=("角色",),
        ),
        Column(
            "phone",
            {"zh": "手机或电话", "en": "Phone"},
            also=("手机", "电话", "手机号", "联系电话"),
        ),
        Column("email", {"zh": "邮箱", "en": "E-mail"}, also=("电子邮箱", "email")),
        Column("wecom", {"zh": "企业微信", "en": "WeCom"}),
        Column("is_key", {"zh": "关键联系人", "en": "Key contact"}, parse=yes_no),
        Column(
            "birthday",
            {"zh": "生日", "en": "Birthday"},
            parse=month_day,
            help={"zh": "只写月和日", "en": "Month and day only"},
        ),
        Column("birthday_lunar", {"zh": "农历生日", "en": "Lunar birthday"}, parse=yes_no),
    ),
    save=each(save_contact),
    export=contacts_of,
)


PURCHASES = Ledger(
    name="purchases",
    order=60,
    title={"zh": "采购", "en": "Purchases"},
    key=("order_no",),
    columns=(
        Column(
            "customer",
            {"zh": "客户", "en": "Customer"},
            required=True,
            also=("客户编号", "客户名称", "单位"),
        ),
        Column(
            "order_no",
            {"zh": "订单号", "en": "Order"},
            required=True,
            parse=code,
            also=("合同号", "订单编号"),
        ),
        Column(
            "made_on",
            {"zh": "日期", "en": "Date"},
            required=True,
            parse=day,
            also=("下单日期", "订单日期"),
        ),
        Column(
            "amount",
            {"zh": "金额", "en": "Amount"},
            required=True,
            parse=money,
            also=("含税金额", "金额（元）", "订单金额"),
        ),
        Column(
            "category",
            {"zh": "类别", "en": "Category"},
            parse=chosen(words.CATEGORY),
        ),
        Column("note", {"zh": "说明", "en": "Note"}, also=("备注",)),
    ),
    save=each(save_purchase),
    export=purchases_of,
)


OPENING_TIERS = Ledger(
    name="opening_tiers",
    order=70,
    title={"zh": "期初：客户级别", "en": "Opening: tiers"},
    key=("customer",),
    columns=(
        Column("customer", {"zh": "客户", "en": "Customer"}, required=True, also=("客户编号", "客户名称", "单位")),
        Column("tier", {"zh": "级别", "en": "Tier"}, required=True, also=("客户级别", "等级"),
               help={"zh": "制度里的级别名称或代码", "en": "Name or code in the regulation"}),
        Column("since", {"zh": "定级日", "en": "Since"}, required=True, parse=day, also=("定级日期", "生效日期")),
        Column("why", {"zh": "理由", "en": "Reason"}, required=True, also=("定级理由", "依据", "备注")),
    ),
    save=each(save_opening_tier),
)  # fmt: skip
