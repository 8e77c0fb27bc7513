"""Stored words for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bihuan.apps.obligations.rules import HANDED_OVER, SYSTEM_EVENT
from bihuan.base.vocabulary import vocabulary

if TYPE_CHECKING:
    from bihuan.apps.obligations.models import DueChange, Evidence


A_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def language() -> str:
    """`zh` or `en`, the language of this page."""
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def said(words: Mapping[str, Any] | None) -> str:
    """The text of `{zh, en}` in the language of this page."""
    if not words:
        return ""
    return str(words.get(language()) or words.get("zh") or "")


def moment_word(moment: datetime) -> str:
    """2026-10-10 17:30 in the company's zone."""
    return f"{moment.astimezone(ZoneInfo(settings.TIME_ZONE)):%Y-%m-%d %H:%M}"


def state_word(state: str) -> str:
    return {
        "SCHEDULED": _("未开始"), "OPEN": _("待办"), "DISCHARGED": _("已办结"),
        "VERIFIED": _("已核实"), "WAIVED": _("已豁免"), "VOID": _("已作废"),
    }[state]  # fmt: skip


def evidence_word(kind: str) -> str:
    """The title of a kind of evidence."""
    known = vocabulary().evidence.get(kind)
    return known.title.of(language()) if known else kind


def role_word(role: str) -> str:
    """The title of a role."""
    known = vocabulary().roles.get(role)
    return known.title.of(language()) if known else role


def duty_word(kind: str) -> str:
    """The title of a kind of duty."""
    known = vocabulary().duties.get(kind)
    return known.title.of(language()) if known else kind


def fact_word(kind: str) -> str:
    """The title of a kind of fact."""
    known = vocabulary().facts.get(kind)
    return known.title.of(language()) if known else kind


def proof_word(proof: Evidence) -> str:
    """What a proof says; the engine's own says which fact settled the duty."""
    return fact_word(proof.text) if proof.kind == SYSTEM_EVENT else proof.text


def occasion_word(occasion: str) -> str:
    """The number or the period by which people know an occasion; nothing for a fact's own key."""
    return "" if A_KEY.fullmatch(occasion) else occasion


def fact_words(kind: str) -> dict[str, str]:
    """The title of a kind of fact in both languages."""
    known = vocabulary().facts.get(kind)
    return {"zh": known.title.zh, "en": known.title.en} if known else {"zh": kind, "en": kind}


def waive_word(reason: str) -> str:
    return {
        "CUSTOMER_REQUEST": _("客户提出不需要"), "CUSTOMER_CLOSED": _("客户停业或停产"),
        "FORCE_MAJEURE": _("不可抗力"), "DUPLICATE_DUTY": _("与另一条义务重复"),
        "TIER_CHANGED": _("客户级别已变"), "MANAGEMENT_DECISION": _("管理层决定"),
    }[reason]  # fmt: skip


def void_word(reason: str) -> str:
    return {
        "SUBJECT_GONE": _("对象已不存在"), "MISTAKE": _("记错了"),
        "SUPERSEDED": _("由另一条义务代替"), "EXCEPTED": _("按客户例外不适用"),
        "TIER_CHANGED": _("客户级别已变"), "MERGED": _("客户合并后重复"),
        "CONTRACT_CHANGED": _("合同期限已变更"), "RULE_WITHDRAWN": _("规则已废止"),
    }.get(reason, reason)  # fmt: skip


def pause_word(reason: str) -> str:
    return {
        "WAIT_CUSTOMER": _("等客户"), "WAIT_CUSTOMER_PART": _("等客户备件"),
        "FORCE_MAJEURE": _("不可抗力"), "CUSTOMER_SITE_UNSAFE": _("客户现场不安全"),
    }[reason]  # fmt: skip


def change_word(why: str) -> str:
    return {
        "RESUMED": _("停表结束，期限顺延"), "CALENDAR": _("工作日历更正"),
        "RECLASSIFIED": _("重新定级，从原来的时间起算"),
    }[why]  # fmt: skip


def moved_words(change: DueChange) -> str:
    """What moved: the due time, and the beginning where that is another one."""
    old, new = (moment_word(each) if each else "—" for each in (change.old, change.new))
    found = [f"{old} → {new}"] if change.old != change.new else []
    if "opens" in change.detail:
        was, is_now = (
            moment_word(datetime.fromisoformat(change.detail[name])) for name in ("opened", "opens")
        )
        found.append(_("开始 %(old)s → %(new)s") % {"old": was, "new": is_now})
    return "；".join(found) or f"{old} → {new}"


def verb_word(verb: str) -> str:
    return {
        "discharged": _("办结"), "verified": _("核实通过"), "rejected": _("核实不通过，退回"),
        "waived": _("豁免"), "void": _("作废"), "paused": _("停表"), "resumed": _("恢复计时"),
        "assigned": _("转派"), "noted": _("备注"), "restored": _("恢复为待办"),
    }[verb]  # fmt: skip


def note_word(note: str) -> str:
    """What somebody wrote to a deed; why the program passed a duty on."""
    return _("离职交接") if note == HANDED_OVER else note


def verifier_word(verifier: str) -> str:
    return {
        "NONE": _("不需核实"), "CUSTOMER": _("由客户核实"), "INDEPENDENT": _("由未经手的人核实"),
    }[verifier]  # fmt: skip
