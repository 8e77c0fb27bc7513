"""Many duties given to somebody else at once, with the way back; and what a form was read at."""

from __future__ import annotations

import pytest

from bihuan.apps.obligations import actions
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.tests.test_screens import at_two, home, signed  # noqa: F401
from bihuan.base import clock
from bihuan.base.lists.models import Batch

pytestmark = pytest.mark.django_db


def give(client, rows, to):
    asked = client.post(
        "/lists/todo/do/assign/", {"pick": [row.pk for row in rows], "back": "/todo/"}
    )
    return client.post(asked.url, {"to": to.pk, "reason": "他明天休假"})


def owners():
    return list(Obligation.objects.order_by("pk").values_list("assignee_id", flat=True))


def test_many_are_given_away_and_come_back_but_not_over_a_deed_of_somebody(home, at_two):  # noqa: F811
    boss = home.people["gu"]
    rows = list(Obligation.objects.filter(assignee=home.chen).order_by("pk"))
    before = owners()
    client = signed(boss)
    page = client.get(give(client, rows, home.qian).url)
    assert f"已办 {len(rows)} 条" in page.content.decode()
    assert not Obligation.objects.filter(assignee=home.chen).exists()
    actions.assign(
        obligation_id=rows[0].pk, to=home.zhao, by=home.qian, now=clock.now(), reason="他在现场"
    )
    batch = Batch.objects.get()
    client.post(f"/lists/batches/{batch.pk}/undo/")
    batch.refresh_from_db()
    assert list(batch.undo_refused) == [str(rows[0].pk)]
    now = dict(zip(Obligation.objects.order_by("pk").values_list("pk", flat=True), owners(), strict=True))  # fmt: skip
    assert now.pop(rows[0].pk) == home.zhao.pk
    assert set(now.values()) <= {*before}


def test_a_row_that_cannot_be_given_away_is_named(home, at_two):  # noqa: F811
    rows = list(Obligation.objects.filter(assignee=home.chen).order_by("pk"))
    client = signed(home.people["gu"])
    give(client, rows, home.chen)
    batch = Batch.objects.get()
    assert len(batch.refused) == len(rows)
    assert batch.done == {}
    text = client.get(f"/lists/batches/{batch.pk}/").content.decode()
    assert rows[0].number in text


def test_nobody_writes_over_a_deed_that_they_have_not_seen(home, at_two):  # noqa: F811
    row = make.one(rule="fault.normal.phone")
    client = signed(home.chen)
    url = f"/obligations/{row.pk}/carry-out/?plain=1"
    page = client.get(url).content.decode()
    assert 'name="version" value="0"' in page
    actions.assign(
        obligation_id=row.pk,
        to=home.people["gu"],
        by=home.people["gu"],
        now=clock.now(),
        reason="我来",
    )
    boss = signed(home.people["gu"])
    typed = {"at": "2026-03-09T13:30", "text_call_log": "与设备科通话 5 分钟", "version": "0"}
    again = boss.post(url, typed)
    assert again.status_code == 422
    text = again.content.decode()
    assert "没存上" in text
    assert "转派" in text
    assert "与设备科通话 5 分钟" in text
    row.refresh_from_db()
    assert row.state == "OPEN"
    seen = again.context["conflict"].stamp.version
    assert boss.post(url, typed | {"version": seen}).status_code == 302
    row.refresh_from_db()
    assert row.state != "OPEN"


def test_a_note_stands_in_the_history_of_each_and_changes_nothing_else(home, at_two):  # noqa: F811
    rows = list(Obligation.objects.filter(assignee=home.chen).order_by("pk"))
    before = list(Obligation.objects.order_by("pk").values_list("state", "due_at", "assignee_id"))
    client = signed(home.chen)
    asked = client.post("/lists/todo/do/note/", {"pick": [row.pk for row in rows]})
    assert client.post(asked.url, {"text": " "}).status_code == 422
    client.post(asked.url, {"text": "等设备科李工回电"})
    for row in rows:
        assert "等设备科李工回电" in client.get(f"/obligations/{row.pk}/").content.decode()
    assert list(Obligation.objects.order_by("pk").values_list("state", "due_at", "assignee_id")) == before  # fmt: skip
    assert client.post(f"/lists/batches/{Batch.objects.get().pk}/undo/").status_code == 409
