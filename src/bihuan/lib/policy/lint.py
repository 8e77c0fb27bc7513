"""What is odd about a pack although it may take force: gaps, dead rules, words without effect.

``check`` names what keeps a pack from taking force; ``lint`` what its author should look at.
Every finding has its place and says what to do. Nothing here looks at a customer or a clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bihuan.lib.policy.conditions import DAYS, Condition
from bihuan.lib.policy.conflict import ways
from bihuan.lib.policy.errors import Problem, nearest
from bihuan.lib.policy.keys import CALENDARS, MEASURES, RECORDED
from bihuan.lib.policy.limits import Limit
from bihuan.lib.policy.model import Pack, Rule
from bihuan.lib.policy.tables import split_top, unwrap
from bihuan.lib.policy.vocabulary import Field
from bihuan.lib.workcal.duration import Duration, Unit
from bihuan.lib.workcal.words import NO_WORDS

_DAYS = {
    Unit.MINUTE: 1 / 1440, Unit.HOUR: 1 / 24, Unit.WORK_MINUTE: 1 / 480, Unit.WORK_HOUR: 1 / 8,
    Unit.WORK_DAY: 7 / 5, Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 30, Unit.YEAR: 365,
}  # fmt: skip
_ASKED = {
    "portal",
    "verify",
    "arrivals",
    "overdue",
    "waive",
    "waiver",
    "pause",
}  # what screens read, by no name of an app
_COUNTED = tuple(name.removeprefix("clause_").removesuffix("_rate") for name in MEASURES)
_PERIOD_DAYS = {"week": 7, "month": 31, "quarter": 92, "half": 184, "year": 366}
_COMPARED = re.compile(r'^([a-z]+\.[a-z0-9_]+)\s*(?:==|!=|in)\s*("[^"]*"|\[[^\]]*\])$')
_HELD = re.compile(r'^("[^"]*") in ([a-z]+\.[a-z0-9_]+)$')
_WORD = re.compile(r'"([^"]*)"')
_CLOCK = re.compile(r'\bfact\.clock\s*(?:[<>]=?|==|!=)\s*"([^"]*)"')
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_ANCHOR = re.compile(r"^#{1,6} .*\{#([A-Za-z0-9_.-]+)\}", re.MULTILINE)
NAMED = re.compile(r"\$([a-z][a-z0-9_.]*)")


def lint(pack: Pack) -> list[Problem]:
    """Every finding, in the order of files and lines; empty when nothing is odd."""
    found: set[Problem] = set()
    for part in (
        _gaps, _dead, _words, _words_of_tiers, _times, _calendars, _targets, _clauses, _unused,
        _nobody,
    ):  # fmt: skip
        found.update(part(pack))
    return sorted(found)


def _gaps(pack: Pack) -> Iterator[Problem]:
    """A level without any rule of a kind that all the other levels have."""
    tiers = pack.tiers
    if tiers is None or len(tiers.order) < 3:
        return
    has: dict[str, set[str]] = {}
    for rule in pack.rules.values():
        if rule.tiers:
            has.setdefault(rule.must, set()).update(rule.tiers)
    everybody = {
        rule.must for rule in pack.rules.values()
        if not rule.tiers and (rule.every == "" or rule.of != "company")
    }  # fmt: skip
    for duty, covered in has.items():
        missing = [code for code in tiers.order if code not in covered]
        if duty in everybody or len(missing) != 1:
            continue
        kind, name = pack.vocabulary.duties[duty].title, tiers.names[missing[0]]
        yield Problem(
            tiers.file, tiers.line, "gap.tier",
            f"级别“{name.zh}”没有“{kind.zh}”的规则，其他级别都有；如果是有意的，不用改",
            f'tier "{name.en}" has no rule for "{kind.en}", all others do; leave it if it is meant',
            f"for: {{tiers: [{missing[0]}]}}",
        )  # fmt: skip


def _dead(pack: Pack) -> Iterator[Problem]:
    """Rules that can never arise: their conditions exclude each other."""
    for rule in pack.rules.values():
        shut = [
            [name for name, spot in way.items() if not spot.meet(spot)]
            for way in ways(rule.conditions)
        ]
        if all(shut):
            name = shut[0][0]
            yield Problem(
                rule.file, rule.line, "rule.dead",
                f"规则 {rule.id} 永远不会出现：对 {name} 的要求互相矛盾",
                f"rule {rule.id} can never arise: what it asks of {name} excludes itself",
                "if: ...",
            )  # fmt: skip
        if rule.from_ and pack.to and rule.from_ > pack.to:
            yield Problem(
                rule.file, rule.line, "rule.late", f"规则 {rule.id} 生效时制度已失效",
                f"rule {rule.id} begins after the pack ends", f"to: {rule.from_}",
            )  # fmt: skip


def _words(pack: Pack) -> Iterator[Problem]:
    """Conditions that compare with a word that is none of those declared."""
    for rule in pack.rules.values():
        switches = (rule.within, rule.by, rule.calendar)
        tests = [test for switch in switches for test, _value in switch.options if test is not None]
        asked = [(each, rule.when) for each in (*rule.conditions, *tests)]
        asked += [
            (each.condition, (each.fact,)) for each in rule.done if each.condition is not None
        ]
        for condition, kinds in asked:
            for name, word, known in _strange(pack, kinds, condition):
                yield Problem(
                    condition.file, condition.line, "rule.word",
                    f"规则 {rule.id} 拿 {name} 与“{word}”比，它没有这个值",
                    f'rule {rule.id} compares {name} with "{word}", which it never is',
                    nearest(word, known) or " | ".join(sorted(known)[:6]),
                )  # fmt: skip
            for word in _CLOCK.findall(condition.text):
                if not _TIME.fullmatch(word):
                    yield Problem(
                        condition.file, condition.line, "rule.clock",
                        f"规则 {rule.id} 拿 fact.clock 与“{word}”比；时刻按文字比，要写两位的时和分",
                        f'rule {rule.id} compares fact.clock with "{word}"; clocks compare as text and '
                        "have two digits for hour and minute",
                        f'"{word.zfill(5)}"' if _TIME.fullmatch(word.zfill(5)) else '"08:30"',
                    )  # fmt: skip


def _words_of_tiers(pack: Pack) -> Iterator[Problem]:
    tiers = pack.tiers
    if tiers is None:
        return
    rows = [test for row in tiers.table for test in (*row.limbs, *row.alternatives)]
    for condition in (*rows, *tiers.only_if.values()):
        for name, word, known in _strange(pack, (), condition):
            yield Problem(
                tiers.file, tiers.line, "tier.word", f"分级条件拿 {name} 与“{word}”比，它没有这个值",
                f'a condition of the tiers compares {name} with "{word}", which it never is',
                nearest(word, known) or " | ".join(sorted(known)[:6]),
            )  # fmt: skip


def _strange(
    pack: Pack, kinds: tuple[str, ...], condition: Condition
) -> Iterator[tuple[str, str, set[str]]]:
    for limb in split_top(condition.text, "||"):
        for part in split_top(unwrap(limb), "&&"):
            body = unwrap(unwrap(part).removeprefix("!").strip())
            if match := _COMPARED.match(body):
                name, words = match[1], match[2]
            elif match := _HELD.match(body):
                name, words = match[2], match[1]
            else:
                continue
            known = _values(pack, kinds, name)
            yield from (
                (name, word, known) for word in _WORD.findall(words) if known and word not in known
            )


def _values(pack: Pack, kinds: tuple[str, ...], name: str) -> set[str]:
    """The words that a name may have, empty where any may."""
    section, _dot, field = name.partition(".")
    if name == "customer.tier":
        return set(pack.tiers.order) if pack.tiers else set()
    if name == "customer.features":
        return {each.id for each in pack.features}
    if section != "fact":
        return _of(pack.vocabulary.subjects.get(section, {}).get(field))
    if field == "day" and not any("day" in pack.vocabulary.facts[kind].fields for kind in kinds):
        return set(DAYS)
    found = [_of(pack.vocabulary.facts[kind].fields.get(field)) for kind in kinds]
    return set.union(*found) if found and all(found) else set()


def _of(spec: Field | None) -> set[str]:
    return set(spec.values) if spec is not None and spec.type in ("enum", "strings") else set()


def _times(pack: Pack) -> Iterator[Problem]:
    """Limits and leads longer than the period they belong to; what opens after it is due."""
    for rule in pack.rules.values():
        limit, most = _length(rule.limit), _PERIOD_DAYS.get(rule.every, 0) * rule.turn.step
        turn = rule.turn.words() if most else NO_WORDS
        if most and limit > most:
            yield Problem(
                rule.file, rule.line, "period.overlaps",
                f"规则 {rule.id} {turn.zh}一次，期限却有 {limit:.0f} 天：上一期还没到期，下一期又来了",
                f"rule {rule.id} comes {turn.en} and has {limit:.0f} days: the next one comes "
                "before the last is due",
                "within: end of period",
            )  # fmt: skip
        if rule.prepare is not None and most and _span(rule.prepare.lead) >= most:
            yield Problem(
                rule.file, rule.line, "period.lead",
                f"规则 {rule.id} 的准备提前量不短于周期，永远来不及",
                f"the lead of rule {rule.id} is as long as its period: there is never time for it",
                "prepare: {lead: 3wd}",
            )  # fmt: skip
        opens = _length(rule.opens)
        one, two = rule.opens, rule.limit
        if one and two and one.duration and two.duration and one.field == two.field != "":
            # both count from one date: what lies further ahead of it comes first
            opens, limit = _ahead(two.duration), _ahead(one.duration)
        elif one and one.field:
            opens = 0.0
        if opens and limit and opens >= limit:
            yield Problem(
                rule.file, rule.line, "limit.opens",
                f"规则 {rule.id} 到期之后才开始", f"rule {rule.id} opens only after it is due", "opens: ...",
            )  # fmt: skip


def _length(limit: Limit | None) -> float:
    """A limit in days, roughly; 0 where it is none or hangs on a date."""
    plain = limit is not None and limit.duration is not None and not limit.field
    return (
        _span(limit.duration) if plain and limit is not None and limit.duration is not None else 0.0
    )


def _ahead(duration: Duration) -> float:
    """How many days ahead of a date a limit lies; 0 where it lies behind it."""
    return _span(duration) if duration.before else 0.0


def _span(duration: Duration) -> float:
    if duration.unit not in _DAYS:
        return 0.0
    return duration.amount * _DAYS[duration.unit]


def _calendars(pack: Pack) -> Iterator[Problem]:
    """Calendars that only a company can have: until it has, nobody knows when a duty is due."""
    spots = [(pack.calendar, "pack.yaml", 1)]
    spots += [
        (name, rule.file, rule.line)
        for rule in pack.rules.values()
        for name in rule.calendar.values
    ]
    told: set[str] = set()
    for name, file, line in spots:
        if name in CALENDARS or name in told or not name:
            continue
        told.add(name)
        yield Problem(
            file, line, "calendar.own",
            f"日历“{name}”不是总在的日历；公司要先建一个同名的工作日历，制度才算得出期限",
            f'"{name}" is no calendar that is always there; the company needs a working calendar of '
            "that name before a limit can be counted",
            nearest(name, CALENDARS) or " | ".join(CALENDARS),
        )  # fmt: skip


def _targets(pack: Pack) -> Iterator[Problem]:
    said: dict[tuple[str, str, str], str] = {}
    for target in pack.targets:
        low, high = target.at_least, target.at_most
        if not target.measure:
            yield Problem(
                target.file, target.line, "target.no_measure",
                f"目标 {target.id}（{target.title.zh}）没有写由哪个数衡量",
                f"target {target.id} ({target.title.en}) has no measure", "measure: ...",
            )  # fmt: skip
        elif near := _meant(target.measure):
            yield Problem(
                target.file, target.line, "target.uncounted",
                f"目标 {target.id} 的指标“{target.measure}”没有哪一页会数",
                f'target {target.id} has the measure "{target.measure}", which no page counts',
                f"measure: {near}",
            )  # fmt: skip
        elif other := said.get((target.measure, target.per, target.clause)):
            yield Problem(
                target.file, target.line, "target.twice",
                f"目标 {target.id} 与 {other} 衡量同一个数", f"targets {target.id} and {other} measure the same",
                "per: ...",
            )  # fmt: skip
        said.setdefault((target.measure, target.per, target.clause), target.id)
        if low is not None and high is not None and low > high:
            yield Problem(
                target.file, target.line, "target.empty",
                f"目标 {target.id} 的下限高于上限，没有数能达到",
                f"target {target.id} asks for more than it allows", f"at_most: {low:g}",
            )  # fmt: skip


def _meant(measure: str) -> str:
    """The counted measure that a name speaks of without being it."""
    if measure in MEASURES or measure in RECORDED:
        return ""
    part = next((each for each in _COUNTED if each in measure), "")
    known = (*MEASURES, *RECORDED)
    return f"clause_{part}_rate" if part else nearest(measure, known) or " | ".join(known)


def _clauses(pack: Pack) -> Iterator[Problem]:
    """Clauses and the text of the regulation that do not know each other; principles with rules."""
    for clause in pack.clauses.values():
        rules = pack.rules_of(clause.id)
        if clause.carried == "principle" and rules:
            yield Problem(
                clause.file, clause.line, "clause.ruled",
                f"条款 {clause.id} 标明是原则，却有规则 {rules[0].id}",
                f"clause {clause.id} is a principle, but rule {rules[0].id} carries it", "carried: rule",
            )  # fmt: skip
        if clause.carried in ("screen", "document", "report") and not clause.by and not rules:
            yield Problem(
                clause.file, clause.line, "clause.by",
                f"条款 {clause.id} 没有写由哪一页、哪种单据或报告承载",
                f"clause {clause.id} does not say by which page, document or report", "by: ...",
            )  # fmt: skip
    text = "\n".join(t for path, t in pack.files.items() if path.endswith("regulation.md"))
    anchors = set(_ANCHOR.findall(text))
    if not anchors:
        return
    for clause in pack.clauses.values():
        if clause.id not in anchors:
            yield Problem(
                clause.file, clause.line, "clause.no_text", f"regulation.md 里没有条款 {clause.id}",
                f"clause {clause.id} is not in regulation.md", f"### ... {{#{clause.id}}}",
            )  # fmt: skip
    replaced = {each.id for each in pack.replaced}
    for anchor in sorted(anchors - set(pack.clauses) - replaced):
        yield Problem(
            "regulation.md", 0, "text.no_clause", f"正文里的 {anchor} 不在条款里",
            f"{anchor} of the text is no clause of the pack", f"- {{id: {anchor}, ...}}",
        )  # fmt: skip


def _unused(pack: Pack) -> Iterator[Problem]:
    """Parameters that nothing asks for, levels without any rule or benefit."""
    texts = (text for path, text in pack.files.items() if path.endswith(".yaml"))
    named = set(NAMED.findall("\n".join(texts)))
    apps = {kind.app for kind in pack.vocabulary.facts.values()}
    apps |= {kind.app for kind in pack.vocabulary.duties.values()} | _ASKED
    for name, parameter in pack.parameters.items():
        if name not in named and name.partition(".")[0] not in apps:
            yield Problem(
                parameter.file, parameter.line, "parameter.unused",
                f"参数 {name}（{parameter.title.zh}）没有规则用到",
                f"parameter {name} ({parameter.title.en}) is used by nothing", f"${name}",
            )  # fmt: skip
    if pack.tiers is None:
        return
    used = {code for rule in pack.rules.values() for code in rule.tiers}
    if any(not rule.tiers and _carried(pack, rule) & {"customer"} for rule in pack.rules.values()):
        return  # what is owed to everybody is owed to each tier
    used |= {code for benefit in pack.benefits for code in benefit.tiers}
    for code in pack.tiers.order if used else ():
        if code not in used:
            title = pack.tiers.names[code]
            yield Problem(
                pack.tiers.file, pack.tiers.line, "tier.unused",
                f"级别“{title.zh}”既没有规则也没有权益", f'tier "{title.en}" has neither rule nor benefit',
                f"for: {{tiers: [{code}]}}",
            )  # fmt: skip


def _nobody(pack: Pack) -> Iterator[Problem]:
    """Duties that nobody can owe: the role belongs to a customer and there is none."""
    for rule in pack.rules.values():
        carried = _carried(pack, rule)
        for code in sorted(set(rule.by.values)):
            role = pack.vocabulary.roles.get(code)
            if role is None or not carried:
                continue
            if role.of in ("customer", "person") and role.of not in carried:
                subject = {"customer": ("客户", "customer"), "person": ("人员", "person")}[role.of]
                yield Problem(
                    rule.file, rule.line, "role.nobody",
                    f"规则 {rule.id} 由“{role.title.zh}”负责，可这里没有{subject[0]}，不知道是谁；会由上一级代行",
                    f'rule {rule.id} is owed by "{role.title.en}", but there is no {subject[1]} here; the next '
                    "role above stands in",
                    f"by: {role.up}" if role.up else "",
                )  # fmt: skip


def _carried(pack: Pack, rule: Rule) -> set[str]:
    """The subjects whose state comes with what sets the rule off."""
    if rule.every:
        return {rule.of, *({"customer"} if rule.of in ("asset", "contract") else set())}
    kinds = [set(pack.vocabulary.facts[kind].carries) for kind in rule.when]
    return set.intersection(*kinds) if kinds else set()


__all__ = ["lint"]
