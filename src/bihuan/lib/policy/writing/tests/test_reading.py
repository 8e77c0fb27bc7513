"""Limits, cadences and the rest of a rule, as sentences say them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.lib.policy import PackErrors, Vocabulary
from bihuan.lib.policy.writing import Article, Lexicon, Proposer, from_text, outline, tiers_in
from bihuan.lib.policy.writing.times import find_times
from bihuan.lib.workcal import Duration

WORDS = Path(__file__).resolve().parents[4] / "packs" / "vocabulary"


@cache
def vocabulary():
    return Vocabulary.read({path.name: path.read_text("utf-8") for path in WORDS.glob("*.yaml")})


@cache
def lexicon():
    return Lexicon.read((WORDS / "words.yaml").read_text("utf-8"), vocabulary())


def proposals(text, title="", lead=""):
    articles = [Article("C1.1", "一", "一·1", "1", title, text, lead)]
    return Proposer(lexicon(), vocabulary(), tiers_in(articles)).proposals(articles[0])


def values(proposal):
    return {name: said.value for name, said in proposal.values.items()}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("在24小时内答复", "within", "24h"), ("二十四小时以内", "within", "24h"), ("3个工作日内", "within", "3wd"),
        ("不超过十五分钟", "within", "15min"), ("48小时响应", "within", "48h"), ("一周内", "within", "1w"),
        ("within 4 hours", "within", "4h"), ("within two working days", "within", "2wd"), ("当日答复", "within", "end of day"),
        ("回访前3个工作日", "before", "3wd before"), ("到期60天前", "before", "60d before"),
        ("次日12点前回访", "within", "1d 12:00"), ("次日中午前", "within", "1d 12:00"),
        ("下一个工作日下午三点半之前答复", "within", "1wd 15:30"), ("当日18:00前到场", "within", "end of day 18:00"),
        ("每季度至少一次", "every", "quarter"), ("每年两次", "every", "half"), ("半年一次", "every", "half"),
        ("月度例会", "every", "month"), ("以季度为周期，", "every", "quarter"), ("年初排出", "every", "year"),
        ("monthly report", "every", "month"), ("每月最后一周", "in", "last week of month"),
        ("last week of the quarter", "in", "last week of quarter"), ("7×24小时响应", "calendar", "24x7"),
        ("每两周一次", "every", "2 weeks"), ("双周例会", "every", "2 weeks"), ("每 3 年复评", "every", "3 years"),
        ("每两个月至少走访一次", "every", "2 months"), ("两周一次", "every", "2 weeks"), ("每三个月", "every", "quarter"),
        ("fortnightly call", "every", "2 weeks"), ("every two months", "every", "2 months"),
        ("每两周至少两次", "foreign", "每两周"), ("每两天一次", "foreign", "每两天"), ("每天", "foreign", "每天"),
        ("every 3 days", "foreign", "every 3 days"), ("定期回访", "vague cadence", ""), ("及时答复", "vague limit", ""),
    ],
)  # fmt: skip
def test_a_time_is_read_as_the_language_writes_it(text, kind, value):
    assert next((each.kind, each.value) for each in find_times(text)) == (kind, value)


@pytest.mark.parametrize(
    "text",
    [
        "每年采购超过五百万元",
        "二级客户",
        "2026年1月1日起",
        "第三季度的数据",
        "三个方面",
        "占三成",
        "7天无理由",
    ],
)
def test_what_is_no_time_is_not_read_as_one(text):
    assert [each for each in find_times(text) if each.value] == []


@settings(deadline=None)
@given(
    st.text(alphabet="每月季度年周天个工作日小时内前至少一二三十0123456789次以，。提", max_size=30)
)
def test_whatever_is_read_as_a_limit_is_one(text):
    for time in find_times(text):
        if time.kind in ("within", "before"):
            Duration.parse(time.value)
        assert 0 <= time.start < time.end <= len(text)


def test_a_sentence_with_everything_is_a_rule_with_everything():
    text = "金牌客户报修后，由远程支持专员在2小时内电话响应，保留通话录音。银牌客户另定。"
    (rule,) = proposals(text)
    assert rule.kind == "event"
    assert values(rule) == {
        "when": "fault.reported", "tiers": "GOLD", "by": "remote_specialist", "within": "2h",
        "must": "response.phone", "proved": "recording",
    }  # fmt: skip
    assert rule.open == ()
    for said in rule.values.values():
        if said.where == "text" and said.start >= 0:
            assert text[said.start : said.start + len(said.quote)] == said.quote


def test_what_no_word_says_stays_open():
    (rule,) = proposals("应及时处理投诉，由客服专员负责。")
    assert "within" in rule.open
    (cadence,) = proposals("客户经理每十天拜访客户一次。")
    assert cadence.open == ("every",)
    assert cadence.notes == ("每十天",)


def test_every_two_weeks_is_a_cadence_with_the_words_it_was_read_from():
    (cadence,) = proposals("客户经理每两周拜访客户一次。")
    assert (cadence.open, cadence.notes) == ((), ())
    assert (cadence.values["every"].value, cadence.values["every"].quote) == ("2 weeks", "每两周")
    assert cadence.value("of") == "customer"


def test_two_cadences_in_a_sentence_are_two_rules():
    first, second = proposals("一级客户每月例行回访一次，每季度高层互访一次。二级客户另定。")
    assert (first.value("every"), first.value("must")) == ("month", "callback.routine")
    assert (second.value("every"), second.value("must")) == ("quarter", "visit.executive")


def test_a_share_is_a_target_and_an_amount_a_condition():
    found = proposals("客户满意度不低于90%。年采购超过五百万元的客户，每半年高层互访一次。")
    target, rule = sorted(found, key=lambda each: each.kind, reverse=True)
    assert (target.kind, target.value("at_least"), target.open[0]) == ("target", "90%", "measure")
    assert rule.value("if") == "customer.purchase_12m > 5000000"


def test_a_principle_proposes_nothing():
    assert proposals("以客户为中心，诚实守信。") == ()


def test_words_for_what_the_vocabulary_lacks_are_refused():
    with pytest.raises(PackErrors):
        Lexicon.read("duties: {no.such: [某事]}", vocabulary())


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_clause_can_be_read(text):
    for article in outline(from_text(f"第一条 {text}")).articles:
        Proposer(lexicon(), vocabulary(), ()).proposals(article)
