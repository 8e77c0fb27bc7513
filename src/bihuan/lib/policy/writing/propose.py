"""Proposed rules: what a clause's own words say, each value with the words it was read from.

Reading goes sentence by sentence. A limit or a cadence makes a proposal; so does a duty that
somebody is told to do without saying when. Who, for whom and upon what are taken from the same
sentence, else from the clause's title or the sentence above its list. What no word says stays
open: a person fills it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bihuan.lib.policy.vocabulary import Vocabulary
from bihuan.lib.policy.writing import times as t
from bihuan.lib.policy.writing.figures import amount, targets
from bihuan.lib.policy.writing.levels import NOT_TIERS, Tier, tiers_in
from bihuan.lib.policy.writing.lexicon import Hit, Lexicon
from bihuan.lib.policy.writing.outline import Article, brief
from bihuan.lib.policy.writing.proposal import FIELDS, Proposal, Said
from bihuan.lib.policy.writing.times import Time, find_times

_SENTENCE = re.compile(r"[^。；;！!？?]+")
_PHRASE = re.compile(r"[^，,、+]+(?:、[^，,+]*?(?=[，,+]|$))?")
_MUST = re.compile(
    r"应当?|须|必须|负责|由|要求|不得|确保|保证|提供|建立|组织|召开|shall|must|is responsible"
)
_BY = re.compile(r"由\s*$|^\s*$")
_ACTOR_BEFORE = re.compile(r"(?:由|经|请|报|要求|责成|[：:（(]|本公司|公司|须由|应由)$")
_ACTOR_AFTER = re.compile(
    r"(?:负责|牵头|须|应|必须|审批|批准|主持|组织|召开|签字|每|在|按|于|限期|定期|及时)"
)
_SUBJECTS = {"客户": "customer", "设备": "asset", "仪器": "asset", "合同": "contract"}


@dataclass
class _Context:
    """What has been read so far: of the clause's surroundings, then of its sentence."""

    by: Said | None = None
    tiers: tuple[Said, ...] = ()
    when: Said | None = None
    must: Said | None = None


@dataclass
class _Phrase:
    """A piece of a sentence with what stands in it."""

    text: str
    start: int
    times: list[Time] = field(default_factory=list)
    duties: list[Hit] = field(default_factory=list)


