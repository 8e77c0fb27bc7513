"""From a proposal to the machine and back, over the real servers with the reference client."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bihuan.apps.monitoring.actions import commanding, permits
from bihuan.apps.monitoring.actions.devices import register
from bihuan.apps.monitoring.enums import YesBy
from bihuan.apps.monitoring.models import Command, CommandStep, Latest
from bihuan.apps.monitoring.tests.commanding import COLD, TICKET
from bihuan.apps.monitoring.tests.conftest import made
from bihuan.apps.monitoring.tests.servers import empty, ingest, server, signed_in, wait
from bihuan.base import clock, registry
from bihuan.base.facts.models import Fact

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parent.parent.parent / "clients" / "python"


@pytest.fixture(scope="module")
def bus():
    with server() as found:
        yield found


@pytest.fixture
def home(bus, transactional_db, monkeypatch):
    empty(bus)
    house = made("centrifuge", "GOLD")
    known = registry.service
    monkeypatch.setattr(
        registry,
        "service",
        lambda name: (lambda *_: {TICKET: "腔温"}) if name == "ticket.open_of" else known(name),
    )
    now = clock.now()
    house.device, house.key = register(asset=house.asset, by=None, now=now)
    permits.switch(on=True, why="试运行", by=house.boss, now=now)
    permits.permit(asset=house.asset, given_by="许主任", proof="合同附件", by=house.desk, now=now)
    house.bus = bus
    return house


class Freezer:
    """The machine's own program: a set temperature, and the client that reports it."""

    def __init__(self, home, folder):
        sys.path.insert(0, str(ROOT))
        client = importlib.import_module("bihuan_commands")
        sys.path.remove(str(ROOT))
        self.value, self.written = 4.0, []
        setting = client.Setting(-10, 40, ("IDLE", "AT_SPEED"), lambda: self.value, self._set)
        self.device = client.CommandedDevice(
            "127.0.0.1", home.device.code, home.key, {"SET_TEMP": setting}, lambda: "IDLE", str(folder / "kept"),
            port=home.bus.place.mqtt_port, back_off=(0.1, 0.5),
        )  # fmt: skip

    def _set(self, value):
        self.written.append(value)
        self.value = value

    @contextmanager
    def running(self):
        self.device.running = True
        threads = [
            threading.Thread(target=self.device.run, args=(0.01,)),
            threading.Thread(target=self._report),
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.device.running = False
            for thread in threads:
                thread.join(20)

    def _report(self):
        while self.device.running:
            self.device.send(
                {"SPEED": 0, "SET_SPEED": 0, "SET_TEMP": self.value, "CHAMBER_TEMP": 4.2}
            )
            time.sleep(0.2)


def approved(home, *, keep):
    now = clock.now()
    command = commanding.propose(
        asset=home.asset, setting=COLD, value=6.0, keep=keep, ticket=TICKET, reason="样品怕冷", by=home.remote, now=now,
    )  # fmt: skip
    commanding.consent(
        command=command, how=YesBy.OWN_HAND, who="", said="", by=None, now=clock.now()
    )
    commanding.approve(command=command, by=home.boss, now=clock.now())
    return command


def state(command):
    return Command.objects.values_list("state", flat=True).get(pk=command.pk)


def test_proposed_agreed_to_approved_sent_done_read_back_and_returned_by_itself(home, tmp_path):
    with ingest(), Freezer(home, tmp_path).running() as machine:
        wait(Latest.objects.filter(device=home.device).exists)
        command = approved(home, keep=timedelta(seconds=4))
        wait(lambda: state(command) == "READ_BACK")
        assert machine.value == 6.0
        wait(lambda: state(command) == "RETURNED")
        assert machine.written == [6.0, 4.0]
        wait(
            lambda: not machine.device.commands.answers(time.monotonic() + 1000)
        )  # both receipts came
    steps = (
        CommandStep.objects.filter(command=command).order_by("pk").values_list("state", flat=True)
    )
    assert list(steps) == [
        "PROPOSED", "CONSENTED", "APPROVED", "QUEUED", "SENT", "ACCEPTED", "DONE", "READ_BACK", "RETURNED",
    ]  # fmt: skip
    back = Command.objects.get(returns=command)
    assert (back.state, back.value) == ("READ_BACK", 4.0)
    kinds = (
        Fact.objects.filter(kind__startswith="remote.")
        .order_by("pk")
        .values_list("kind", flat=True)
    )
    assert list(kinds) == [
        "remote.command", "remote.consented", "remote.approved", "remote.sent", "remote.done", "remote.read_back", "remote.returned",
    ]  # fmt: skip


def test_what_was_queued_when_everything_stood_still_too_long_is_never_sent(home, tmp_path):
    machine = Freezer(home, tmp_path)
    with ingest(), machine.running():
        wait(Latest.objects.filter(device=home.device).exists)
    command = approved(home, keep=timedelta(minutes=5))
    Command.objects.filter(pk=command.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    with ingest(), machine.running():
        wait(lambda: state(command) == "EXPIRED")
        seen = Latest.objects.get(device=home.device).at
        wait(lambda: Latest.objects.get(device=home.device).at > seen)
    assert machine.written == []


def test_what_was_on_its_way_when_we_were_killed_is_sent_again_the_same_and_done_once(
    home, tmp_path
):
    from bihuan.apps.monitoring.actions.delivering import to_send

    machine = Freezer(home, tmp_path)
    with ingest(), machine.running():
        wait(Latest.objects.filter(device=home.device).exists)
    command = approved(home, keep=timedelta(minutes=5))
    (out,) = to_send(clock.now())  # on record as sent, and then the process was gone
    with ingest(), machine.running():
        wait(lambda: state(command) == "READ_BACK")
    for _ in range(3):
        machine.device.commands.heard(out.data)
    assert machine.written == [6.0]


def test_a_device_answers_and_hears_for_itself_alone(home):
    from bihuan.apps.monitoring.tests.factories import device

    other, other_key = device()
    with ingest():
        client = signed_in(home.bus, home.device, home.key)
        assert client.subscribe(f"c/{other.code}") == 0x80
        assert client.subscribe(f"c/{home.device.code}") == 1
        assert client.subscribe(f"r/{other.code}") == 0x80
        heard = signed_in(home.bus, other, other_key)
        assert heard.subscribe(f"c/{other.code}") == 1
        client = signed_in(home.bus, home.device, home.key)
        client.publish(f"c/{other.code}", b"forged", wait=False)
        assert heard.listen(1.0) == []
