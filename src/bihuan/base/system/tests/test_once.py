from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.utils import translation

from bihuan.base.system import health, heartbeat
from bihuan.base.system.company import company, set_company
from bihuan.base.system.idempotency import BadKey, InFlight, KeyReused, forget_old, once
from bihuan.base.system.models import Answered, Heartbeat, Mark
from bihuan.base.testing.people import make_person, signed_in

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"


def do(name="m", *, actor=None, body=b"a", status=201, key=KEY):
    def work():
        row, _made = Mark.objects.get_or_create(pk=name, defaults={"at": NOW, "note": {"n": 0}})
        row.note = {"n": row.note["n"] + 1}
        row.save()
        return HttpResponse(f"{row.note['n']}", status=status, headers={"Location": "/there/"})

    return once(actor=actor, route="/x/", key=key, body=body, now=NOW, work=work)


@pytest.mark.django_db
def test_twice_is_once_with_the_same_answer():
    first, second = do(), do()
    assert (first.content, first.status_code) == (second.content, second.status_code) == (b"1", 201)
    assert second["Location"] == "/there/"
    assert Mark.objects.get(pk="m").note == {"n": 1}


@pytest.mark.django_db
def test_another_body_under_the_key_is_refused():
    do()
    with pytest.raises(KeyReused):
        do(body=b"b")
    assert Mark.objects.get(pk="m").note == {"n": 1}


@pytest.mark.django_db
def test_a_refusal_leaves_nothing_and_the_key_is_free():
    assert do(status=409).status_code == 409
    assert not Mark.objects.exists()
    assert do().status_code == 201


@pytest.mark.django_db
def test_keys_belong_to_their_actor():
    do(actor=make_person("sales"))
    do(actor=make_person("sales"))
    assert Mark.objects.get(pk="m").note == {"n": 2}


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["short", "x" * 81, "drop table;--"])
def test_a_strange_key_is_refused(key):
    with pytest.raises(BadKey):
        do(key=key)
    assert not Mark.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_while_the_first_works_the_second_is_told_so():
    inside, go_on, answers = threading.Event(), threading.Event(), []

    def slow():
        inside.set()
        go_on.wait(10)
        return HttpResponse("done")

    def first():
        answers.append(once(actor=None, route="/x/", key=KEY, body=b"a", now=NOW, work=slow))
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(10)
    with pytest.raises(InFlight):
        once(actor=None, route="/x/", key=KEY, body=b"a", now=NOW, work=slow)
    go_on.set()
    thread.join()
    again = once(actor=None, route="/x/", key=KEY, body=b"a", now=NOW, work=lambda: 1 / 0)
    assert again.content == b"done"


@pytest.mark.django_db
def test_answers_are_forgotten_after_ninety_days():
    do()
    assert forget_old(NOW + timedelta(days=90)) == 0
    assert forget_old(NOW + timedelta(days=91)) == 1
    assert not Answered.objects.exists()


@pytest.mark.django_db
def test_a_form_sent_twice_makes_one_account():
    client = signed_in(make_person("administrator"))
    sent = {"username": "new1", "name": "新人", "language": "zh", "idempotency_key": KEY}
    first, second = client.post("/users/new/", sent), client.post("/users/new/", sent)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    wrong = {
        "username": "",
        "name": "新人",
        "language": "zh",
        "idempotency_key": KEY.replace("0", "1"),
    }
    assert client.post("/users/new/", wrong).status_code == 422
    assert client.post("/users/new/", wrong | {"username": "new2"}).status_code == 302


@pytest.mark.django_db
def test_health_is_told_to_those_who_may_know():
    stranger, chief = signed_in(make_person("sales")), signed_in(make_person("administrator"))
    assert "checks" not in stranger.get("/readyz").json()
    found = chief.get("/readyz").json()
    assert found["checks"]["database"]["level"] == "GOOD"
    assert {"migrations", "facts", "seal", "disk", "backup"} <= set(found["checks"])
    assert chief.get("/system/status/").status_code == 200
    assert stranger.get("/system/status/").status_code == 403


@pytest.mark.django_db
def test_a_backup_grows_old():
    health.mark("backup", now=NOW, rows=3)
    level = {check.name: check.level for check in health.checks(NOW + timedelta(hours=1))}["backup"]
    assert level == health.Level.GOOD
    level = {check.name: check.level for check in health.checks(NOW + timedelta(hours=49))}[
        "backup"
    ]
    assert level == health.Level.WARN


@pytest.mark.django_db
def test_a_process_lives_while_it_beats():
    heartbeat._last.clear()
    assert heartbeat.beat("clock", NOW)
    assert not heartbeat.beat("clock", NOW + timedelta(seconds=5))
    assert len(heartbeat.alive(NOW + timedelta(seconds=50))["clock"]) == 1
    assert heartbeat.alive(NOW + timedelta(seconds=61))["clock"] == []


@pytest.mark.django_db
def test_the_company_has_a_name():
    assert company().name
    set_company(by=None, now=NOW, name="安诺离心机有限公司", short_name="安诺")
    assert (company().name, company().short_name) == ("安诺离心机有限公司", "安诺")


@pytest.mark.django_db
def test_processes_are_listed_as_the_language_lists():
    for kind in ("web", "work", "clock"):
        Heartbeat.objects.create(name=kind, kind=kind, pid=1, started_at=NOW, beat_at=NOW)
    for language, words in (("zh", "web 1、work 1、clock 1"), ("en", "web 1, work 1, clock 1")):
        with translation.override(language):
            found = {check.name: check.text for check in health.checks(NOW)}
        assert found["processes"] == words
