"""What closes the way of a command after people have agreed to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.assets.actions import add_place, move
from bihuan.apps.assets.enums import MoveReason
from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring import catalogue
from bihuan.apps.monitoring.actions import commanding, permits
from bihuan.apps.monitoring.actions.delivering import answered, to_send, watch
from bihuan.apps.monitoring.actions.devices import register
from bihuan.apps.monitoring.actions.templates import put_in_force
from bihuan.apps.monitoring.enums import YesBy
from bihuan.apps.monitoring.models import Command, Latest, Permit
from bihuan.apps.monitoring.queries.commanding import permit_of
from bihuan.apps.monitoring.refusals import ChecksFailed, SamePerson
from bihuan.apps.monitoring.tests.commanding import (
    approved,
    consented,
    proposed,
    reads,
    ready,
    said,
)
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.apps.monitoring.tests.factories import change

SOON = NOON + timedelta(seconds=10)


@pytest.fixture
def home(house, monkeypatch):
    return ready(house, NOON, monkeypatch)


def sold(home, now, **values):
    asset = Asset.objects.get(pk=home.asset.pk)
    return move(asset=asset, reason=MoveReason.RESOLD, customer=customer(), by=home.desk, now=now, **values)  # fmt: skip


def permitted(home, now):
    permits.permit(asset=home.asset, given_by="新厂王工", proof="函 7", by=home.desk, now=now)


def test_a_machine_that_is_sold_takes_no_permit_and_no_consent_along(home):
    command = consented(home, NOON)
    sold(home, SOON)
    assert permit_of(home.asset.pk) is None
    later = SOON + timedelta(seconds=5)
    with pytest.raises(ChecksFailed) as refused:
        commanding.approve(command=command, by=home.head, now=later)
    assert set(refused.value.values["codes"]) == {"permit", "customer"}
    permitted(home, later)
    assert Permit.objects.filter(asset=home.asset, ended_at=None).get().given_by == "新厂王工"
    with pytest.raises(ChecksFailed) as refused:
        commanding.approve(command=command, by=home.head, now=later)
    assert set(refused.value.values["codes"]) == {"customer"}
    commanding.cancel(command=command, why="换了客户", by=home.remote, now=later)
    assert approved(home, later).state == "QUEUED"


def test_sold_yesterday_but_written_down_now_it_is_not_sent(home):
    command = approved(home, NOON)
    sold(home, SOON, at=NOON - timedelta(days=1))
    permitted(home, SOON + timedelta(seconds=1))
    assert to_send(SOON + timedelta(seconds=2)) == []
    command.refresh_from_db()
    assert (command.state, command.why) == ("CANCELLED", "#customer")


def test_a_move_within_the_customer_takes_nothing_away(home):
    command = approved(home, NOON)
    asset = Asset.objects.get(pk=home.asset.pk)
    place = add_place(customer=home.customer, name="二厂", by=home.desk, now=NOON)
    move(asset=asset, reason=MoveReason.RELOCATED, place=place, by=home.desk, now=SOON)
    assert len(to_send(SOON)) == 1
    command.refresh_from_db()
    assert command.state == "SENT"


def test_who_wrote_the_consent_down_meanwhile_is_no_second_person(home):
    command = proposed(home, NOON)
    stale = Command.objects.get(pk=command.pk)
    commanding.consent(command=command, how=YesBy.PHONE, who="许主任", said="说可以", by=home.head, now=SOON)  # fmt: skip
    with pytest.raises(SamePerson):
        commanding.approve(command=stale, by=home.head, now=SOON)
    command.refresh_from_db()
    assert command.state == "CONSENTED"


def test_bounds_that_are_narrower_now_hold_for_what_was_approved(home):
    command = approved(home, NOON, value=12.0)
    before = catalogue.templates()["centrifuge"]
    head, setting = catalogue.shipped()["centrifuge"].split("temperature.set", 1)
    high = f"{before.setting('temperature.set').high:g}"
    text = (
        head.replace("version: 1", "version: 2", 1)
        + "temperature.set"
        + setting.replace(high, "10", 1)
    )
    put_in_force(text=text, instead_of=before.version, why="收窄", by=home.boss, now=SOON)
    catalogue.forget()
    try:
        assert not catalogue.templates()["centrifuge"].setting("temperature.set").fits(12.0)
        assert to_send(SOON) == []
        command.refresh_from_db()
        assert (command.state, command.why) == ("CANCELLED", "#bounds")
    finally:
        catalogue.rest_on_shipped()


def test_a_command_with_which_nothing_can_be_done_holds_no_other_one_up(home):
    other = machine(home.customer, "8L240999", now=NOON)
    own, _key = register(asset=other, by=None, now=NOON)
    # nobody knows when it was done
    spoilt = change(other, own, NOON, number="TC-SPOILT", state="DONE", expires_at=NOON)
    reads(home, NOON)
    row = Latest.objects.get(device=home.device)
    Latest.objects.create(device=own, layout=row.layout, at=NOON, received_at=NOON, values=row.values, state="")  # fmt: skip
    command = approved(home, NOON)
    assert len(to_send(NOON)) == 1
    answered(home.device.code, said(home, command.sequence, "done", SOON, v=6.0), SOON)
    reads(home, SOON, SET_TEMP=6.0)
    watch(SOON)
    command.refresh_from_db()
    spoilt.refresh_from_db()
    assert (command.state, spoilt.state) == ("READ_BACK", "DONE")
