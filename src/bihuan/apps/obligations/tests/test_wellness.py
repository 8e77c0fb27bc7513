"""What the engine could not judge and what nobody answers for is told to who runs the house."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.people.models import Post
from bihuan.base.system.health import Level, checks
from bihuan.base.testing.kept import kept
from bihuan.base.testing.people import make_person, signed_in

AT = "2026-03-09 10:00"


@pytest.fixture
@kept
def home(db):
    return make.house(
        **{"within: 4h": "within: [{if: 'customer.city_class == \"FIRST\"', use: 1h}, {use: 4h}]"}
    )


def line(name, days=0):
    now = make.moment(AT) + timedelta(days=days)
    return next(check for check in checks(now) if check.name == name)


def report(home, **values):
    who = make.customer(home, **values)
    home.told(
        "fault.reported", AT, subjects={"asset": 1, "customer": who.pk}, ticket="T1",
        severity="URGENT",
    )  # fmt: skip
    return who


def test_a_rule_that_lacks_a_value_is_named_with_the_customer(home):
    assert line("unjudged").level is Level.GOOD
    who = report(home, city_class="")
    found = line("unjudged")
    assert found.level is Level.WARN
    assert "fault.urgent.phone" in found.text
    assert "城市类别" in found.text
    assert who.name in found.text
    assert line("unjudged", days=60).level is Level.GOOD


def test_what_could_be_judged_is_not_named(home):
    report(home, city_class="OTHER")
    assert line("unjudged").level is Level.GOOD


def test_duties_that_nobody_answers_for_are_counted_by_role(home):
    report(home, city_class="OTHER")
    assert line("unheld").level is Level.GOOD
    Post.objects.all().delete()
    who = make.customer(
        home,
        name="无人泵业股份有限公司",
        city_class="OTHER",
        account_manager=None,
        exec_sponsor=None,
    )
    home.told(
        "fault.reported", AT, subjects={"asset": 2, "customer": who.pk}, ticket="T2",
        severity="URGENT",
    )  # fmt: skip
    found = line("unheld")
    assert found.level is Level.WARN
    assert str(Obligation.objects.filter(assignee=None).count()) in found.text
    assert "人员" in found.text


def test_a_probe_that_nobody_sent_is_answered_without_a_look_at_the_business(home):
    chief = signed_in(make_person("administrator"))
    for client, looked in ((Client(), False), (chief, True)):
        with CaptureQueriesContext(connection) as sent:
            answer = client.get("/readyz")
        assert any("obligations_rulefailure" in each["sql"] for each in sent) is looked
        assert ("checks" in answer.json()) is looked
