"""A plan that is kept for any values finds what one made for these values finds."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.base import sql
from bihuan.base.access.models import User
from bihuan.base.prepared import planned, prepared
from bihuan.base.testing.people import make_person

texts = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20),
    st.sampled_from(["'", "\\", "\\'", "%s", "%%", "'; DROP TABLE x; --", "E'\\n'", "中'文%"]),
)


def plans(session):
    with session.cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        return cursor.fetchone()[0]


def mode():
    return plans(connection)


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts, st.integers(-(2**31), 2**31 - 1), texts)
def test_texts_written_into_a_statement_are_what_they_were(one, number, two):
    asked = "SELECT %s || '', %s::int, '100%%', %s || ''"
    statement, left = sql.with_texts(asked, [one, number, two])
    assert left == (number,)
    assert sql.rows(statement, left) == [(one, number, "100%", two)]


@pytest.mark.django_db(transaction=True)
def test_how_a_session_plans_is_afterwards_as_it_was():
    before = mode()
    with sql.alike():
        assert mode() == "force_generic_plan"
    assert mode() == before
    with pytest.raises(DatabaseError), sql.alike():
        sql.rows("SELECT 1/0")
    assert mode() == before
    with transaction.atomic(), sql.alike():
        assert mode() == before  # it would end with the transaction, or break with it


@pytest.mark.django_db(transaction=True)
def test_a_transaction_plans_as_usual_whatever_came_before_it_and_however_it_ends():
    before = mode()
    for ends_well in (True, False):
        sql.rows("SELECT 1")  # planned for any values, and so the session stays
        with transaction.atomic(), sql.alike():
            assert mode() == before
            transaction.set_rollback(not ends_well)
        assert mode() == before
        with sql.alike():
            assert mode() == "force_generic_plan"


@pytest.fixture
def web():
    """A connection as a web worker has it, with what is given to it."""
    made = []

    def connect(**options):
        other = connection.copy()
        usual = other.settings_dict["OPTIONS"]
        other.settings_dict["CONN_MAX_AGE"] = 0
        other.settings_dict["OPTIONS"] = {
            **usual, "options": f"{usual.get('options', '')} -c plan_cache_mode=force_custom_plan", **options,
        }  # fmt: skip
        made.append(other)
        return other

    yield connect
    for each in made:
        each.close()


@pytest.mark.django_db(transaction=True)
def test_a_web_session_plans_for_the_values_again_after_what_is_alike(web):
    session = web()
    assert plans(session) == "force_custom_plan"
    session.plans_alike = True
    assert plans(session) == plans(session) == "force_generic_plan"
    session.plans_alike = False
    assert plans(session) == "force_custom_plan"


@pytest.mark.django_db(transaction=True)
def test_a_session_from_a_pool_knows_what_it_was_told_whoever_takes_it(web):
    session = web(pool={"min_size": 1, "max_size": 1})
    try:
        session.plans_alike = True
        assert plans(session) == "force_generic_plan"
        session.close()  # back to the pool as it is
        session.plans_alike = False
        assert plans(session) == "force_custom_plan"
    finally:
        session.close()
        session.close_pool()


@pytest.mark.django_db(transaction=True)
def test_a_server_that_keeps_no_plans_is_told_nothing(web):
    session = web(prepare_threshold=None)
    session.plans_alike = True
    assert plans(session) == "force_custom_plan"


@pytest.mark.django_db(transaction=True)
def test_a_server_that_is_gone_is_said_where_a_transaction_begins(web):
    session = web()
    session.plans_alike = True
    with session.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    with suppress(DatabaseError), session.cursor() as cursor:
        cursor.execute("SELECT 1")
    with pytest.raises(OperationalError):
        session.set_autocommit(False)


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_plans_as_usual():
    before = mode()
    with sql.alike():
        assert mode() == "force_generic_plan"
        connection.close()
        assert mode() == "force_generic_plan"
    connection.close()
    assert mode() == before


@pytest.mark.django_db(transaction=True)
def test_what_is_written_by_hand_is_planned_for_any_values_unless_it_says_otherwise():
    before = mode()
    assert sql.rows("SHOW plan_cache_mode") == [("force_generic_plan",)]
    assert sql.rows("SHOW plan_cache_mode", anew=True) == [(before,)]
    assert sql.load(User, "WHERE t.id = %s", [make_person().pk])
    with connection.cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        assert cursor.fetchone() == (before,)


@pytest.mark.django_db(transaction=True)
def test_a_planned_question_finds_what_a_prepared_one_finds():
    people = [make_person(f"p{number}", "auditor", region="华东'%") for number in range(3)]

    def found(pk, *, active):
        return User.objects.filter(pk=pk, region="华东'%", is_active=active)

    usual, kept = prepared(found), planned(found)
    for person in people * 3:  # often enough that the server keeps it
        assert kept(person.pk, active=True) == usual(person.pk, active=True) == [person]
    assert kept(0, active=True) == []
    assert kept(people[0].pk, active=False) == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE %s", ["%华东''%"]
        )
        assert [plans for (plans,) in cursor.fetchall() if plans]
