from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from email.message import Message
from email.utils import collapse_rfc2231_value
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from bihuan.base.evidence import errors
from bihuan.base.evidence.actions import intact, path_of, store
from bihuan.base.evidence.models import File
from bihuan.base.evidence.queries import may_see
from bihuan.base.testing.people import make_person, signed_in

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    return settings.EVIDENCE_ROOT


def left(folder) -> list:
    return [path for path in folder.rglob("*") if path.is_file()]


def photo(**exif) -> bytes:
    image = Image.new("RGB", (400, 300), "red")
    out = io.BytesIO()
    tags = Image.Exif()
    tags[0x010E] = "GPS 30.27N 120.15E"
    tags[0x0112] = 6
    image.save(out, "JPEG", exif=tags)
    return out.getvalue()


def plain(form, width, height, **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, form, **more)
    return out.getvalue()


GREW = r"""
import re, sys
from bihuan.base.evidence.images import Image, rewritten
Image.init()
def held():  # of this program: `getrusage` begins with what its parent held
    return int(re.search(r"VmHWM:\s*(\d+)", open("/proc/self/status").read())[1]) // 1024
content, before = sys.stdin.buffer.read(), held()
print(*rewritten(content, sys.argv[1])[2:], held() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells what was held")
def test_a_large_photo_takes_little_memory():
    """Figures in MB, of a process of its own; the whole picture would be 256."""
    tags = Image.Exif()
    tags[0x0112] = 6
    large = plain("JPEG", 9248, 6936, exif=tags)
    said = subprocess.run(
        [sys.executable, "-c", GREW, "image/jpeg"], input=large, capture_output=True, check=True
    )
    width, height, grew = map(int, said.stdout.split())
    assert (width, height) == (3072, 4096)
    assert grew < 200


def test_a_photo_is_written_anew_without_its_place():
    file = store(SimpleUploadedFile("现场.JPG", photo()), by=None, now=NOW)
    kept = path_of(file).read_bytes()
    assert b"GPS" not in kept
    assert (file.width, file.height) == (300, 400)
    assert file.name == "现场.jpg"
    assert file.original_sha256 != file.sha256
    assert intact(file)


def test_the_same_content_is_kept_once_under_each_name_that_it_was_given(folder):
    first = store(b"abc", by=None, now=NOW, name="a.txt")
    assert store(b"abc", by=None, now=NOW, name="a.txt") == first
    second = store(b"abc", by=None, now=NOW, name="b.txt")
    assert (first.name, second.name) == ("a.txt", "b.txt")
    assert len(left(folder)) == 1


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("..\\..\\etc/passwd", "passwd.txt"),
        ("合同\r\nSet-Cookie a=b.txt", "合同Set-Cookie a=b.txt"),
        ("photo\u202egnp.exe\u2066\u200f", "photognp.txt"),
        ("一\u2028二\u0000三.TXT", "一二三.txt"),
        ("...", "file.txt"),
        ("\u202e.txt", "file.txt"),
        ("长" * 300 + ".txt", "长" * 66 + ".txt"),
        ('名"单;=.txt', '名"单;=.txt'),
    ],
)
def test_a_name_is_shown_as_it_was_given_made_safe(given, shown):
    sender = make_person("sales")
    file = store(b"abc", by=sender, now=NOW, name=given)
    assert file.name == shown
    header = signed_in(sender).get(f"/evidence/{file.pk}/").headers["Content-Disposition"]
    assert header.startswith("attachment; filename")
    assert sent_name(header) == shown


def sent_name(header: str) -> str:
    """The name in a header, as a browser reads it."""
    line = Message()
    line["Content-Disposition"] = header
    found = line.get_param("filename", header="Content-Disposition")
    assert found is not None
    return collapse_rfc2231_value(found)


def test_a_refusal_names_a_file_made_safe():
    with pytest.raises(errors.FileKindRefused) as refused:
        store(b"MZ\x90\0" + b"\0" * 300, by=None, now=NOW, name="a/\u202egpj.exe")
    assert "gpj.exe" in str(refused.value)
    assert "\u202e" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", errors.FileEmpty),
        (b"MZ\x90\0" + b"\0" * 300, errors.FileKindRefused),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", errors.FileKindRefused),
        (b"<!DOCTYPE html><p>x", errors.FileKindRefused),
        (b"PK\x03\x04garbage", errors.FileKindRefused),
        (photo()[:200], errors.ImageBroken),
        (plain("PNG", 8900, 8900), errors.ImageTooLarge),
        (plain("WEBP", 4100, 4100), errors.ImageTooLarge),
        (plain("JPEG", 8900, 8900, progressive=True), errors.ImageTooLarge),
    ],
)
def test_what_is_no_evidence_leaves_nothing(folder, content, error):
    with pytest.raises(error):
        store(content, by=None, now=NOW, name="照片.jpg")
    assert left(folder) == []
    assert File.objects.count() == 0


def test_the_name_does_not_decide_the_kind():
    file = store(b"%PDF-1.7\n%...", by=None, now=NOW, name="x/..\\..\\photo\u202egpj.exe")
    assert (file.kind, file.name) == ("application/pdf", "photogpj.pdf")


def test_a_workbook_with_macros_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr("xl/vbaProject.bin", "x")
    with pytest.raises(errors.FileKindRefused):
        store(out.getvalue(), by=None, now=NOW, name="a.xlsx")


def test_too_big_a_text_is_refused(folder, monkeypatch):
    from bihuan.base.evidence import kinds

    monkeypatch.setitem(kinds.KINDS, "text/plain", kinds.Kind("text/plain", "txt", 10))
    with pytest.raises((errors.FileTooBig, errors.FileKindRefused)):
        store(b"x" * 11, by=None, now=NOW, name="a.txt")
    assert left(folder) == []


def test_only_those_who_may_see_get_it_and_as_an_attachment():
    sender, other = make_person("sales"), make_person("administrator")
    file = store(b"abc", by=sender, now=NOW, name='名"单.txt')
    assert may_see(sender, file)
    assert not may_see(other, file)
    answer = signed_in(sender).get(f"/evidence/{file.pk}/")
    assert b"".join(answer.streaming_content) == b"abc"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    foreign = signed_in(other).get(f"/evidence/{file.pk}/")
    absent = signed_in(other).get("/evidence/999999/")
    assert foreign.status_code == absent.status_code == 404
