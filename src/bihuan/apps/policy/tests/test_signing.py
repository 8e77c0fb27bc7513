"""What is approved is signed; what was changed afterwards is found."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse

from bihuan.apps.people.tests.factories import NOW, company_calendar, person
from bihuan.apps.policy import actions
from bihuan.apps.policy.models import PackSignature, PackVersion
from bihuan.apps.policy.tests.factories import centrifuge_in_force
from bihuan.base import clock
from bihuan.lib.policy.bundle import BadBundle, unzipped, verified, zipped

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def manager(client):
    company_calendar()
    centrifuge_in_force()
    user = person("顾远", "general_manager")
    client.force_login(user)
    return user


def files_of(version="2026.2"):
    files = actions.shipped("centrifuge")
    head = files["pack.yaml"]
    old = next(line for line in head.splitlines() if line.startswith("version:"))
    return files | {"pack.yaml": head.replace(old, f'version: "{version}"')}


@pytest.fixture
def approved(manager):
    return actions.bring_in(files=files_of(), from_at=NOW + timedelta(days=9), by=manager, now=NOW)


def download(client, row):
    return client.get(reverse("policy:download", args=[row.pk])).content


def bring(client, raw):
    upload = SimpleUploadedFile("pack.zip", raw)
    return client.post(reverse("policy:bring"), {"folder": upload})


def changed(raw, name, change):
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(buffer, "w") as new:
        for row in old.infolist():
            text = old.read(row)
            new.writestr(row.filename, change(text) if row.filename.endswith(name) else text)
    return buffer.getvalue()


def test_who_approves_signs_exactly_these_files(client, manager, approved):
    files, text = unzipped(download(client, approved))
    assert files == approved.files
    found = verified(files, text)
    assert found.statement.approver == f"顾远 ({manager.username})"
    assert (found.statement.pack, found.statement.version) == ("centrifuge", "2026.2")
    assert verified(files, text, found.key) == found
    with pytest.raises(BadBundle) as caught:
        verified(files, text, "00" * 32)
    assert caught.value.code == "signature.key"
    with pytest.raises(BadBundle) as caught:
        verified(files | {"regulation.md": "anders"}, text)
    assert caught.value.code == "signature.files"
    with pytest.raises(BadBundle) as caught:
        verified(files, text.replace("顾远", "别人"))
    assert caught.value.code == "signature.wrong"
    for broken in ("", "{}", '{"statement": 1}', "[" * 5000, text.replace(found.key, "zz")):
        with pytest.raises(BadBundle):
            verified(files, broken)


def test_a_draft_has_no_signature(client, manager):
    draft = actions.draft(files=files_of(), by=manager, now=NOW)
    assert unzipped(download(client, draft))[1] == ""
    assert not PackSignature.objects.filter(version=draft).exists()


def test_the_database_keeps_a_signature_as_it_is(approved):
    for deed in (lambda rows: rows.update(text="x"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed(PackSignature.objects.filter(version=approved))


def test_a_zip_goes_out_and_comes_back_the_same(client, manager, approved):
    raw = download(client, approved)
    assert download(client, approved) == raw
    newer = changed(
        raw, "pack.yaml", lambda text: text.replace(b'version: "2026.2"', b'version: "2026.3"')
    )
    newer = changed(newer, "signature.json", lambda text: text)
    answer = bring(client, newer)
    assert answer.status_code == 422  # it was approved as 2026.2 and changed afterwards
    assert "批准之后有人改过" in answer.content.decode()
    assert PackVersion.objects.count() == 2
    unsigned = zipped("x", unzipped(newer)[0])
    assert bring(client, unsigned).status_code == 302
    made = PackVersion.objects.get(version="2026.3")
    assert made.status == "DRAFT"
    assert made.files == unzipped(unsigned)[0]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "完整的 zip"), (b"PK\x03\x04", "完整的 zip"), (zipped("x", {"a.yaml": "a: 1"}), "没有 pack.yaml"),
        (zipped("x", {"../../pack.yaml": ""}), "越界"), (zipped("x", {"pack.yaml": "a" * 11_000_000}), "太大"),
        (zipped("x", {"pack.yaml": "pack: own\n"}), "缺少"), (changed(zipped("x", {"pack.yaml": ""}), "pack.yaml", lambda text: b"\xff\xfe\xff"), "UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_pack_gets_a_plain_sentence_and_leaves_nothing(client, manager, raw, sentence):
    answer = bring(client, raw)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert PackVersion.objects.count() == 1
