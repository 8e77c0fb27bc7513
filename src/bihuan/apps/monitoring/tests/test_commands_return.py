"""What was set from afar is taken back, whatever became of the credentials and the template meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.monitoring import catalogue
from bihuan.apps.monitoring.actions import commanding
from bihuan.apps.monitoring.actions.delivering import to_send, watch
from bihuan.apps.monitoring.actions.devices import register
from bihuan.apps.monitoring.actions.templates import put_in_force
from bihuan.apps.monitoring.models import Command, TemplateVersion
from bihuan.apps.monitoring.refusals import SettingInUse
from bihuan.apps.monitoring.tests.commanding import approved, reads, ready
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.apps.monitoring.tests.test_commands_delivery import at, carried_out, fresh, says
from bihuan.apps.monitoring.tests.test_templates import CENTRIFUGE, own, put
from bihuan.base.testing.people import signed_in


@pytest.fixture
def sent(house, monkeypatch):
    """It went out at noon."""
    home = ready(house, NOON, monkeypatch)
    home.command = approved(home, NOON)
    to_send(NOON)
    return home


@pytest.mark.parametrize("when", ["done", "sent"])
def test_new_credentials_do_not_keep_the_old_value_away(sent, when):
    if when == "done":
        carried_out(sent)
    sent.device, sent.key = register(asset=sent.asset, by=None, now=at(10))
    if when == "sent":  # whether it was done, only the machine can tell
        watch(at(40))
        reads(sent, at(50), SET_TEMP=6.0)
        watch(at(50))
    due = fresh(sent.command).return_due_at
    reads(sent, due, SET_TEMP=6.0)
    watch(due)
    back = Command.objects.get(returns=sent.command)
    assert (back.state, back.device, back.value) == ("QUEUED", sent.device, 4.0)
    (out,) = to_send(due)
    assert out.code == sent.device.code
    seconds = (due - NOON).total_seconds()
    says(sent, "done", seconds + 1, back)
    reads(sent, at(seconds + 5), SET_TEMP=4.0)
    watch(at(seconds + 5))
    assert fresh(sent.command).state == "RETURNED"


def test_a_return_that_was_on_its_way_to_the_old_credentials_goes_to_the_new_ones(sent):
    carried_out(sent)
    due = fresh(sent.command).return_due_at
    reads(sent, due, SET_TEMP=6.0)
    watch(due)
    to_send(due)
    sent.device, sent.key = register(asset=sent.asset, by=None, now=due)
    for minutes in (1, 2):
        later = due + timedelta(minutes=minutes)
        reads(sent, later, SET_TEMP=6.0)
        watch(later)
    assert Command.objects.filter(returns=sent.command, device=sent.device, state="QUEUED").exists()


def without(setting):
    """The second version, without this command."""
    text = own()
    begin = text.index(f"  {setting}:")
    end = (
        text.index("  temperature.set:") if setting == "speed.set" else text.index("# By the hour")
    )
    return text[:begin] + text[end:]


@pytest.fixture
def shipped():
    catalogue.forget()
    yield
    catalogue.rest_on_shipped()


@pytest.mark.parametrize("state", ["SENT", "READ_BACK"])
def test_a_version_without_a_setting_that_is_owed_is_refused_by_its_name(sent, shipped, state):
    if state == "READ_BACK":
        carried_out(sent)
    assert fresh(sent.command).state == state
    renamed = own(a=("point: SET_TEMP\n", "point: CHAMBER_TEMP\n"))
    for text in (without("temperature.set"), renamed):
        page = put(signed_in(sent.head), CENTRIFUGE, text, instead_of=1)
        assert page.status_code == 422
        assert (
            f"远程调参“设定温度”还有没结束或没改回的（{sent.command.number}）"
            in page.content.decode()
        )
    assert not TemplateVersion.objects.exists()
    catalogue.forget()
    assert catalogue.templates()["centrifuge"].setting("temperature.set") is not None
    assert (
        put(signed_in(sent.head), CENTRIFUGE, without("speed.set"), instead_of=1).status_code == 302
    )


def test_a_setting_that_was_taken_back_may_be_dropped(sent, shipped):
    carried_out(sent)
    text = without("temperature.set")
    with pytest.raises(SettingInUse):
        put_in_force(text=text, instead_of=1, why="不再用", by=sent.head, now=at(60))
    commanding.settle(command=sent.command, why="客户在现场改回", by=sent.remote, now=at(70))
    assert (
        put_in_force(text=text, instead_of=1, why="不再用", by=sent.head, now=at(80)).version == 2
    )
