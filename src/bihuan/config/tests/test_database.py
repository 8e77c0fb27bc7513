from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from bihuan.base.facts.models import Cursor


def _names() -> set[str]:
    return set(Cursor.objects.filter(name__startswith="sp").values_list("name", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_deed_within_a_deed_is_taken_back_alone():
    with transaction.atomic():
        with transaction.atomic():  # the first statement of all
            Cursor.objects.create(name="sp1")
        with pytest.raises(IntegrityError), transaction.atomic():
            Cursor.objects.create(name="sp2")
            Cursor.objects.create(name="sp1")
        with pytest.raises(LookupError), transaction.atomic():
            with transaction.atomic():
                Cursor.objects.create(name="sp3")
            raise LookupError
        Cursor.objects.create(name="sp4")
    assert _names() == {"sp1", "sp4"}


@pytest.mark.django_db(transaction=True)
def test_a_broken_transaction_leaves_nothing():
    with pytest.raises(IntegrityError), transaction.atomic():
        Cursor.objects.create(name="sp1")
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO facts_cursor VALUES ('sp1', 0, 0, 0)")
    assert _names() == set()


@pytest.mark.django_db(transaction=True)
def test_a_server_that_is_gone_is_said_at_the_savepoint():
    with pytest.raises(OperationalError), transaction.atomic():
        Cursor.objects.create(name="sp1")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
        _end(backend)
        with transaction.atomic():
            Cursor.objects.create(name="sp2")
    connection.close()
    assert _names() == set()


def _end(backend: int) -> None:
    """As an administrator ends a session, from another one."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [backend])
    other.close()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
        datetime(1900, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_instants_come_back_in_utc(moment):
    row = Cursor.objects.create(name="sp1", moved_at=moment)
    row.refresh_from_db()
    assert row.moved_at == moment
    assert row.moved_at.tzinfo is UTC
    named = Cursor.objects.filter(pk="sp1").values_list("moved_at", flat=True).iterator()
    assert list(named) == [moment]