class Proposer:
    """Reads clauses with one set of words and the levels of one regulation."""

    def __init__(
        self, lexicon: Lexicon, vocabulary: Vocabulary, tiers: Sequence[Tier] = ()
    ) -> None:
        self.words, self.vocabulary, self.tiers = lexicon, vocabulary, tuple(tiers)

    def proposals(self, article: Article) -> tuple[Proposal, ...]:
        """What a clause seems to promise, in the order of its text."""
        around = self.around(article)
        found: list[Proposal] = []
        # the cells of a table's row belong to one sentence
        text = article.text.replace("；", "，") if _is_row(article) else article.text
        for sentence in _SENTENCE.finditer(text):
            found += self.sentence(article, sentence[0], sentence.start(), around)
        return tuple(_unlike(found))

    def around(self, article: Article) -> _Context:
        """What title and lead say of who, for whom and upon what."""
        context = _Context()
        for where, text in (("lead", article.lead), ("title", article.title)):
            if roles := self.roles(text):
                context.by = _said(text, roles[0], where)
            if tiers := self.named_tiers(text, where):
                context.tiers = tiers
            if facts := self.words.facts.find(text):
                context.when = _said(text, facts[0], where)
            if duties := self.words.duties.find(text):
                context.must = _said(text, duties[-1], where)
        return context

    def sentence(self, article: Article, text: str, start: int, around: _Context) -> list[Proposal]:
        phrases = self.phrases(text, start)
        found: list[Proposal] = []
        context = _Context(tiers=around.tiers, when=around.when)
        for at, phrase in enumerate(phrases):
            self.learn(context, phrase)
            main = [each for each in phrase.times if each.kind not in (t.ALWAYS, t.WINDOW)]
            windows = [each for each in phrase.times if each.kind == t.WINDOW]
            if windows and not any(each.kind == t.EVERY for each in main):
                main += windows
            for group in _groups(main):
                made = self.rule(article, phrases, at, group, context, around)
                found += [made] if made is not None else []
            found += targets(phrase.text, phrase.start, per=bool(phrase.times))
        if not any(each.kind != "target" for each in found):
            found += self.untimed(article, phrases, context, around)
        return found

    def phrases(self, text: str, start: int) -> list[_Phrase]:
        made = []
        for piece in re.finditer(r"[^，,+]+", text):
            phrase = _Phrase(piece[0], start + piece.start())
            phrase.times = find_times(phrase.text)
            phrase.duties = self.words.duties.find(phrase.text)
            made.append(phrase)
        return made

    def learn(self, context: _Context, phrase: _Phrase) -> None:
        """Keep who and for whom as the sentence goes on; the word after 由 is surely who."""
        roles = self.roles(phrase.text)
        acting = [hit for hit in roles if phrase.text[: hit.start].rstrip().endswith("由")]
        if acting or roles:
            context.by = _placed(phrase, (acting or roles)[0])
        if tiers := self.named_tiers(phrase.text, "text", phrase.start):
            context.tiers = tiers
        if facts := self.words.facts.find(phrase.text):
            context.when = _placed(phrase, facts[0])

    def roles(self, text: str) -> list[Hit]:
        """Who acts: named at the beginning, after 由 or before what only an actor does.

        高层 in 高层互访 says what is done, 研发 in 新品研发动态 what it is about: neither acts.
        """
        acts = [h for h in self.words.duties.find(text) if h.code.startswith(_NAMING_ROLES)]
        return [
            hit for hit in self.words.roles.find(text)
            if not any(act.start <= hit.start < act.end for act in acts) and _acting(text, hit)
        ]  # fmt: skip

    def named_tiers(self, text: str, where: str, start: int = 0) -> tuple[Said, ...]:
        found: dict[str, Said] = {}
        bare = NOT_TIERS.sub(lambda match: "　" * len(match[0]), text)
        for tier in self.tiers:
            for word in tier.words:
                at = bare.find(word)
                if at >= 0:
                    found[tier.code] = Said(tier.code, word.rstrip("(（"), where, start + at)
                    break
        return tuple(found.values()) if len(found) < max(len(self.tiers), 2) else ()

    def rule(
        self, article: Article, phrases: list[_Phrase], at: int, group: list[Time],
        context: _Context, around: _Context,
    ) -> Proposal | None:  # fmt: skip
        """The rule that a limit or a cadence makes."""
        phrase = phrases[at]
        values: dict[str, Said] = {}
        notes: list[str] = []
        every = next(
            (
                each
                for each in group
                if each.kind in (t.EVERY, t.VAGUE_CADENCE, t.FOREIGN, t.WINDOW)
            ),
            None,
        )
        limit = next(
            (each for each in group if each.kind in (t.WITHIN, t.BEFORE, t.VAGUE_LIMIT)), None
        )
        must = self.duty(phrases, at, group[-1], context, around)
        if every is not None and every.kind in (t.VAGUE_CADENCE, t.FOREIGN) and must is None:
            return None
        if (
            limit is not None
            and limit.kind == t.VAGUE_LIMIT
            and (must is None or must.where != "text")
        ):
            return None
        for time, name in ((every, "every"), (limit, "within")):
            if time is None:
                continue
            said = _time_said(phrase, time)
            if time.kind == t.FOREIGN:
                notes.append(said.quote)
            elif time.kind == t.WINDOW:
                values["in"] = said
                values["every"] = Said(time.value.rsplit(" ", 1)[1], said.quote, "text", said.start)
            elif time.value:
                values[name] = said
        for time in phrase.times:
            if time.kind == t.ALWAYS:
                values["calendar"] = _time_said(phrase, time)
            elif time.kind == t.WINDOW and "every" in values:
                values["in"] = _time_said(phrase, time)
        if must is not None:
            values["must"] = must
        self.rest(values, phrase, phrases, context, around, cadence=every is not None)
        return self.made(article, "cadence" if every is not None else "event", values, notes)

    def rest(
        self, values: dict[str, Said], phrase: _Phrase, phrases: list[_Phrase], context: _Context,
        around: _Context, *, cadence: bool,
    ) -> None:  # fmt: skip
        """Who, for whom, upon what and by which proof."""
        by = self.actor(phrase) or context.by or self.later_actor(phrases, phrase) or around.by
        if by is not None:
            values["by"] = by
        if context.tiers:
            values["tiers"] = Said(
                " ".join(each.value for each in context.tiers),
                "、".join(each.quote for each in context.tiers), context.tiers[0].where, context.tiers[0].start,
            )  # fmt: skip
        if proof := self.words.evidence.find("".join(each.text + "，" for each in phrases)):
            values["proved"] = Said(proof[0].code, _quote(phrases, proof[0]), "text")
        if bought := amount((each.text, each.start) for each in phrases):
            values["if"] = bought
        if cadence:
            values["of"] = self.subject(values, phrases)
        elif context.when is not None:
            values["when"] = context.when
        self.counted_back(values)

    def counted_back(self, values: dict[str, Said]) -> None:
        """``提前三个工作日`` counts back from the date that the fact names, if there is one only."""
        limit, when = values.get("within"), values.get("when")
        if limit is None or not limit.value.endswith(" before"):
            return
        kind = self.vocabulary.facts.get(when.value) if when else None
        dated = (
            [n for n, spec in kind.fields.items() if spec.type in ("date", "datetime")]
            if kind
            else []
        )
        if len(dated) == 1:
            values["within"] = replace(limit, value=f"{limit.value} fact.{dated[0]}")

    def subject(self, values: dict[str, Said], phrases: list[_Phrase]) -> Said:
        """Whose cadence it is: the customers where levels are named, else by the duty's words."""
        if (
            values.get("every", Said("", "")).value == "week"
        ):  # the language knows the company's weeks
            values.pop("tiers", None)
            return Said("company", values["every"].quote, "usage")
        if "tiers" in values or "if" in values:
            said = values.get("tiers") or values["if"]
            return Said("customer", said.quote, said.where, said.start)
        must = values["must"].value if "must" in values else ""
        if must in _OWN:
            return Said("company", values["must"].quote, "usage")
        text = "，".join(each.text for each in phrases)
        if must.startswith(("maintenance", "inspection", "health")):
            return Said("asset", values["must"].quote, "usage")
        for word, subject in _SUBJECTS.items():
            if re.search(rf"(?:每[个位家台]|各|对|向|为)[^，,]{{0,6}}{word}", text):
                return Said(subject, word, "text")
        if must.startswith(("callback", "visit", "contact", "greeting", "tier", "survey")):
            return Said("customer", values["must"].quote, "usage")
        return Said("company", "", "usage")

    def actor(self, phrase: _Phrase) -> Said | None:
        """``…，由技术部负责人在十个工作日内…``: the phrase's own actor, wherever 由 stands."""
        for hit in self.words.roles.find(phrase.text):
            if phrase.text[: hit.start].rstrip().endswith("由"):
                return _placed(phrase, hit)
        return None

    def later_actor(self, phrases: list[_Phrase], phrase: _Phrase) -> Said | None:
        """Who is named only behind the time, as long as no other time comes between."""
        for later in phrases[phrases.index(phrase) + 1 :]:
            if later.times:
                return None
            if roles := self.roles(later.text):
                return _placed(later, roles[0])
        return None

    def duty(
        self, phrases: list[_Phrase], at: int, time: Time, context: _Context, around: _Context
    ) -> Said | None:
        """What must be done: straight behind the time, else before it, else in the next phrase."""
        phrase = phrases[at]
        behind = [hit for hit in phrase.duties if hit.end > time.end]
        before = [hit for hit in phrase.duties if hit not in behind]
        if behind or before:
            return _placed(phrase, behind[0] if behind else before[-1])
        following = phrases[at + 1] if at + 1 < len(phrases) else None
        if following is not None and following.duties and not following.times:
            return _placed(following, following.duties[0])
        for earlier in reversed(phrases[:at]):
            if earlier.duties and not earlier.times:
                return _placed(earlier, earlier.duties[-1])
        for later in phrases[at + 1 :]:
            if later.duties and not later.times:
                return _placed(later, later.duties[0])
        return around.must

    def untimed(
        self, article: Article, phrases: list[_Phrase], context: _Context, around: _Context
    ) -> list[Proposal]:
        """A duty without a time, where somebody is told to do it."""
        text = "".join(each.text for each in phrases)
        spot = next((each for each in phrases if each.duties), None)
        if spot is None or not _MUST.search(text) or (context.by or around.by) is None:
            return []
        values = {"must": _placed(spot, spot.duties[0])}
        self.rest(values, spot, phrases, context, around, cadence=False)
        if "when" not in values and values["must"].value not in _EVENTS:
            return []
        return [self.made(article, "event", values, [])]

    def made(
        self, article: Article, kind: str, values: dict[str, Said], notes: list[str]
    ) -> Proposal:
        needed = (
            ("when", "must", "within", "by") if kind == "event" else ("every", "of", "must", "by")
        )
        open_ = tuple(name for name in needed if name not in values)
        quote = values["must"].quote if "must" in values else ""
        tier = values["tiers"].quote if "tiers" in values else ""
        title = article.title if len(article.title) <= 24 else brief(article.text)
        if quote and quote not in title:
            title = f"{tier}{quote}"
        return Proposal(kind, title, values, open_, tuple(notes))


