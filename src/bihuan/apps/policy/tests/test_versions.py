from __future__ import annotations

import io
import threading
import zipfile
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from bihuan.apps.people.tests.factories import NOW, company_calendar, person
from bihuan.apps.policy import actions, queries
from bihuan.apps.policy.actions import NotReady, NotRetroactive, SameVersion
from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.tests.factories import centrifuge_in_force
from bihuan.apps.policy.wellness import parameters
from bihuan.base.errors import BadInput
from bihuan.base.facts.models import Fact
from bihuan.base.together import together

pytestmark = pytest.mark.django_db


def next_version(version="2026.2", **changes):
    files = actions.shipped("centrifuge")
    head = files["pack.yaml"]
    current = next(line for line in head.splitlines() if line.startswith("version:"))
    files["pack.yaml"] = head.replace(current, f'version: "{version}"')
    return files | changes


@pytest.fixture
def first():
    company_calendar()
    return centrifuge_in_force()


def test_the_next_version_ends_the_one_before_at_the_same_instant(first):
    start = NOW + timedelta(days=23)
    second = actions.bring_in(files=next_version(), from_at=start, by=None, now=NOW)
    assert queries.version_at(start - timedelta(seconds=1)).pk == first.pk
    assert queries.version_at(start).pk == second.pk


def test_a_block_of_deeds_looks_the_version_up_once_and_sees_what_it_publishes(
    first, django_assert_num_queries
):
    start = NOW + timedelta(days=23)
    with transaction.atomic(), together():
        assert queries.version_at(start).pk == first.pk
        with django_assert_num_queries(0):
            assert queries.version_at(NOW).pk == first.pk
        second = actions.bring_in(files=next_version(), from_at=start, by=None, now=NOW)
        assert queries.version_at(start).pk == second.pk
        assert queries.version_at(start - timedelta(seconds=1)).pk == first.pk
    assert queries.version_at(start).pk == second.pk


def test_a_pack_that_cannot_be_read_is_refused_with_its_place_and_nothing_is_published(first):
    files = next_version()
    path = next(name for name in files if name.startswith("rules/"))
    files[path] = files[path].replace("must:", "mst:", 1)
    with pytest.raises(BadInput) as refused:
        actions.bring_in(files=files, from_at=NOW, by=None, now=NOW)
    assert any(place.startswith(path) for place in refused.value.fields)
    assert PackVersion.objects.count() == 1


def test_a_pack_whose_case_fails_does_not_take_force(first):
    files = next_version()
    files["pack.yaml"] = (
        files["pack.yaml"]
        .replace("fault.phone: 4h", "fault.phone: 5h")
        .replace("{value: 4h", "{value: 5h")
    )
    with pytest.raises(NotReady):
        actions.bring_in(files=files, from_at=NOW, by=None, now=NOW)
    assert PackVersion.objects.count() == 1
    assert Fact.objects.filter(kind="pack.published").count() == 1


def test_a_rule_on_a_calendar_that_there_is_not_keeps_a_pack_from_force(first):
    files = next_version()
    path = next(path for path in files if path.startswith("rules/") and "24x7" in files[path])
    files[path] = files[path].replace("24x7", "27x4", 1)
    with pytest.raises(NotReady) as refused:
        actions.bring_in(files=files, from_at=NOW, by=None, now=NOW)
    assert f"{path}:" in str(refused.value)
    assert "calendar: 24x7" in str(refused.value)
    assert PackVersion.objects.count() == 1
    assert Fact.objects.filter(kind="pack.published").count() == 1


def test_no_version_takes_force_in_the_past(first):
    with pytest.raises(NotRetroactive):
        actions.bring_in(files=next_version(), from_at=NOW - timedelta(minutes=1), by=None, now=NOW)
    assert queries.version_at(NOW).pk == first.pk


def test_a_version_number_is_used_once(first):
    with pytest.raises(SameVersion):
        actions.draft(files=actions.shipped("centrifuge"), by=None, now=NOW)


