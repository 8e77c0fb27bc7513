"""What contracts refuse, by name."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class OutOfReach(Refusal):
    code = "contract_out_of_reach"
    message = _("这样存，您自己就看不到这份合同了。请由负责这家客户的人来做。")
    status = 403


class NotDraft(Refusal):
    """A contract that left the draft is not edited in place."""

    code = "contract_not_draft"
    message = _("合同 %(no)s 已经送会签或签署，不能直接改。签署后的变更请登记变更协议。")


class WrongState(Refusal):
    code = "contract_wrong_state"
    message = _("合同 %(no)s 现在是“%(state)s”，不能做这一步。")


class NotSigned(Refusal):
    code = "contract_not_signed"
    message = _("双方都签了才算签署：还差%(missing)s。")


class NothingLeft(Refusal):
    """An entitlement would fall below zero."""

    code = "entitlement_nothing_left"
    message = _(
        "“%(title)s”只剩 %(left)s %(unit)s，不够 %(wanted)s %(unit)s。先增补权益，或按收费服务处理。"
    )


class NotOpen(Refusal):
    code = "entitlement_not_open"
    message = _("“%(title)s”这一天不能用：有效期 %(from)s 至 %(to)s，合同要在生效中。")


class AlreadyUndone(Refusal):
    code = "entitlement_already_undone"
    message = _("这一笔已经撤销过。")


class VisitDone(Refusal):
    code = "visit_already_done"
    message = _("这次保养已经登记完成。")
