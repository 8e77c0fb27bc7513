"""The list of people."""

from __future__ import annotations

import pytest
from django.test import Client

from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db


def test_a_long_list_comes_in_pages_and_counts_everybody():
    for n in range(30):
        make_person("field_engineer", name=f"工程师{n:02d}")
    client = Client()
    client.force_login(make_person("general_manager", name="顾远"))
    first = client.get("/people/?role=field_engineer").content.decode()
    assert "30 人" in first and "工程师24" in first and "工程师25" not in first
    assert "工程师29" in client.get("/people/?role=field_engineer&page=2").content.decode()
    assert "没有找到这样的人" in client.get("/people/?q=查无此人").content.decode()
