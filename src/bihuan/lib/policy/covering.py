"""How the clauses of a regulation are carried, counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bihuan.lib.policy import keys
from bihuan.lib.policy.model import Pack
from bihuan.lib.workcal.words import Words


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


CARRIED_WORDS = {
    "rule": Words("规则", "rules"), "screen": Words("页面", "a page"), "document": Words("单据", "a form"),
    "report": Words("报告", "a report"), "manual": Words("人工", "by hand"),
    "principle": Words("原则", "a principle"), "not_yet": Words("尚未", "not yet"),
}  # fmt: skip


def carriers(pack: Pack, lang: str) -> Iterator[str]:
    """A line for each clause in the order of the text: number, title, and by what it is carried."""
    for clause in pack.clauses.values():
        by = [rule.title.of(lang) for rule in pack.rules_of(clause.id) if not rule.prepares]
        by += [f"[{clause.by}]"] if clause.by else []
        how = CARRIED_WORDS[clause.carried].of(lang)
        comma, colon = Words("、", ", ").of(lang), Words("：", ": ").of(lang)
        said = f"{how}{colon}{comma.join(by)}" if by else how
        yield f"{clause.id}  {clause.number} {clause.title.of(lang)} | {said}"


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
