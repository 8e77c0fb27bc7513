"""Running the cases of a pack: the sentences of the regulation with their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bihuan.lib.policy import keys
from bihuan.lib.policy.errors import CannotAssess
from bihuan.lib.policy.evaluate import respond
from bihuan.lib.policy.limits import span_by_key
from bihuan.lib.policy.model import PERIOD_FACT, Pack
from bihuan.lib.policy.read_cases import Case
from bihuan.lib.policy.sections import grade, points_for
from bihuan.lib.policy.telling import Calendars, Duty, Response, Telling
from bihuan.lib.policy.tiers import Assessment, assess_customer, assessed
from bihuan.lib.policy.vocabulary import Field
from bihuan.lib.workcal.words import Words

_EMPTY = {
    "strings": (), "bool": False, "int": 0, "number": 0.0, "money": 0.0, "string": "", "enum": "",
}  # fmt: skip


@dataclass(frozen=True)
class CaseResult:
    """Whether a case holds; ``faults`` say what was expected and what came instead."""

    case: Case
    faults: tuple[Words, ...]
    duties: tuple[Duty, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.faults

    def sentence(self, lang: str = "zh") -> str:
        """Place, name and every fault in one line."""
        comma, colon = Words("；", "; ").of(lang), Words("：", ": ").of(lang)
        told = comma.join(fault.of(lang) for fault in self.faults) or "OK"
        return f"{self.case.file}:{self.case.line} {self.case.name}{colon}{told}"


def run_cases(pack: Pack, calendars: Calendars) -> list[CaseResult]:
    """Run every case of the pack, in the order they are written."""
    return [run_case(pack, case, calendars) for case in pack.cases]


def run_case(pack: Pack, case: Case, calendars: Calendars) -> CaseResult:
    """Run one case. What it does not say of a subject is empty: no flag, nothing bought."""
    given = case.given
    try:
        if "tier_of" in given:
            return CaseResult(case, tuple(_tier_faults(pack, case)))
        if "grade_of" in given:
            return CaseResult(case, tuple(_grade_faults(pack, case)))
        if "points_of" in given:
            return CaseResult(case, tuple(_point_faults(pack, case, calendars)))
    except CannotAssess as error:
        return CaseResult(case, (error.words,))
    except (KeyError, ValueError) as error:
        return CaseResult(case, (Words(str(error), str(error)),))
    told = telling_of(pack, given, "case")
    response = respond(pack, told, calendars)
    faults = list(_duty_faults(pack, case, response))
    if case.expect_after:
        faults += _later_faults(pack, case, response, told, calendars)
    return CaseResult(case, tuple(faults), response.duties)


def telling_of(pack: Pack, given: Mapping[str, Any], uid: str) -> Telling:
    """The telling that a case describes."""
    if "period" in given:
        every, span = span_by_key(str(given["period"]))
        at = span.begins(pack.zone)
        of = str(given.get("of", "company"))
        begins = {f"{each}_begins": _begins(each, span.first) for each in keys.PERIODS}
        if of == "company" and every == "week":
            begins |= {f"{each}_begins": False for each in ("month", "quarter", "half", "year")}
        fact: dict[str, Any] = {"of": of, **begins}
        kind = PERIOD_FACT
    else:
        kind, at, of = str(given["fact"]), _moment(given["at"]), ""
        fact = dict(given.get("with") or {})
    subjects = {name: f"{name}-1" for name in pack.vocabulary.facts[kind].carries}
    if of:
        subjects = {of: f"{of}-1"}
    subjects |= {name: str(value) for name, value in (given.get("subjects") or {}).items()}
    data: dict[str, Any] = {"fact": _typed(pack.vocabulary.facts[kind].fields, fact)}
    for subject, fields in pack.vocabulary.subjects.items():
        data[subject] = _filled(fields, given.get(subject) or {})
    return Telling(uid, kind, at, data, subjects)


def _begins(every: str, day: Any) -> bool:
    if every == "week":
        return bool(day.weekday() == 0)
    months = {"month": 1, "quarter": 3, "half": 6, "year": 12}[every]
    return bool(day.day == 1 and (day.month - 1) % months == 0)


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(str(value))


def _typed(fields: Mapping[str, Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """Texts stay texts although YAML may read T1 or 2026 otherwise; required ones get a value."""
    found = dict(values)
    for name, spec in fields.items():
        if name in found and spec.type in ("string", "enum") and found[name] is not None:
            found[name] = str(found[name])
        elif name not in found and spec.required:
            empty = _EMPTY.get(spec.type)
            if empty is not None:
                found[name] = list(empty) if isinstance(empty, tuple) else empty
    return found


def _filled(fields: Mapping[str, Field], values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, spec in fields.items():
        value = values.get(name, _EMPTY.get(spec.type))
        if value is not None:
            found[name] = list(value) if isinstance(value, tuple) else value
    return found


# -- expectations


def _expected(case: Case) -> list[Mapping[str, Any]]:
    expect = case.expect
    if expect is None:
        return []
    return [expect] if isinstance(expect, Mapping) else list(expect)


def _duty_faults(pack: Pack, case: Case, response: Response) -> Iterator[Words]:
    for failure in response.failures:
        if failure.clause == case.clause or case.only:
            title = _title(pack, failure.rule)
            where = _PARTS.get(failure.where, Words(failure.where, failure.where))
            yield Words(
                f"规则无法判断：{title.zh}（{where.zh}：{failure.detail}）",
                f"a rule cannot be judged: {title.en} ({where.en}: {failure.detail})",
            )
    arisen = {duty.rule: duty for duty in response.duties}
    wanted = _expected(case)
    for item in wanted:
        duty = arisen.get(str(item.get("rule")))
        if duty is None:
            title = _title(pack, str(item.get("rule")))
            others = [_title(pack, rule) for rule in arisen]
            yield Words(
                f"没有产生：{title.zh}；产生的是：{'、'.join(each.zh for each in others) or '无'}",
                f"{title.en} did not arise, but {', '.join(each.en for each in others) or 'nothing'}",
            )
            continue
        yield from _differences(pack, duty, item)
    if case.expect is not None and (case.only or not wanted):
        named = {str(item.get("rule")) for item in wanted}
        for duty in response.duties:
            if duty.rule not in named and (case.only or duty.clause == case.clause):
                title = _title(pack, duty.rule)
                yield Words(f"不应产生：{title.zh}", f"{title.en} must not arise")


def _differences(pack: Pack, duty: Duty, item: Mapping[str, Any]) -> Iterator[Words]:
    for key, moment in (("due", duty.due_at), ("opens", duty.opens_at)):
        if key in item and not _same_moment(pack, moment, str(item[key]), ends=key == "due"):
            came = moment.isoformat() if moment else "none"
            yield _not_so(pack, duty.rule, key, str(item[key]), came)
    plain = {
        "by": duty.role, "occasion": duty.occasion, "must": duty.must, "verified": duty.verified,
        "calendar": duty.calendar,
    }  # fmt: skip
    for key, came in plain.items():
        if key in item and str(item[key]) != came:
            yield _not_so(pack, duty.rule, key, str(item[key]), came)


_KEYS = {
    "due": Words("期限", "the limit"), "opens": Words("开始", "the beginning"),
    "by": Words("责任人", "the role"), "occasion": Words("场合", "the occasion"),
    "must": Words("要办的事", "the duty"), "verified": Words("核实", "the verification"),
    "calendar": Words("日历", "the calendar"),
}  # fmt: skip
_NONE = Words("没有", "none")
_PARTS = {
    "parameter": Words("参数", "parameter"), "for": Words("对象", "for"), "if": Words("条件", "if"),
    "calendar": Words("日历", "calendar"), "by": Words("责任人", "by"), "within": Words("期限", "within"),
    "opens": Words("开始", "opens"), "in": Words("时段", "in"), "subject": Words("主体", "subject"),
    "done": Words("办结", "done"), "data": Words("数据", "data"),
}  # fmt: skip
"""The parts of a rule at which judging stops (`Failure.where`)."""


def _not_so(pack: Pack, rule: str, key: str, wanted: str, came: str) -> Words:
    """What was expected and what came, in the words of the pack's readers."""
    title, name = _title(pack, rule), _KEYS[key]
    first, second = (_said(pack, key, value) for value in (wanted, came))
    return Words(
        f"{title.zh}：{name.zh}应为 {first.zh}，实为 {second.zh}",
        f"{title.en}: {name.en} should be {first.en}, it is {second.en}",
    )


