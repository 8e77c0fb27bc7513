from __future__ import annotations

import pytest

from bihuan.lib.policy import BadFact
from bihuan.lib.policy.tests.packs import words


def test_a_fact_is_normalised():
    kind = words().facts["fault.reported"]
    data = {"ticket": "T1", "severity": "URGENT", "downtime": None, "promised_on": ""}
    assert kind.check(data) == {"ticket": "T1", "severity": "URGENT"}


@pytest.mark.parametrize(
    ("data", "field", "code"),
    [
        ({"severity": "URGENT"}, "ticket", "fact.missing"),
        ({"ticket": "T1", "severity": "URGNT"}, "severity", "fact.value"),
        ({"ticket": "T1", "severity": "URGENT", "downtime": "yes"}, "downtime", "fact.value"),
        ({"ticket": "T1", "severity": "URGENT", "promised_on": "2026-02-30"}, "promised_on", "fact.value"),
        ({"ticket": 5, "severity": "URGENT"}, "ticket", "fact.value"),
        ({"ticket": "T1", "severity": "URGENT", "tiket": "T"}, "tiket", "fact.field"),
    ],
)  # fmt: skip
def test_a_bad_fact_names_each_field(data, field, code):
    before = dict(data)
    with pytest.raises(BadFact) as caught:
        words().facts["fault.reported"].check(data)
    (error,) = caught.value.errors
    assert (error.field, error.code) == (field, code)
    assert error.zh
    assert error.en
    assert data == before


def test_numbers_refuse_flags_and_endless_values():
    spec = words().subjects["customer"]["purchase_12m"]
    assert spec.read(5) == 5.0
    for value in (True, float("nan"), float("inf"), "5"):
        with pytest.raises(ValueError):
            spec.read(value)
