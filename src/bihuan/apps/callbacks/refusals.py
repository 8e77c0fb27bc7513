"""What calls and visits say no to; nothing has changed then."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class OutsideHours(Refusal):
    code = "outside_hours"
    message = _(
        "%(at)s 不在可以联系客户的时段（%(hours)s）。"
        "通话在别的时刻，请改“通话时间”；客户约的，请勾“客户约定的时段”。"
    )


class DoNotDisturb(Refusal):
    code = "do_not_disturb"
    message = _("客户设了免打扰（%(when)s）。请另约时间。")


class CapReached(Refusal):
    code = "contact_cap"
    message = _(
        "%(who)s近 %(days)s 天已被联系 %(count)s 次，到了上限。可以并入下一次，或换一位联系人。"
    )


class ConsentTakenBack(Refusal):
    code = "contact_consent_taken_back"
    message = _(
        "%(who)s已收回%(channel)s“%(purpose)s”的同意，不能为此这样联系。换一种方式；又同意了的，先在联系人页登记。"
    )


class BlocksMissing(Refusal):
    code = "blocks_missing"
    message = _("还有必谈内容没谈：%(missing)s。谈完再算完成，或记为“部分完成”。")
    status = 422


class DispositionMissing(Refusal):
    code = "disposition_missing"
    message = _("每个问题都要选怎么处理。")
    status = 422


class PromiseIncomplete(Refusal):
    code = "promise_incomplete"
    message = _("承诺要有责任人和日期，日期不能早于今天。")
    status = 422


class TalkInTheFuture(Refusal):
    code = "talk_in_the_future"
    message = _("通话时间还没到。请填已经发生的时间。")
    status = 422


class NotOfThisCustomer(Refusal):
    code = "not_of_this_customer"
    message = _("勾选的义务不属于这家客户，或已经办结。")


class WrongChannel(Refusal):
    code = "wrong_channel"
    message = _("“%(title)s”要用%(channels)s完成，这次用的是%(channel)s。")
    status = 422


class TooLateToTakeBack(Refusal):
    code = "too_late_to_take_back"
    message = _("已超过可以撤回的 %(limit)s。请走核实退回。")


class WrongStep(Refusal):
    code = "wrong_step"
    message = _("这个问题现在是“%(state)s”，不能走这一步。")


class NotByHandler(Refusal):
    code = "not_by_handler"
    message = _("确认要由没有处理过这个问题的人来记：%(who)s处理过。")


class CustomerWordMissing(Refusal):
    code = "customer_word_missing"
    message = _("请写下客户是谁、怎样说的。沉默不算确认。")
    status = 422


class HostNotLeading(Refusal):
    code = "host_not_leading"
    message = _("高层走访要由公司高层带队，%(who)s 不是。")
    status = 422


class WordsMissing(Refusal):
    code = "words_missing"
    message = _("请写明内容。")
    status = 422


class NotYours(Refusal):
    code = "not_yours"
    message = _("只有责任人或主管可以办这件事。")
    status = 403


class ProofOfPromiseMissing(Refusal):
    code = "promise_proof_missing"
    message = _("兑现承诺要有凭据：写明做了什么，或上传文件。")
    status = 422


class VisitNotAgreed(Refusal):
    code = "visit_not_agreed"
    message = _("还没有记下客户同意，不能签到。")


class WrongCode(Refusal):
    code = "wrong_code"
    message = _("签到码不对。请看客户页面上的六位数字。")
    status = 422


class TooManyTries(Refusal):
    code = "too_many_tries"
    message = _("签到码错了太多次。请改用位置签到，或请客户重新出示二维码。")
    status = 429


class TooFarAway(Refusal):
    code = "too_far_away"
    message = _("离约定地点 %(distance)s 米，超出 %(fence)s 米。请到现场再签，或用客户的签到码。")
    status = 422


class PlaceUnknown(Refusal):
    code = "place_unknown"
    message = _("这次走访没有登记地点坐标。请用客户的签到码。")
    status = 422


class NotCheckedIn(Refusal):
    code = "not_checked_in"
    message = _("没有到场签到，不能算走访完成。")


class TheirsMissing(Refusal):
    code = "theirs_missing"
    message = _("请选客户方参加的人。")
    status = 422


class LastDayPast(Refusal):
    code = "last_day_past"
    message = _("最后一天已经过去。请写今天或以后的日期。")
    status = 422


class GiftRefused(Refusal):
    code = "gift_refused"
    message = _("这家客户不收礼品。")


class GiftAboveLimit(Refusal):
    code = "gift_above_limit"
    message = _("礼品 ¥%(value)s 超过限额 ¥%(limit)s，要先由一位负责人在走访页上批准。")
    status = 422


class GiftIncomplete(Refusal):
    code = "gift_incomplete"
    message = _("礼品要写明是什么、值多少元，金额大于 0。")
    status = 422


class GiftNotAllowed(Refusal):
    code = "gift_not_allowed"
    message = _("礼品由一位负责人批准，带队的人不能批自己的。")
    status = 422


class SampleByCaller(Refusal):
    code = "sample_by_caller"
    message = _("质检要由别人来做：这通电话是您打的。")


class AlreadyScored(Refusal):
    code = "already_scored"
    message = _("这通电话已经评过。评分不能改，可另写说明。")


class DayOutsideSpan(Refusal):
    code = "day_outside_span"
    message = _("计划日要在 %(first)s 到 %(last)s 之间。")
    status = 422


class NobodyFits(Refusal):
    code = "nobody_fits"
    message = _("没有符合条件的客户。请放宽条件。")
    status = 422
