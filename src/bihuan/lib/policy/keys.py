"""The closed lists of the pack language. ``docs/pack-language.md`` is compared with them."""

from __future__ import annotations

from typing import Final

Keys = tuple[str, ...]

SUBJECTS: Final[Keys] = ("company", "customer", "contact", "asset", "contract", "person")
FIELD_TYPES: Final[Keys] = (
    "string", "enum", "int", "number", "bool", "date", "datetime", "strings", "money",
)  # fmt: skip
FACT: Final[Keys] = (
    "title",
    "app",
    "subject",
    "carries",
    "enters",
    "loose",
    "says",
    "occasion",
    "fields",
    "about",
)
SAYS: Final[Keys] = ("same", "satisfied", "again")
FIELD: Final[Keys] = ("type", "values", "required", "title", "unit", "about")
ROLE: Final[Keys] = ("title", "of", "up", "about")
DUTY: Final[Keys] = (
    "title", "evidence", "app", "care", "contact", "guards", "distinct", "about",
)  # fmt: skip
EVIDENCE: Final[Keys] = ("title", "strength", "about")

PACK: Final[Keys] = (
    "pack", "over", "title", "version", "from", "to", "zone", "calendar", "parameters", "choices",
    "clauses", "features", "tiers", "benefits", "thresholds", "targets", "complaints", "points",
    "meetings", "reports", "drills", "rules",
)  # fmt: skip
PART: Final[Keys] = (
    "rules", "meetings", "reports", "drills", "benefits", "thresholds", "targets", "features",
    "clauses",
)  # fmt: skip
PARAMETER: Final[Keys] = ("value", "clause", "title", "open", "inferred", "about")
CHOICE: Final[Keys] = (
    "id", "about", "question", "options", "chosen", "why", "settles", "prefer",
)  # fmt: skip
OPTION: Final[Keys] = ("title", "set")
CLAUSE: Final[Keys] = (
    "id",
    "number",
    "title",
    "text",
    "carried",
    "by",
    "from",
    "instead",
    "inferred",
)
CARRIED: Final[Keys] = (
    "rule", "screen", "document", "report", "manual", "principle", "not_yet",
)  # fmt: skip

# Measures of targets that are counted from the duties of the clause, those counted from what was
# recorded, and the calendars that are always there; a pack may name others.
MEASURES: Final[Keys] = ("clause_on_time_rate", "clause_strict_rate", "clause_waived_too_rate")
RECORDED: Final[Keys] = (
    "callback_plan_rate", "csat", "service_complaints", "found_first_rate", "talk_blocks_rate",
    "problem_solved_rate", "problem_confirmed_rate", "feedback_disposed_rate", "callback_coverage",
    "promise_kept_rate", "fill_rate", "remote_resolution_rate", "self_solve_rate",
    "repurchase_rate", "referral_rate", "key_growth_rate", "executive_customers",
)  # fmt: skip
CALENDARS: Final[Keys] = ("cn", "24x7")

RULE_COMMON: Final[Keys] = (
    "id", "clause", "title", "if", "for", "of", "must", "within", "calendar", "opens", "by",
    "done", "proved", "verified", "needs", "else", "severity", "instead", "inferred",
)  # fmt: skip
RULE_EVENT: Final[Keys] = ("when", "from")
RULE_CADENCE: Final[Keys] = ("every", "in", "channel", "mix", "prepare", "mid_period")
RULE: Final[Keys] = (*RULE_COMMON, *RULE_EVENT)
CADENCE: Final[Keys] = (*RULE_COMMON, *RULE_CADENCE)
FOR: Final[Keys] = ("tiers", "if")
SWITCH: Final[Keys] = ("if", "use")
DONE: Final[Keys] = ("fact", "same", "if")
PROVED: Final[Keys] = ("all", "any")
PREPARE: Final[Keys] = ("lead", "must", "by", "proved")
STEP: Final[Keys] = ("at", "tell")
PERIODS: Final[Keys] = ("week", "month", "quarter", "half", "year")
OF: Final[Keys] = ("company", "customer", "asset", "contract")
VERIFIED: Final[Keys] = ("customer", "independent", "none")
SEVERITY: Final[Keys] = ("high", "normal", "low")
MID_PERIOD: Final[Keys] = ("now", "next")
PREFER: Final[Keys] = ("stricter", "both")
MIX_OPTIONS: Final[Keys] = ("min", "tolerance")