_OWN = frozenset(
    ["meeting.hold", "report.issue", "drill.run", "audit.run", "benchmark.run", "training.staff", "spot_check.run",
     "mystery.run", "callback.plan", "strategy.issue", "stock.review", "nps.compute", "paper.publish", "event.hold",
     "community.hold", "demand.review", "emergency.plan", "plan.approve"]
)  # fmt: skip
_NAMING_ROLES = ("visit", "callback", "sponsor", "engineer", "account_manager", "training")
_EVENTS = frozenset(
    ["response.phone", "response.attend", "response.answer", "complaint.resolve", "complaint.reply"]
)


def _is_row(article: Article) -> bool:
    parts = article.text.split("；")
    return not article.printed and len(parts) > 1 and all("：" in part for part in parts)


def _acting(text: str, hit: Hit) -> bool:
    """Whether a role that is named is the one who acts."""
    before, after = text[: hit.start].strip(), text[hit.end :].strip()
    if text[hit.start : hit.end].isascii():
        return True
    return not before or bool(_ACTOR_BEFORE.search(before)) or bool(_ACTOR_AFTER.match(after))


def _groups(found: list[Time]) -> list[list[Time]]:
    """A cadence and the limit behind it belong together; everything else stands alone."""
    groups: list[list[Time]] = []
    for time in found:
        last = groups[-1] if groups else None
        joins = (
            last is not None and len(last) == 1 and last[0].kind == t.EVERY
            and time.kind in (t.WITHIN, t.BEFORE)
        )  # fmt: skip
        if joins and last is not None:
            last.append(time)
        else:
            groups.append([time])
    return groups


def _unlike(found: list[Proposal]) -> list[Proposal]:
    """Without proposals that say the same twice."""
    kept: list[Proposal] = []
    for each in found:
        same = {name: said.value for name, said in each.values.items() if name != "in"}
        if not any(
            {n: s.value for n, s in other.values.items() if n != "in"} == same for other in kept
        ):
            kept.append(each)
    return kept


def _said(text: str, hit: Hit, where: str) -> Said:
    return Said(hit.code, text[hit.start : hit.end], where)


def _placed(phrase: _Phrase, hit: Hit) -> Said:
    return Said(hit.code, phrase.text[hit.start : hit.end], "text", phrase.start + hit.start)


def _time_said(phrase: _Phrase, time: Time) -> Said:
    return Said(
        time.value, phrase.text[time.start : time.end].strip(), "text", phrase.start + time.start
    )


def _quote(phrases: list[_Phrase], hit: Hit) -> str:
    return "".join(each.text + "，" for each in phrases)[hit.start : hit.end]


__all__ = ["FIELDS", "Proposal", "Proposer", "Said", "Tier", "tiers_in"]
