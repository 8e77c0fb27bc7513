"""`bihuan bundle`: a bundle as it was made passes; what was changed afterwards is found and named."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from bihuan.apps.compliance.tests.test_bundle import NOW, home, made  # noqa: F401 - a fixture
from bihuan.base.audit.sealing import public_key_of_here, seal
from bihuan.config.commands.bundle import bundle_command
from bihuan.config.words import Halt

pytestmark = pytest.mark.django_db(transaction=True)
SUMS = "SHA256SUMS"


@pytest.fixture
def bundle(home, tmp_path):  # noqa: F811
    seal(NOW)
    _row, archive = made(home)
    path = tmp_path / "bundle.zip"
    path.write_bytes(Path(archive.filename).read_bytes())
    return path


def checked(path, *words):
    return CliRunner().invoke(bundle_command, [str(path), *words])


def changed(path, name, *, listed, old=b"", new=b""):
    """A copy in which one file is another one; `listed`: the list of hashes was mended, too."""
    with zipfile.ZipFile(path) as archive:
        files = {each: archive.read(each) for each in archive.namelist()}
    assert old in files[name]
    was = hashlib.sha256(files[name]).hexdigest().encode()
    files[name] = files[name].replace(old, new, 1)
    if listed:
        now = hashlib.sha256(files[name]).hexdigest().encode()
        files[SUMS] = files[SUMS].replace(was, now)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for each, content in files.items():
            archive.writestr(each, content)
    path.write_bytes(out.getvalue())
    return path


def fault(path, *words) -> str:
    found = checked(path, *words)
    assert found.exit_code == 1
    assert isinstance(found.exception, Halt)
    return found.exception.zh


def test_a_bundle_as_it_was_made_agrees(bundle):
    found = checked(bundle)
    assert (found.exit_code, found.exception) == (0, None)
    assert "都对得上" in found.output
    assert "（0 条已封" not in found.output
    assert public_key_of_here() in found.output
    assert "--key" not in checked(bundle, "--key", public_key_of_here()).output


def test_a_file_that_was_changed_is_named(bundle):
    assert "regulation" in fault(
        changed(bundle, name_of(bundle), listed=False, old=b"\n", new=b" \n")
    )


def name_of(path) -> str:
    with zipfile.ZipFile(path) as archive:
        return next(each for each in archive.namelist() if each.startswith("regulation/"))


def test_a_row_that_was_made_better_does_not_add_up(bundle):
    said = fault(changed(bundle, "duties.csv", listed=True, old=b",missed,", new=b",strict,"))
    assert "figures.json strict" in said
    assert (
        "figures.json T" in said or "华" in said or said.count("figures.json") >= 2
    )  # its cell, too


def test_an_entry_of_the_log_that_was_changed_is_not_what_was_sealed(bundle):
    said = fault(
        changed(bundle, "audit/entries.jsonl", listed=True, old=b'"verb": "', new=b'"verb": "x')
    )
    assert "entries.jsonl" in said
    assert "哈希不符" in said


def test_seals_of_another_key_are_none(bundle):
    assert "签名不是这把公钥的" in fault(bundle, "--key", "11" * 32)


def test_what_is_no_bundle_is_said_plainly(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK no")
    assert "不是完整的证据包" in fault(path)
