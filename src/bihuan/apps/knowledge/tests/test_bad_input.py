"""What strangers and broken programs send to the doors of knowledge: one plain answer, nothing
changed, nothing shown that is for others.
"""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from bihuan.apps.knowledge.enums import Audience
from bihuan.apps.knowledge.models import Article, ArticleVersion, Use
from bihuan.apps.knowledge.tests.factories import drafted, published
from bihuan.apps.knowledge.tests.test_screens import written
from bihuan.base.evidence.models import File
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>[x](javascript:alert(3))"
OPEN = (Audience.STAFF, Audience.PUBLIC)
HUGE = "9" * 40


def kept():
    return (
        Article.objects.count(), ArticleVersion.objects.count(), Use.objects.count(), File.objects.count(),
        Fact.objects.count(),
    )  # fmt: skip


def told(**values):
    given = {
        "title": "门锁卡死",
        "symptom": "卡死",
        "remedy": "手动解锁",
        "audiences": ["ENGINEER"],
    }
    return given | values


# --- Programs


@pytest.mark.parametrize(
    "values",
    [
        {"title": ""}, {"title": "x" * 161}, {"title": "\x00"}, {"title": "门\x00锁"}, {"title": 7}, {"title": None},
        {"title": ["x"]}, {"body": "x" * 30_001}, {"body": "\x00"}, {"kind": "NONSENSE"}, {"kind": None},
        {"audiences": ["EVERYBODY"]}, {"audiences": "ENGINEER"}, {"codes": ["x"] * 21}, {"codes": ["\x00"]},
        {"codes": "E1"}, {"codes": [{"a": 1}]}, {"families": ["f"] * 21}, {"model_codes": ["\x00"]},
        {"model_codes": ["m"] * 51}, {"safety": "perhaps"}, {"part": "p" * 61}, {"symptom": ""},
        {"title": "\ud800"}, {"audiences": []},
    ],
)  # fmt: skip
def test_an_article_that_makes_no_sense_is_a_sentence(values):
    engineer, before = signed_in(make_person("field_engineer")), kept()
    answer = engineer.post("/api/knowledge/", told(**values), "application/json")
    assert answer.status_code == 422, answer.content
    assert answer.json()["message"]
    assert kept() == before


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 9000, b'{"title": "x"']
)
def test_what_is_no_json_is_refused(body):
    engineer, before = signed_in(make_person("field_engineer")), kept()
    answer = engineer.post("/api/knowledge/", body, "application/json")
    assert answer.status_code in (400, 422), answer.content
    assert answer.json()["message"]
    assert kept() == before


def test_fields_that_are_not_asked_for_change_nothing_of_any_size():
    engineer, other = make_person("field_engineer"), make_person("technical_head")
    more = {
        "id": 1, "pk": 1, "status": "PUBLISHED", "published": 1, "owner": other.pk, "author": other.pk, "helpful": 99,
        "number": "ZS-000001", "files": [1], "more": "z" * 500_000,
    }  # fmt: skip
    answer = signed_in(engineer).post("/api/knowledge/", told(**more), "application/json")
    assert answer.status_code == 201, answer.content
    row = Article.objects.get()
    assert (row.status, row.author, row.owner, row.helpful) == ("DRAFT", engineer, engineer, 0)
    assert (row.published, list(row.latest.files)) == (0, [])


@pytest.mark.parametrize(
    "query",
    [
        "q=%00", "q=%ff", "q=" + "x" * 101, "kind=NONSENSE", "family=%00", "family=" + "f" * 31, "after=-1",
        "after=" + HUGE, "after=x", "limit=0", "limit=101", "limit=x", "q=%25_%5C'--", "q=" + "(" * 100,
    ],
)  # fmt: skip
def test_odd_questions_are_answered_or_refused_and_show_nothing_of_others(query):
    secret = published(title="只给技术人员", audiences=(Audience.ENGINEER,))
    answer = signed_in(make_person("sales")).get(f"/api/knowledge/?{query}")
    assert answer.status_code in (200, 422), answer.content
    assert secret.title not in answer.content.decode()


@pytest.mark.parametrize("pk", ["0", "-1", HUGE, "x", "1%00", "%2e%2e%2f"])
def test_a_guessed_number_is_no_article(pk):
    published(audiences=(Audience.ENGINEER,))
    for client in (signed_in(make_person("sales")), Client()):
        for address in (f"/api/knowledge/{pk}", f"/knowledge/{pk}/", f"/help/{pk}/", f"/help/{pk}/files/{pk}/"):  # fmt: skip
            assert client.get(address).status_code in (302, 401, 404), address


