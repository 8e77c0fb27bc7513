"""Guesses by the million: what is guessed, how often one may, and what headers pretend."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from bihuan.apps.portal import figures, links
from bihuan.apps.portal.models import Count
from bihuan.apps.portal.tests.conftest import report
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.tests.conftest import house
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.base import clock
from bihuan.base.access.tokens import make_token
from bihuan.base.audit.models import Entry as Logged
from bihuan.base.testing.people import make_person, signed_in

__all__ = ["house"]
pytestmark = pytest.mark.django_db
BASE64_BITS = 6
NETWORKS, YEARS = 1_000_000, 10


def bits(token: str) -> int:
    return len(token) * BASE64_BITS


def test_ten_years_of_a_million_networks_find_no_page_and_no_machine(house):
    """So many guesses as the throttle lets through, against so many pages as a company has."""
    with clock.set_to(house.now):
        _answer, page = report(house.machine, what="异响")
        _row, api = make_token(
            house.desk, title="t", scopes=["tickets.see"], expires_at=house.now + timedelta(days=1), by=None, now=house.now
        )  # fmt: skip
        minute = figures.whole("wrong_minute", house.now)
    tried = NETWORKS * minute * 60 * 24 * 366 * YEARS
    for token, living in ((page, 10_000_000), (house.machine.token, 1_000_000), (api.removeprefix("bh_"), 10_000)):  # fmt: skip
        assert math.log2(tried * living) < bits(token) - 30, token  # less than one in a milliard


def test_tokens_have_no_pattern_and_are_not_kept(house):
    with clock.set_to(house.now):
        report(house.machine, what="异响")
        row = Ticket.objects.get()
        made = [
            links.make(ticket=row, own=False, by=house.desk, now=house.now) for _n in range(400)
        ]
    tokens = [token for _link, token in made]
    assert len(set(tokens)) == 400
    for place in range(32):  # every sign of the alphabet is about as often at every place
        seen = [token[place] for token in tokens]
        assert max(seen.count(sign) for sign in set(seen)) < 30, place
    assert not any(token in str(vars(link)) for link, token in made)


def test_a_flood_of_guesses_is_counted_once_a_minute_and_keeps_the_customer_in(house):
    """A million wrong addresses are one row of a counter; the log says that it was tried."""
    with clock.set_to(house.now):
        _answer, page = report(house.machine, what="异响")
        client = Client()
        for n in range(30):
            client.get(f"/t/{n:032d}/")
        Count.objects.filter(key__startswith="wrong:").update(n=999_999)
        before = Logged.objects.count()
        answers = [client.get(f"/t/{n:032d}/") for n in range(100, 110)]
        assert {each.status_code for each in answers} == {429}
        assert Logged.objects.count() == before
        assert Count.objects.filter(key__startswith="wrong:").count() == 1
        assert client.get(f"/t/{page}/").status_code == 200
        assert Client(REMOTE_ADDR="203.0.113.9").get(f"/t/{'0' * 32}/").status_code == 404


SPELLINGS = [
    f"{start}{name}" for start in ("", "HTTP_", "HTTP_X_", "X_", "http_x_")
    for name in ("REMOTE_USER", "FORWARDED_USER", "REMOTE-USER", "AUTH_REQUEST_USER", "USER", "AUTHENTICATED_USER", "SSO_USER", "WEBAUTH_USER")
]  # fmt: skip


def test_no_header_makes_anybody_somebody(house):
    chief = make_person("administrator", username="chief")
    assert len(SPELLINGS) == 40
    for name in SPELLINGS:
        answer = Client(**{name: chief.username}).get("/audit/")
        assert (answer.status_code, answer.url[:16]) == (302, "/accounts/login/"), name


@pytest.mark.parametrize("address", ["/t/x/", "/report/", "/accounts/login/", "/tickets/"])
def test_a_foreign_host_is_refused_and_no_page_is_framed(house, address):
    assert Client(HTTP_HOST="evil.example").get(address).status_code == 400
    forwarded = Client(HTTP_X_FORWARDED_HOST="evil.example").get(address)
    assert "evil.example" not in forwarded.content.decode() + forwarded.headers.get("Location", "")
    assert "frame-ancestors 'none'" in forwarded.headers["Content-Security-Policy"]
    assert forwarded.headers["X-Frame-Options"] == "DENY"


def test_a_foreign_and_an_absent_number_have_one_answer(house):
    """Byte by byte, but for what each answer carries by chance."""

    row = ticket(house.machine, house.desk, house.now)
    stranger = signed_in(make_person("account_manager", region="R9"))
    with clock.set_to(house.now):
        for name, more in (("detail", []), ("pulse", []), ("deed", ["cancel"]), ("customer", [])):
            pair = []
            for pk in (row.pk if name != "customer" else house.customer.pk, 99_999_999):
                url = reverse(f"tickets:{name}", args=[pk, *more])
                for call in (stranger.get, stranger.post, stranger.head):
                    answer = call(url, headers={"Accept": "application/json"})
                    pair.append((answer.status_code, answer.content))
            assert pair[:3] == pair[3:], name
        for path in ("", "/replies", "/notes"):
            calls = [stranger.get, stranger.post] if not path else [stranger.post]
            for call in calls:
                more = {"data": {"text": "x"}, "content_type": "application/json"} if call == stranger.post else {}  # fmt: skip
                one, two = (call(f"/api/tickets/{pk}{path}", **more) for pk in (row.pk, 99_999_999))
                assert (one.status_code, one.content) == (two.status_code, two.content)
