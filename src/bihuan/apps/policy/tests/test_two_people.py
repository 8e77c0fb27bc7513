"""Two people at one draft: the second is told who was first, and loses nothing of what they wrote."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils.html import escape

from bihuan.apps.people.actions import first_calendar
from bihuan.apps.policy import queries
from bihuan.apps.policy.drafts import actions
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.tests import factories as make
from bihuan.apps.policy.tests.test_drafts import CASES, NOW, PHONE
from bihuan.base import clock
from bihuan.base.testing.browser import page_tests
from bihuan.base.testing.people import make_person, signed_in
from bihuan.lib.policy.pieces import key_of, line_of, piece_at

pytestmark = page_tests


@pytest.fixture
def engineer():
    return make_person("quality_engineer")


@pytest.fixture
def draft(engineer):
    first_calendar(now=make.SINCE)
    return actions.revise(version=make.small_in_force(), name="2026.12", by=engineer, now=NOW)


def test_the_second_of_two_people_finds_what_they_typed_in_its_field(draft, engineer):
    other = make_person("quality_engineer")
    sent = {"target": "parameter", "name": "fault.phone", "field": "within", "clause": "A-1"}
    change = reverse("policy:draft_change", args=[draft.pk])
    with clock.set_to(NOW):
        signed_in(engineer).post(change, sent | {"value": "2h", "revision": 0})
        page = signed_in(other).post(change, sent | {"value": "3h", "revision": 0}, follow=True)
        text = page.content.decode()
        assert f"没存上：{engineer.name} 刚改过这份草稿" in text
        assert 'value="3h"' in text
        assert "没存；现在是 2h" in text
        assert str(queries.pack_of(row_of(draft)).parameters["fault.phone"].value) == "2h"
        # and once more, having seen it
        signed_in(other).post(change, sent | {"value": "3h", "revision": 1})
        wrong = signed_in(other).post(change, sent | {"value": "soon", "revision": 2}, follow=True)
    assert 'value="soon"' in wrong.content.decode()
    assert str(queries.pack_of(row_of(draft)).parameters["fault.phone"].value) == "3h"


def row_of(draft) -> PackVersion:
    return PackVersion.objects.get(pk=draft.pk)


def test_the_second_writer_of_a_text_keeps_it_and_may_save_it_where_the_entry_is_now(
    draft, engineer
):
    """The first adds an entry above: the second's line is that of another entry by now."""
    other, rule = make_person("quality_engineer"), queries.pack_of(draft).rules[PHONE]
    text = piece_at(draft.files[rule.file], rule.line).text

    def added(name: str, revision: int) -> PackVersion:
        entry = text.replace(f"id: {PHONE}", f"id: {name}").replace(rule.title.zh, f"规则 {name}")
        return actions.add(
            draft=draft, file=rule.file, line=rule.line, text=entry, revision=revision, by=engineer,
            now=NOW,
        )  # fmt: skip

    last = queries.pack_of(added("last.one", 0)).rules["last.one"]
    page = reverse("policy:draft_piece", args=[draft.pk, last.file, last.line])
    mine = piece_at(row_of(draft).files[last.file], last.line).text
    mine = mine.replace(last.title.zh, "我写的标题")
    added("another.one", 1)
    client = signed_in(other)
    given = {"text": mine, "version": 1, "entry": last.id}
    with clock.set_to(NOW):
        for button in ("preview", "keep"):
            refused = client.post(page, given | {button: "1"})
            text = refused.content.decode()
            assert refused.status_code == 422
            assert f"没存上：{engineer.name} 刚改过这份草稿" in text
            assert f"{escape(mine)}</textarea>".replace("\n", "") in text.replace("\n", "")
            assert last.title.zh in text  # and what stands there now
        assert "我写的标题" not in row_of(draft).files[last.file]
        now = queries.pack_of(row_of(draft)).rules[last.id]
        there = reverse("policy:draft_piece", args=[draft.pk, now.file, now.line])
        assert now.line != last.line
        assert f'action="{there}?' in text
        assert 'name="version" value="2"' in text
        assert client.post(there, given | {"version": 2, "keep": "1"}).status_code == 302
    kept = queries.pack_of(row_of(draft))
    assert kept.rules[last.id].title.zh == "我写的标题"
    assert kept.rules["another.one"].title.zh == "规则 another.one"


def test_whose_entry_was_taken_out_meanwhile_keeps_the_text_to_copy(draft, engineer):
    rule = queries.pack_of(draft).rules[PHONE]
    case = piece_at(draft.files[CASES], 2).text
    page = reverse("policy:draft_piece", args=[draft.pk, CASES, 2])
    actions.write(draft=draft, file=CASES, line=2, text="", revision=0, by=engineer, now=NOW)
    with clock.set_to(NOW):
        refused = signed_in(make_person("quality_engineer")).post(
            page, {"text": "- 我写的", "version": 0, "entry": key_of(case), "keep": "1"}
        )
    text = refused.content.decode()
    assert (refused.status_code, "我写的" in text, "现在找不到了" in text) == (422, True, True)
    assert row_of(draft).revision == 1
    assert line_of(draft.files[rule.file], rule.id) == rule.line
    assert line_of("a: 1\nb:\n  a: 2\n", "a") is None


def test_a_text_left_open_is_told_as_written_on_an_older_state(
    draft, engineer, open_page, monkeypatch
):
    """The browser keeps what was typed; meanwhile another saves the same entry."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    other = make_person("quality_engineer")
    address = reverse("policy:draft_piece", args=[draft.pk, CASES, 2])
    page = open_page(address, person=other)
    text = page.locator("textarea")
    text.fill(text.input_value().replace("T1,", "T2,"))
    page.locator(".draft-note").wait_for()
    entry = piece_at(draft.files[CASES], 2).text.replace("GOLD", "SILVER")
    actions.write(draft=draft, file=CASES, line=2, text=entry, revision=0, by=engineer, now=NOW)
    page.goto(page.url)
    page.locator(".draft-note").wait_for()
    assert "T2," in text.input_value()
    page.locator("button[name=keep]").click()
    page.locator(".form-errors", has_text=engineer.name).wait_for()
    assert "T2," in text.input_value()
    assert "SILVER" in page.locator("pre").inner_text()
    assert "SILVER" in row_of(draft).files[CASES]
    page.locator("button[name=keep]").click()
    page.wait_for_url("**/pack/drafts/*/?clause=*")
    assert "T2," in row_of(draft).files[CASES]