# --- Attachments


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * 5_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("a.html", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("a.jpg", b"GIF89a/*" + b"x" * 90 + b"*/=1;alert(1)"),
        ("a.pdf", b"<!DOCTYPE html><script>alert(1)</script>%PDF-1.7"),
        ("a.docx", bomb()),
        ("a.exe", b"MZ" + b"\x00" * 200),
        ("leer.txt", b""),
    ],
)  # fmt: skip
def test_a_hostile_attachment_is_refused_and_the_words_stay(name, body):
    author = make_person("field_engineer")
    before = kept()
    answer = signed_in(author).post(
        reverse("knowledge:new"),
        written(owner=author.pk, files=[SimpleUploadedFile(name, body)]),
    )
    assert answer.status_code == 422
    assert "手动解锁" in answer.content.decode()
    assert kept() == before


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.txt", "..\\..\\boot.txt", "/abs/a.txt", "a\x00b.txt", "a\u202etxt.exe.txt", "x" * 400 + ".txt", "<img src=x onerror=alert(1)>.txt", "CON.txt"]
)  # fmt: skip
def test_the_name_of_a_file_is_a_name_and_nothing_else(name, settings):
    author = make_person("field_engineer")
    answer = signed_in(author).post(
        reverse("knowledge:new"),
        written(owner=author.pk, files=[SimpleUploadedFile(name, "间隙\n".encode())]),
    )
    assert answer.status_code in (302, 422), answer.content
    for file in File.objects.all():
        assert not set(file.name) & set("/\\\x00\u202e\r\n")
        assert len(file.name) <= 255
        row = Article.objects.get()
        page = signed_in(author).get(
            reverse("knowledge:article", args=[row.pk]) + "?version=latest"
        )
        assert "<img src=x" not in page.content.decode()
        sent = signed_in(author).get(reverse("evidence:file", args=[file.pk]))
        assert sent.status_code == 200
        assert sent["X-Content-Type-Options"] == "nosniff"
        assert "\n" not in sent["Content-Disposition"]


@pytest.mark.parametrize("kept_files", [["0"], ["-1"], [HUGE], ["x"], ["１"]])
def test_a_guessed_file_is_not_attached(kept_files):
    author = make_person("field_engineer")
    row = drafted(author)
    data = written(owner=author.pk, seen=1, kept=kept_files)
    answer = signed_in(author).post(reverse("knowledge:edit", args=[row.pk]), data)
    assert answer.status_code in (302, 422)
    row.refresh_from_db()
    assert row.files == []


@pytest.mark.parametrize(
    "values",
    [
        {"title": "\x00"}, {"title": "x" * 200}, {"body": "x" * 30_001}, {"remedy": "\x00"}, {"kind": "NONSENSE"},
        {"owner": HUGE}, {"owner": "0"}, {"audiences": ["EVERYBODY"]}, {"model_codes": ["\x00"]}, {"families": ["'--"]},
        {"codes": "\x00"},
    ],
)  # fmt: skip
def test_nonsense_in_the_form_is_a_sentence_and_no_article(values):
    author, before = make_person("field_engineer"), kept()
    answer = signed_in(author).post(
        reverse("knowledge:new"), written(**{"owner": author.pk} | values)
    )
    assert answer.status_code == 422
    assert kept() == before


# --- The public help


def test_markup_is_never_markup_for_the_public():
    row = published(
        title=MARKUP, title_en=MARKUP, part=MARKUP[:50], symptom=MARKUP[:70], cause=MARKUP, remedy=MARKUP, body=MARKUP,
        audiences=OPEN,
    )  # fmt: skip
    for address in (
        "/help/",
        f"/help/{row.pk}/",
        "/help/?q=" + "%3Cscript%3Ealert(1)%3C/script%3E",
    ):
        page = Client().get(address).content.decode()
        assert "<script>alert(1)" not in page, address
        assert "<img src=x" not in page, address
        assert 'href="javascript' not in page, address


@pytest.mark.parametrize(
    "query", ["%00", "%ff%fe", "x" * 5000, "%25%25%25", "(((", "\\", "'; DROP TABLE--"]
)
def test_an_odd_search_of_the_public_is_answered(query):
    published(title="金丝雀内部", audiences=(Audience.STAFF,))
    page = Client().get(f"/help/?q={query}&page=-1&page={HUGE}")
    assert page.status_code == 200
    assert "金丝雀" not in page.content.decode()


@pytest.mark.parametrize(
    "values",
    [
        {"machine": "\x00"}, {"machine": "x" * 5000}, {"what": "\x00"}, {"what": "门" * 20_000}, {"what": MARKUP},
        {"machine": "../../"}, {},
    ],
)  # fmt: skip
def test_what_a_reporter_writes_is_answered_and_not_kept(values):
    published(title="金丝雀内部门锁", audiences=(Audience.STAFF,))
    before = kept()
    page = Client().post("/report/suggest/", values, headers={"HX-Request": "true"})
    assert page.status_code == 200, page.content
    assert "金丝雀" not in page.content.decode()
    assert "<script>alert(1)" not in page.content.decode()
    assert kept() == before


@pytest.mark.parametrize("key", ["", "x", "\x00", "' OR 1=1", "0" * 5000])
def test_a_thanks_without_its_page_counts_nothing(key):
    row, before = published(audiences=OPEN), None
    before = kept()
    assert Client().post(f"/help/{row.pk}/helped/", {"key": key}).status_code in (409, 410, 422)
    assert kept() == before


def test_a_file_of_another_article_is_not_given_out_through_a_public_one():
    author = make_person("field_engineer")
    signed_in(author).post(
        reverse("knowledge:new"),
        written(owner=author.pk, files=[SimpleUploadedFile("内部.txt", "内部间隙\n".encode())]),
    )
    file, row = File.objects.get(), published(audiences=OPEN)
    answer = Client().get(f"/help/{row.pk}/files/{file.pk}/")
    assert answer.status_code == 404
    assert "内部间隙" not in answer.content.decode()
