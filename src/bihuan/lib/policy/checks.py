"""What keeps a pack from activation although it can be read."""

from __future__ import annotations

from collections.abc import Iterator

from bihuan.lib.policy.conflict import compatible, conflicts, may_hold, ways
from bihuan.lib.policy.errors import Problem
from bihuan.lib.policy.model import Pack, Rule
from bihuan.lib.policy.over import UNDER
from bihuan.lib.policy.parts import TierRow, Tiers


def check(pack: Pack) -> list[Problem]:
    """Every obstacle, in the order of files and lines; empty when the pack may take force."""
    found: set[Problem] = set()
    for part in (
        _clauses,
        _values,
        _conflicts,
        _limits,
        _targets,
        _tiers,
        _cycles,
        _silent,
        _dates,
    ):
        found.update(part(pack))
    return sorted(found)


def _clauses(pack: Pack) -> Iterator[Problem]:
    tried = {case.clause for case in pack.cases}
    ruled = {rule.clause for rule in pack.rules.values()}
    for clause in pack.clauses.values():
        if clause.carried != "rule":
            continue
        if clause.id not in ruled:
            yield Problem(
                clause.file, clause.line, "clause.no_rule",
                f"条款 {clause.id} 标明由规则落实，却没有规则",
                f"clause {clause.id} is to be carried by a rule, but there is none",
                "carried: manual",
            )  # fmt: skip
        if clause.id not in tried:
            yield Problem(
                clause.file, clause.line, "clause.no_case", f"条款 {clause.id} 没有案例，请在 cases/ 里写一个",
                f"clause {clause.id} has no case; write one in cases/",
                f"clause: {clause.id}",
            )  # fmt: skip


def _values(pack: Pack) -> Iterator[Problem]:
    for name, parameter in pack.parameters.items():
        if parameter.value is None:
            yield Problem(
                parameter.file, parameter.line, "parameter.empty",
                f"参数 {name}（{parameter.title.zh}）还没有填",
                f"parameter {name} ({parameter.title.en}) has no value", "value: ...",
            )  # fmt: skip
    for choice in pack.choices:
        if not choice.decided:
            options = " | ".join(choice.options)
            yield Problem(
                choice.file, choice.line, "choice.undecided", f"还没有选定：{choice.question.zh}",
                f"not decided: {choice.question.en}", f"chosen: {options}",
            )  # fmt: skip


def _conflicts(pack: Pack) -> Iterator[Problem]:
    for conflict in conflicts(pack):
        if conflict.settled_by:
            continue
        one, two = conflict.one, conflict.two
        yield Problem(
            two.file, two.line, "rule.conflict",
            f"规则 {one.id} 与 {two.id} 对同一对象的同一义务时限不同：须让两者的条件互不相容，或在 choices 里定夺",
            f"rules {one.id} and {two.id} ask the same act within different limits: "
            "let their conditions exclude each other, or a choice settle it",
            _settle(one, two),
        )  # fmt: skip


def _settle(one: Rule, two: Rule) -> str:
    """How a conflict is settled: by a choice, or by the company's rule taking the other's place."""
    own, general = (one, two) if two.file.startswith(UNDER) else (two, one)
    choice = f"settles: [{one.id}, {two.id}]"
    if general.file.startswith(UNDER) and not own.file.startswith(UNDER):
        return f"instead: [{general.id}] ({own.id}) | {choice}"
    return choice


def _limits(pack: Pack) -> Iterator[Problem]:
    for rule in pack.rules.values():
        limits = (rule.limit, *rule.limits.values())
        if not any(limit is not None and limit.endless for limit in limits):
            continue
        if rule.verified == "none" and not rule.must.startswith("manual"):
            yield Problem(
                rule.file, rule.line, "limit.none",
                f"规则 {rule.id} 不限时，只有要核实的和人工的义务可以",
                f"rule {rule.id} has no limit; only verified and manual duties may",
                "within: 3wd",
            )  # fmt: skip


def _targets(pack: Pack) -> Iterator[Problem]:
    for target in pack.targets:
        for value in (target.at_least, target.at_most):
            if value is not None and target.unit == "share" and not 0 <= value <= 1:
                yield Problem(
                    target.file, target.line, "target.over",
                    f"目标 {target.id} 应在 0 到 100% 之间，现为 {value:.0%}",
                    f"target {target.id} must lie between 0 and 100 %, it is {value:.0%}",
                    "at_least: 90%",
                )  # fmt: skip


def _tiers(pack: Pack) -> Iterator[Problem]:
    if pack.tiers is None:
        return
    tiers = pack.tiers
    said = _score_faults(tiers) if tiers.by == "score" else _table_faults(tiers)
    for code, zh, en, remedy in said:
        yield Problem(tiers.file, tiers.line, code, zh, en, remedy)


Said = tuple[str, str, str, str]  # code, in Chinese, in English, what to write instead


