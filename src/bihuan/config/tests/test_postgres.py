from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.config import postgres
from bihuan.config.words import Halt


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "BIHUAN_OWNER_DATABASE_URL", "BIHUAN_DATABASE_ROLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("BIHUAN_PROCESS", raising=False)


def test_before_the_first_start_nothing_is_needed(tmp_path: Path) -> None:
    found = postgres.database_settings(tmp_path)["default"]
    assert found["USER"] == "bihuan_app"
    assert found["NAME"] == "bihuan"
    assert found["HOST"] == str(tmp_path / "postgres" / "socket")


def test_our_own_server_keeps_what_is_asked_often(tmp_path: Path) -> None:
    found = postgres.database_settings(tmp_path)["default"]["OPTIONS"]
    assert found == {"server_side_binding": True, "prepare_threshold": postgres.PREPARED_AFTER}


def test_migrations_connect_as_the_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = postgres.database_settings(tmp_path)["default"]
    monkeypatch.setenv("BIHUAN_DATABASE_ROLE", "owner")
    owner = postgres.database_settings(tmp_path)["default"]
    assert owner["USER"] == "bihuan_owner"
    assert owner["PASSWORD"] != app["PASSWORD"]


def test_another_server_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:p%40ss@db.lan:6432/shop?sslmode=require")
    found = postgres.database_settings(tmp_path)["default"]
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.lan", "6432", "shop")
    assert (found["USER"], found["PASSWORD"]) == ("app", "p@ss")
    assert found["OPTIONS"] == {"sslmode": "require", "server_side_binding": True}
    monkeypatch.setenv("BIHUAN_OWNER_DATABASE_URL", "postgresql://boss@db.lan/shop")
    monkeypatch.setenv("BIHUAN_DATABASE_ROLE", "owner")
    assert postgres.database_settings(tmp_path)["default"]["USER"] == "boss"
    assert not (tmp_path / "secrets").exists()


def test_the_web_gives_up_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_PROCESS", "web")
    options = postgres.database_settings(tmp_path)["default"]["OPTIONS"]
    assert "statement_timeout" in options["options"]
    assert options["pool"]["max_size"] > 1


@pytest.mark.parametrize(("workers", "each"), [("1", 12), ("2", 6), ("4", 3), ("16", 3)])
def test_web_workers_share_the_connections_and_plan_for_their_own_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: str, each: int
) -> None:
    monkeypatch.setenv("BIHUAN_PROCESS", "web")
    monkeypatch.setenv("BIHUAN_WEB_WORKERS", workers)
    options = postgres.database_settings(tmp_path)["default"]["OPTIONS"]
    assert options["pool"]["max_size"] == each
    assert "plan_cache_mode=force_custom_plan" in options["options"]
    monkeypatch.setenv("BIHUAN_PROCESS", "work")
    others = postgres.database_settings(tmp_path)["default"]["OPTIONS"]
    assert "pool" not in others
    assert "plan_cache_mode" not in others.get("options", "")


def test_a_malformed_address_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "hello geheim")
    with pytest.raises(Halt) as refused:
        postgres.database_settings(tmp_path)
    assert refused.value.code == "database_url_malformed"
    assert "geheim" not in refused.value.zh + refused.value.en


def test_a_damaged_record_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "server.json").write_text("{")
    with pytest.raises(Halt) as refused:
        postgres.recorded(tmp_path)
    assert refused.value.code == "postgres_record_broken"
