"""The pack language: read, check, evaluate a regulation. Pure: no clock, no database.

A vocabulary is read from its texts (``Vocabulary.read``), a pack against it (``read``), a fact
is answered by ``respond(pack, Telling(...), calendars)``.
"""

from __future__ import annotations

from bihuan.lib.policy.cadence import PlannedDuty, plan, plan_key, prepare_due
from bihuan.lib.policy.cases import CaseResult, run_case, run_cases
from bihuan.lib.policy.checks import check
from bihuan.lib.policy.conflict import Conflict, conflicts
from bihuan.lib.policy.covering import Coverage, carriers, coverage
from bihuan.lib.policy.difference import Change, difference, no_longer
from bihuan.lib.policy.errors import (
    BadEdit,
    BadFact,
    CannotAssess,
    FieldError,
    PackErrors,
    PolicyError,
    Problem,
)  # fmt: skip
from bihuan.lib.policy.evaluate import respond
from bihuan.lib.policy.limits import Limit, periods, span_by_key, span_of
from bihuan.lib.policy.lint import lint
from bihuan.lib.policy.model import Choice, Clause, Pack, Parameter, Proof, Rule
from bihuan.lib.policy.over import Replaced, with_general
from bihuan.lib.policy.reader import hash_of, read
from bihuan.lib.policy.sections import (
    Earned,
    MixState,
    Share,
    crossed,
    grade,
    mix,
    mix_from,
    points_for,
)
from bihuan.lib.policy.source import from_folder
from bihuan.lib.policy.telling import (
    Calendars,
    Discharge,
    Duty,
    Failure,
    Override,
    Response,
    Telling,
    Told,
)  # fmt: skip
from bihuan.lib.policy.tiers import Assessment, assess, assess_customer, assessed
from bihuan.lib.policy.vocabulary import (
    DutyKind,
    EvidenceKind,
    FactKind,
    Field,
    Role,
    Vocabulary,
)  # fmt: skip

__all__ = [
    "Assessment",
    "BadEdit",
    "BadFact",
    "Calendars",
    "CannotAssess",
    "CaseResult",
    "Change",
    "Choice",
    "Clause",
    "Conflict",
    "Coverage",
    "Discharge",
    "Duty",
    "DutyKind",
    "Earned",
    "EvidenceKind",
    "FactKind",
    "Failure",
    "Field",
    "FieldError",
    "Limit",
    "MixState",
    "Override",
    "Pack",
    "PackErrors",
    "Parameter",
    "PlannedDuty",
    "PolicyError",
    "Problem",
    "Proof",
    "Replaced",
    "Response",
    "Role",
    "Rule",
    "Share",
    "Telling",
    "Told",
    "Vocabulary",
    "assess",
    "assess_customer",
    "assessed",
    "carriers",
    "check",
    "conflicts",
    "coverage",
    "crossed",
    "difference",
    "from_folder",
    "grade",
    "hash_of",
    "lint",
    "mix",
    "mix_from",
    "no_longer",
    "periods",
    "plan",
    "plan_key",
    "points_for",
    "prepare_due",
    "read",
    "respond",
    "run_case",
    "run_cases",
    "span_by_key",
    "span_of",
    "with_general",
]  # fmt: skip