def _title(pack: Pack, rule: str) -> Words:
    known = pack.rules.get(rule)
    return known.title if known is not None else Words(rule, rule)


def _said(pack: Pack, key: str, value: str) -> Words:
    if value in ("none", ""):
        return _NONE
    if key in ("due", "opens"):
        if len(value.strip()) <= 10:
            return Words(value, value)
        local = _moment(value).astimezone(pack.zone)
        text = f"{local:%Y-%m-%d %H:%M}"
        if key == "due" and text.endswith("00:00"):
            text = f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
        return Words(text, text)
    known: Mapping[str, Any] = {
        "by": pack.vocabulary.roles, "must": pack.vocabulary.duties
    }.get(key, {})  # fmt: skip
    found = known.get(value)
    return found.title if found is not None else Words(value, value)


def _same_moment(pack: Pack, moment: datetime | None, wanted: str, *, ends: bool) -> bool:
    """A date names the day that ends at a midnight, where something begins the one that begins."""
    if moment is None or wanted == "none":
        return moment is None and wanted == "none"
    if len(wanted.strip()) > 10:
        return moment == _moment(wanted)
    day = (moment.astimezone(pack.zone) - timedelta(microseconds=int(ends))).date()
    return day.isoformat() == wanted.strip()


def _later_faults(
    pack: Pack, case: Case, response: Response, told: Telling, calendars: Calendars
) -> list[Words]:
    """Tell the facts that follow and look at the state of the obligations."""
    owed: dict[tuple[str, ...], Duty] = {duty.key: duty for duty in response.duties}
    # What is owed may be done before its limit begins to run, never before it was owed.
    since: dict[tuple[str, ...], datetime] = {
        duty.key: min(duty.anchor, told.at) for duty in response.duties
    }
    done: dict[tuple[str, ...], datetime] = {}
    for number, step in enumerate(case.then):
        merged = {**{k: v for k, v in case.given.items() if k in keys.SUBJECTS}, **step}
        later = telling_of(pack, merged, f"{told.uid}-{number}")
        answer = respond(pack, later, calendars)
        for discharge in answer.discharges:
            for key, duty in owed.items():
                fits = duty.rule in discharge.rules and key not in done
                same = all(duty.same.get(n) == v for n, v in discharge.same.items())
                mine = discharge.subject_id in ("", duty.subject_id)
                if fits and same and mine and discharge.at >= since[key]:
                    done[key] = discharge.at
        for duty in answer.duties:
            owed.setdefault(duty.key, duty)
            since.setdefault(duty.key, min(duty.anchor, later.at))
    return list(_state_faults(pack, case.expect_after, owed, done))


