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


class AlreadyReplaced(Refusal):
    code = "already_replaced"
    message = _("凭证已经生成过，没有再生成。密钥没有抄下的，请点“重新生成凭证”。")


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


class NoSuchCause(Refusal):
    code = "no_such_cause"
    message = _("这类设备没有这个原因，请从列出的原因里选。")
    status = 422


class CauseAlreadySaid(Refusal):
    code = "cause_already_said"
    message = _("已经定为这个原因。")


class FalseHasNoCause(Refusal):
    code = "false_has_no_cause"
    message = _("这个报警判为误报，没有实际原因。先改判为属实。")


class AlreadyTold(Refusal):
    code = "already_told"
    message = _("客户已在 %(when)s 得到告知。")


class ChecksFailed(Refusal):
    """`codes` in its values name the conditions that do not hold."""

    code = "checks_failed"
    message = _("现在不能这样调：%(why)s")


class NoSuchCommand(Refusal):
    code = "no_such_command"
    message = _("这类设备没有这项远程调参。")
    status = 404


class SettingInUse(Refusal):
    code = "setting_in_use"
    message = _(
        "远程调参“%(setting)s”还有没结束或没改回的（%(number)s），这一版要保留它和它的测点。等改回以后再去掉。"
    )


class NotConnected(Refusal):
    code = "not_connected"
    message = _("这台设备没有接入，不能远程调参。")


class WrongCommandState(Refusal):
    code = "wrong_command_state"
    message = _("这条调参现在是“%(state)s”，不能这样做。")


class OwnHandNeeded(Refusal):
    code = "own_hand_needed"
    message = _("这是有危险的调整：客户要在自己的页面上亲自同意，电话记录不够。")


class ConsentLapsed(Refusal):
    code = "consent_lapsed"
    message = _("客户同意已过去太久。请重新申请。")


class SamePerson(Refusal):
    code = "same_person"
    message = _("要由另一个人批准：申请人和记录客户同意的人都不能批准。")


class TooLateToWithdraw(Refusal):
    code = "too_late_to_withdraw"
    message = _("这次调整已经结束或撤回过，没有可以撤回的。设备上的值请打电话问我们。")


class AlreadyPermitted(Refusal):
    code = "already_permitted"
    message = _("客户已经允许过这台设备远程调参。")


class NotPermitted(Refusal):
    code = "not_permitted"
    message = _("这台设备现在没有客户的许可。")


class AlreadySwitched(Refusal):
    code = "already_switched"
    message = _("开关已经是这样。")


class NoSuchPart(Refusal):
    code = "no_such_part"
    message = _("这类设备的模板里没有这个部件。")
    status = 404


class NoCredentials(Refusal):
    code = "no_credentials"
    message = _("这台设备还没有接入凭证。请先生成，历史数据存在它名下。")


class DataNotAgreed(Refusal):
    code = "data_not_agreed"
    message = _("客户不同意传送这台设备的数据，文件没有收。客户同意后先记下来，再上传。")


class BrokenTable(Refusal):
    """`row` 0 when the file as a whole cannot be read."""

    code = "broken_table"
    message = _(
        "文件读不下去（第 %(row)d 行）。请另存为 .xlsx 或 UTF-8、GBK 的 .csv 再传，什么都没有存。"
    )
    status = 422


class TableTooLarge(Refusal):
    code = "table_too_large"
    message = _("文件太大：最多 %(rows)d 行、%(mb)d MB。请按月份分成几个文件。")
    status = 413


class NoHeadRow(Refusal):
    code = "no_head_row"
    message = _("没有找到标题行。请在第一行写列名，如：时间、转速、振动(mm/s)。")
    status = 422


class NoTimeColumn(Refusal):
    code = "no_time_column"
    message = _("请选哪一列是时间。")
    status = 422


class NoColumns(Refusal):
    code = "no_columns"
    message = _("没有一列对上测点。请至少选一列。")
    status = 422


class ColumnTwice(Refusal):
    code = "column_twice"
    message = _("“%(one)s”和“%(other)s”都选了%(point)s。请只留一列。")
    status = 422


class UnitRefused(Refusal):
    code = "unit_refused"
    message = _(
        "“%(heading)s”的单位“%(unit)s”换算不成%(point)s的单位 %(wanted)s。请改单位，或选别的测点。"
    )
    status = 422


class NoSuchZone(Refusal):
    code = "no_such_zone"
    message = _("没有“%(zone)s”这个时区。")
    status = 422


class AlreadyTaken(Refusal):
    code = "history_already_taken"
    message = _("这份文件正在处理，或者已经收下。")


class NotAPhone(Refusal):
    code = "not_a_phone"
    message = _("终端手机号只写数字，最多 20 位。")
    status = 422


class PhoneTaken(Refusal):
    code = "phone_taken"
    message = _("终端手机号 %(phone)s 已登记在另一台设备上。")


class NothingPacked(Refusal):
    code = "nothing_packed"
    message = _("还没有整小时的历史数据，过一两个小时再试。")


class AlreadySo(Refusal):
    code = "already_so"
    message = _("这条规则已经是这样。")


class EvidenceMissing(Refusal):
    code = "evidence_missing"
    message = _("请写明客户的哪一位说的，以及凭据在哪里。")
    status = 422


class SaidInTheFuture(Refusal):
    code = "said_in_the_future"
    message = _("表示的时间不能在将来。")
    status = 422


class AlreadySaid(Refusal):
    code = "already_said"
    message = _("客户已经这样表示过。")


class NothingKnown(Refusal):
    code = "nothing_known"
    message = _("这台设备还没有机况。接入并上报几小时后再做报告。")


class ExpectedBackward(Refusal):
    code = "expected_backward"
    message = _("结束要晚于开始。")
    status = 422


class ExpectedInThePast(Refusal):
    code = "expected_in_the_past"
    message = _("这段时间已经过去。请填将来的结束时间。")
    status = 422


class ExpectedTooLong(Refusal):
    code = "expected_too_long"
    message = _("太长了，最多 %(most)s 小时。没有人看着设备的时间要短。")
    status = 422


class ExpectedWeekOpen(Refusal):
    code = "expected_week_open"
    message = _("每周重复的，要写明几点到几点。")
    status = 422


class ExpectedEnded(Refusal):
    code = "expected_ended"
    message = _("这段时间已经结束。")
