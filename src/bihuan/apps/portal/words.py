"""What the customer reads of each step. Internal words of a step are never shown."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bihuan.apps.tickets.enums import Event, Note, Status
from bihuan.apps.tickets.words import for_customer

Words = dict[str, "str | Promise"]

STEP: Words = {
    Note.OPENED: _("已收到"),
    Event.ACCEPT: _("已受理"),
    Event.VERIFY: _("已核实情况，开始远程诊断"),
    Event.DISPATCH: _("已派工程师"),
    Event.ARRIVE: _("工程师已到场"),
    Event.WAIT: _("等待中"),
    Event.GO_ON: _("继续处理"),
    Event.SOLVE: _("已处理好"),
    Event.FEED_BACK: _("已反馈处理结果，等确认"),
    Event.CONFIRM: _("已确认解决"),
    Event.DENY: _("没有解决，重新处理"),
    Event.GIVE_UP: _("没有联系上，记为未确认"),
    Event.CLOSE: _("已完成"),
    Event.REOPEN: _("重新处理"),
    Event.CANCEL: _("已取消"),
    Event.MERGE: _("并入同一台设备的另一张单子"),
    Note.CONTACTED: _("已电话联系"),
    Note.CHASED: _("催了一次，负责的人已收到"),
    Note.PAUSED: _("等约定的时间，暂停计时"),
    Note.RESUMED: _("恢复计时"),
    Note.ASKED: _("请求确认，没有联系上"),
}
"""Steps that are shown; assigning, handing over, linking are ours alone."""
RING = {
    Status.NEW: ("fact", "current"), Status.ACCEPTED: ("obligation", "current"),
    Status.DIAGNOSING: ("obligation", "current"), Status.DISPATCHED: ("obligation", "current"),
    Status.WORKING: ("evidence", "current"), Status.WAITING: ("evidence", "paused"),
    Status.SOLVED: ("evidence", "current"), Status.FED_BACK: ("verification", "soon"),
    Status.CONFIRMED: ("verification", "current"), Status.UNCONFIRMED: ("verification", "soon"),
    Status.CLOSED: ("closed", "closed"), Status.CANCELLED: ("closed", "void"),
    Status.DUPLICATE: ("closed", "void"),
}  # fmt: skip


def waits_for(wait: str) -> str:
    return for_customer(Status.WAITING, wait)


def headline(status: str, wait: str) -> str:
    return for_customer(status, wait)