_STATES = {
    "open": Words("还没办", "open"), "late": Words("办迟了", "done late"),
    "discharged": Words("按时办结", "done in time"), "-": Words("没有产生", "not there"),
}  # fmt: skip


def _state_faults(
    pack: Pack,
    wanted: Sequence[Mapping[str, Any]],
    owed: Mapping[tuple[str, ...], Duty],
    done: Mapping[tuple[str, ...], datetime],
) -> Iterator[Words]:
    states: dict[str, str] = {}
    for key, duty in owed.items():
        at = done.get(key)
        late = at is not None and duty.due_at is not None and at > duty.due_at
        states[duty.rule] = "open" if at is None else "late" if late else "discharged"
    for item in wanted:
        rule, state = str(item["rule"]), str(item["state"])
        came = states.get(rule, "-")
        if came != state:
            title, first, second = _title(pack, rule), _STATES[state], _STATES[came]
            yield Words(
                f"{title.zh}：之后应为{first.zh}，实为{second.zh}",
                f"{title.en}: should then be {first.en}, it is {second.en}",
            )


def _tier_faults(pack: Pack, case: Case) -> Iterator[Words]:
    given = case.given
    history: list[Assessment] = []
    for step in given.get("history") or []:
        if isinstance(step, Mapping):
            history.append(assess_customer(pack, _customer(pack, step), history))
        else:
            history.append(assessed(str(step)))
    if given.get("tier") and not history:
        history.append(assessed(str(given["tier"])))
    found = assess_customer(pack, _customer(pack, given["tier_of"]), history)
    came: dict[str, Any] = {
        "tier": found.tier, "score": found.score, "held": found.held_by_hysteresis,
        "approve": found.needs_approval_role, "flagged": "unmatched" in found.flags,
    }  # fmt: skip
    for item in _expected(case):
        yield from _unlike(pack, item, came)


