from __future__ import annotations

import logging
from logging.config import DictConfigurator
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection


def line_of(error: BaseException) -> str:
    """An error as the processes of the house write it."""
    given: Any = settings.LOGGING
    made = DictConfigurator(given).configure_formatter(dict(given["formatters"]["line"]))
    told = logging.LogRecord(
        "x", logging.ERROR, __file__, 1, "failed", (), (type(error), error, error.__traceback__)
    )
    return made.format(told)


@pytest.mark.django_db
def test_a_log_names_kind_and_place_of_an_error_and_none_of_its_values():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int", ["13800001111"])
    except DatabaseError as error:
        written = line_of(error)
    assert "13800001111" not in written
    assert "failed" in written
    assert "test_a_log_names_kind_and_place" in written
    assert "DataError" in written or "NumericValueOutOfRange" in written


def test_what_caused_an_error_is_named_too():
    try:
        try:
            int("许工")
        except ValueError as slip:
            raise KeyError("13800001111") from slip
    except KeyError as error:
        written = line_of(error)
    assert [word for word in ("KeyError", "ValueError") if word in written] == [
        "KeyError",
        "ValueError",
    ]
    assert "许工" not in written
    assert "13800001111" not in written