SUGAR: Final[Keys] = (
    "id", "clause", "title", "every", "in", "of", "by", "within", "for", "severity", "else",
    "mid_period", "instead", "inferred",
)  # fmt: skip
MEETING_OWN: Final[Keys] = ("chair", "members", "agenda", "quorum")
REPORT_OWN: Final[Keys] = ("to", "sections")
DRILL_OWN: Final[Keys] = ("kind", "scenarios")
MEETING: Final[Keys] = (*SUGAR, *MEETING_OWN)
REPORT: Final[Keys] = (*SUGAR, *REPORT_OWN)
DRILL: Final[Keys] = (*SUGAR, *DRILL_OWN)
DRILL_KINDS: Final[Keys] = ("tabletop", "live")
BENEFIT: Final[Keys] = (
    "id", "clause", "title", "tiers", "kind", "amount", "unit", "per", "rule", "about",
)  # fmt: skip
BENEFIT_KINDS: Final[Keys] = ("service", "quota", "discount", "channel")

FEATURE: Final[Keys] = ("id", "clause", "title", "inferred")

TIERS: Final[Keys] = (
    "clause", "order", "names", "by", "criteria", "cuts", "otherwise", "only_if", "table",
    "unmatched", "review", "hold", "approve",
)  # fmt: skip
TIERS_BY: Final[Keys] = ("score", "table")
CRITERION: Final[Keys] = ("weight", "of", "bands", "title")
ROW: Final[Keys] = ("tier", "if", "limbs", "or")
UNMATCHED: Final[Keys] = ("tier", "flag")
HOLD: Final[Keys] = ("down_after", "down_margin")

THRESHOLD: Final[Keys] = (
    "id", "clause", "title", "of", "below", "above", "then", "by", "within", "inferred",
)  # fmt: skip
TARGET: Final[Keys] = (
    "id", "clause", "title", "measure", "at_least", "at_most", "unit", "per", "inferred",
)  # fmt: skip
TARGET_UNITS: Final[Keys] = ("share", "points", "count", "days")
COMPLAINTS: Final[Keys] = ("clause", "grades", "questions")
GRADE: Final[Keys] = (
    "grade", "title", "owner", "reply", "contain", "close", "progress", "inferred",
)  # fmt: skip
QUESTION: Final[Keys] = ("id", "ask", "yes")
POINTS: Final[Keys] = ("clause", "earn", "spend", "expire")
EARN: Final[Keys] = ("on", "points", "if", "title")
SPEND: Final[Keys] = ("id", "title", "cost", "kind")
SPEND_KINDS: Final[Keys] = ("GIFT", "COURSE", "SERVICE_VOUCHER")

CASE: Final[Keys] = (
    "name", "clause", "given", "expect", "only", "then", "expect_after",
)  # fmt: skip
TOLD: Final[Keys] = ("fact", "at", "with", "subjects", *SUBJECTS)
GIVEN_OWN: Final[Keys] = (
    "period", "of", "tier_of", "tier", "history", "grade_of", "points_of",
)  # fmt: skip
GIVEN: Final[Keys] = (*TOLD, *GIVEN_OWN)
EXPECT: Final[Keys] = (
    "rule", "due", "opens", "by", "occasion", "must", "verified", "calendar", "tier", "score",
    "held", "approve", "flagged", "grade", "points",
)  # fmt: skip
EXPECT_AFTER: Final[Keys] = ("rule", "state")
STATES: Final[Keys] = ("open", "discharged", "late")
