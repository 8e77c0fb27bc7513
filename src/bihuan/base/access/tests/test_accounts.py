from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from bihuan.base.access import actions, links, lockout, tokens
from bihuan.base.access.errors import (
    LastAdministrator,
    LinkSpent,
    NameTaken,
    NotYourself,
    TokenScope,
)
from bihuan.base.access.models import OneTimeLink, User
from bihuan.base.audit.models import Entry
from bihuan.base.errors import BadInput
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import signed_in

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PASSWORD = "安静的离心机 2026 转"
pytestmark = pytest.mark.django_db


@pytest.fixture
def chief() -> User:
    return actions.add_user(
        username="chief", name="管理员", roles=["administrator"], by=None, now=NOW
    )


def add(**values):
    return actions.add_user(username="li.mu", name="李慕言", **values, by=None, now=NOW)


def test_an_account_is_made_without_a_password_and_written_down(chief):
    made = add(roles=["account_manager"], email="li@example.com")
    assert not made.has_usable_password()
    entry = Entry.objects.get(verb="access.user_added", thing_id=str(made.pk))
    assert "email" not in entry.after


@pytest.mark.parametrize("name", ["LI.MU", "ｌｉ．ｍｕ", " li.mu ", "li.m\u200bu"])
def test_names_that_look_alike_are_one(chief, name):
    add()
    with pytest.raises(NameTaken):
        actions.add_user(username=name, name="别人", by=chief, now=NOW)
    assert User.objects.count() == 2


def test_an_unknown_role_is_refused_and_nothing_is_made(chief):
    with pytest.raises(BadInput) as refused:
        add(roles=["emperor"])
    assert "emperor" in refused.value.fields["roles"]
    assert User.objects.count() == 1


def test_nobody_changes_their_own_roles(chief):
    with pytest.raises(NotYourself):
        actions.change_user(chief, values={"roles": ["general_manager"]}, by=chief, now=NOW)
    chief.refresh_from_db()
    assert chief.roles == ["administrator"]


def test_the_last_administrator_stays(chief):
    other = add(roles=["administrator"])
    actions.close_account(chief, by=other, now=NOW)
    with pytest.raises(LastAdministrator):
        actions.change_user(other, values={"roles": []}, by=None, now=NOW)
    other.refresh_from_db()
    assert other.roles == ["administrator"]


def test_a_closed_account_holds_no_link_and_no_token(chief):
    made = add(roles=["service_desk"])
    _link, token = links.make_link(made, by=chief, now=NOW)
    _row, text = tokens.make_token(
        made,
        title="t",
        scopes=["facts.tell"],
        expires_at=NOW + timedelta(days=1),
        by=chief,
        now=NOW,
    )
    actions.close_account(made, by=chief, now=NOW)
    assert tokens.caller_of(text, NOW) is None
    with pytest.raises(LinkSpent):
        links.link_for(token, NOW)


def test_whoever_leaves_is_told_wherever_the_account_is_closed(chief):
    ours = add(roles=["service_desk"])
    dealers = actions.add_user(
        username="dealer", name="周岚", roles=["dealer_staff"], dealer_id=7, by=None, now=NOW
    )
    client = signed_in(chief)
    for each in (ours, dealers):
        client.post(reverse("access:user_deed", args=[each.pk, "close"]))
        each.refresh_from_db()
        assert not each.is_active
    told = Fact.objects.get(kind="staff.left")
    assert (told.subjects, told.own()["roles"]) == ({"person": ours.pk}, ["service_desk"])


def test_a_link_sets_the_password_once(chief):
    made = add()
    _link, token = links.make_link(made, by=chief, now=NOW)
    links.use_link(token, password=PASSWORD, now=NOW)
    made.refresh_from_db()
    assert made.check_password(PASSWORD)
    with pytest.raises(LinkSpent):
        links.use_link(token, password=PASSWORD + "x", now=NOW)
    made.refresh_from_db()
    assert made.check_password(PASSWORD)


def test_a_weak_password_does_not_spend_the_link(chief):
    made = add()
    _link, token = links.make_link(made, by=chief, now=NOW)
    with pytest.raises(BadInput):
        links.use_link(token, password="123456789012", now=NOW)
    with pytest.raises(BadInput) as refused:
        links.use_link(token, password="Zq7-short", now=NOW)
    assert refused.value.fields["password"] == "密码太短，至少要 12 个字符。"
    assert links.link_for(token, NOW).used_at is None


def test_a_link_expires_and_a_new_one_kills_the_old(chief):
    made = add()
    _link, first = links.make_link(made, by=chief, now=NOW)
    _link, second = links.make_link(made, by=chief, now=NOW)
    with pytest.raises(LinkSpent):
        links.link_for(first, NOW)
    with pytest.raises(LinkSpent):
        links.link_for(second, NOW + links.LASTS["INVITE"])
    assert OneTimeLink.objects.get().token_sha256 != second


def test_a_token_opens_no_more_than_its_owner(chief):
    made = add(roles=["service_desk"])
    with pytest.raises(TokenScope):
        tokens.make_token(
            made,
            title="t",
            scopes=["people.manage"],
            expires_at=NOW + timedelta(days=1),
            by=chief,
            now=NOW,
        )
    row, text = tokens.make_token(
        made,
        title="t",
        scopes=["facts.tell"],
        expires_at=NOW + timedelta(days=1),
        by=chief,
        now=NOW,
    )
    assert tokens.caller_of(text, NOW).scopes == {"facts.tell"}
    assert tokens.caller_of(text, NOW + timedelta(days=1)) is None
    tokens.revoke_token(row, by=chief, now=NOW)
    assert tokens.caller_of(text, NOW) is None


def test_wrong_passwords_close_a_name_for_longer_each_time():
    for _ in range(lockout.FREE_TRIES - 1):
        lockout.count_failure("Li.Mu", NOW)
    assert lockout.closed_minutes("li.mu", NOW) == 0
    lockout.count_failure("li.mu", NOW)
    assert lockout.closed_minutes("li.mu", NOW) == 1
    lockout.count_failure("li.mu", NOW)
    assert lockout.closed_minutes("li.mu", NOW) == 2
    assert lockout.closed_minutes("li.mu", NOW + timedelta(minutes=3)) == 0
    lockout.clear("LI.MU")
    assert lockout.count_failure("li.mu", NOW) == 1


def test_no_pause_is_for_good():
    assert max(lockout.pause(count) for count in range(1000)) == lockout.LONGEST_PAUSE
