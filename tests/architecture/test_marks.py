"""What is kept of a table until it changes: the database says when."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import bihuan.apps
import bihuan.base
from bihuan.base.seldom import WATCHED
from bihuan.base.sql import rows


@pytest.mark.django_db
def test_the_database_marks_every_table_that_somebody_rests_on():
    for parts in (bihuan.base, bihuan.apps):
        for module in pkgutil.walk_packages(parts.__path__, f"{parts.__name__}."):
            if not {"tests", "testing", "migrations"} & set(module.name.split(".")):
                importlib.import_module(module.name)
    found = {
        table
        for (table,) in rows(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'bihuan_change'::regproc"
        )
    }
    assert len(WATCHED) > 5
    assert found >= WATCHED
