"""A form of a page that was opened under another sign-in."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db


def test_it_says_in_plain_words_that_nothing_was_saved_and_what_to_do():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_person("service_desk"))
    answer = client.post(reverse("ui:look"), {"look": "dark"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "所以没有保存" in page
    assert "CSRF验证" not in page
    assert "DEBUG" not in page
