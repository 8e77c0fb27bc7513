"""Any deadline explains itself: slices, calendar, clause as it read then, facts, precedence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from bihuan.apps.obligations.models import Obligation, Pause
from bihuan.apps.obligations.timing import answer, calendar_then, iso, spans
from bihuan.apps.obligations.words import (
    change_word,
    fact_word,
    moment_word,
    moved_words,
    pause_word,
    role_word,
    said,
)  # fmt: skip
from bihuan.apps.people.models import CalendarVersion
from bihuan.base.texts import in_a_row, in_words, listed
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import Clause, Pack, Rule
from bihuan.lib.policy.cadence import place_of
from bihuan.lib.policy.vocabulary import Field
from bihuan.lib.workcal import Answer
from bihuan.lib.workcal.duration import Duration
from bihuan.lib.workcal.report import describe_answer


@dataclass(frozen=True)
class Explanation:
    """Everything behind one due time; `data` is what the explain popover draws."""

    data: dict[str, Any]
    clause: Clause
    rule: Rule | None
    found: Answer | None

    def text(self, lang: str = "zh") -> str:
        """As plain text: for the command line and for copying."""
        lines = [str(self.data["sentence"][lang] if self.data["sentence"] else self.data["title"])]
        if self.found is not None:
            lines = [describe_answer(self.found, explain=True, lang=lang)]
        number = self.data["clause_number"]
        lines.append(f"§ {number} {self.clause.title.of(lang)} ({self.data['pack_version']})")
        lines += [f"{fact['label']}: {fact['text']}" for fact in self.data["facts"]]
        return "\n".join(lines)


def explain(row: Obligation, now: datetime) -> Explanation:
    """Explain one obligation in the language of this page."""
    pack = row.pack
    pauses = list(row.pauses.all())
    found = answer(row, spans(pauses), calendar_then(row))
    clause = pack.clauses[row.clause]
    rule = pack.rules.get(row.rule)
    data: dict[str, Any] = found.to_data() if found is not None else _plain(row)
    data |= {
        "title": _("这条期限怎么来的"), "now": now.isoformat(),
        "clause_number": row.clause_number, "clause_id": row.clause,
        "pack_version": _version(row, pack), "precedence": precedence(row),
        "calendar_title": _calendar_title(row), "facts": _facts(row, rule, pauses, pack),
        "note": _("内部时限不停表：%(due)s") % {"due": moment_word(row.internal_due_at)}
        if pauses and row.internal_due_at else "",
    }  # fmt: skip
    return Explanation(data, clause, rule, found)


def _plain(row: Obligation) -> dict[str, Any]:
    """A limit that is a plain date, or none at all."""
    if row.due_at is None:
        words = {"zh": "这条义务不限期。", "en": "This obligation has no limit."}
    else:
        end, said = timezone.localtime(row.due_at), moment_word(row.due_at)
        words = {
            "zh": f"期限是约定的日期，到 {said}。",
            "en": f"The limit is an agreed date: {said}.",
        }
        if end.time() == time():  # the whole of the day before
            day = (end - timedelta(days=1)).date()
            words = {
                "zh": f"期限是约定的日期 {day}，到当天 24:00 为止（{said}）。",
                "en": f"The limit is an agreed date, {day}, to the end of that day ({said}).",
            }
    return {
        "due": row.due_at.isoformat() if row.due_at else None, "slices": [], "sentence": words,
        "calendar": row.calendar, "version": row.calendar_version, "provisional": row.provisional,
    }  # fmt: skip


def _version(row: Obligation, pack: Pack) -> str:
    begun = row.pack_version.in_force_from
    since = moment_word(begun)[:10] if begun else "—"
    return _("%(title)s %(version)s，%(since)s 起生效；此后改制不影响") % {
        "title": said(row.pack_version.title), "version": pack.version, "since": since,
    }  # fmt: skip


def precedence(row: Obligation) -> str:
    """Which source won, and over what."""
    source = row.source
    if source.get("kind") == "contract":
        return _("§ %(cited)s 比制度的 %(over)s 严，取合同") % {
            "cited": source.get("cited"), "over": source.get("over"),
        }  # fmt: skip
    if source.get("kind") == "exception":
        return _("按该客户的例外 %(cited)s") % {"cited": source.get("cited")}
    return ""


def beaten(row: Obligation, pack: Pack) -> list[str]:
    """What else was promised for this, and is laxer or was put behind by the regulation's choice."""
    found = []
    for each in row.source.get("lost", ()):
        rule = pack.rules.get(each.get("rule", ""))
        clause = pack.clauses.get(each.get("clause", ""))
        named = (
            f"§ {clause.number} {in_words(rule.title)}"
            if rule and clause
            else f"§ {each.get('cited')}"
        )
        found.append(_loser(named, each.get("within", ""), each.get("due")))
    found += [
        _loser(f"§ {each.clause_number} {said(each.title)}", each.within, iso(each.internal_due_at))
        for each in row.supersedes.all()
    ]
    return found


