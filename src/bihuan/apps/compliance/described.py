"""A duty and its proofs as rows of a bundle: codes as headings, moments in the company's zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bihuan.apps.compliance.rules import Outcome, department_of
from bihuan.apps.obligations.explaining import explain
from bihuan.apps.obligations.models import Obligation, Waiver
from bihuan.apps.obligations.words import (
    evidence_word,
    language,
    moment_word,
    proof_word,
    role_word,
    said,
    state_word,
    waive_word,
)
from bihuan.base.access.models import User
from bihuan.base.evidence.models import File
from bihuan.base.vocabulary import vocabulary

DUTY = (
    "duty", "uid", "clause", "number", "clause_title", "rule", "title", "department", "role",
    "region", "customer_code", "customer", "assignee", "arose", "cause", "due", "discharged",
    "discharged_by", "verification", "verified", "verified_by", "state", "counted_as",
    "waiver_reason", "waiver_note", "waiver_approver", "waived", "regulation", "explanation",
)  # fmt: skip
PROOF = ("duty", "kind", "kind_title", "strength", "at", "by", "text", "link", "file", "sha256")


def described(row: Obligation, how: Outcome, now: datetime) -> dict[str, Any]:
    """One duty; every value is text."""
    up = {code: role.up for code, role in vocabulary().roles.items()}
    found = explain(row, now)
    waiver: Waiver | None = getattr(row, "waiver", None)
    return {
        "duty": row.number, "uid": str(row.uid), "clause": row.clause, "number": row.clause_number,
        "clause_title": found.clause.title.of(language()), "rule": row.rule,
        "title": said(row.title), "department": role_word(department_of(row.role, up)),
        "role": row.role, "region": row.region,
        "customer_code": row.customer.code if row.customer else "",
        "customer": row.customer.name if row.customer else "", "assignee": _name(row.assignee),
        "arose": _at(row.cause_at), "cause": f"{row.cause.kind} {row.cause.uid}",
        "due": _at(row.due_at), "discharged": _at(row.discharged_at),
        "discharged_by": _name(row.discharged_by), "verification": row.verified_by_rule,
        "verified": _at(row.verified_at), "verified_by": _name(row.verified_by),
        "state": row.state, "state_title": state_word(row.state), "counted_as": how.value,
        "waiver_reason": waive_word(waiver.reason) if waiver else "",
        "waiver_note": waiver.note if waiver else "",
        "waiver_approver": _name(waiver.by) if waiver else "",
        "waived": _at(waiver.at) if waiver else "",
        "regulation": f"{row.pack_version.code} {row.pack_version.version}",
        "explanation": found.text(language()),
    }  # fmt: skip


def proofs_of(row: Obligation, place_of: Callable[[File], str]) -> list[dict[str, Any]]:
    """What proves a duty; `file` is where it lies in the bundle, or why it does not."""
    return [
        {
            "duty": row.number, "kind": each.kind, "kind_title": evidence_word(each.kind),
            "strength": each.strength, "at": _at(each.at), "by": _name(each.by), "text": proof_word(each),
            "link": each.link, "file": place_of(each.file) if each.file else "",
            "sha256": each.file.sha256 if each.file else "",
        }
        for each in row.evidence.all()
    ]  # fmt: skip


def _at(moment: datetime | None) -> str:
    return moment_word(moment) if moment else ""


def _name(person: User | None) -> str:
    return person.name if person else ""
