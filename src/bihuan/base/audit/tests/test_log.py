from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from bihuan.base.audit import sealing
from bihuan.base.audit.actions import log
from bihuan.base.audit.models import Entry, Seal
from bihuan.base.testing.people import make_person, signed_in

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def tamper(sql: str) -> None:
    """As somebody who got hold of the database's owner."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute(sql)
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql", ["UPDATE audit_entry SET verb = 'x'", "DELETE FROM audit_entry", "DELETE FROM audit_seal",
            "UPDATE facts_fact SET kind = 'x'", "DELETE FROM facts_fact"]
)  # fmt: skip
def test_nothing_written_is_changed(sql):
    log("test.deed", by=None, now=NOW)
    with pytest.raises(DatabaseError, match="only ever added"):
        run(sql)
    assert Entry.objects.get().verb == "test.deed"


@pytest.mark.django_db
def test_the_application_cannot_empty_the_log():
    log("test.deed", by=None, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = 'bihuan_app'")
        assert cursor.fetchone()[0] == 1
        cursor.execute(
            "SELECT has_table_privilege('bihuan_app', 'audit_entry', 'TRUNCATE'),"
            " has_table_privilege('bihuan_app', 'audit_entry', 'UPDATE'),"
            " has_table_privilege('bihuan_app', 'audit_entry', 'DELETE')"
        )
        assert cursor.fetchone() == (False, False, False)


@pytest.mark.django_db
def test_an_entry_names_its_request():
    person = make_person("administrator")
    client = signed_in(person, REMOTE_ADDR="192.0.2.7")
    answer = client.get("/me/", headers={"X-Request-Id": "abcdef-123456"})
    assert answer.headers["X-Request-Id"] == "abcdef-123456"
    assert (
        Client().get("/livez", headers={"X-Request-Id": "<script>"}).headers["X-Request-Id"]
        != "<script>"
    )


@pytest.mark.django_db(transaction=True)
def test_seals_cover_all_and_find_what_was_changed():
    for number in range(5):
        log("test.deed", by=None, now=NOW, thing=("x.X", number), after={"n": 1.50, "名": "张"})
    assert sealing.seal(NOW) == 5
    assert sealing.seal(NOW) == 0
    log("test.later", by=None, now=NOW)
    assert sealing.seal(NOW) == 1
    assert sealing.verify() is None
    third = Entry.objects.order_by("pk")[2]
    tamper(f"UPDATE audit_entry SET after = '{{}}' WHERE id = {third.pk}")
    assert sealing.verify() == sealing.Fault(1, third.pk, "entry")


@pytest.mark.django_db(transaction=True)
def test_a_removed_and_an_added_entry_are_found():
    for number in range(4):
        log("test.deed", by=None, now=NOW, thing=("x.X", number))
    sealing.seal(NOW)
    last = Entry.objects.order_by("pk").last()
    tamper(f"DELETE FROM audit_entry WHERE id = {last.pk}")
    assert sealing.verify() == sealing.Fault(1, last.pk, "missing")
    second = Entry.objects.order_by("pk")[1]
    tamper(f"DELETE FROM audit_entry WHERE id = {second.pk}")
    assert sealing.verify().what == "entry"


@pytest.mark.django_db(transaction=True)
def test_a_seal_by_another_key_or_a_broken_chain_is_found():
    log("test.deed", by=None, now=NOW)
    sealing.seal(NOW)
    assert sealing.verify(public_key="00" * 32) == sealing.Fault(1, None, "key")
    seal = Seal.objects.get()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_seal DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_seal SET sealed_at = %s", [NOW + timedelta(hours=1)])
        cursor.execute("ALTER TABLE audit_seal ENABLE TRIGGER USER")
    assert sealing.verify() == sealing.Fault(seal.n, None, "signature")


@pytest.mark.django_db
def test_a_root_over_any_number_of_leaves():
    roots = {sealing.merkle([bytes([i]) * 32 for i in range(n)]) for n in range(1, 20)}
    assert len(roots) == 19
    assert sealing.merkle([]) == ""


@pytest.mark.django_db
def test_the_page_is_for_those_who_may_see_it():
    log("test.deed", by=None, now=NOW, after={"a": "<script>alert(1)</script>"})
    auditor = signed_in(make_person("auditor"))
    assert "test.deed" in auditor.get("/audit/").content.decode()
    page = auditor.get(f"/audit/{Entry.objects.get(verb='test.deed').pk}/").content.decode()
    assert "<script>alert" not in page
    assert signed_in(make_person("sales")).get("/audit/").status_code == 403


@pytest.mark.django_db
def test_the_page_says_the_deed_and_the_name_of_the_thing(django_assert_max_num_queries):
    auditor, ding = make_person("auditor"), make_person("sales", name="丁琳")
    log("access.signed_in", by=ding, now=NOW, thing=ding)
    log("ledgers.exported", by=ding, now=NOW, thing=("ledgers.Ledger", "customers"))
    log("access.account_closed", by=ding, now=NOW, thing=("access.User", 0))  # nobody any more
    client = signed_in(auditor)
    page = client.get("/audit/").content.decode()
    for words in ("登录", "导出台账", "停用账号", 'data-label="对象">丁琳<', "access.User 0"):
        assert words in page
    assert "access.signed_in" not in page
    assert f"access.User {ding.pk}" not in page
    for words in ("登录", "signed_in", "丁琳"):
        assert 'data-label="对象">丁琳<' in client.get("/audit/", {"q": words}).content.decode()
    assert 'data-label="对象">丁琳<' not in client.get("/audit/", {"q": "台账"}).content.decode()
    entry = Entry.objects.get(verb="access.signed_in")
    assert "access.signed_in" in client.get(f"/audit/{entry.pk}/").content.decode()
    english = signed_in(auditor, HTTP_ACCEPT_LANGUAGE="en").get("/audit/").content.decode()
    assert "Signed in" in english
    with django_assert_max_num_queries(40) as first:
        client.get("/audit/")
    for _number in range(9):
        log("access.signed_in", by=ding, now=NOW, thing=make_person("sales"))
    with django_assert_max_num_queries(len(first)):
        client.get("/audit/")
