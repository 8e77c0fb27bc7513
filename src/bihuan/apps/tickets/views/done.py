"""What the page says after a deed: what was done, and to whom it went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bihuan.apps.tickets import words
from bihuan.apps.tickets.enums import Answer
from bihuan.apps.tickets.models import Ticket

DONE: dict[str, str | Promise] = {
    "accept": _("已受理。"),
    "verify": _("已记下核实的情况。"),
    "weigh": _("已记下紧急程度。"),
    "triage": _("已判明类型。"),
    "ask_report": _("已记下客户要的报告。"),
    "identify": _("已记下是哪家客户、哪台设备。"),
    "contact": _("已记下与客户的通话。"),
    "assign": _("已改派给%(who)s。"),
    "help": _("已请%(who)s协助。"),
    "hand_over": _("已转给%(who)s，等对方接手。"),
    "withdraw": _("已撤回转交，工单还在原来的一线。"),
    "ask_term": _("已请财务答复账期。"),
    "ask_slot": _("已请生产答复排产。"),
    "route": _("已按规则重新分派。"),
    "dispatch": _("已派给%(who)s。"),
    "arrive": _("已记下工程师到场。"),
    "put_back": _("已退回待受理。"),
    "wait": _("已转为等待，时限照样走。"),
    "go_on": _("已继续办理，时限接着走。"),
    "solve": _("已记为解决，接着把方案和效果告诉客户。"),
    "feed_back": _("已记下怎样告诉客户的，等客户确认。"),
    "give_up": _("已记为联系不上，不算客户确认。"),
    "close": _("已关闭。"),
    "reopen": _("已重新打开。"),
    "cancel": _("已取消。"),
    "chase": _("已记下客户第 %(chased)s 次催单。"),
    "pause": _("已暂停计时。"),
    "resume": _("已恢复计时。"),
    "merge": _("已并入%(other)s。"),
    "link": _("已关联%(other)s。"),
    "split": _("已拆出%(number)s。"),
    "follow_up": _("已建后续工单%(number)s，与原来的互相关联。"),
    "reported_at": _("已更正报告时间。"),
}
ANSWERED: dict[str, str | Promise] = {
    Answer.YES: _("已记下客户的确认。"),
    Answer.NO: _("已记下客户说没解决，工单重新打开。"),
    Answer.NO_ANSWER: _("已记下这次没有联系上。"),
}


def done(name: str, given: Mapping[str, Any], result: object) -> str:
    """The sentence for this deed with what was `given` to it and what came of it."""
    if name == "confirm":
        return str(ANSWERED[given["result"]])
    to = given.get("to") or given.get("engineer") or given.get("queue")
    names = {
        "who": getattr(to, "name", "") or words.LINE.get(given.get("to_line", 0), ""),
        "other": getattr(given.get("other"), "number", ""),
        "number": result.number if isinstance(result, Ticket) else "",
        "chased": result.chased if isinstance(result, Ticket) else "",
    }
    return str(DONE[name]) % names