def test_the_database_refuses_to_change_a_published_version(first):
    for change in ({"hash": "0" * 64}, {"files": {}}, {"version": "9"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PackVersion.objects.filter(pk=first.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        first.delete()
    assert PackVersion.objects.get(pk=first.pk).hash == first.hash


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_the_pack_centre_opens_in_both_languages(client, first, language):
    client.force_login(person("何敏", "quality_engineer"))
    client.cookies["bihuan_language"] = language
    for name in ("home", "parameters", "tiers", "choices", "cases", "versions"):
        page = client.get(reverse(f"policy:{name}"))
        assert page.status_code == 200, name


def test_a_clause_opens_as_it_stood_at_a_time(client, first):
    client.force_login(person("何敏", "quality_engineer"))
    page = client.get(
        reverse("policy:clause", args=["S0-5.3a"]), {"at": "2026-03-01T00:00:00+08:00"}
    )
    assert "五·3" in page.content.decode()
    assert client.get(reverse("policy:clause", args=["S0-99"])).status_code == 404


def test_a_draft_tells_what_it_changes_and_which_sentences_it_breaks(client, first):
    client.force_login(person("何敏", "quality_engineer"))
    files = next_version()
    files["pack.yaml"] = files["pack.yaml"].replace(
        "fault.phone: {value: 4h", "fault.phone: {value: 2h"
    )
    draft = actions.draft(files=files, by=None, now=NOW)
    page = client.get(reverse("policy:changes", args=[draft.pk])).content.decode()
    assert "4 小时" in page
    assert "2 小时" in page
    assert "不再成立的案例" in page
    assert "跨年夜 22:30 报紧急故障，元旦 02:30 前电话响应" in page
    assert "这是第一个版本" not in page
    alone = client.get(reverse("policy:changes", args=[first.pk])).content.decode()
    assert "这是第一个版本" in alone
    assert client.get(reverse("policy:changes", args=[draft.pk + 1])).status_code == 404


def test_a_version_is_compared_with_the_one_whose_place_it_took(first):
    second = actions.bring_in(
        files=next_version(), from_at=NOW + timedelta(days=9), by=None, now=NOW
    )
    third = actions.bring_in(
        files=next_version("2026.3"), from_at=NOW + timedelta(days=5), by=None, now=NOW
    )
    draft = actions.draft(files=next_version("2026.4"), by=None, now=NOW)
    before = [queries.version_before(each) for each in (first, second, third, draft)]
    assert [each and each.version for each in before] == [None, "2026.3", first.version, "2026.2"]


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in files.items():
            archive.writestr(f"centrifuge/{path}", text)
    buffer.seek(0)
    buffer.name = "pack.zip"
    return buffer


def test_a_zip_comes_in_from_the_screen_as_a_draft_and_goes_out_the_same(client, first):
    client.force_login(person("顾远", "general_manager"))
    files = next_version()
    answer = client.post(reverse("policy:bring"), {"folder": zipped(files)})
    assert answer.status_code == 302
    row = PackVersion.objects.get(version="2026.2")
    assert (row.status, row.base) == (Status.DRAFT, first)
    archive = zipfile.ZipFile(
        io.BytesIO(client.get(reverse("policy:download", args=[row.pk])).content)
    )
    assert {
        name.split("/", 1)[1]: archive.read(name).decode()
        for name in archive.namelist()
        if not name.endswith("signature.json")
    } == files


def test_nobody_puts_a_second_version_into_force_alone(client, first):
    client.force_login(person("顾远", "general_manager"))
    url = reverse("policy:publish")
    given = {"folder": zipped(next_version()), "from_at": "2099-01-01T00:00"}
    for answer in (client.get(url), client.post(url, given)):
        assert (answer.status_code, answer.url) == (302, reverse("policy:bring"))
    assert list(PackVersion.objects.all()) == [first]
    assert url not in client.get(reverse("policy:versions")).content.decode()


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04"])
def test_what_is_no_zip_gets_a_plain_sentence(client, first, content):
    client.force_login(person("顾远", "general_manager"))
    upload = io.BytesIO(content)
    upload.name = "pack.zip"
    answer = client.post(reverse("policy:bring"), {"folder": upload})
    assert answer.status_code == 422
    assert PackVersion.objects.count() == 1


def test_an_account_manager_reads_but_does_not_publish(client, first):
    client.force_login(person("李慕言", "account_manager"))
    assert client.get(reverse("policy:home")).status_code == 200
    assert client.get(reverse("policy:publish")).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_the_first_regulation_at_once_the_second_is_told():
    company_calendar()
    start, ready, found = NOW + timedelta(days=1), threading.Barrier(2), []

    def publish(version):
        try:
            ready.wait(30)
            actions.bring_in_first(
                files=next_version(version), from_at=start + timedelta(days=len(version)), by=None, now=NOW
            )  # fmt: skip
            found.append("published")
        except Exception as error:  # noqa: BLE001 - looked at below
            found.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=(name,)) for name in ("2026.7", "2026.8b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["NotTheFirst", "published"]
    assert PackVersion.objects.count() == 1


READ_BY_AN_APP = [
    ("monitoring.night_classes", "URGENT HIHG", "value: HIGH"),
    ("monitoring.answer_min", "URGENT 5 minutes", "value: URGENT 5, HIGH 15, NORMAL 120"),
    ("monitoring.answer_min", "URGNT 5", "value: URGENT"),
    ("monitoring.answer_min", "URGENT 5, URGENT 15", "URGENT"),
    ("monitoring.desk_calendar", "24x5", "value: 24x7"),
    ("monitoring.desk_steps", "remote_specialist care_leed", "value: care_lead"),
    ("monitoring.call_most_h", "2 days", "value: 48"),
    ("tickets.page_ways", "MESSAGE SMS VOCE", "value: VOICE"),
    ("tickets.danger_words", "，", "value: 受伤, 起火, on fire"),
    ("waiver.per_clause", "2.5", "value: 20"),
    ("talk.needs", "a lot", "value: 25%"),
    ("tickets.page_role", "desk_lead care_lead", "value: desk_lead"),
    ("tickets.page_severities", "URGENT, HIG", "value: HIGH"),
    ("tickets.desk_calendar", "cnn", "value: cn"),
    ("callbacks.hours", "9-12 13:30-18:00", "value: 09:00-12:00 13:30-18:00"),
    ("callbacks.sample_share", "ten", "value: 10%"),
    ("portal.engineer", "SURENAME", "value: SURNAME"),
    ("waiver.per_clause", "ten", "value: 20"),
    ("overdue.bands", "7, x", "value: [7, 30, 90]"),
    ("customers.merge_undo_days", "a month", "value: 30"),
    ("pause.longest", "30x", "value: 30d"),
]


def saying(name, value):
    """The next version, with one parameter that says this."""
    files = next_version()
    lines = files["pack.yaml"].splitlines()
    given = f'  {name}: {{value: "{value}", clause: S0-5.1, title: {{zh: 试, en: Trial}}}}'
    place = next((n for n, line in enumerate(lines) if line.startswith(f"  {name}:")), None)
    if place is None:
        place = lines.index("parameters:") + 1
        lines.insert(place, given)
    else:
        lines[place] = given
    files["pack.yaml"] = "\n".join(lines) + "\n"
    return files, f"pack.yaml:{place + 1} "


@pytest.mark.parametrize(("name", "value", "remedy"), READ_BY_AN_APP)
def test_a_value_that_no_app_can_read_keeps_a_pack_from_force(first, name, value, remedy):
    files, place = saying(name, value)
    with pytest.raises(NotReady) as refused:
        actions.bring_in(files=files, from_at=NOW, by=None, now=NOW)
    said = next(line for line in refused.value.faults if name in line)
    assert said.startswith(place) and remedy in said
    assert PackVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("monitoring.night_classes", "URGENT, HIGH"), ("monitoring.night_classes", "URGENT，HIGH"),
        ("monitoring.night_classes", ""), ("monitoring.answer_min", "URGENT=5，HIGH: 15"),
        ("monitoring.desk_steps", "remote_specialist, care_lead"), ("tickets.page_ways", "SMS、VOICE"),
        ("callbacks.hours", "09:00-12:00, 13:30-18:00"), ("monitoring.consent_first", "DATA, POSITION"),
    ],
)  # fmt: skip
def test_lists_are_written_with_blanks_or_commas(first, name, value):
    files, _place = saying(name, value)
    assert actions.bring_in(files=files, from_at=NOW, by=None, now=NOW).status == Status.PUBLISHED


def test_what_was_published_before_it_was_checked_is_named_on_the_status_page(first):
    assert parameters(NOW)[1] == ""
    files, place = saying("monitoring.night_classes", "URGENT HIHG")
    from_at = NOW - timedelta(minutes=1)
    PackVersion.objects.filter(pk=first.pk).update(in_force_to=from_at)
    PackVersion.objects.create(
        code=first.code, version="2026.2", title=first.title, files=files, hash="before", status=Status.PUBLISHED,
        in_force_from=from_at, made_at=from_at, published_at=from_at,
    )  # fmt: skip
    assert parameters(NOW)[1].startswith(place)


def test_threads_that_ask_at_once_read_a_pack_once(monkeypatch):
    files, asked, meet = next_version("threads"), [], threading.Barrier(3, timeout=30)
    read = queries.read

    def counted(*given):
        asked.append(1)
        return read(*given)

    monkeypatch.setattr(queries, "read", counted)
    found = []

    def ask():
        meet.wait()
        found.append(queries.read_files(files))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(asked) == 1
    assert found[0] is found[1] is found[2]
