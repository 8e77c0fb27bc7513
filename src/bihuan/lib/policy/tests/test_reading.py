from __future__ import annotations

import pytest

from bihuan.lib.policy import PackErrors, Vocabulary, from_folder, hash_of, read
from bihuan.lib.policy.tests.packs import CASES, FILES, PACK, RULES, VOCABULARY, pack, words


def refusals(**files):
    with pytest.raises(PackErrors) as caught:
        pack(**files)
    return caught.value.problems


def only(**files):
    problems = refusals(**files)
    assert len(problems) == 1, [p.sentence("en") for p in problems]
    return problems[0]


def line_of(text, part):
    return text[: text.index(part)].count("\n") + 1


def changed(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "code", "suggestion"),
    [
        ("when: fault.reported", "when: fault.reportd", "fact.unknown", "fault.reported"),
        ("must: response.phone", "must: respons.phone", "duty.unknown", "response.phone"),
        ("by: assistant\n    done: {fact: t", "by: asistant\n    done: {fact: t", "role.unknown", "assistant"),
        ("proved: [call_log", "proved: [call_lgo", "evidence.unknown", "call_log"),
        ("clause: C1", "clause: C11", "clause.unknown", "C1"),
        ("verified: customer", "verified: custommer", "verified.unknown", "customer"),
        ("tell: lead", "tell: leed", "role.unknown", "lead"),
        ("at: 75%", "at: 75", "ladder.percent", "75%"),
        ("tiers: [SILVER]", "tiers: [SILVR]", "tier.unknown", "SILVER"),
        ("every: quarter", "every: quartr", "period.unknown", "quarter"),
        ("of: customer", "of: custmer", "subject.unknown", "customer"),
        ("within: $fault.phone", "within: $fault.fone", "parameter.unknown", "fault.phone"),
        ("severity: high", "severity: hihg", "severity.unknown", "high"),
        ("same: [ticket]", "same: [tickt]", "field.unknown", "ticket"),
    ],
)  # fmt: skip
def test_a_misspelt_word_is_refused_with_place_and_suggestion(old, new, code, suggestion):
    text = changed(RULES, old, new)
    problem = next(p for p in refusals(rules_a=text) if p.code == code)
    word = new.split(": ", 1)[-1].strip("[{")
    assert (problem.file, problem.suggestion) == ("rules/a.yaml", suggestion)
    assert abs(problem.line - line_of(text, word.split("\n", maxsplit=1)[0])) == 0
    assert suggestion in problem.sentence("en")
    assert suggestion in problem.sentence("zh")


def test_an_unknown_key_is_refused_on_its_line():
    text = changed(RULES, "    must: response.phone", "    musst: x\n    must: response.phone")
    problem = only(rules_a=text)
    assert (problem.file, problem.line) == ("rules/a.yaml", line_of(text, "musst"))
    assert (problem.code, problem.suggestion) == ("key.unknown", "must")


def test_a_misspelt_fact_in_a_condition_is_refused_with_its_column():
    text = changed(RULES, 'fact.severity == "URGENT"', 'fact.severty == "URGENT"')
    problem = only(rules_a=text)
    assert (problem.line, problem.suggestion) == (line_of(text, "severty"), "fact.severity")
    assert "column 1" in problem.en


def test_a_field_that_the_fact_lacks_is_refused_with_those_it_has():
    text = changed(RULES, 'fact.severity == "URGENT"', 'fact.grade == "URGENT"')
    problem = only(rules_a=text)
    assert problem.code == "condition.name"
    assert "fact.severity" in problem.suggestion
    assert "fact.at" not in problem.suggestion


def test_a_text_that_its_comma_cut_short_is_told_to_be_quoted():
    text = (
        PACK + "choices:\n  - {id: x, about: [C1], question: {zh: 哪个, en: First, or second?}}\n"
    )
    problem = next(p for p in refusals(pack=text) if p.code == "words.comma")
    assert (problem.file, problem.line) == ("pack.yaml", line_of(text, "First, or second"))
    assert problem.suggestion == 'en: "First, or second?"'


def test_points_by_a_formula_are_refused_with_what_to_write_instead():
    text = (
        PACK + "points:\n  clause: C1\n  earn: [{on: customer.added, points: fact.amount / 1000}]\n"
    )
    problem = only(pack=text)
    assert (problem.code, problem.line) == ("points.number", line_of(text, "fact.amount / 1000"))
    assert "if:" in problem.suggestion


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("fact.downtime", "condition.may_be_absent"),
        ("fact.severity ==", "condition.syntax"),
        ("fact.severity == 3", "condition.syntax"),
        ("fact.severity", "condition.bool"),
        ("contract.end_on == '2026-01-01'", "condition.name"),
    ],
)
def test_a_condition_that_cannot_be_judged_is_refused(condition, code):
    text = changed(RULES, 'fact.severity == "URGENT"', condition)
    assert only(rules_a=text).code == code


