"""What demands say no to; nothing has changed then."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class WordsMissing(Refusal):
    code = "demand_words_missing"
    message = _("请写下客户要什么，或做了什么。")
    status = 422


class ClassUnknown(Refusal):
    code = "demand_class_unknown"
    message = _("请从类别表里选一个类别。")
    status = 422


class WrongStep(Refusal):
    code = "demand_wrong_step"
    message = _("这条需求现在是“%(state)s”，做不了这一步。请刷新后再看。")


class ReviewIncomplete(Refusal):
    code = "demand_review_incomplete"
    message = _("评审还缺：%(missing)s。")
    status = 422


class NotWithItself(Refusal):
    code = "demand_not_with_itself"
    message = _("不能并入它自己，也不能并入已并到别处或已不采纳的需求。")
    status = 422


class ProposalMissing(Refusal):
    code = "demand_proposal_missing"
    message = _("还没有方案。先提出方案，再请客户确认计划。")


class ProposalReplaced(Refusal):
    code = "demand_proposal_replaced"
    message = _("方案已经换过，以最新的为准。请打开最近一次发给您的链接。")


class PlanAnswered(Refusal):
    code = "demand_plan_answered"
    message = _("这个方案已经答复过了，以第一次的答复为准。")


class CustomerWordMissing(Refusal):
    code = "demand_customer_word_missing"
    message = _("请写下客户是谁、怎样说的。没有回音不算同意。")
    status = 422


class PlanNotConfirmed(Refusal):
    code = "demand_plan_not_confirmed"
    message = _("客户还没有确认实施计划，不能记为已落实。没有回音不算同意。")


class TellingUnproven(Refusal):
    code = "demand_telling_unproven"
    message = _("电话或当面告知的，请附录音，或写下客户当场怎样说。")
    status = 422


class NotToldYet(Refusal):
    code = "demand_not_told_yet"
    message = _("还没有把结果告诉客户。先告知，再记客户的回话。")


class NotByTeller(Refusal):
    code = "demand_not_by_teller"
    message = _("要由没有经手的人来记客户的回话：%(who)s经手过。")


class NoMailAddress(Refusal):
    code = "demand_no_mail_address"
    message = _("客户联系人没有邮箱地址。请换一种方式，或先补上邮箱。")
    status = 422


class InTheFuture(Refusal):
    code = "demand_in_the_future"
    message = _("收到时间不能晚于现在。")
    status = 422


class NoSuggestion(Refusal):
    code = "demand_no_suggestion"
    message = _("这条需求不是建议。请在评审会上给出结论。")
