"""`bihuan init` on a terminal: a refused password is asked for again, and costs nothing."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from bihuan.base.access.models import User
from bihuan.base.errors import BadInput
from bihuan.config.commands import company

NOW = datetime(2026, 10, 9, 6, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_a_refused_password_is_asked_for_again(monkeypatch, capsys):
    typed = iter(["123", "correct-horse-9"])
    monkeypatch.setattr(company.click, "prompt", lambda *_args, **_named: next(typed))
    made = company._administrator("chief", "张伟", None, NOW)
    assert made.check_password("correct-horse-9")
    assert User.objects.filter(username="chief").count() == 1
    assert "密码太短，至少要 12 个字符。" in capsys.readouterr().err


@pytest.mark.django_db
def test_a_refused_password_from_a_file_makes_nobody():
    with pytest.raises(BadInput):
        company._administrator("chief", "张伟", io.StringIO("123\n"), NOW)
    assert not User.objects.filter(username="chief").exists()
