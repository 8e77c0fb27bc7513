from __future__ import annotations

import threading
from pathlib import Path

import pytest

from bihuan.config.secrets import secret
from bihuan.config.words import Halt


def test_a_secret_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    made = secret(tmp_path, "django")
    assert len(made) >= 60
    assert secret(tmp_path, "django") == made
    assert secret(tmp_path, "totp") != made
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "secrets" / "django").stat().st_mode & 0o777 == 0o600


def test_many_who_ask_at_once_get_the_same(tmp_path: Path) -> None:
    got: list[str] = []
    askers = [threading.Thread(target=lambda: got.append(secret(tmp_path, "k"))) for _ in range(16)]
    for each in askers:
        each.start()
    for each in askers:
        each.join()
    assert len(got) == 16
    assert len(set(got)) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["k"]


def test_an_empty_file_is_refused_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "django").touch()
    with pytest.raises(Halt) as refused:
        secret(tmp_path, "django")
    assert refused.value.code == "secret_empty"
    assert (tmp_path / "secrets" / "django").read_text() == ""


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", ".hidden"])
def test_a_name_cannot_lead_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        secret(tmp_path, name)
    assert not (tmp_path / "secrets").exists()
