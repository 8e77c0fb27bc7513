"""Knowledge files: those that ship read well, and every fault of one names its line."""

from __future__ import annotations

import pytest

from bihuan.lib.diagnosis import KnowledgeErrors, read
from bihuan.lib.diagnosis.tests.shipped import FOLDER, POINTS, knowledge

GOOD = """\
template: pump
something_else: {prior: 0.2, shows: 0.3}
symptoms:
  - code: FLOW_LOW
    title: {zh: "流量小", en: "little flow"}
    check: {zh: "看流量", en: "Look at the flow."}
    minutes: 2
    observed: [{drift: FLOW, to: down}, {alarm: FLOW_ALARM}, {answer: yes}]
    otherwise: 0.1
causes:
  - code: BLOCKED
    title: {zh: "堵", en: "blocked"}
    prior: 0.4
    shows: {FLOW_LOW: 0.9}
    parts: [滤网]
    first: {zh: "洗", en: "Clean it."}
    customer: {zh: "请清洗。", en: "Please clean it."}
    advice: FINISH
    class: RECORD
"""


def load(text):
    return read("pump.yaml", text, ["FLOW", "PRESSURE"], ["FLOW_ALARM"])


@pytest.mark.parametrize(("template", "least"), [("centrifuge", 8), ("pump", 8), ("excavator", 5), ("instrument", 5), ("cabinet", 5), ("rig", 5)])  # fmt: skip
def test_files_that_ship_are_read(template, least):
    found = knowledge(template)
    assert found.template == template
    assert len(found.causes) >= least
    assert sum(found.priors.values()) == pytest.approx(1)
    shown = {code for cause in found.causes for code in cause.shows}
    assert shown == set(found.symptom), "a symptom that no cause shows is never asked for"


def test_every_file_in_the_folder_has_a_template():
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(POINTS)


def test_a_good_file():
    found = load(GOOD)
    assert found.chance("BLOCKED", "FLOW_LOW") == 0.9
    assert found.chance("OTHER", "FLOW_LOW") == pytest.approx((0.9 + 0.3) / 2)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("prior: 0.4", "prior: 1", 13, "above 0 and below 1"),
        ("{FLOW_LOW: 0.9}", "{FLOW_LOW: 0}", 14, "above 0 and below 1"),
        ("{FLOW_LOW: 0.9}", "{FLOW: 0.9}", 14, "no symptom FLOW"),
        ("otherwise: 0.1", "otherwise: high", 9, "is a number"),
        ("prior: 0.4", "prior: true", 13, "is a number"),
        ("drift: FLOW,", "drift: FLOWS,", 8, "no FLOWS"),
        ("alarm: FLOW_ALARM", "alarm: OTHER_ALARM", 8, "no OTHER_ALARM"),
        ("{drift: FLOW, to: down}", "{point: FLOW}", 8, "above or below"),
        ("{drift: FLOW, to: down}", "{change: FLOW, hours: 0, above: 1}", 8, "above 0"),
        ("{drift: FLOW, to: down}", "{feeling: bad}", 8, "write one of"),
        ("{drift: FLOW, to: down}", "{drift: FLOW, to: left}", 8, "no left"),
        ("{drift: FLOW, to: down}", "{event: moved, days: 3}", 8, "capitals"),
        ('{zh: "洗", en: "Clean it."}', '{zh: "洗"}', 16, "zh and en"),
        ('{zh: "洗", en: "Clean it."}', '{zh: "洗", en: " "}', 16, "zh and en"),
        ("advice: FINISH", "advice: RUN", 18, "no RUN"),
        ("class: RECORD", "kind: RECORD", 19, 'no "kind"'),
        ("code: BLOCKED", "code: OTHER", 11, "not OTHER"),
        ("code: BLOCKED", "code: blocked", 11, "capitals"),
        ("    minutes: 2\n", "", 4, '"minutes" is missing'),
        ("minutes: 2", "minutes: -2", 7, "not below 0"),
        (", shows: 0.3}", "}", 2, '"shows" is missing'),
        ("parts: [滤网]", "parts: 滤网", 15, "is a list"),
        ("template: pump\n", "", 1, '"template" is missing'),
    ],
)
def test_a_fault_is_refused_with_its_line(old, new, line, said):
    assert old in GOOD
    with pytest.raises(KnowledgeErrors) as error:
        load(GOOD.replace(old, new, 1))
    assert any(each.line == line and said in each.en for each in error.value.problems), error.value
    assert all(each.zh and each.file == "pump.yaml" for each in error.value.problems)


@pytest.mark.parametrize("text", ["", "template: [", "- a", "template: pump\nsomething_else: {prior: 0.2, shows: 0.3}\nsymptoms: []\ncauses: []\n"])  # fmt: skip
def test_what_is_no_knowledge_at_all_is_refused(text):
    with pytest.raises(KnowledgeErrors):
        load(text)


def test_a_code_written_twice_is_refused():
    cause = GOOD[GOOD.index("  - code: BLOCKED") :]
    with pytest.raises(KnowledgeErrors, match="written twice"):
        load(GOOD + cause)
