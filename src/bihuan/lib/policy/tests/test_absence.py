"""A condition that may have no answer is found before it is asked, as CEL itself would find it."""

from __future__ import annotations

from itertools import product

import pytest
from cel_expr_python import cel
from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.policy.absence import always_answers
from bihuan.lib.policy.tests.packs import RULES, pack
from bihuan.lib.policy.tests.test_reading import changed, only

NAME, GUARD, TEXT = "fact.x", "fact.has_x", "fact.s"
FLAGS = ("fact.a", "fact.b")
ENV = cel.NewEnv(
    variables={
        NAME: cel.Type.INT,
        TEXT: cel.Type.STRING,
        **dict.fromkeys((GUARD, *FLAGS), cel.Type.BOOL),
    }
)
leaves = st.sampled_from([
    GUARD, *FLAGS, f"{NAME} > 1", f"{NAME} in [1, 2]", f"({NAME} + 1) > 3", f'{TEXT} == "a || (b"', f"!{FLAGS[0]}",
])  # fmt: skip


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(" && ".join),
        pairs.map("||".join),
        pairs.map(lambda two: f"({two[0]}) || ( {two[1]} )"),
        pairs.map(lambda two: f"({two[0]} || {two[1]}) && {two[0]}"),
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, inner, inner).map(lambda three: "({}) ? ({}) : ({})".format(*three)),
    )


@given(st.recursive(leaves, _joined, max_leaves=8))
def test_it_is_known_as_cel_would_find_it(text: str) -> None:
    program = ENV.compile(text)
    answers = []
    for *said, words in product((True, False), (True, False), ("a || (b", "?")):
        values = {GUARD: False, TEXT: words, **dict(zip(FLAGS, said, strict=True))}
        try:
            answers.append(program.eval(data=values).value())
        except RuntimeError:
            answers.append(None)
    assert always_answers(text, NAME, GUARD) == all(each in (True, False) for each in answers)


def _with(condition: str) -> str:
    return str(changed(RULES, 'fact.severity == "URGENT"', f'"{condition}"'))


@pytest.mark.parametrize(
    "condition",
    [
        "fact.has_downtime || fact.downtime",
        "fact.downtime && fact.severity == 'URGENT'",
        "!fact.has_downtime && fact.downtime",
        "fact.has_downtime && fact.severity == 'URGENT' || fact.downtime",
        "fact.has_downtime ? fact.severity == 'URGENT' : fact.downtime",
    ],
)
def test_a_test_that_does_not_help_is_no_test(condition):
    problem = only(rules_a=_with(condition))
    assert problem.code == "condition.may_be_absent"
    again = pack(rules_a=_with(problem.suggestion))  # the remedy that it names is one
    assert again.rules["fault.phone"].condition is not None


@pytest.mark.parametrize(
    "condition",
    [
        "!fact.has_downtime || fact.downtime",
        "fact.severity == 'URGENT' && (fact.has_downtime && fact.downtime)",
        "fact.downtime && fact.has_downtime",
        "fact.has_downtime ? fact.downtime : fact.severity == 'URGENT'",
    ],
)
def test_a_test_that_helps_is_read_wherever_it_stands(condition):
    assert pack(rules_a=_with(condition)).rules["fault.phone"].condition is not None
