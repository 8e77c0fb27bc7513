"""A draft is changed piece by piece, always readable, tried, approved by another, and then holds."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.urls import reverse

from bihuan.apps.people.actions import first_calendar
from bihuan.apps.policy import actions as policy
from bihuan.apps.policy import queries
from bihuan.apps.policy.drafts import actions, pages
from bihuan.apps.policy.drafts.actions import NotADraft, NothingChanged, OwnApproval
from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.pages import value_words
from bihuan.apps.policy.tests import factories as make
from bihuan.base import clock
from bihuan.base.audit.models import Entry
from bihuan.base.errors import BadInput, ChangedMeanwhile
from bihuan.base.notify.models import Notice
from bihuan.base.testing.people import make_person, signed_in
from bihuan.lib.policy.pieces import piece_at

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-10T09:00+08:00")
PHONE = "fault.urgent.phone"
CASES = "cases/faults.yaml"


@pytest.fixture
def first():
    first_calendar(now=make.SINCE)
    return make.small_in_force()


@pytest.fixture
def engineer(db):
    return make_person("quality_engineer")


@pytest.fixture
def draft(first, engineer):
    return actions.revise(version=first, name="2026.12", by=engineer, now=NOW)


def stricter(draft, engineer):
    """Two hours instead of four, with the sentence that says so."""
    draft = actions.set_parameter(
        draft=draft, name="fault.phone", value="2h", revision=draft.revision, by=engineer, now=NOW
    )
    text = piece_at(draft.files[CASES], 2).text.replace("T03:10", "T01:10")
    return actions.write(
        draft=draft, file=CASES, line=2, text=text, revision=draft.revision, by=engineer, now=NOW
    )


def test_a_changed_value_changes_the_card_the_text_and_the_cases_together(draft, first, engineer):
    before = queries.pack_of(draft)
    after = actions.set_parameter(
        draft=draft, name="fault.phone", value="2h", revision=0, by=engineer, now=NOW
    )
    pack = queries.pack_of(after)
    assert str(pack.parameters["fault.phone"].value) == "2h"
    assert "2 小时" in dict(pack.rules[PHONE].card())["限"]
    assert "4 小时" in dict(before.rules[PHONE].card())["限"]
    seen = pages.page(after, "A-1", "zh")
    assert seen["changed_clauses"] == {"A-1"}
    (desk,) = seen["desks"]
    assert "4 小时" in desk.changed["限"]
    assert next(each for each in desk.values if each.field == "within").before == "4h"
    assert any("03-08 03:10" in fault for case in seen["cases"] for fault in case["faults"])
    # the text says four hours still, until it is written anew
    assert seen["still_said"] == [("四小时内", "2 小时")]
    assert pages.page(draft, "A-1", "zh")["still_said"] == []
    line = pack.clauses["A-1"].line
    text = piece_at(after.files["pack.yaml"], line).text.replace("四小时", "两小时")
    written = actions.write(
        draft=after, file="pack.yaml", line=line, text=text, revision=1, by=engineer, now=NOW
    )
    assert pages.page(written, "A-1", "zh")["still_said"] == []
    assert pages.page(written, "A-1", "en")["still_said"] == [("within four hours", "2 hours")]
    # only the one line of the file is another
    lines = zip(
        draft.files["pack.yaml"].splitlines(), after.files["pack.yaml"].splitlines(), strict=True
    )
    assert [(a.count("4h"), b.count("2h")) for a, b in lines if a != b] == [(1, 1)]
    assert PackVersion.objects.get(pk=first.pk).hash == first.hash
    entry = Entry.objects.filter(verb="policy.changed").earliest("pk")
    assert entry.after["what"] == "parameter fault.phone"


@pytest.mark.parametrize(
    ("deed", "more", "sentence"),
    [
        (actions.set_parameter, {"name": "fault.phone", "value": "soon"}, "soon"),
        (actions.set_parameter, {"name": "nothing", "value": "2h"}, "nothing"),
        (actions.set_field, {"rule": PHONE, "field": "by", "value": "nobody"}, "nobody"),
        (actions.choose, {"choice": "nothing", "option": "x"}, "选项"),
        (actions.write, {"file": "rules/faults.yaml", "line": 1, "text": "rules: {a: ["}, "rules/faults.yaml"),
        (actions.write, {"file": "nothing.yaml", "line": 1, "text": "a: 1"}, "nothing.yaml"),
        (actions.write, {"file": "pack.yaml", "line": 99_999, "text": "a: 1"}, "99999"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_sentence_and_nothing_is_kept(
    draft, engineer, deed, more, sentence
):
    with pytest.raises(BadInput) as refused:
        deed(draft=draft, revision=0, by=engineer, now=NOW, **more)
    assert any(sentence in text for text in refused.value.fields.values())
    row = PackVersion.objects.get(pk=draft.pk)
    assert (row.files, row.hash, row.revision) == (draft.files, draft.hash, 0)


def test_of_two_people_at_one_draft_the_second_is_told_and_loses_nothing_of_the_first(
    draft, engineer
):
    other = make_person("quality_engineer")
    actions.set_parameter(
        draft=draft, name="fault.phone", value="2h", revision=0, by=engineer, now=NOW
    )
    with pytest.raises(ChangedMeanwhile):
        actions.set_parameter(
            draft=draft, name="fault.phone", value="3h", revision=0, by=other, now=NOW
        )
    kept = queries.pack_of(PackVersion.objects.get(pk=draft.pk))
    assert str(kept.parameters["fault.phone"].value) == "2h"


def test_who_opens_a_draft_sees_first_what_was_changed(draft, engineer):
    first, *_, last = queries.pack_of(draft).clauses.values()
    assert pages.page(draft, "", "zh")["chosen"].id == first.id
    text = piece_at(draft.files[last.file], last.line).text.replace(last.title.zh, "改了的")
    draft = actions.write(
        draft=draft, file=last.file, line=last.line, text=text, revision=draft.revision,
        by=engineer, now=NOW,
    )  # fmt: skip
    assert pages.page(draft, "", "zh")["chosen"].title == "改了的"
    assert pages.page(draft, first.id, "zh")["chosen"].id == first.id


def test_an_entry_is_taken_out_by_its_button_only(draft, engineer):
    page = reverse("policy:draft_piece", args=[draft.pk, CASES, 2])
    client = signed_in(engineer)
    with clock.set_to(NOW):
        empty = client.post(page, {"text": " ", "version": 0, "keep": "1"})
        assert empty.status_code == 422
        assert "要拿掉这一条，请按“拿掉”" in empty.content.decode()
        assert PackVersion.objects.get(pk=draft.pk).files == draft.files
        assert client.post(page, {"text": "x", "version": 0, "remove": "1"}).status_code == 302
    assert queries.pack_of(PackVersion.objects.get(pk=draft.pk)).cases == ()


def test_a_rule_is_written_added_and_taken_out(draft, engineer):
    rule = queries.pack_of(draft).rules[PHONE]
    text = piece_at(draft.files[rule.file], rule.line).text
    text = text.replace(PHONE, f"{PHONE}.second").replace("紧急故障电话响应", "紧急故障再次电话")
    more = actions.add(
        draft=draft, file=rule.file, line=rule.line, text=text, revision=0, by=engineer, now=NOW
    )
    pack = queries.pack_of(more)
    assert list(pack.rules)[list(pack.rules).index(PHONE) + 1] == f"{PHONE}.second"
    new = pack.rules[f"{PHONE}.second"]
    less = actions.write(
        draft=more, file=new.file, line=new.line, text="", revision=1, by=engineer, now=NOW
    )
    assert less.files == draft.files


def test_sent_approved_by_another_and_in_force_on_the_day(draft, first, engineer):
    boss = make_person("general_manager")
    ready = stricter(draft, engineer)
    assert all(result.ok for result in queries.case_results(ready))
    sent = actions.submit(
        draft=ready, from_on=date(2026, 12, 1), note="夜里也要两小时", trial=None,
        revision=ready.revision, by=engineer, now=NOW,
    )  # fmt: skip
    notice = Notice.objects.get(to=boss, kind="policy.review")
    assert notice.title == {
        "zh": f"{sent.title['zh']} {sent.version} 等您批准",
        "en": f"{sent.title['en']} {sent.version} waits for your approval",
    }
    listed = signed_in(boss).get(reverse("policy:versions")).content.decode()
    assert listed.count(f'<span class="row-sub">{sent.title["zh"]}</span>') == 2
    with pytest.raises(NotADraft):
        actions.set_parameter(
            draft=sent, name="fault.phone", value="1h", revision=sent.revision, by=engineer, now=NOW
        )
    actions.approve(draft=sent, by=boss, now=NOW)
    version = PackVersion.objects.get(pk=draft.pk)
    assert version.status == Status.PUBLISHED
    assert version.in_force_from == datetime.fromisoformat("2026-12-01T00:00+08:00")
    assert queries.version_at(datetime.fromisoformat("2026-11-30T23:59+08:00")).pk == first.pk
    assert queries.version_at(version.in_force_from).pk == version.pk


def test_who_sent_it_does_not_approve_it_and_what_is_sent_back_says_why(draft, engineer):
    boss = make_person("general_manager")
    ready = stricter(draft, boss)
    sent = actions.submit(
        draft=ready, from_on=date(2026, 12, 1), note="", trial=None, revision=ready.revision,
        by=boss, now=NOW,
    )  # fmt: skip
    with pytest.raises(OwnApproval):
        actions.approve(draft=sent, by=boss, now=NOW)
    assert PackVersion.objects.get(pk=draft.pk).status == Status.REVIEW
    back = actions.take_back(draft=sent, why="夜班人手不够", by=engineer, now=NOW)
    assert back.status == Status.DRAFT
    assert Notice.objects.get(to=boss, kind="policy.sent_back").text["zh"] == "夜班人手不够"


@pytest.mark.parametrize("fault", ["same", "past", "case", "stale"])
def test_what_is_not_ready_is_not_sent(draft, engineer, fault):
    ready = draft if fault == "same" else stricter(draft, engineer)
    if fault == "case":
        ready = actions.set_parameter(
            draft=ready,
            name="fault.phone",
            value="3h",
            revision=ready.revision,
            by=engineer,
            now=NOW,
        )
    asked = {
        "from_on": date(2026, 11, 10) if fault == "past" else date(2026, 12, 1), "note": "",
        "trial": None, "revision": ready.revision + (fault == "stale"),
    }  # fmt: skip
    errors = {
        "same": NothingChanged,
        "past": BadInput,
        "case": policy.NotReady,
        "stale": ChangedMeanwhile,
    }
    with pytest.raises(errors[fault]):
        actions.submit(draft=ready, by=engineer, now=NOW, **asked)
    assert PackVersion.objects.get(pk=draft.pk).status == Status.DRAFT
    assert not Notice.objects.exists()


def test_a_case_that_fails_stands_among_what_keeps_a_draft_from_being_sent(draft, engineer):
    page = reverse("policy:findings", args=[draft.pk])
    client = signed_in(engineer)
    assert "可以送审了" in client.get(page).content.decode()
    actions.set_parameter(
        draft=draft, name="fault.phone", value="2h", revision=0, by=engineer, now=NOW
    )
    text = client.get(page).content.decode()
    assert "可以送审了" not in text
    assert "周六夜里报修" in text
    assert "03-08 03:10" in text


def test_a_sending_that_is_refused_lists_each_fault_and_leads_to_the_cases(draft, engineer):
    changed = actions.set_parameter(
        draft=draft, name="fault.phone", value="2h", revision=0, by=engineer, now=NOW
    )
    client, page = signed_in(engineer), reverse("policy:draft_submit", args=[draft.pk])
    with clock.set_to(NOW):
        answer = client.post(
            page, {"from_on": "2026-12-01", "revision": changed.revision, "note": "请批"}
        )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert [("周六夜里报修" in each) for each in answer.context["form"].non_field_errors()] == [
        True
    ]
    assert "有 1 处要改" in text
    assert reverse("policy:draft_cases", args=[draft.pk]) in text
    assert "请批</textarea>" in text
    assert PackVersion.objects.get(pk=draft.pk).status == Status.DRAFT
    assert not Notice.objects.exists()


def test_values_are_said_with_their_unit_in_both_languages():
    said = {
        "60d before fact.end_on": ("提前 60 天", "60 days before"), "2wd": ("2 个工作日", "2 working days"),
        "2 weeks from 2026-01-05": ("每 2 周（从 2026-01-05 起数）", "every 2 weeks (counted from 2026-01-05)"),
        "month": ("每月", "every month"), "somebody": ("somebody", "somebody"), "no": ("否", "no"),
        "PERSON_SAFETY": ("人身安全", "Safety of persons"), "demand.received": ("收到客户需求", "A demand was received"),
        "desk_lead": ("服务台主管", "Service desk lead"), "SOMETHING ELSE": ("SOMETHING ELSE", "SOMETHING ELSE"),
    }  # fmt: skip
    for value, both in said.items():
        assert tuple(value_words(value, lang) for lang in ("zh", "en")) == both


def test_a_name_that_is_taken_begins_no_draft(first, engineer):
    for name in (first.version, "", "x" * 21):
        with pytest.raises(BadInput):
            actions.revise(version=first, name=name, by=engineer, now=NOW)
    assert PackVersion.objects.count() == 1


def test_only_a_draft_is_thrown_away(draft, first, engineer):
    with pytest.raises(NotADraft):
        actions.discard(draft=first, by=engineer, now=NOW)
    actions.discard(draft=draft, by=engineer, now=NOW)
    assert list(PackVersion.objects.all()) == [first]


def test_a_value_that_a_chosen_reading_gives_is_changed_there(engineer):
    """The sentence on the card changes, not only the words that the reading lies over."""
    first_calendar(now=make.SINCE)
    choice = "      always: {title: {zh: 昼夜都算, en: Day and night}"
    head = make.SMALL["pack.yaml"].replace(choice, f"{choice}, set: {{fault.phone: 3h}}")
    files = make.SMALL | {"pack.yaml": head, CASES: make.SMALL[CASES].replace("T03:10", "T02:10")}
    first = policy.bring_in(files=files, from_at=make.SINCE, by=None, now=NOW)
    draft = actions.revise(version=first, name="2026.12", by=engineer, now=NOW)
    sent = {"target": "parameter", "name": "fault.phone", "value": "2h", "revision": 0}
    change, here = (
        reverse(f"policy:{name}", args=[draft.pk]) for name in ("draft_change", "draft")
    )
    client = signed_in(engineer)
    assert "3 小时" in client.get(here, {"clause": "A-1"}).content.decode()
    client.post(change, sent)
    page = client.get(here, {"clause": "A-1"}).content.decode()
    assert "<del>3 小时" in page and "2 小时" in page
    draft.refresh_from_db()
    before = first.files["pack.yaml"].replace('version: "1"', 'version: "2026.12"')
    assert draft.files["pack.yaml"] == before.replace("fault.phone: 3h}", "fault.phone: 2h}")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_whole_way_in_the_pages(first, engineer, language):
    client, boss = signed_in(engineer), signed_in(make_person("general_manager"))
    client.cookies["bihuan_language"] = "zh" if language == "zh-hans" else "en"
    with clock.set_to(NOW):
        client.post(reverse("policy:revise", args=[first.pk]), {"name": "2026.12"})
        draft = PackVersion.objects.get(status=Status.DRAFT)
        here = reverse("policy:draft", args=[draft.pk])
        change = reverse("policy:draft_change", args=[draft.pk])
        sent = {
            "target": "parameter",
            "name": "fault.phone",
            "value": "2h",
            "revision": 0,
            "clause": "A-1",
        }
        assert client.post(change, sent).status_code == 302
        page = client.get(here, {"clause": "A-1"}).content.decode()
        assert "<del>" in page
        wrong = client.post(
            change, sent | {"revision": 1, "value": "<b>soon"}, follow=True
        ).content.decode()
        assert "<b>soon" not in wrong
        assert "&lt;b&gt;soon" in wrong
        assert client.post(change, sent | {"target": "nothing"}).status_code == 404
        rule = queries.pack_of(draft).rules[PHONE]
        text = reverse("policy:draft_piece", args=[draft.pk, rule.file, rule.line])
        shown = client.get(text).content.decode()
        assert PHONE in shown
        new = piece_at(draft.files[rule.file], rule.line).text.replace(
            "remote_specialist", "service_desk"
        )
        seen = client.post(text, {"text": new, "version": 1, "preview": "1"}).content.decode()
        assert "<ins>" in seen
        assert PackVersion.objects.get(pk=draft.pk).revision == 1
        bad = client.post(
            text,
            {"text": new.replace("severity: high", "severity: hi"), "version": 1, "keep": "1"},
        )
        assert bad.status_code == 422
        assert f"{rule.file}:" in bad.content.decode()
        assert (
            client.get(reverse("policy:draft_piece", args=[draft.pk, "../x", 1])).status_code == 404
        )
        ready = stricter(PackVersion.objects.get(pk=draft.pk), engineer)
        submit = reverse("policy:draft_submit", args=[draft.pk])
        assert 'value="2026-12-01"' in client.get(submit).content.decode()
        assert (
            client.post(submit, {"from_on": "2026-11-01", "revision": ready.revision}).status_code
            == 422
        )
        assert (
            client.post(submit, {"from_on": "2026-12-01", "revision": ready.revision}).status_code
            == 302
        )
        assert client.get(here).status_code == 200
        assert client.post(reverse("policy:draft_approve", args=[draft.pk])).status_code == 403
        assert boss.get(here).status_code == 200
        boss.post(reverse("policy:draft_approve", args=[draft.pk]))
        assert PackVersion.objects.get(pk=draft.pk).status == Status.PUBLISHED
        assert client.get(here).status_code == 404


def test_who_may_not_edit_gets_into_no_page_of_a_draft(draft):
    client = signed_in(make_person("account_manager"))
    engineer = signed_in(make_person("quality_engineer"))
    assert engineer.get(reverse("policy:draft_cases", args=[draft.pk])).status_code == 200
    for name in ("draft", "draft_cases", "draft_submit"):
        assert client.get(reverse(f"policy:{name}", args=[draft.pk])).status_code == 403
    for name in ("draft_change", "draft_approve", "draft_back", "draft_discard"):
        assert client.post(reverse(f"policy:{name}", args=[draft.pk])).status_code == 403
    assert PackVersion.objects.get(pk=draft.pk).revision == 0
