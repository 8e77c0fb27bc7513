"""Titles of the stored codes, in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import enums as e

Words = dict[str, "str | Promise"]

NATURE: Words = {
    e.Nature.INDIVIDUAL: _("个体（业主自用）"),
    e.Nature.PRIVATE: _("民营"),
    e.Nature.SOE: _("国有"),
    e.Nature.FOREIGN: _("外资"),
    e.Nature.PUBLIC: _("事业单位"),
}
CITY_CLASS: Words = {
    e.CityClass.FIRST: _("一线城市"),
    e.CityClass.SECOND: _("二线城市"),
    e.CityClass.OTHER: _("其他城市"),
}
RELATION: Words = {
    e.Relation.DIRECT: _("直销客户"),
    e.Relation.DEALER: _("经销商"),
    e.Relation.END_USER: _("经销商的最终用户"),
    e.Relation.PROSPECT: _("意向客户"),
}
STATUS: Words = {
    e.Status.PROSPECT: _("意向"),
    e.Status.ACTIVE: _("往来中"),
    e.Status.DORMANT: _("沉睡"),
    e.Status.LOST: _("已流失"),
    e.Status.BLACKLISTED: _("停止往来"),
    e.Status.MERGED: _("已合并"),
}
STATUS_COLOUR = {
    e.Status.PROSPECT: "blue",
    e.Status.ACTIVE: "green",
    e.Status.DORMANT: "orange",
    e.Status.LOST: "grey",
    e.Status.BLACKLISTED: "red",
    e.Status.MERGED: "grey",
}
DECISION: Words = {
    e.DecisionRole.DECIDER: _("决策"),
    e.DecisionRole.INFLUENCER: _("影响"),
    e.DecisionRole.USER: _("使用"),
    e.DecisionRole.BUYER: _("采购经办"),
    e.DecisionRole.GATEKEEPER: _("把关"),
}
PURPOSE: Words = {
    e.Purpose.SERVICE: _("服务联络"),
    e.Purpose.CARE: _("节日与生日问候"),
    e.Purpose.SURVEY: _("满意度调查"),
    e.Purpose.MARKETING: _("市场活动"),
}
CHANNEL: Words = {
    e.Channel.PHONE: _("电话"),
    e.Channel.SMS: _("短信"),
    e.Channel.WECOM: _("企业微信"),
    e.Channel.EMAIL: _("邮件"),
    e.Channel.ONSITE: _("上门"),
}
NODE: Words = {
    e.Node.SPRING_FESTIVAL: _("春节"),
    e.Node.MID_AUTUMN: _("中秋"),
    e.Node.DRAGON_BOAT: _("端午"),
    e.Node.NEW_YEAR: _("元旦"),
    e.Node.BIRTHDAY: _("生日"),
    e.Node.COMPANY_ANNIV: _("公司周年"),
    e.Node.SIGN_ANNIV: _("合作周年"),
    e.Node.DELIVERY_ANNIV: _("交付周年"),
    e.Node.WARRANTY_END: _("保修到期"),
    e.Node.NEW_PRODUCT: _("新产品投产"),
    e.Node.AWARD: _("获奖"),
    e.Node.LISTING: _("上市"),
    e.Node.EXHIBITION: _("参展"),
    e.Node.FAMILY_EDU: _("家庭大事"),
}
TIER_STATE: Words = {
    e.TierState.PROPOSED: _("待批"),
    e.TierState.APPLIED: _("已生效"),
    e.TierState.REFUSED: _("未批准"),
    e.TierState.WITHDRAWN: _("已撤回"),
}
TIER_COLOUR = {
    e.TierState.PROPOSED: "orange",
    e.TierState.APPLIED: "green",
    e.TierState.REFUSED: "red",
    e.TierState.WITHDRAWN: "grey",
}
TIER_REASON: Words = {
    e.TierReason.REVIEW: _("定期评审"),
    e.TierReason.FIRST: _("首次定级"),
    e.TierReason.DECISION: _("人工决定"),
    e.TierReason.MERGE: _("合并客户"),
}
CATEGORY: Words = {
    e.Category.EQUIPMENT: _("设备"),
    e.Category.CONTRACT: _("服务合同"),
    e.Category.PARTS: _("配件"),
    e.Category.SERVICE: _("维修服务"),
    e.Category.OTHER: _("其他"),
}
CHANGE: Words = {
    e.Change.WAIVE: _("免除"),
    e.Change.WITHIN: _("改期限"),
    e.Change.CALENDAR: _("改日历"),
    e.Change.BY: _("改责任岗位"),
}
TARGET: Words = {e.Target.RULE: _("一条规则"), e.Target.CLAUSE: _("一条条款的全部规则")}
CHECKED: Words = {
    e.Checked.BASIC: _("基本资料"),
    e.Checked.CONTACTS: _("联系人与决策链"),
    e.Checked.PAINS: _("痛点"),
    e.Checked.WALLET: _("采购份额"),
}
HAND_OVER: Words = {
    e.HandOverReason.LEFT: _("离职"),
    e.HandOverReason.MOVED: _("调岗"),
    e.HandOverReason.BALANCE: _("均衡负担"),
    e.HandOverReason.REQUEST: _("客户要求"),
}
MERGE_STATE: Words = {
    e.MergeState.PROPOSED: _("待第二人核对"),
    e.MergeState.MERGED: _("已合并"),
    e.MergeState.REFUSED: _("不是同一家"),
    e.MergeState.UNDONE: _("已拆回"),
}
FLAG: Words = {
    e.Flag.STRATEGIC: _("战略合作"),
    e.Flag.STRATEGIC_AMOUNT: _("战略金额"),
    e.Flag.KEY_ACCOUNT: _("重点客户"),
    e.Flag.GREEN_CHANNEL: _("绿色通道"),
    e.Flag.SPECIAL_SECTOR: _("特殊行业"),
    e.Flag.INDUSTRY_LEADER: _("行业龙头"),
    e.Flag.REGIONAL_CORE_AGENT: _("区域核心代理"),
    e.Flag.QUALITY_SENSITIVE: _("质量敏感"),
    e.Flag.TECHNICAL: _("技术型"),
    e.Flag.JOINT_PROJECT: _("联合课题"),
    e.Flag.AMBASSADOR: _("品牌大使"),
    e.Flag.NO_GIFTS: _("不收礼品"),
    e.Flag.SCATTERED_ORDERS: _("零散订单"),
}
FIELD: Words = {
    "name": _("名称"),
    "short_name": _("简称"),
    "credit_code": _("统一社会信用代码"),
    "nature": _("性质"),
    "relation": _("与我方关系"),
    "industry": _("行业"),
    "region": _("区域"),
    "city": _("城市"),
    "city_class": _("城市类别"),
    "address": _("地址"),
    "status": _("状态"),
    "flags": _("标志"),
    "features": _("特征"),
    "account_manager": _("客户经理"),
    "exec_sponsor": _("高层联络人"),
    "dedicated_engineer": _("专属工程师"),
    "dealer": _("所属经销商"),
    "parent": _("上级集团"),
    "service_team_id": _("服务团队"),
    "since": _("合作起始日"),
    "preferences": _("联络偏好"),
    "pains": _("痛点"),
    "wallet_share": _("我方份额"),
    "wallet_source": _("份额来源"),
    "usage_score": _("使用频率评分"),
    "growth_score": _("增长潜力评分"),
    "care": _("关怀方式"),
    "credit": _("信用方式"),
}


def choices(words: Words, *, blank: str | Promise | None = None) -> list[tuple[str, str | Promise]]:
    """The pairs of a form's select."""
    pairs: list[tuple[str, str | Promise]] = [(str(code), title) for code, title in words.items()]
    return [("", blank), *pairs] if blank is not None else pairs


def title(words: Words, code: str) -> str:
    """The title of a code; an unknown one speaks for itself."""
    return str(words.get(code, code))


def titles(words: Words, codes: Iterable[str]) -> list[str]:
    return [title(words, code) for code in codes]