_FOUND = {
    "tier": Words("级别", "the tier"), "score": Words("得分", "the score"),
    "held": Words("保级", "kept for now"), "approve": Words("审批岗位", "who approves"),
    "flagged": Words("须由人确认", "to be confirmed by a person"),
    "grade": Words("投诉等级", "the grade"), "points": Words("积分", "the points"),
}  # fmt: skip


def _unlike(pack: Pack, item: Mapping[str, Any], came: Mapping[str, Any]) -> Iterator[Words]:
    for key, wanted in item.items():
        value = came.get(key)
        if isinstance(wanted, int | float) and isinstance(value, int | float):
            same = abs(float(wanted) - float(value)) < 1e-6
        else:
            same = wanted == value
        if not same:
            name = _FOUND.get(key, Words(key, key))
            first, second = (_found_words(pack, key, each) for each in (wanted, value))
            yield Words(
                f"{name.zh}应为 {first.zh}，实为 {second.zh}",
                f"{name.en} should be {first.en}, it is {second.en}",
            )


def _found_words(pack: Pack, key: str, value: Any) -> Words:
    """A judgement in the words of the pack's readers."""
    if value is None or value == "":
        return _NONE
    if isinstance(value, bool):
        return Words("是", "yes") if value else Words("否", "no")
    if isinstance(value, int | float):
        text = str(round(value, 6)).removesuffix(".0")
        return Words(text, text)
    known: dict[str, Words] = {}
    if key == "tier" and pack.tiers is not None:
        known = dict(pack.tiers.names)
    elif key == "grade" and pack.complaints is not None:
        known = {each.code: each.title for each in pack.complaints.grades}
    elif key == "approve":
        known = {code: role.title for code, role in pack.vocabulary.roles.items()}
    return known.get(str(value), Words(str(value), str(value)))


def _customer(pack: Pack, values: Mapping[str, Any]) -> dict[str, Any]:
    return _filled(pack.vocabulary.subjects.get("customer", {}), values)


def _grade_faults(pack: Pack, case: Case) -> Iterator[Words]:
    if pack.complaints is None:
        yield Words("这个制度包没有投诉分级", "this pack has no complaint grades")
        return
    came = grade(pack.complaints, case.given["grade_of"])
    for item in _expected(case):
        yield from _unlike(pack, item, {"grade": came})


def _point_faults(pack: Pack, case: Case, calendars: Calendars) -> Iterator[Words]:
    given = {**case.given, "fact": case.given["points_of"]}
    given.setdefault("at", f"{pack.from_.isoformat()}T12:00+00:00")
    earned = points_for(pack, telling_of(pack, given, "case"), calendars)
    for item in _expected(case):
        yield from _unlike(pack, item, {"points": sum(each.points for each in earned)})
