"""What tickets say no to; nothing has changed then."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class WrongStep(Refusal):
    code = "wrong_step"
    message = _("工单现在是“%(status)s”，不能走这一步。请刷新后再看。")


class OverAlready(Refusal):
    code = "ticket_over"
    message = _(
        "工单“%(status)s”，这样回复发不出去。又出问题，选“重新打开并回复”；是另一件事，建后续工单。您写的内容还在。"
    )


class StillOpen(Refusal):
    code = "still_open"
    message = _("工单还没有办结。同一次报告里的另一件事，用“拆出一张工单”。")


class TextMissing(Refusal):
    code = "text_missing"
    message = _("请写明内容。")
    status = 422


class ToWhom(Refusal):
    code = "to_whom"
    message = _("请选这段话是回复客户还是内部备注。您写的内容还在。")
    status = 422


class ReporterUnknown(Refusal):
    code = "reporter_unknown"
    message = _("请写明是谁报的：客户、设备或电话，至少要有一项。")
    status = 422


class NotOfThisCustomer(Refusal):
    code = "not_of_this_customer"
    message = _("这台设备或联系人不属于这家客户。")
    status = 422


class AgreedInThePast(Refusal):
    code = "agreed_in_the_past"
    message = _("约好恢复的时间已经过了。请填将来的时间，说不准就留空。")
    status = 422


class InTheFuture(Refusal):
    code = "in_the_future"
    message = _("时间还没到。请填已经发生的时间。")
    status = 422


class TooLongAgo(Refusal):
    code = "too_long_ago"
    message = _("时间离现在太远，请核对年份。")
    status = 422


class FactsMissing(Refusal):
    code = "facts_missing"
    message = _("还缺：%(missing)s。核实后再往下办。")
    status = 422


class RemoteNotTried(Refusal):
    code = "remote_not_tried"
    message = _("派人之前，先写明远程试过什么，或为什么不能远程。")
    status = 422


class NobodyToSend(Refusal):
    code = "nobody_to_send"
    message = _("请选派出的工程师。")
    status = 422


class SolutionIncomplete(Refusal):
    code = "solution_incomplete"
    message = _("解决要写明方式、原因和做了什么。")
    status = 422


class HandOverEmpty(Refusal):
    code = "hand_over_empty"
    message = _("转交要写明试过什么、查到什么、要对方回答什么、预计什么时候（还没到的时间）。")
    status = 422


class OwnHandOver(Refusal):
    code = "own_hand_over"
    message = _("这是您自己转出的，要由对方来接。不转了就撤回。")


class NotYourHandOver(Refusal):
    code = "not_your_hand_over"
    message = _("只有转出的人或主管能撤回转交。")
    status = 403


class NothingToWithdraw(Refusal):
    code = "nothing_to_withdraw"
    message = _("没有等人接手的转交：可能已经有人接手，或已退回。")


class WrongLine(Refusal):
    code = "wrong_line"
    message = _("只能转给另一线（一线、二线或三线）。")
    status = 422


class AnswerMissing(Refusal):
    code = "answer_missing"
    message = _("请写下客户是怎样说的。沉默不算确认。")
    status = 422


class NotByDoer(Refusal):
    code = "not_by_doer"
    message = _("客户的答复要由没有处理过这张工单的人来记：%(who)s处理过。")


class NotReachedYet(Refusal):
    code = "not_reached_yet"
    message = _(
        "还不能算联系不上：要试 %(attempts)s 次、%(channels)s 种方式、分在 %(days)s 天，都没有人答复。"
        "已试 %(tried)s 次、%(by)s 种方式、%(on)s 天。"
    )


class NotReadyToClose(Refusal):
    code = "not_ready_to_close"
    message = _("还不能关闭：%(missing)s。")


class CustomerSpoke(Refusal):
    code = "customer_spoke"
    message = _("客户后来又说了话，不能算联系不上。请先看他说的，再答复或记下。")


class ReasonMissing(Refusal):
    code = "reason_missing"
    message = _("请写明原因。")
    status = 422


class LaterNeedsApproval(Refusal):
    code = "later_needs_approval"
    message = _("把报告时间往后改要由主管批准，不能由录入的人自己改。")
    status = 403


class SameTicket(Refusal):
    code = "same_ticket"
    message = _("不能和自己合并或关联。")
    status = 422


class OtherCustomer(Refusal):
    code = "other_customer"
    message = _("两张工单不是同一家客户的，不能合并。")
    status = 422


class AnsweredMeanwhile(Refusal):
    code = "answered_meanwhile"
    message = _("您写的时候，%(who)s已经答复过。请看过再发；您写的内容还在。")


class ExtensionTaken(Refusal):
    code = "extension_taken"
    message = _("这个分机现在由%(who)s使用。请换一个，或请对方先退出。")


class NotYourCall(Refusal):
    code = "not_your_call"
    message = _("只能把自己接打的电话附到工单上。")
    status = 403


class PagingOver(Refusal):
    code = "paging_over"
    message = _("这次呼叫已经结束，不用再接。")


class PeriodBackward(Refusal):
    code = "period_backward"
    message = _("结束时间要晚于开始时间。")
    status = 422


class PaperUnknown(Refusal):
    code = "paper_unknown"
    message = _("没有打印过编号 %(number)s 的纸质单。请核对编号。")
    status = 422


class NoAddress(Refusal):
    code = "no_address"
    message = _("没有这位客户的邮箱地址，邮件发不出去。请换一种方式，或先补上邮箱。")
    status = 422


class NoClock(Refusal):
    code = "no_clock"
    message = _("这张工单现在没有可以暂停的时限。")


class NothingLearnt(Refusal):
    code = "nothing_learnt"
    message = _("还没有解决，写不成知识。先办结并写明做了什么。")


class NoSuchArticle(Refusal):
    code = "no_such_article"
    message = _("没有这个编号的知识，或者您看不到。编号像 ZS-000012。")
    status = 422


class NotOfThisQueue(Refusal):
    code = "not_of_this_queue"
    message = _("%(who)s不在“%(queue)s”里。请换一个人，或只选队列。")
    status = 422


class OnLeave(Refusal):
    code = "on_leave"
    message = _("%(who)s在休假，%(until)s 才回来，现在不能派给他。代理人：%(instead)s。")
    status = 422


class NotThisTicketsFile(Refusal):
    code = "not_this_tickets_file"
    message = _("只能随附这张工单自己的文件。")
    status = 422


class FileNamesCustomer(Refusal):
    code = "file_names_customer"
    message = _("文件名“%(file)s”里有客户的名称，接手的人不该看到。请改名后再传，或不随附。")
    status = 422


class NothingToTake(Refusal):
    code = "nothing_to_take"
    message = _("您的队列里现在没有等人接的工单。")


class NoQuestion(Refusal):
    code = "no_question"
    message = _("这张工单不是咨询，不用判类。")


class CustomerUnknown(Refusal):
    code = "customer_unknown"
    message = _("还不知道是哪家客户。请先认出客户。")
    status = 422


class AskedAlready(Refusal):
    code = "asked_already"
    message = _("已经问过，还在等答复。")


class ValueMissing(Refusal):
    code = "value_missing"
    message = _("同意时要写明给多少天，或排在哪一天。")
    status = 422


class AlreadyLinked(Refusal):
    code = "already_linked"
    message = _("这张工单已经在这个问题里。")


class KnownIncomplete(Refusal):
    code = "known_incomplete"
    message = _("已知问题要写明原因和临时办法。")
    status = 422


class ProblemEnded(Refusal):
    code = "problem_ended"
    message = _("这个问题已经结束。又出现时请重新打开它。")
