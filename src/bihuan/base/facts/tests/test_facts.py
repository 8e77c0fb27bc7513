from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client

from bihuan.base.access.tokens import make_token, revoke_token
from bihuan.base.errors import BadInput
from bihuan.base.facts import listeners
from bihuan.base.facts.actions import Telling, tell, tell_all
from bihuan.base.facts.by_hand import EngineFact, tell_by_hand
from bihuan.base.facts.models import Cursor, DeadLetter, Fact
from bihuan.base.testing.people import make_person, signed_in

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KIND = "drill.held"


@pytest.fixture
def kind():
    """A company-level kind with its required fields filled."""
    from bihuan.base.vocabulary import vocabulary

    spec = vocabulary().facts[KIND]
    data = {}
    for field in spec.fields.values():
        if field.required:
            data[field.name] = {
                "enum": field.values[0] if field.values else "",
                "int": 1,
                "bool": True,
            }.get(field.type, "x")
    return data


@pytest.fixture
def told(kind):
    def function(key=None):
        return tell(KIND, at=NOW, now=NOW, by=None, subjects={}, data=kind, key=key)

    return function


@pytest.mark.django_db
def test_under_a_key_a_fact_is_told_once(told):
    first, second = told("k"), told("k")
    assert (first.new, second.new) == (True, False)
    assert first.fact == second.fact


@pytest.mark.django_db
def test_one_wrong_telling_keeps_all_out(kind):
    good = Telling(KIND, NOW, data=kind)
    with pytest.raises(BadInput):
        tell_all([good, Telling("no.such", NOW)], now=NOW, by=None)
    with pytest.raises(BadInput) as refused:
        tell_all([good, Telling(KIND, NOW, data={**kind, "colour": "red"})], now=NOW, by=None)
    assert "data.colour" in refused.value.fields
    assert not Fact.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_tellers_of_one_key_at_once(told):
    ready, results = threading.Barrier(4), []

    def teller():
        ready.wait()
        results.append(told("same").new)
        connection.close()

    threads = [threading.Thread(target=teller) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]
    assert Fact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_late_committer_is_not_passed_over(told):
    """A fact told first but committed last is heard, and in its place."""
    heard: list[int] = []
    begun, finish = threading.Event(), threading.Event()

    def late():
        with transaction.atomic():
            told("late")
            begun.set()
            finish.wait(10)
        connection.close()

    def hear(facts, now):
        heard.extend(fact.pk for fact in facts)

    thread = threading.Thread(target=late)
    thread.start()
    begun.wait(10)
    told("early")
    assert listeners.drain("t", hear, NOW) == 0
    finish.set()
    thread.join()
    assert listeners.drain("t", hear, NOW) == 2
    assert heard == sorted(heard)
    assert Cursor.objects.get(pk="t").heard == 2


@pytest.mark.django_db(transaction=True)
def test_a_poisonous_fact_is_parked_and_the_rest_goes_on(told, monkeypatch):
    facts = [told(str(number)).fact for number in range(5)]
    heard, poison = [], {facts[2].pk}

    def hear(batch, now):
        for fact in batch:
            if fact.pk in poison:
                raise ValueError("13800001111")
            heard.append(fact.pk)

    monkeypatch.setattr(listeners, "listeners", lambda: {"t": hear})
    listeners.drain("t", hear, NOW)
    letter = DeadLetter.objects.get()
    assert letter.fact == facts[2]
    assert "ValueError" in letter.error
    assert "13800001111" not in letter.error
    assert heard[-4:] == [fact.pk for fact in facts if fact != facts[2]]
    assert not listeners.replay(letter, now=NOW)
    assert DeadLetter.objects.get().tries == 2
    poison.clear()
    assert listeners.replay(letter, now=NOW)
    assert DeadLetter.objects.get().settled_how == "replayed"
    once = list(heard)
    assert not listeners.replay(letter, now=NOW)  # the button pressed twice
    assert heard == once


@pytest.mark.django_db(transaction=True)
def test_effects_and_cursor_stand_or_fall_together(told, monkeypatch):
    told("a")

    def dies(batch, now):
        DeadLetter.objects.all().delete()
        raise listeners.OperationalError

    with pytest.raises(listeners.OperationalError):
        listeners.drain("t", dies, NOW)
    assert not Cursor.objects.filter(heard__gt=0).exists()
    monkeypatch.setattr(apps.get_app_config("facts"), "listeners", {"t": "x.y"}, raising=False)
    assert listeners.waiting(NOW + timedelta(seconds=9))["t"] == (1, 9.0)