def test_an_optional_field_may_be_used_with_its_test():
    text = changed(RULES, 'fact.severity == "URGENT"', "fact.has_downtime && fact.downtime")
    assert pack(rules_a=text).rules["fault.phone"].condition is not None


def test_whole_numbers_beside_amounts_are_read():
    text = changed(RULES, 'fact.severity == "URGENT"', "customer.purchase_12m >= 5000000")
    assert pack(rules_a=text).rules["fault.phone"].condition is not None


@pytest.mark.parametrize(
    "limit", ["4", "vier Stunden", "end of period", "3wd before fact.severity"]
)
def test_an_unreadable_limit_is_refused_at_its_line(limit):
    text = changed(RULES, "within: $fault.phone", f"within: {limit}")
    problem = only(rules_a=text)
    assert problem.line == line_of(text, "within")


def test_a_parameter_without_value_is_read_and_its_rule_is_marked():
    found = pack(pack=changed(PACK, "value: 4h", "value: null"))
    assert found.rules["fault.phone"].unfilled == ("fault.phone",)


def test_a_bad_parameter_is_refused_where_it_is_used():
    problem = only(pack=changed(PACK, "value: 4h", "value: 4 lightyears"))
    assert (problem.file, problem.line) == ("rules/a.yaml", line_of(RULES, "within"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("rules: [", "yaml.syntax"),
        ("rules: &a []\nmeetings: *a", "yaml.alias"),
        ("rules: []\nrules: []", "yaml.twice"),
        ("rules: !!python/object:os.system []", "yaml.tag"),
        ("rules: {a: 1}", "key.missing"),
        ("[" * 60 + "]" * 60, "yaml.too_deep"),
    ],
)
def test_yaml_that_hides_something_is_refused(text, code):
    assert code in {p.code for p in refusals(rules_b=text)}


def test_words_need_both_languages():
    problem = only(
        pack=changed(PACK, "title: {zh: 小制度, en: Small regulation}", "title: {zh: 小制度}")
    )
    assert (problem.code, problem.line) == ("words.both", 2)


def test_yaml_1_2_words_stay_words():
    text = changed(PACK, 'number: "一"', "number: no")
    assert pack(pack=text).clauses["C1"].number == "no"


def test_a_case_with_a_wrong_value_is_refused():
    problem = only(cases_a=changed(CASES, "severity: URGENT", "severity: URGNT"))
    assert (problem.code, problem.file) == ("fact.value", "cases/a.yaml")


def test_a_missing_pack_yaml_is_said():
    texts = {path: text for path, text in FILES.items() if path != "pack.yaml"}
    with pytest.raises(PackErrors) as caught:
        read(texts, words())
    assert caught.value.problems[0].code == "pack.missing"


def test_every_problem_is_reported_at_once():
    text = changed(RULES, "must: response.phone", "must: x")
    text = changed(text, "when: fault.reported", "when: y")
    assert {"duty.unknown", "fact.unknown"} <= {p.code for p in refusals(rules_a=text)}


def test_the_hash_is_of_the_content_alone(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    assert from_folder(tmp_path) == FILES
    assert pack().hash == hash_of(dict(reversed(FILES.items())))
    assert pack().hash != hash_of({**FILES, "rules/a.yaml": RULES + " "})


def test_a_vocabulary_refuses_its_own_faults():
    texts = dict(VOCABULARY)
    texts["roles.yaml"] = texts["roles.yaml"].replace("up: lead", "up: leed")
    with pytest.raises(PackErrors) as caught:
        Vocabulary.read(texts)
    assert caught.value.problems[0].suggestion == "lead"


URGENT = "{if: 'fact.severity == \"URGENT\"', use: 2h}"


@pytest.mark.parametrize(
    ("within", "code"),
    [
        (f"[{URGENT}]", "switch.no_last"),
        ("[]", "switch.no_last"),
        (f"[{{use: 3wd}}, {URGENT}, {{use: 4h}}]", "switch.unreachable"),
    ],
)
def test_a_switch_names_a_value_for_every_case(within, code):
    text = changed(RULES, "within: $fault.phone", f"within: {within}")
    problem = next(p for p in refusals(rules_a=text) if p.code == code)
    assert (problem.file, problem.line) == ("rules/a.yaml", line_of(text, "within"))
    assert "use" in problem.suggestion
    whole = changed(RULES, "within: $fault.phone", f"within: [{URGENT}, {{use: 3wd}}]")
    assert set(pack(rules_a=whole).rules["fault.phone"].limits) == {"2h", "3wd"}


def test_a_value_that_cannot_be_read_is_shown_where_it_is_used_and_where_it_is_written():
    text = changed(PACK, "value: 4h", "value: forty")
    problem = only(pack=text)
    place = f"pack.yaml:{line_of(text, 'forty')}"
    assert problem.file.startswith("rules/")
    assert place in problem.zh
    assert place in problem.en
