"""The promise of the hourly watches: slow faults are found weeks before a limit, and healthy machines are left alone."""

from __future__ import annotations

import pytest

from bihuan.config.bench import watches
from bihuan.lib.machines.watch import FLEET
from bihuan.lib.simulate import TEMPLATES

SOONER = 0.5
"""Found in at most this share of the days that a limit takes (of the 60 in which the fault grows, where none is passed)."""


@pytest.mark.parametrize("name", ["instrument", "cabinet"])
def test_faults_are_found_before_a_limit_is_passed_and_healthy_machines_raise_nothing(name):
    found = watches.measured(name, healthy=4, failing=2, weeks=9)
    assert found["false"] == []
    assert found["machine_weeks"] >= 20
    for kind, said in found["faults"].items():
        for days, limit in zip(said["found"], said["limit"], strict=True):
            assert days is not None, kind
            assert days <= SOONER * min(limit or watches.GROWS, watches.GROWS), kind


def test_every_simulated_template_that_has_faults_of_weeks_has_watches():
    for name, template in watches.as_shipped().items():
        kinds = {each.kind for each in template.hourly}
        if name in TEMPLATES:
            assert {"DRIFT", "RESIDUAL", FLEET} <= kinds, name
            assert set(watches.FAULTS[name]) <= TEMPLATES[name].failures