@pytest.mark.django_db(transaction=True)
def test_listeners_with_nothing_to_hear_are_moved_on_together(
    told, monkeypatch, django_assert_num_queries
):
    heard: list[str] = []

    @listeners.hears("drill.closed")
    def elsewhere(facts, now):
        heard.extend(fact.kind for fact in facts)

    @listeners.hears(KIND)
    def hear(facts, now):
        heard.extend(fact.kind for fact in facts)

    idle = {f"idle{number}": elsewhere for number in range(20)}
    monkeypatch.setattr(listeners, "listeners", lambda: {"t": hear, **idle})
    told("first")
    assert listeners.drain_all(NOW) == 21
    Cursor.objects.filter(pk="idle0").update(tx=0, fact_id=0)  # one that is new, or far behind
    told("second")
    seen = dict(Cursor.objects.values_list("name", "heard"))
    with django_assert_num_queries(12):
        listeners.drain_all(NOW)
    assert heard == [KIND, KIND]
    places = set(Cursor.objects.values_list("tx", "fact_id"))
    assert places == set(Fact.objects.order_by("-pk").values_list("tx", "pk")[:1])
    now_seen = dict(Cursor.objects.values_list("name", "heard"))
    assert now_seen == {name: n + (2 if name == "idle0" else 1) for name, n in seen.items()}


@pytest.mark.django_db(transaction=True)
def test_a_listener_at_work_elsewhere_is_not_moved_on(told, monkeypatch):
    """Whoever holds its cursor is not waited for by the others, and moves it himself."""

    @listeners.hears("drill.closed")
    def elsewhere(facts, now):
        raise AssertionError

    monkeypatch.setattr(listeners, "listeners", lambda: {"busy": elsewhere, "idle": elsewhere})
    told("first")
    listeners.drain_all(NOW)
    before = Cursor.objects.get(pk="busy")
    held, finish = threading.Event(), threading.Event()

    def other():
        with transaction.atomic():
            Cursor.objects.select_for_update().get(pk="busy")
            held.set()
            finish.wait(10)
        connection.close()

    told("second")
    thread = threading.Thread(target=other)
    thread.start()
    held.wait(10)
    behind = listeners._behind(listeners.LAST_FINISHED)
    assert set(behind) == {"busy", "idle"}
    assert listeners._pass_over(behind, NOW) == {"idle": 1}
    finish.set()
    thread.join()
    assert Cursor.objects.get(pk="busy").fact_id == before.fact_id
    assert not listeners.all_heard()
    assert listeners.drain_all(NOW) == 1
    assert listeners.all_heard()


@pytest.mark.django_db
def test_the_engines_facts_are_not_told_by_hand():
    chief = make_person("administrator")
    for kept in ("obligation.discharged", "customer.merged", "calendar.corrected"):
        with pytest.raises(EngineFact):
            tell_by_hand(kind=kept, at=NOW, subjects={}, data={}, by=chief, now=NOW)
    with pytest.raises(BadInput):
        tell_by_hand(
            kind=KIND, at=NOW + timedelta(hours=1), subjects={}, data={}, by=chief, now=NOW
        )
    assert not Fact.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("ticket.confirmed", {"ticket": "T-1", "satisfied": True}),
        ("ticket.contacted", {"ticket": "T-1", "channel": "PHONE", "human": True}),
        ("ticket.resolved", {"ticket": "T-1", "how": "REMOTE"}),
        ("consultation.answered", {"consultation": "T-1"}),
        ("callback.attempted", {"attempt": "A-1", "outcome": "DONE"}),
        ("callback.done", {"callback": "HF-1", "kind": "ROUTINE", "channel": "PHONE"}),
        ("problem.handled", {"problem": "WT-1"}),
        ("problem.fed_back", {"problem": "WT-1"}),
        ("promise.kept", {"promise": "CN-1"}),
        ("credit_term.decided", {"ask": "1", "granted": True}),
        ("problem.confirmed", {"problem": "WT-1"}),
        ("demand.plan_confirmed", {"demand": "D-1", "plan": "P-1"}),
        ("visit.done", {"visit": "ZF-1", "executive": True}),
        ("reading.acknowledged", {"edition": "trial@1"}),
        ("pack.in_force", {"pack": "trial", "version": "1"}),
    ],
)
def test_the_word_of_somebody_else_is_not_told_by_who_may_tell_facts(kind, data):
    chief = make_person("administrator")
    told = {"kind": kind, "at": NOW.isoformat(), "data": data}
    answer = signed_in(chief).post("/api/facts", json.dumps(told), "application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "engine_fact")
    assert kind not in signed_in(chief).get("/facts/tell/").content.decode()
    assert not Fact.objects.exists()


class Api:
    def __init__(self, *roles, scopes=("facts.tell", "facts.see")):
        self.person = make_person(*roles)
        self.token, text = make_token(
            self.person, title="t", scopes=scopes, expires_at=datetime(2099, 1, 1, tzinfo=UTC), by=None,
            now=datetime.now(UTC),
        )  # fmt: skip
        self.headers = {"Authorization": f"Bearer {text}"}

    def post(self, body, **headers):
        return Client().post(
            "/api/facts", json.dumps(body), "application/json", headers={**self.headers, **headers}
        )

    def get(self, query=""):
        return Client().get(f"/api/facts{query}", headers=self.headers)


@pytest.fixture
def body(kind):
    return {"kind": KIND, "at": "2026-03-01T08:00:00+08:00", "data": kind}


@pytest.mark.django_db
def test_a_fact_by_api_is_told_once(body):
    api = Api("administrator")
    key = {"Idempotency-Key": "0f8fad5b-d9cb-469f-a165-70867728950e"}
    first, second = api.post(body, **key), api.post(body, **key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert api.post({**body, "at": "2026-02-01T08:00:00+08:00"}, **key).status_code == 422
    assert Fact.objects.count() == 1
    items = api.get(f"?kind={KIND}").json()["items"]
    assert [item["uid"] for item in items] == [first.json()["uid"]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "drill.holdd"}, "kind"),
        ({"at": "2026-03-01T08:00:00"}, "at"),
        ({"at": "yesterday"}, "at"),
        ({"data": {"colour": "red"}}, "data.colour"),
        ({"subjects": {"planet": 3}}, "subjects.planet"),
        ({"subjects": 3}, "subjects"),
    ],
)
def test_a_wrong_fact_says_where(body, change, field):
    answer = Api("administrator").post({**body, **change})
    assert answer.status_code == 422
    assert field in answer.json()["fields"]
    assert answer.json()["message"]
    assert not Fact.objects.exists()


