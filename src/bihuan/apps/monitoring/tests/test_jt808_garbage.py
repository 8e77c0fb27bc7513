"""A terminal that was admitted and sends garbage keeps neither the database busy nor its line."""

from __future__ import annotations

import pytest

from bihuan.apps.monitoring.gateways import jt808
from bihuan.apps.monitoring.gateways.left_out import LeftOut
from bihuan.apps.monitoring.models import Refused
from bihuan.apps.monitoring.tests.servers import empty, server, wait
from bihuan.apps.monitoring.tests.test_jt808 import Terminal808, excavator, gate, known

pytestmark = pytest.mark.django_db(transaction=True)
BEAT = 0x0002


@pytest.fixture(scope="module")
def bus():
    with server() as found:
        yield found


@pytest.fixture
def admitted(bus, transactional_db):
    empty(bus)
    device = excavator()
    known(device)
    with gate() as port:
        one = Terminal808(port)
        assert one.authenticate(one.register()[1]) == 0
        yield one, device


def garbage(device):
    row = Refused.objects.filter(device=device, cause="GARBAGE").first()
    return row.times if row else 0


def test_garbage_between_good_frames_is_counted_and_written_together(admitted, monkeypatch):
    one, device = admitted
    writes, write = [], LeftOut.write

    def counted(left):
        writes.append(left)
        write(left)

    monkeypatch.setattr(LeftOut, "write", counted)
    few = jt808.BAD - 1
    for _round in range(20):
        one.socket.sendall(b"\x7ea" * few + b"\x7e")
        serial = one.send(BEAT)
        assert one.answered() == (serial, BEAT, 0), "the line stays"
    wait(lambda: garbage(device) == 20 * few)
    assert len(writes) < 20 * few / 10


def test_a_line_of_nothing_but_garbage_is_closed(admitted):
    one, device = admitted
    one.socket.sendall(b"\x7ea" * 1000 + b"\x7e")
    assert one.gone()
    wait(lambda: garbage(device) == jt808.BAD)


def test_what_was_counted_is_written_when_the_gateway_ends(bus, transactional_db):
    empty(bus)
    device = excavator()
    known(device)
    with gate() as port:
        one = Terminal808(port)
        one.authenticate(one.register()[1])
        one.socket.sendall(b"\x7ea\x7e")
        one.send(BEAT)
        one.answered()
    assert garbage(device) == 1
