"""What the migrations have made is what the models say."""

from __future__ import annotations

from collections import defaultdict

import pytest
from django.apps import apps

from bihuan.base.sql import rows

COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
)
INDEXES = "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public'"
CONSTRAINTS = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE conrelid > 0"
FOREIGN = """
    SELECT c.conrelid::regclass::text, a.attname
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f'
"""


def by_table(asked: str) -> dict[str, set[str]]:
    found = defaultdict(set)
    for table, name in rows(asked):
        found[table].add(name)
    return found


@pytest.mark.django_db
def test_every_table_has_the_columns_keys_indexes_and_constraints_of_its_model():
    columns, indexes = by_table(COLUMNS), by_table(INDEXES)
    constraints, foreign = by_table(CONSTRAINTS), by_table(FOREIGN)
    lacking = []
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if not meta.managed or meta.proxy:
            continue
        table, fields = meta.db_table, meta.local_concrete_fields
        wanted = {each.name for each in [*meta.indexes, *meta.constraints]}
        keys = {each.column for each in fields if each.is_relation and each.db_constraint}
        lacking += [
            (table, sorted(more))
            for more in (
                {each.column for each in fields} ^ columns[table],
                wanted - indexes[table] - constraints[table],
                keys - foreign[table],
            )
            if more
        ]
    assert lacking == []