def _loser(named: str, within: str, due: str | None) -> str:
    until = moment_word(datetime.fromisoformat(due)) if due else _("不限期")
    limit = Duration.parse(within).words("en" if get_language() == "en" else "zh") if within else ""
    return _("%(what)s %(limit)s，到 %(due)s") % {"what": named, "limit": limit, "due": until}


def _calendar_title(row: Obligation) -> str:
    if row.calendar == "24x7":
        return _("7×24，全年不休")
    version = row.calendar_version
    kept = CalendarVersion.objects.select_related("calendar").filter(calendar__code=row.calendar)
    if version.isdecimal():
        kept = kept.filter(version=int(version))
    found = kept.order_by("-version").first()
    if found is None:
        return row.calendar
    title = found.calendar.name
    return f"{title}（{found.source}）" if found.source else title


def _facts(
    row: Obligation, rule: Rule | None, pauses: list[Pause], pack: Pack
) -> list[dict[str, str]]:
    found = [
        {
            "label": _("事实"),
            "text": f"{fact_word(row.cause_kind)} {moment_word(row.cause_at)}",
        }
    ]
    found += [{"label": _("条件"), "text": text} for text in _asked(row, rule, pack)]
    for pause in pauses:
        until = moment_word(pause.to_at) if pause.to_at else _("至今")
        found.append(
            {
                "label": _("停表"),
                "text": _("%(start)s 至 %(end)s，%(why)s。%(proof)s；%(told)s 已告知客户") % {
                    "start": moment_word(pause.from_at), "end": until,
                    "why": pause_word(pause.reason), "proof": pause.evidence,
                    "told": moment_word(pause.told_customer_at),
                },
            }
        )  # fmt: skip
    if row.planned_at:
        spread = _("首期按人手分到各周，排在 %(planned)s 前；是否逾期只看条款的期限 %(due)s") % {
            "planned": moment_word(row.planned_at), "due": moment_word(row.due_at) if row.due_at else "—",
        }  # fmt: skip
        found.append({"label": _("排期"), "text": spread})
    if row.window_from is None and place_of(row.cause.own(), row.rule) is not None:
        begins = _("同一批导入的按人手分批办：从 %(start)s 起办，期限从那时起算") % {
            "start": moment_word(row.anchor_at),
        }  # fmt: skip
        found.append({"label": _("排期"), "text": begins})
    found += [{"label": _("未采用"), "text": text} for text in beaten(row, pack)]
    for change in row.due_changes.all():
        text = f"{change_word(change.why)}：{moved_words(change)}"
        found.append({"label": _("变动"), "text": text})
    if row.ladder:
        found.append({"label": pgettext("to somebody above", "升级"), "text": ladder_words(row)})
    return found


def _asked(row: Obligation, rule: Rule | None, pack: Pack) -> list[str]:
    """The values that the rule's conditions asked for, as the fact carried them."""
    if rule is None:
        return []
    names = {name for condition in rule.conditions for name in condition.names}
    names |= {"customer.tier"} if rule.tiers else set()
    return [
        f"{_title(name, row.cause_kind)} = {_value(row, name, pack)}"
        for name in sorted(names)
        if ".has_" not in name
    ]


def _value(row: Obligation, name: str, pack: Pack) -> str:
    section, _dot, key = name.partition(".")
    value = row.cause.data.get(section, {}).get(key)
    if isinstance(value, list):
        return listed(_word(name, str(each), row, pack) for each in value) or "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return "—" if value is None else _word(name, str(value), row, pack)


def _word(name: str, code: str, row: Obligation, pack: Pack) -> str:
    """A coded value in the words of the vocabulary, a tier in those of the pack."""
    if name == "customer.tier" and pack.tiers is not None:
        return in_words(pack.tiers.names[code]) if code in pack.tiers.names else code
    field = _field(name, row.cause_kind)
    title = field.value_titles.get(code) if field is not None else None
    return in_words(title) if title is not None else code


def _title(name: str, kind: str) -> str:
    field = _field(name, kind)
    return in_words(field.title) if field is not None else name


def _field(name: str, kind: str) -> Field | None:
    section, _dot, key = name.partition(".")
    words = vocabulary()
    fields = words.facts[kind].fields if section == "fact" else words.subjects.get(section, {})
    return fields.get(key)


def ladder_words(row: Obligation) -> str:
    """75% 责任人 10-09 12:00 · 100% 主管 ..."""
    steps = []
    for number, step in enumerate(row.ladder):
        at = moment_word(datetime.fromisoformat(step["at"])) if step.get("at") else "—"
        who = {"assignee": _("责任人"), "team_lead": _("组长")}.get(step["tell"]) or role_word(
            step["tell"]
        )
        done = "✓" if number < row.steps_done else ""
        steps.append(f"{step['percent']}% {who} {at}{done}")
    return in_a_row(steps)