def _score_faults(tiers: Tiers) -> Iterator[Said]:
    weights = sum(c.weight for c in tiers.criteria)
    if abs(weights - 1) > 1e-9:
        yield (
            "tiers.weights",
            f"权重之和应为 1，现为 {weights:g}",
            f"weights must add up to 1, not {weights:g}",
            " + ".join(f"{c.code}.weight" for c in tiers.criteria) + " = 1",
        )
    most = sum(c.weight * max((s for _, s in c.bands), default=0.0) for c in tiers.criteria)
    least = sum(c.weight * min((s for _, s in c.bands), default=0.0) for c in tiers.criteria)
    if any(not c.bands or c.bands[0][0] > 0 for c in tiers.criteria):
        least = 0.0
    last = float("inf")
    for tier in tiers.order:
        cut = tiers.cuts.get(tier)
        if cut is None:
            if tier != tiers.otherwise and tier not in tiers.only_if:
                remedy = f"cuts: {{{tier}: ...}}"
                yield _nobody(tier, "没有分数线", "it has no cut", remedy)
            continue
        if cut > most + 1e-9:
            said = f"最高只有 {most:g} 分", f"the most is {most:g} points"
            yield _nobody(tier, *said, f"cuts: {{{tier}: ≤ {most:g}}}")
        elif cut >= last:
            said = "分数线不低于更好的级别", "its cut is not below a better tier's"
            yield _nobody(tier, *said, f"cuts: {{{tier}: < {last:g}}}")
        elif cut <= least:
            yield (
                "tiers.everybody", f"人人都能达到级别 {tier}：最低已有 {least:g} 分",
                f"everybody reaches tier {tier}: the least is {least:g} points",
                f"cuts: {{{tier}: > {least:g}}} | otherwise: {tier}",
            )  # fmt: skip
        last = cut


def _nobody(tier: str, zh: str, en: str, remedy: str) -> Said:
    return (
        "tiers.nobody", f"没有人能达到级别 {tier}：{zh}", f"nobody reaches tier {tier}: {en}",
        remedy,
    )  # fmt: skip


def _table_faults(tiers: Tiers) -> Iterator[Said]:
    named = {row.tier for row in tiers.table} | {tiers.otherwise, tiers.unmatched}
    for tier in tiers.order:
        if tier not in named and tier not in tiers.only_if:
            said = "分级表里没有它", "no row of the table names it"
            yield _nobody(tier, *said, f"table: [{{tier: {tier}, if: ...}}]")
        rows = [row for row in tiers.table if row.tier == tier]
        elsewhere = (tiers.otherwise, tiers.unmatched, *tiers.only_if)
        if rows and all(map(_shut, rows)) and tier not in elsewhere:
            said = "它的条件互相矛盾", "its conditions exclude each other"
            yield _nobody(tier, *said, f"table: [{{tier: {tier}, if: ...}}]")
    for row in tiers.table:
        texts = [c.text for c in (*row.limbs, *row.alternatives)]
        if texts and all(text == "true" for text in texts):
            yield (
                "tiers.everybody", f"人人都能达到级别 {row.tier}",
                f"everybody reaches tier {row.tier}", f"otherwise: {row.tier}",
            )  # fmt: skip


def _shut(row: TierRow) -> bool:
    """Whether no values can meet a row."""
    found = [*([list(row.limbs)] if row.limbs else []), *([each] for each in row.alternatives)]
    return all(
        any(not spot.meet(spot) for spot in way.values()) for tests in found for way in ways(tests)
    )


def _cycles(pack: Pack) -> Iterator[Problem]:
    """Rules whose discharging facts call for themselves again, directly or in a ring."""
    nexts = {rule.id: _calls(pack, rule) for rule in pack.rules.values()}
    for rule in pack.rules.values():
        ring = _ring(rule.id, nexts)
        if ring and rule.id == min(ring):
            way = " → ".join((*ring, ring[0]))
            yield Problem(
                rule.file, rule.line, "rule.cycle", f"规则自己引发自己：{way}",
                f"rules that call for themselves: {way}", "done: {fact: ..., if: ...}",
            )  # fmt: skip


DEEDS = ("obligation.discharged", "obligation.verified")
SILENT = ("obligation.arose", "obligation.fell_due", "obligation.escalated")
"""What the engine tells of its own work: no rule hears it."""


def _silent(pack: Pack) -> Iterator[Problem]:
    for rule in pack.rules.values():
        for kind in rule.when:
            if kind in SILENT:
                title = pack.vocabulary.facts[kind].title
                yield Problem(
                    rule.file, rule.line, "rule.silent",
                    f"规则 {rule.id} 永远不会出现：“{title.zh}”由系统自己写下，不再触发规则",
                    f'rule {rule.id} can never arise: "{title.en}" is written by the engine and sets off '
                    "no rule",
                    "else: [{at: 100%, tell: up}]",
                )  # fmt: skip


def _calls(pack: Pack, rule: Rule) -> list[str]:
    """The rules that this rule's discharging facts set off."""
    found: list[str] = []
    # whoever does a duty tells that it is done
    said = {"fact.rule": rule.id, "fact.clause": rule.clause}
    deeds = DEEDS if rule.verified != "none" else DEEDS[:1]
    found += [
        other.id for other in pack.rules.values()
        if set(deeds) & set(other.when) and may_hold(other.conditions, said)
    ]  # fmt: skip
    for done in rule.done:
        tests = [done.condition] if done.condition else []
        found += [
            other.id
            for other in pack.rules.values()
            if done.fact in other.when and compatible(tests, other.conditions)
        ]
    return found


def _ring(start: str, nexts: dict[str, list[str]]) -> tuple[str, ...]:
    """The shortest way from a rule back to itself, empty when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for step in nexts[way[-1]]:
            if step == start:
                return way
            if step not in seen:
                seen.add(step)
                ways.append((*way, step))
    return ()


def _dates(pack: Pack) -> Iterator[Problem]:
    for clause in pack.clauses.values():
        if clause.from_ and pack.to and clause.from_ > pack.to:
            yield Problem(
                clause.file, clause.line, "clause.date",
                f"条款 {clause.id} 生效时制度已失效", f"clause {clause.id} begins after the pack ends",
                f"from: {pack.from_}",
            )  # fmt: skip
