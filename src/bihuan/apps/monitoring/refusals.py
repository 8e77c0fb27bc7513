"""What monitoring says no to; nothing has changed then."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class NoTemplate(Refusal):
    code = "no_template"
    message = _("这台设备的产品系列还没有监控模板，不能接入。")


class AlreadyRevoked(Refusal):
    code = "already_revoked"
    message = _("这个接入凭证已经作废。")


class ReasonMissing(Refusal):
    code = "reason_missing"
    message = _("请写明理由。")
    status = 422


class AlreadyAcknowledged(Refusal):
    code = "already_acknowledged"
    message = _("%(who)s 已在 %(when)s 确认过这个报警。")


class ShelveTooLong(Refusal):
    code = "shelve_too_long"
    message = _("最多搁置 %(hours)s 小时。")
    status = 422


class AlreadyOver(Refusal):
    code = "already_over"
    message = _("这个报警已经解除，不用搁置。")


class NoSuchRule(Refusal):
    code = "no_such_rule"
    message = _("这类设备没有这条报警规则。")
    status = 404


class NobodyListens(Refusal):
    code = "nobody_listens"
    message = _("接收设备消息的服务没有应答，请稍后再发。什么都没有丢：没有得到 202 的就再发一次。")
    status = 503


class NotShelved(Refusal):
    code = "not_shelved"
    message = _("这个报警没有搁置，或者搁置已到期。")


class ShelveInThePast(Refusal):
    code = "shelve_in_the_past"
    message = _("搁置到什么时候？请填一个将来的时间。")
    status = 422


class AlreadyJudged(Refusal):
    code = "already_judged"
    message = _("这个报警已经这样判过。")


class AlreadyTold(Refusal):
    code = "already_told"
    message = _("客户已在 %(when)s 得到告知。")


class NoSuchPart(Refusal):
    code = "no_such_part"
    message = _("这类设备的模板里没有这个部件。")
    status = 404


class NothingKnown(Refusal):
    code = "nothing_known"
    message = _("这台设备还没有机况。接入并上报几小时后再做报告。")
