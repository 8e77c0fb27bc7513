"""What is kept of a table until it changes: the database says when."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import bihuan.apps
from bihuan.base.seldom import WATCHED
from bihuan.base.sql import rows


@pytest.mark.django_db
def test_the_database_marks_every_table_that_somebody_rests_on():
    for module in pkgutil.walk_packages(bihuan.apps.__path__, "bihuan.apps."):
        if ".tests" not in module.name and ".migrations" not in module.name:
            importlib.import_module(module.name)
    found = {
        table
        for (table,) in rows(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'bihuan_change'::regproc"
        )
    }
    assert len(WATCHED) > 5
    assert found >= WATCHED
