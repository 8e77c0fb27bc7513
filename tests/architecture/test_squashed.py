"""A new installation makes its tables in one go; it gets what the single steps make."""

from __future__ import annotations

from collections import Counter

from django.db.migrations import RunSQL
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader


class StepByStep(MigrationLoader):
    """The migrations as if nothing had been squashed."""

    def load_disk(self) -> None:
        super().load_disk()
        found = self.disk_migrations.items()
        self.disk_migrations = {key: each for key, each in found if not each.replaces}


def test_one_go_and_single_steps_make_the_same_models():
    whole, steps = MigrationLoader(None), StepByStep(None)
    changes = MigrationAutodetector(steps.project_state(), whole.project_state()).changes(
        whole.graph
    )
    assert changes == {}


def test_one_go_sends_every_statement_of_the_single_steps():
    loader = MigrationLoader(None)
    squashed = {key: each for key, each in loader.disk_migrations.items() if each.replaces}
    assert ("tickets", "0001_squashed_0009_agreed_pause") in squashed
    for key, each in squashed.items():
        single = [
            step for name in each.replaces for step in loader.disk_migrations[name].operations
        ]
        assert sent(each.operations) == sent(single), key


def sent(operations) -> Counter[str]:
    return Counter(str(each.sql) for each in operations if isinstance(each, RunSQL))
