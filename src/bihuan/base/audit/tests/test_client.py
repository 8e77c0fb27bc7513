"""Whose request it is, behind proxies of ours and before strangers' headers."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from bihuan.base.audit.context import OriginMiddleware, client_of, networks, origin

OURS = networks("127.0.0.1, 10.0.0.0/8, ::1")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # no proxy of ours: the header is worth nothing
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.9, 10.2.3.4", "203.0.113.9"),  # what stands left was typed
        ("::ffff:127.0.0.1", "2001:db8::5", "2001:db8::5"),
        ("127.0.0.1", "1.1.1.1, nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "10.1.1.1", "10.1.1.1"),
        ("10.0.0.1", " , 203.0.113.9 ,", "203.0.113.9"),
    ],
)  # fmt: skip
def test_the_nearest_address_that_is_no_proxy_of_ours(peer, forwarded, client):
    assert client_of(peer, forwarded, OURS) == client


def test_a_wrong_setting_says_so():
    with pytest.raises(ValueError, match="not-a-network"):
        networks("10.0.0.0/8, not-a-network")


@pytest.mark.parametrize(("proxies", "seen"), [("", "127.0.0.1"), ("127.0.0.1", "203.0.113.9")])
def test_the_setting_decides(settings, proxies, seen):
    settings.TRUSTED_PROXIES = networks(proxies)
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "203.0.113.9"})
    OriginMiddleware(lambda _request: None).process_request(request)
    assert origin().ip == seen
    assert request.META["REMOTE_ADDR"] == seen
