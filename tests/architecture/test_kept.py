"""No test sees what another did: neither on kept ground nor after real transactions."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from bihuan.base.access.models import User
from bihuan.base.audit import actions as audit
from bihuan.base.audit.models import Entry
from bihuan.base.system.company import NAMELESS, company, set_company
from bihuan.base.testing.kept import kept
from bihuan.base.testing.people import make_person

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BUILT = []


@pytest.fixture
@kept
def found(db):
    person = make_person("sales", name="甲")
    BUILT.append(person.pk)
    return SimpleNamespace(person=person, same=person)


@pytest.mark.parametrize("turn", range(3))
def test_each_begins_with_what_was_built_and_nothing_else(found, turn):
    assert found.person is found.same
    assert User.objects.get() == found.person
    assert User.objects.get().name == found.person.name == "甲"
    assert BUILT[-1:] == [found.person.pk]
    assert len(BUILT) == 1 or turn == 0
    User.objects.update(name="乙")
    found.person.name, found.more = "乙", True
    make_person("sales")


@pytest.mark.django_db
def test_who_does_not_ask_for_it_begins_without():
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_for_real_transactions_it_is_built_for_itself(found):
    assert not connection.in_atomic_block
    assert User.objects.get() == found.person


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(2))
def test_real_transactions_leave_nothing_but_what_is_known_of_the_tables(turn):
    assert not User.objects.exists()
    assert not Entry.objects.exists()
    assert ContentType.objects.filter(model="user").exists()
    audit.log("test.done", by=make_person("sales"), now=NOW)
    assert Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(2))
def test_what_was_kept_of_a_table_is_forgotten_with_its_rows(turn):
    assert company().name == NAMELESS
    set_company(by=None, now=NOW, name="甲公司")
    assert company().name == "甲公司"


def test_ground_that_the_server_let_go_of_is_left_and_built_anew(found):
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("0",)
    connection.connection.pgconn.finish()


def test_after_that_the_next_begins_as_ever(found):
    assert User.objects.get() == found.person
    assert User.objects.get().name == "甲"
