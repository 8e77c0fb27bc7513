"""What the loop says no to; nothing has changed then."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class NotOpen(Refusal):
    code = "obligation_not_open"
    message = _("这条义务%(state)s，不能再办。")


class ProofMissing(Refusal):
    code = "proof_missing"
    message = _("还不能办结：缺%(missing)s。")
    status = 422


class BeforeItBegan(Refusal):
    code = "before_it_began"
    message = _("完成时间 %(at)s 早于义务开始的 %(start)s。请核对时间。")
    status = 422


class InTheFuture(Refusal):
    code = "in_the_future"
    message = _("完成时间还没到。请填已经发生的时间。")
    status = 422


class NotByStaff(Refusal):
    code = "not_by_staff"
    message = _("这件事要由公司高层本人完成，不能由经办人代替。")


class NotByDoer(Refusal):
    code = "not_by_doer"
    message = _("要由没有经手这件事的人来办：%(who)s经手过。")


class NotIndependent(Refusal):
    code = "not_independent"
    message = _(
        "核实要由没有经手的人来做：您办过、帮过忙、交过凭证或带着经办人，或者条款要求由客户、由外组的人确认。"
    )


class NothingToVerify(Refusal):
    code = "nothing_to_verify"
    message = _("现在没有可以核实的内容。")


class ReasonMissing(Refusal):
    code = "reason_missing"
    message = _("请写明原因。")
    status = 422


class NoSuchReason(Refusal):
    code = "no_such_reason"
    message = _("原因要从列表中选。")
    status = 422


class NoAuthority(Refusal):
    code = "no_authority"
    message = _("豁免要由责任人的上级决定。您可以提交给%(role)s。")
    status = 403


class TooLateToWaive(Refusal):
    code = "too_late_to_waive"
    message = _("期限 %(due)s 已过，不能再豁免或作废。请照实完成，迟了也会留痕。")


class TooManyWaivers(Refusal):
    code = "too_many_waivers"
    message = _(
        "%(whose)s今年已经豁免 %(count)s 次，制度 %(clause)s 最多准 %(most)s 次，不能再豁免。请照实完成。"
    )


class PauseNeedsProof(Refusal):
    code = "pause_needs_proof"
    message = _("停表要写明依据，并先告知客户。")
    status = 422


class AlreadyPaused(Refusal):
    code = "already_paused"
    message = _("这条期限已经停表。")


class NotPaused(Refusal):
    code = "not_paused"
    message = _("这条期限没有停表。")


class NoLimit(Refusal):
    code = "no_limit"
    message = _("这条义务不限期，没有可以停的表。")


class SamePerson(Refusal):
    code = "same_person"
    message = _("这条义务已经在这个人名下。")


class OnlyOneself(Refusal):
    code = "only_oneself"
    message = _("只能由本人确认已读。")


class NoQuorum(Refusal):
    code = "no_quorum"
    message = _("到会 %(present)d 人，应到 %(invited)d 人，不足规定的 %(quorum)s，会议不成立。")


class NothingWritten(Refusal):
    code = "nothing_written"
    message = _("请写上内容，或者上传文件。")
    status = 422


class NoteMissing(Refusal):
    code = "note_missing"
    message = _("写一句备注。")
    status = 422


class CarriedOutThere(Refusal):
    code = "carried_out_there"
    message = _("这条义务随 %(thing)s 的进展办结：请到那里办，单独办结它不会往前走。")


class NobodyBefore(Refusal):
    code = "nobody_before"
    message = _("转派之前没有责任人，退不回去。")
