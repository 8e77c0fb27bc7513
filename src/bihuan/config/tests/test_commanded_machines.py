"""Every set-point that a shipped template lets go from afar: agreed to, sent, obeyed by a simulated machine by its own
check, read back from what it reports, and taken back when its time is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bihuan.apps.assets.tests.factories import machine, model
from bihuan.apps.monitoring.actions import commanding
from bihuan.apps.monitoring.actions.delivering import answered, to_send, watch
from bihuan.apps.monitoring.catalogue import as_shipped
from bihuan.apps.monitoring.models import Command
from bihuan.apps.monitoring.refusals import OwnHandNeeded
from bihuan.apps.monitoring.tests.commanding import approved, proposed, reads, ready
from bihuan.apps.monitoring.tests.conftest import NOON, made
from bihuan.config.devices.obeying import Obeying
from bihuan.lib.machines.command import answer_of, order
from bihuan.lib.simulate import Fleet, Machine

SETTINGS = [(name, each.code) for name, template in as_shipped().items() for each in template.settings]  # fmt: skip
TICK = 30.0


class Commanded:
    """A machine of a template at its customer's, and the simulated one that is it."""

    def __init__(self, house, name, code, folder, monkeypatch):
        self.house, self.template = house, as_shipped()[name]
        self.setting = self.template.setting(code)
        family = self.template.families[0]
        house.asset = machine(house.customer, "CMD0001", model=model("HY-CMD", family=family), now=NOON)  # fmt: skip
        start = (NOON - timedelta(minutes=30)).timestamp()
        self.fleet = Fleet([Machine("m", name)], start=start, tick=TICK, inner=TICK)
        self.step(NOON.timestamp())
        for _ in range(6 * 120):
            if self.state in self.setting.states:
                break
            self.step(self.fleet.now + TICK)
        ready(house, self.now, monkeypatch)
        self.reports()
        self.obeying = Obeying(
            house.device.code, house.device.key_hash, self.template, folder / "kept.json",
            values=lambda: self.values, state=lambda: self.state, write=self.write,
        )  # fmt: skip

    @property
    def now(self):
        return datetime.fromtimestamp(self.fleet.now, NOON.tzinfo)

    @property
    def here(self):
        return self.values[self.setting.point]

    @property
    def other(self):
        """A value that may be set and is not the one that is."""
        half = round((self.setting.high - self.setting.low) / self.setting.step / 2)
        steps = (self.setting.low + each * self.setting.step for each in (half, half + 1, 0))
        return next(round(each, 6) for each in steps if abs(each - self.here) > self.setting.step / 2)  # fmt: skip

    def step(self, until):
        samples = self.fleet.step(until)
        self.values = dict(zip(samples.points, samples.values[-1, 0].tolist(), strict=True))
        self.state = samples.state(-1, 0)
        return samples

    def write(self, point, value):
        self.fleet.set("m", point, value)

    def passes(self, **length):
        self.step((self.now + timedelta(**length)).timestamp())
        self.reports()
        watch(self.now)

    def reports(self):
        reads(self.house, self.now, state=self.state, **self.values)

    def hears(self):
        """What goes out comes to it, and what it says comes back."""
        for out in to_send(self.now):
            for data in self.obeying.hear(out.data, round(self.now.timestamp() * 1000)):
                answered(self.house.device.code, data, self.now)

    def ordered(self, number=900, **given):
        """A command of ours, signed, whatever we would say to it ourselves; what the machine answers."""
        body = {
            "device": self.house.device.code, "key_hash": self.house.device.key_hash, "number": number,
            "expires": self.now.timestamp() + 30, "point": self.setting.point, "value": self.other, "before": self.here,
            "tolerance": self.setting.tolerance, "states": self.setting.states,
        } | given  # fmt: skip
        data = self.obeying.hear(order(**body), round(self.now.timestamp() * 1000))
        key = {"device": self.house.device.code, "key_hash": self.house.device.key_hash}
        return [(str(each.answer), each.why) for each in (answer_of(one, **key) for one in data)]


@pytest.fixture
def commanded(db, tmp_path, monkeypatch, request):
    house = made("centrifuge", "GOLD")
    return Commanded(house, *request.param, tmp_path, monkeypatch)


@pytest.mark.parametrize("commanded", SETTINGS, ids=lambda each: ".".join(each), indirect=True)
def test_a_setting_goes_out_is_obeyed_read_back_and_taken_back(commanded):
    before, wanted = commanded.here, commanded.other
    asked = {"setting": commanded.setting.code, "value": wanted, "keep": timedelta(minutes=10)}
    command = approved(commanded.house, commanded.now, **asked)
    assert (command.dangerous, command.before) == (commanded.setting.dangerous, before)
    commanded.hears()
    commanded.passes(seconds=TICK)
    command.refresh_from_db()
    assert command.state == "READ_BACK"
    assert commanded.setting.same(commanded.here, wanted)

    commanded.passes(minutes=11)
    back = Command.objects.get(returns=command)
    if commanded.state in commanded.setting.states:
        commanded.hears()
        commanded.passes(seconds=TICK)
        back.refresh_from_db()
        assert back.state == "READ_BACK"
        assert commanded.setting.same(commanded.here, before)


@pytest.mark.parametrize("commanded", SETTINGS, ids=lambda each: ".".join(each), indirect=True)
def test_the_machine_says_no_to_what_its_own_program_does_not_allow(commanded):
    setting, before = commanded.setting, commanded.here
    beyond = {"value": setting.high + setting.step}
    assert commanded.ordered(1, **beyond) == [("rejected", "range")]
    assert commanded.ordered(2, before=before + 5 * setting.step) == [("rejected", "changed")]
    assert commanded.ordered(3, expires=commanded.now.timestamp()) == [("rejected", "expired")]
    commanded.state = "ANOTHER"
    assert commanded.ordered(4, states=("ANOTHER",)) == [("rejected", "state")]
    commanded.step(commanded.now.timestamp() + TICK)
    assert commanded.here == before


@pytest.mark.parametrize("commanded", SETTINGS, ids=lambda each: ".".join(each), indirect=True)
def test_what_is_dangerous_needs_the_customers_own_hand(commanded):
    asked = {"setting": commanded.setting.code, "value": commanded.other}
    command = proposed(commanded.house, commanded.now, keep=timedelta(minutes=10), **asked)
    said = {"how": "PHONE", "who": "许主任", "said": "说可以", "by": commanded.house.remote}
    if commanded.setting.dangerous:
        with pytest.raises(OwnHandNeeded):
            commanding.consent(command=command, now=commanded.now, **said)
    else:
        commanding.consent(command=command, now=commanded.now, **said)
    command.refresh_from_db()
    assert command.state == ("PROPOSED" if commanded.setting.dangerous else "CONSENTED")


def test_what_moves_stops_people_or_a_process_is_dangerous():
    """A rotor, a pump and an engine's start; a temperature, a flow of eluent, an idle speed and a fan are not."""
    dangerous = {(name, code) for name, code in SETTINGS if as_shipped()[name].setting(code).dangerous}  # fmt: skip
    assert dangerous == {("centrifuge", "speed.set"), ("pump", "speed.set"), ("excavator", "start.lock")}  # fmt: skip