@pytest.mark.django_db
def test_who_may_call(body):
    assert Client().post("/api/facts", json.dumps(body), "application/json").status_code == 401
    narrow = Api("administrator", scopes=("facts.see",))
    assert narrow.post(body).status_code == 403
    own = Api("account_manager")
    assert own.post(body).status_code == 403  # a fact about the whole company
    api = Api("administrator")
    revoke_token(api.token, by=None, now=NOW)
    assert api.post(body).status_code == 401
    assert not Fact.objects.exists()


@pytest.mark.django_db
def test_a_browser_needs_its_csrf_token(body):
    client = signed_in(make_person("administrator"), enforce_csrf_checks=True)
    assert client.post("/api/facts", json.dumps(body), "application/json").status_code == 403
    assert not Fact.objects.exists()


@pytest.mark.django_db
def test_a_fact_by_form(kind):
    client = signed_in(make_person("administrator"))
    assert KIND in client.get("/facts/tell/").content.decode()
    assert client.get(f"/facts/tell/?kind={KIND}").status_code == 200
    sent = {"kind": KIND, "at": "2026-03-01T08:00"} | {
        f"data.{name}": "yes" if value is True else value for name, value in kind.items()
    }
    assert client.post("/facts/tell/", {"kind": KIND, "at": ""}).status_code == 422
    assert not Fact.objects.exists()
    answer = client.post("/facts/tell/", sent)
    fact = Fact.objects.get()
    assert fact.own() == kind
    assert client.get(answer["Location"]).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "words"), [("callback.mix.l2", "二级客户回访的渠道占比"), ("our.own", "our.own")]
)
def test_an_indicator_is_shown_in_words_where_it_has_some(code, words):
    data = {"reading": "ZB-1", "indicator": code, "value": 47.5, "below": True}
    tell("indicator.measured", at=NOW, now=NOW, by=None, subjects={"company": 1}, data=data)
    page = signed_in(make_person("administrator")).get(f"/facts/{Fact.objects.get().pk}/")
    shown = page.content.decode()
    assert words in shown
    assert "callback.mix" not in shown


@pytest.mark.django_db
def test_every_kind_has_a_form():
    from bihuan.base.facts.by_hand import kinds

    client = signed_in(make_person("administrator"))
    for code in list(kinds())[::9]:
        assert client.get(f"/facts/tell/?kind={code}").status_code == 200


@pytest.mark.django_db
def test_the_description_is_drawn_without_the_net():
    page = Client().get("/api/docs").content.decode()
    assert "https://" not in page
    assert "/api/facts" in Client().get("/api/openapi.json").json()["paths"]
