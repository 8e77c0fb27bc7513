"""Where the web listens, as whoever starts it says."""

from __future__ import annotations

import socket

import pytest

from bihuan.base.testing.ports import own_port
from bihuan.config import net
from bihuan.config.words import Halt


@pytest.mark.parametrize("told", ["bihuan.invalid", "203.0.113.9", "300.1.1.1"])
def test_what_is_no_address_of_this_machine_is_not_called_a_taken_port(monkeypatch, told):
    monkeypatch.setenv("BIHUAN_HOST", told)
    with pytest.raises(Halt) as refused:
        net.choose_port(18_080)
    assert refused.value.code == "host_unknown"
    assert told in refused.value.sentence()


@pytest.mark.parametrize("told", ["0", "65536", "-1", "8o80", "²"])
def test_what_is_no_port_is_refused(monkeypatch, told):
    monkeypatch.setenv("BIHUAN_PORT", told)
    with pytest.raises(Halt) as refused:
        net.choose_port()
    assert refused.value.code == "port_malformed"
    assert told in refused.value.sentence()


def test_an_empty_address_is_loopback_and_a_taken_port_is_said(monkeypatch):
    monkeypatch.setenv("BIHUAN_HOST", "")
    port = own_port()
    assert net.choose_port(port) == port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(Halt) as refused:
            net.choose_port(port)
    assert refused.value.code == "port_taken"


def test_the_port_of_the_last_time_is_taken_again_while_it_is_free(monkeypatch):
    monkeypatch.setenv("BIHUAN_HOST", "")
    port = own_port()
    assert net.choose_port(last=port) == port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert net.choose_port(last=port) != port
