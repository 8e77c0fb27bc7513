"""`bihuan pack verify`: the approved pack passes, a changed or unsigned one does not."""

from __future__ import annotations

import zipfile

import pytest
from click.testing import CliRunner

from bihuan.config.commands.packs import pack_command
from bihuan.config.words import Halt
from bihuan.lib.policy import hash_of
from bihuan.lib.policy.bundle import Statement, sign, zipped

FILES = {"pack.yaml": "pack: own\n", "rules/a.yaml": "rules: []\n", "regulation.md": "# 制度\n"}


@pytest.fixture
def signature():
    return sign(
        Statement("own", "1", hash_of(FILES), "顾远 (guyuan)", "2026-03-01T00:00:00+00:00"),
        b"k" * 32,
    )


def run(*words):
    return CliRunner().invoke(pack_command, ["verify", *map(str, words)])


def test_a_zip_and_a_folder_are_verified(signature, tmp_path):
    archive = tmp_path / "pack.zip"
    archive.write_bytes(zipped("own", FILES, signature.to_json()))
    done = run(archive)
    assert done.exit_code == 0, done.output
    assert "顾远" in done.output
    assert signature.key in done.output
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path)
    folder = tmp_path / "own"
    assert run(folder, "--key", signature.key).exit_code == 0
    assert isinstance(run(folder, "--key", "00" * 32).exception, Halt)
    (folder / "regulation.md").write_text("# 别的\n", encoding="utf-8")
    assert isinstance(run(folder).exception, Halt)
    (folder / "signature.json").unlink()
    assert isinstance(run(folder).exception, Halt)


def test_a_file_that_was_added_is_found(signature, tmp_path):
    archive = tmp_path / "pack.zip"
    archive.write_bytes(zipped("own", FILES | {"rules/b.yaml": "rules: []\n"}, signature.to_json()))
    assert isinstance(run(archive).exception, Halt)
