"""Reading of the other sections: features, tiers, benefits, thresholds, targets, complaints, points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bihuan.lib.policy import keys
from bihuan.lib.policy.conditions import Condition, Terms, read_condition
from bihuan.lib.policy.limits import read_limit
from bihuan.lib.policy.parts import (
    Benefit,
    Complaints,
    Criterion,
    Earn,
    Feature,
    Grade,
    Points,
    Question,
    Spend,
    Target,
    Threshold,
    TierRow,
    Tiers,
)  # fmt: skip
from bihuan.lib.policy.read_rules import RuleReader
from bihuan.lib.policy.reading import Reading
from bihuan.lib.policy.source import Node
from bihuan.lib.policy.tables import limbs_of
from bihuan.lib.workcal.duration import Duration
from bihuan.lib.workcal.words import Words


def read_tiers(r: Reading, node: Node, terms: Terms, roles: Mapping[str, object]) -> Tiers:
    """The tier scheme; every tier it names must be in ``order``."""
    r.keys(node, keys.TIERS, "tiers")
    order = r.texts(r.need(node, "order", "tiers"))

    def tier(found: Node | None) -> str:
        return r.one_of(found, order, "级别", "tier", "tier.unknown")

    names = {code: r.words(item) for code, item in _map(r, node, "names").items()}
    for code in order:
        names.setdefault(code, Words(code, code))
    for code in {code for code in order if order.count(code) > 1}:
        r.note(
            node.map["order"],
            "tier.twice",
            f"级别 {code} 写了两次",
            f"tier {code} is written twice",
        )
    for code, item in _map(r, node, "names").items():
        tier(Node(code, item.file, item.line, code))
    by = r.one_of(r.need(node, "by", "tiers"), keys.TIERS_BY, "办法", "way", "word.unknown")
    for code, item in _map(r, node, "cuts").items():
        tier(Node(code, item.file, item.line, code))
    unmatched = node.map.get("unmatched")
    hold = node.map.get("hold") or Node({}, node.file, node.line)
    r.keys(hold, keys.HOLD, "hold")
    lower = r.text(unmatched.map.get("tier")) if unmatched else ""
    if unmatched:
        r.keys(unmatched, keys.UNMATCHED, "unmatched")
        if lower != "lower_limb":
            tier(unmatched.map.get("tier"))
    for code, item in _map(r, node, "approve").items():
        if code != "default":
            tier(Node(code, item.file, item.line, code))
    after, margin = _hold(r, hold)
    return Tiers(
        clause=r.text(node.map.get("clause")), order=order, names=names, by=by or "score",
        criteria=tuple(_criterion(r, c, n, terms) for c, n in _map(r, node, "criteria").items()),
        cuts={code: r.number(item) for code, item in _map(r, node, "cuts").items()},
        otherwise=tier(r.get(node, "otherwise")) or (order[-1] if order else ""),
        only_if=_only_if(r, node, terms, order),
        table=tuple(_row(r, item, terms, order) for item in r.items(node.map.get("table"))),
        unmatched=lower, unmatched_flag=r.flag(unmatched.map.get("flag")) if unmatched else False,
        review=r.one_of(r.get(node, "review"), keys.PERIODS, "周期", "period", "period.unknown"),
        down_after=after, down_margin=margin,
        approve={
            code: r.one_of(item, roles, "角色", "role", "role.unknown")
            for code, item in _map(r, node, "approve").items()
        },
        file=node.file, line=node.line,
    )  # fmt: skip


def _hold(r: Reading, node: Node) -> tuple[int, float]:
    """After how many reviews, or by how many points, a worse tier takes effect."""
    after, margin = node.map.get("down_after"), node.map.get("down_margin")
    reviews, points = r.whole(after, 1), r.number(margin, -1.0)
    if after is not None and reviews < 1:
        r.note(
            after,
            "hold.reviews",
            "down_after 至少是 1 次评审",
            "down_after is one review at least",
            "1",
        )
    if margin is not None and points < 0 and r.resolve(margin) is not None:
        r.note(margin, "hold.points", "down_margin 不能小于 0", "down_margin is not below 0", "5")
    return reviews, points


def _map(r: Reading, node: Node, key: str) -> dict[str, Node]:
    found = r.get(node, key)
    return {} if found is None else found.map


def _criterion(r: Reading, code: str, node: Node, terms: Terms) -> Criterion:
    r.keys(node, keys.CRITERION, f"criteria.{code}")
    of = r.text(r.need(node, "of", code))
    spec = terms.fields.get(of)
    if of and (spec is None or spec.type not in ("int", "number", "money")):
        r.unknown(node, "field.unknown", "数值", "number", of, terms.fields)
    bands: list[tuple[float, float]] = []
    for item in r.items(r.need(node, "bands", code)):
        pair = r.items(item)
        if len(pair) != 2:
            r.note(item, "bands.pair", "分档应是 [起点, 得分]", "a band is [from, score]", "[0, 0]")
            continue
        bands.append((r.number(pair[0]), r.number(pair[1])))
    if bands != sorted(bands):
        r.note(node, "bands.order", "分档应从小到大", "bands rise from low to high")
    weight = r.number(r.need(node, "weight", code))
    return Criterion(code, r.words(node.map.get("title")), weight, of, tuple(bands))


def _only_if(r: Reading, node: Node, terms: Terms, order: tuple[str, ...]) -> dict[str, Condition]:
    found: dict[str, Condition] = {}
    for code, item in _map(r, node, "only_if").items():
        if code not in order:
            r.unknown(item, "tier.unknown", "级别", "tier", code, order)
        condition = read_condition(r, item, [terms])
        if condition is not None:
            found[code] = condition
    return found


def _row(r: Reading, node: Node, terms: Terms, order: tuple[str, ...]) -> TierRow:
    r.keys(node, keys.ROW, "table")
    tier = r.one_of(r.need(node, "tier", "table"), order, "级别", "tier", "tier.unknown")
    limbs = [read_condition(r, item, [terms]) for item in r.items(node.map.get("limbs"))]
    either = [read_condition(r, node.map.get("or"), [terms])]
    if "if" in node.map:
        whole = read_condition(r, node.map["if"], [terms])
        parts, rest = limbs_of(whole.text) if whole else ((), "")
        at = node.map["if"]
        limbs += [read_condition(r, Node(p, at.file, at.line, p), [terms]) for p in parts]
        if rest:
            either.append(read_condition(r, Node(rest, at.file, at.line, rest), [terms]))
    return TierRow(tier, tuple(c for c in limbs if c), tuple(c for c in either if c))


def read_features(reader: RuleReader, nodes: Sequence[Node]) -> tuple[Feature, ...]:
    r = reader.r
    found: dict[str, Feature] = {}
    for node in nodes:
        where = f"feature {r.text(node.map.get('id'))}"
        r.keys(node, keys.FEATURE, where)
        made = Feature(
            r.code(r.need(node, "id", where), "id"), reader.clause(r.need(node, "clause", where)),
            r.words(r.need(node, "title", where)), node.file, node.line,
        )  # fmt: skip
        if first := found.get(made.id):
            r.note(
                node, "feature.twice", f"特征 {made.id} 已在 {first.file}:{first.line}",
                f"feature {made.id} is already at {first.file}:{first.line}",
            )  # fmt: skip
        found.setdefault(made.id, made)
    return tuple(found.values())


def read_benefit(reader: RuleReader, node: Node) -> Benefit:
    r = reader.r
    where = f"benefit {r.text(node.map.get('id'))}"
    r.keys(node, keys.BENEFIT, where)
    tiers = tuple(
        r.one_of(item, reader.tiers, "级别", "tier", "tier.unknown")
        for item in r.items(node.map.get("tiers"))
    )
    kind = r.one_of(
        r.need(node, "kind", where), keys.BENEFIT_KINDS, "权益种类", "kind of benefit",
        "benefit.unknown",
    )  # fmt: skip
    amount = node.map.get("amount")
    return Benefit(
        r.code(r.need(node, "id", where), "id"), reader.clause(r.need(node, "clause", where)),
        r.words(r.need(node, "title", where)), tiers, kind,
        None if amount is None or amount.absent else r.number(amount), r.text(node.map.get("unit")),
        r.one_of(r.get(node, "per"), keys.PERIODS, "周期", "period", "period.unknown"),
        r.text(node.map.get("rule")), node.file, node.line,
    )  # fmt: skip


def read_threshold(reader: RuleReader, node: Node) -> Threshold:
    r = reader.r
    where = f"threshold {r.text(node.map.get('id'))}"
    r.keys(node, keys.THRESHOLD, where)
    then = r.one_of(
        r.need(node, "then", where), [*reader.vocabulary.duties, *reader.vocabulary.facts],
        "义务或事实", "duty or fact", "duty.unknown",
    )  # fmt: skip
    below, above = (_maybe(r, node, key) for key in ("below", "above"))
    if below is None and above is None:
        r.need(node, "below", where)
    by, within = node.map.get("by"), node.map.get("within")
    if within is not None:
        read_limit(r, within)
    return Threshold(
        r.code(r.need(node, "id", where), "id"), reader.clause(r.need(node, "clause", where)),
        r.words(r.need(node, "title", where)), r.text(r.need(node, "of", where)), below, above,
        then, reader.role(by) if by else "", r.text(within), node.file, node.line,
    )  # fmt: skip


def read_target(reader: RuleReader, node: Node) -> Target:
    r = reader.r
    where = f"target {r.text(node.map.get('id'))}"
    r.keys(node, keys.TARGET, where)
    low, high = (_maybe(r, node, key) for key in ("at_least", "at_most"))
    if low is None and high is None:
        r.need(node, "at_least", where)
    return Target(
        r.code(r.need(node, "id", where), "id"), reader.clause(r.need(node, "clause", where)),
        r.words(r.need(node, "title", where)),
        r.code(r.need(node, "measure", where), "measure"), low, high,
        r.one_of(r.get(node, "unit"), keys.TARGET_UNITS, "单位", "unit", "unit.unknown") or "share",
        r.one_of(r.get(node, "per"), keys.PERIODS, "周期", "period", "period.unknown"),
        node.file, node.line,
    )  # fmt: skip


def _maybe(r: Reading, node: Node, key: str) -> float | None:
    found = r.get(node, key)
    return None if found is None else r.number(found)


def read_complaints(reader: RuleReader, node: Node) -> Complaints:
    r = reader.r
    r.keys(node, keys.COMPLAINTS, "complaints")
    grades = tuple(_grade(reader, item) for item in r.items(r.need(node, "grades", "complaints")))
    codes = [grade.code for grade in grades]
    questions = tuple(_question(r, item, codes) for item in r.items(node.map.get("questions")))
    return Complaints(reader.clause(r.need(node, "clause", "complaints")), grades, questions)


def _grade(reader: RuleReader, node: Node) -> Grade:
    r = reader.r
    r.keys(node, keys.GRADE, "grade")
    code = r.text(r.need(node, "grade", "grade"))
    title = r.words(node.map.get("title"))
    progress = r.text(r.get(node, "progress"), "end")
    if progress != "end":
        _duration(r, node, "progress")
    return Grade(
        code, title if title.zh else Words(code, code), reader.role(r.need(node, "owner", code)),
        _duration(r, node, "reply"), _duration(r, node, "contain"), _duration(r, node, "close"),
        progress,
    )  # fmt: skip


def _duration(r: Reading, node: Node, key: str) -> Duration | None:
    limit = read_limit(r, node.map.get(key))
    return limit.duration if limit else None


def _question(r: Reading, node: Node, grades: list[str]) -> Question:
    r.keys(node, keys.QUESTION, "question")
    return Question(
        r.code(r.need(node, "id", "question"), "id"), r.words(r.need(node, "ask", "question")),
        r.one_of(r.need(node, "yes", "question"), grades, "等级", "grade", "grade.unknown"),
    )  # fmt: skip


def read_points(reader: RuleReader, node: Node) -> Points:
    r = reader.r
    r.keys(node, keys.POINTS, "points")
    return Points(
        reader.clause(r.need(node, "clause", "points")),
        tuple(e for e in (_earn(reader, item) for item in r.items(node.map.get("earn"))) if e),
        tuple(_spend(r, item) for item in r.items(node.map.get("spend"))),
        _duration(r, node, "expire"),
    )


def _earn(reader: RuleReader, node: Node) -> Earn | None:
    r = reader.r
    r.keys(node, keys.EARN, "earn")
    on = r.need(node, "on", "earn")
    kind = reader.kind(on) if on else None
    if kind is None:
        return None
    test = read_condition(r, node.map.get("if"), [reader.terms_of(kind)])
    points = r.need(node, "points", "earn")
    if points is not None and isinstance(points.value, str) and not points.raw.strip().isdigit():
        r.note(
            points, "points.number",
            f"一次记多少分要写整数，“{points.raw}”不是；分数随金额变的，一档写一行，用 if 分开",
            f'points are a whole number, "{points.raw}" is none; where they depend on an amount '
            "write a row for each band, told apart by if",
            "{points: 100, if: fact.amount >= 100000}",
        )  # fmt: skip
        return None
    return Earn(kind.code, r.whole(points), r.words(node.map.get("title")), test)


def _spend(r: Reading, node: Node) -> Spend:
    r.keys(node, keys.SPEND, "spend")
    kind = r.one_of(
        r.need(node, "kind", "spend"), keys.SPEND_KINDS, "兑换种类", "kind", "spend.unknown"
    )
    return Spend(
        r.code(r.need(node, "id", "spend"), "id"), r.words(r.need(node, "title", "spend")),
        r.whole(r.need(node, "cost", "spend")), kind,
    )  # fmt: skip
