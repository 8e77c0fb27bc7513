"""Rules as their authors write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bihuan.lib.policy import keys
from bihuan.lib.policy.conditions import (
    Condition,
    Switch,
    Terms,
    read_condition,
    terms_of_fact,
    terms_of_subject,
)
from bihuan.lib.policy.limits import Limit, Turn, read_limit, read_turn, read_window
from bihuan.lib.policy.mixing import read_channels, read_mix
from bihuan.lib.policy.model import PERIOD_FACT, Done, Prepare, Proof, Rule, Step, title_or
from bihuan.lib.policy.reading import Reading
from bihuan.lib.policy.source import Node
from bihuan.lib.policy.vocabulary import CARRIES, FactKind, Vocabulary
from bihuan.lib.workcal.duration import PERIODIC
from bihuan.lib.workcal.words import Words

_PERCENT = re.compile(r"(\d{1,3})\s*%$")
_NOWHERE = Node(None, "", 0)


class RuleReader:
    """Reads rules against a vocabulary; keeps the terms of each kind of fact it has met."""

    def __init__(
        self,
        r: Reading,
        vocabulary: Vocabulary,
        calendar: str,
        tiers: Iterable[str],
        clauses: Iterable[str],
        tier_names: Mapping[str, Words],
    ) -> None:
        self.r, self.vocabulary, self.calendar = r, vocabulary, calendar
        self.tiers, self.clauses, self.tier_names = tuple(tiers), tuple(clauses), tier_names
        self.terms: dict[str, Terms] = {}
        self.rules: dict[str, Rule] = {}

    # -- terms

    def terms_of(self, kind: FactKind) -> Terms:
        if kind.code not in self.terms:
            self.terms[kind.code] = terms_of_fact(self.vocabulary, kind)
        return self.terms[kind.code]

    def subject_terms(self, of: str) -> Terms:
        key = f"of:{of}"
        if key not in self.terms:
            self.terms[key] = terms_of_subject(self.vocabulary, of, CARRIES.get(of, ()))
        return self.terms[key]

    # -- one rule

    def add(self, node: Node, section: str = "rules", **details: Any) -> Rule | None:
        r = self.r
        r.unfilled = set()
        cadence = "every" in node.map
        where = f"rule {r.text(node.map.get('id')) or '?'}"
        r.keys(node, keys.CADENCE if cadence else keys.RULE, where)
        rule_id = r.code(r.need(node, "id", where), "id")
        if not rule_id:
            return None
        if rule_id in self.rules:
            first = self.rules[rule_id]
            r.note(
                node, "rule.twice", f"规则 {rule_id} 已在 {first.file}:{first.line}",
                f"rule {rule_id} is already at {first.file}:{first.line}",
            )  # fmt: skip
            return None
        made = self.cadence(node, rule_id, where) if cadence else self.event(node, rule_id, where)
        rule = replace(made, section=section, details=details)
        self.rules[rule_id] = rule
        if rule.prepare is not None:
            ready = preparing(rule, rule.prepare)
            self.rules[ready.id] = ready
        return rule

    def event(self, node: Node, rule_id: str, where: str) -> Rule:
        r = self.r
        kinds = [k for k in (self.kind(n) for n in r.items(r.need(node, "when", where))) if k]
        terms = [self.terms_of(kind) for kind in kinds]
        of = r.one_of(r.get(node, "of"), keys.SUBJECTS, "对象", "subject", "subject.unknown")
        self.carried(node, kinds, of)
        limit, within, limits = self.limits(r.need(node, "within", where), terms)
        anchor = r.text(r.get(node, "from"), "fact.at").removeprefix("fact.")
        self.dates(node.map.get("from") or node, kinds, anchor if anchor != "at" else "")
        for each in (limit, *limits.values()):
            self.dates(node.map.get("within") or node, kinds, each.field if each else "")
        opens = read_limit(r, node.map.get("opens"))
        self.dates(node.map.get("opens") or node, kinds, opens.field if opens else "")
        return self.common(
            node, rule_id, where, terms, kinds=kinds,
            when=tuple(kind.code for kind in kinds), every="", of=of,
            condition=read_condition(r, node.map.get("if"), terms),
            limit=limit, within=within, limits=limits, anchor=anchor, opens=opens, window=None,
            channel=(), mix={},
            mix_min=0, mix_tolerance=0.0, prepare=None, mid_period="",
        )  # fmt: skip

    def cadence(self, node: Node, rule_id: str, where: str) -> Rule:
        r = self.r
        turn = read_turn(r, node.map["every"]) or Turn("month")
        every = turn.every
        of = r.one_of(r.need(node, "of", where), keys.OF, "对象", "subject", "subject.unknown")
        if turn == Turn("week") and of not in ("company", ""):
            r.note(
                node, "cadence.week", "每周的规则只能以公司为对象", "a weekly rule is of the company",
                "of: company", node.line_of("of"),
            )  # fmt: skip
        terms = [self.subject_terms(of or "company")]
        channel = read_channels(r, node.map.get("channel"), self.vocabulary)
        shares, least, tolerance = read_mix(r, node.map.get("mix"), channel, self.vocabulary)
        limit, within, limits = self.limits(node.map.get("within"), terms, every)
        mid = r.one_of(r.get(node, "mid_period"), keys.MID_PERIOD, "取值", "word", "word.unknown")
        return self.common(
            node, rule_id, where, terms, when=(), every=every, run=turn.run, of=of or "company",
            condition=read_condition(r, node.map.get("if"), terms),
            limit=limit, within=within, limits=limits, anchor="at", opens=read_limit(r, node.map.get("opens"), every),
            window=read_window(r, node.map.get("in"), every),
            channel=channel, mix=shares, mix_min=least,
            mix_tolerance=tolerance, prepare=self.prepare(node.map.get("prepare")),
            mid_period=mid,
        )  # fmt: skip

    def common(
        self,
        node: Node,
        rule_id: str,
        where: str,
        terms: list[Terms],
        kinds: Iterable[FactKind] = (),
        **own: Any,
    ) -> Rule:
        r = self.r
        must = self.duty(r.need(node, "must", where))
        tiers, population = self.population(node.map.get("for"), terms, node)
        proof = self.proof(node.map.get("proved"))
        if not proof.kinds and must in self.vocabulary.duties:
            proof = Proof(any=self.vocabulary.duties[must].proved)
        by = self.switch(r.need(node, "by", where), terms, self.role)
        calendar = self.switch(node.map.get("calendar"), terms, r.text)
        verified = r.one_of(
            r.get(node, "verified"), keys.VERIFIED, "核实方", "verifier", "verified.unknown"
        )
        severity = r.one_of(
            r.get(node, "severity"), keys.SEVERITY, "程度", "severity", "severity.unknown"
        )
        return Rule(
            id=rule_id, clause=self.clause(r.need(node, "clause", where)),
            title=title_or(r.words(r.need(node, "title", where)), rule_id),
            tiers=tiers, population=population, must=must,
            calendar=calendar or Switch(((None, self.calendar),)),
            by=by or Switch(((None, ""),)), done=self.done(node.map.get("done"), kinds),
            proof=proof, verified=verified or "none", needs=self.guards(node.map.get("needs")),
            ladder=self.ladder(node.map.get("else")), severity=severity or "normal",
            from_=None, file=node.file, line=node.line, unfilled=tuple(sorted(r.unfilled)),
            inferred=r.flag(node.map.get("inferred")), tier_names=self.tier_names,
            vocabulary=self.vocabulary, **own,
        )  # fmt: skip

    # -- parts of a rule

    def kind(self, node: Node) -> FactKind | None:
        facts = self.vocabulary.facts
        code = self.r.one_of(node, facts, "事实", "fact", "fact.unknown")
        return facts.get(code)

    def duty(self, node: Node | None) -> str:
        known = self.vocabulary.duties
        return self.r.one_of(node, known, "义务", "duty", "duty.unknown")

    def role(self, node: Node | None) -> str:
        return self.r.one_of(node, self.vocabulary.roles, "角色", "role", "role.unknown")

    def clause(self, node: Node | None) -> str:
        return self.r.one_of(node, self.clauses, "条款", "clause", "clause.unknown")

    def carried(self, node: Node, kinds: Iterable[FactKind], of: str) -> None:
        for kind in kinds:
            if of and of not in kind.carries:
                self.r.note(
                    node, "subject.not_carried", f"{kind.code} 不带 {of}",
                    f"{kind.code} does not carry {of}", kind.carries[0] if kind.carries else "",
                    node.line_of("of"),
                )  # fmt: skip

    def dates(self, node: Node, kinds: Iterable[FactKind], field: str) -> None:
        """A date that limits count from must be a date of the fact."""
        if not field:
            return
        for kind in kinds:
            dated = [n for n, spec in kind.fields.items() if spec.type in ("date", "datetime")]
            if field != "at" and field not in dated:
                self.r.unknown(
                    node, "field.no_date", "日期字段", "date field", f"fact.{field}",
                    [f"fact.{name}" for name in [*dated, "at"]],
                )  # fmt: skip

    def population(
        self, node: Node | None, terms: list[Terms], rule: Node
    ) -> tuple[tuple[str, ...], Condition | None]:
        r = self.r
        found = r.resolve(node)
        if found is None or found.raw == "all":
            return (), None
        r.keys(found, keys.FOR, "for")
        tiers: list[str] = []
        for item in r.items(found.map.get("tiers")):
            tier = r.one_of(item, self.tiers, "级别", "tier", "tier.unknown")
            tiers += [tier] if tier else []
        if tiers and not all("customer.tier" in known.names for known in terms):
            r.note(
                rule, "subject.not_carried", "这类事实不带客户，不能按级别限定",
                "this kind of fact carries no customer; tiers cannot be asked", "for: all",
                rule.line_of("for"),
            )  # fmt: skip
        return tuple(tiers), read_condition(r, found.map.get("if"), terms)

    def switch(self, node: Node | None, terms: list[Terms], read: Any) -> Switch | None:
        r = self.r
        found = r.resolve(node)
        if found is None:
            return None
        if not isinstance(found.value, list):
            return Switch(((None, str(read(found))),))
        options: list[tuple[Condition | None, str]] = []
        for item in found.list:
            if not isinstance(item.value, dict):
                options.append((None, str(read(item))))
                continue
            r.keys(item, keys.SWITCH, "{if, use}")
            value = str(read(r.need(item, "use", "{if, use}") or _NOWHERE))
            options.append((read_condition(r, item.map.get("if"), terms), value))
        self.ends(found)
        return Switch(tuple(options))

    def ends(self, switch: Node) -> None:
        """A switch must name a value for every case: its last line, and only that, has no `if`."""
        lines = switch.list
        open_ = [not (isinstance(each.value, dict) and "if" in each.value) for each in lines]
        if not lines or not open_[-1]:
            self.r.note(
                lines[-1] if lines else switch, "switch.no_last",
                "条件都不成立时没有值可用：最后一行不写 if",
                "no value is left when no condition holds: the last line has no if",
                "- {use: ...}",
            )  # fmt: skip
        elif True in open_[:-1]:
            self.r.note(
                lines[open_.index(True) + 1], "switch.unreachable",
                "上一行没有 if，这一行永远轮不到", "the line before has no if; this one is never reached",
                "{if: ..., use: ...}",
            )  # fmt: skip

    def limits(
        self, node: Node | None, terms: list[Terms], every: str = ""
    ) -> tuple[Limit | None, Switch, dict[str, Limit]]:
        """A limit, or a switch of limits with what each of its texts means."""
        found = self.r.resolve(node)
        if found is None or not isinstance(found.value, list):
            return read_limit(self.r, found, every), Switch(()), {}
        limits: dict[str, Limit] = {}

        def read(each: Node) -> str:
            limit = read_limit(self.r, each, every)
            if limit is not None:
                limits[limit.text] = limit
            return limit.text if limit else ""

        return None, self.switch(found, terms, read) or Switch(()), limits

    def proof(self, node: Node | None) -> Proof:
        r = self.r
        found = r.resolve(node)
        if found is None:
            return Proof()
        if isinstance(found.value, dict):
            r.keys(found, keys.PROVED, "proved")
            return Proof(self.proofs(found.map.get("any")), self.proofs(found.map.get("all")))
        return Proof(any=self.proofs(found))

    def proofs(self, node: Node | None) -> tuple[str, ...]:
        known = self.vocabulary.evidence
        found = (
            self.r.one_of(item, known, "凭证", "evidence", "evidence.unknown")
            for item in self.r.items(node)
        )
        return tuple(kind for kind in found if kind)

    def done(self, node: Node | None, kinds: Iterable[FactKind]) -> tuple[Done, ...]:
        r = self.r
        found: list[Done] = []
        for item in r.items(node):
            r.keys(item, keys.DONE, "done")
            fact = r.need(item, "fact", "done")
            kind = self.kind(fact) if fact else None
            same = r.texts(item.map.get("same"))
            if kind is None:
                continue
            for name in same:
                for either in (kind, *kinds):
                    if name not in either.fields:
                        r.unknown(
                            item, "field.unknown", f"字段（{either.code}）",
                            f"field of {either.code}", name, either.fields,
                        )  # fmt: skip
            test = read_condition(r, item.map.get("if"), [self.terms_of(kind)])
            found.append(Done(kind.code, same, test))
        return tuple(found)

    def guards(self, node: Node | None) -> tuple[str, ...]:
        known = self.vocabulary.guards
        found = (
            self.r.one_of(item, known, "要求", "guard", "guard.unknown")
            for item in self.r.items(node)
        )
        return tuple(guard for guard in found if guard)

    def ladder(self, node: Node | None) -> tuple[Step, ...]:
        r = self.r
        steps: list[Step] = []
        for item in r.items(node):
            r.keys(item, keys.STEP, "else")
            at = r.need(item, "at", "else")
            match = _PERCENT.match(r.text(at).strip()) if at else None
            if at and match is None:
                r.note(at, "ladder.percent", "at 应是百分数", "at is a percentage", "75%")
            told = (*self.vocabulary.roles, "assignee", "up")
            tell = r.one_of(r.need(item, "tell", "else"), told, "角色", "role", "role.unknown")
            if match and tell:
                steps.append(Step(int(match[1]), tell))
        return tuple(sorted(steps, key=lambda step: step.percent))

    def prepare(self, node: Node | None) -> Prepare | None:
        r = self.r
        found = r.resolve(node)
        if found is None:
            return None
        r.keys(found, keys.PREPARE, "prepare")
        limit: Limit | None = read_limit(r, r.need(found, "lead", "prepare"))
        must = self.duty(r.need(found, "must", "prepare"))
        by = self.role(r.need(found, "by", "prepare"))
        proof = self.proof(found.map.get("proved"))
        if not proof.kinds and must in self.vocabulary.duties:
            proof = Proof(any=self.vocabulary.duties[must].proved)
        lead = limit.duration if limit else None
        if lead is None or lead.unit in PERIODIC or (limit and limit.field):
            if limit is not None:
                r.note(
                    found.map["lead"], "prepare.lead", f"“{limit.text}”不是提前量",
                    f'"{limit.text}" is no lead', "3wd",
                )  # fmt: skip
            return None
        return Prepare(replace(lead, before=True), must, by, proof)


def preparing(rule: Rule, prepare: Prepare) -> Rule:
    """The second duty of a cadence: to be ready before the planned day."""
    return replace(
        rule, id=f"{rule.id}.prepare", must=prepare.must, by=Switch(((None, prepare.by),)),
        title=Words(f"准备：{rule.title.zh}", f"Prepare: {rule.title.en}"), proof=prepare.proof,
        limit=Limit(str(prepare.lead), prepare.lead), within=Switch(()), limits={}, done=(), verified="none", needs=(),
        channel=(), mix={}, prepare=None, prepares=rule.id, details={},
    )  # fmt: skip


__all__ = ["PERIOD_FACT", "RuleReader"]
