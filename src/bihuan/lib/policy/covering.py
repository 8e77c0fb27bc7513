"""How the clauses of a regulation are carried, counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bihuan.lib.policy import keys
from bihuan.lib.policy.model import Pack


@dataclass(frozen=True)
class Coverage:
    """Clauses by the way they are carried.

    ``missing``: rows of the source that the pack leaves out; ``strange``: clauses of the pack
    that the source does not have; ``idle``: clauses to be carried by a rule without one.
    """

    counts: dict[str, int]
    rules: int
    cases: int
    missing: tuple[str, ...]
    strange: tuple[str, ...]
    idle: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Every row of the source is carried somehow, honestly."""
        return not self.missing and not self.idle

    def to_data(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "counts": self.counts, "rules": self.rules, "cases": self.cases,
            "missing": list(self.missing), "strange": list(self.strange), "idle": list(self.idle),
            "complete": self.complete,
        }  # fmt: skip


def coverage(pack: Pack, ids: Iterable[str] | None = None) -> Coverage:
    """Count the clauses by state; ``ids`` are the rows of the source, if they are known."""
    counts = dict.fromkeys(keys.CARRIED, 0)
    for clause in pack.clauses.values():
        counts[clause.carried] += 1
    wanted = list(dict.fromkeys(ids)) if ids is not None else list(pack.clauses)
    ruled = {rule.clause for rule in pack.rules.values()}
    return Coverage(
        counts, len(pack.rules), len(pack.cases),
        missing=tuple(row for row in wanted if row not in pack.clauses),
        strange=tuple(row for row in pack.clauses if row not in set(wanted)),
        idle=tuple(
            c.id for c in pack.clauses.values() if c.carried == "rule" and c.id not in ruled
        ),
    )  # fmt: skip
