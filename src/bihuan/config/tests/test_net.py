"""Where the web listens, as whoever starts it says."""

from __future__ import annotations

import socket
import sys
from functools import partial

import pytest

from bihuan.base.testing.ports import own_port
from bihuan.config import net
from bihuan.config.supervisor import Child, Supervisor, restarts_below
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


def kept_by_another(home):
    """A process that keeps a web which cannot start."""
    keeper = Supervisor(home, server=None)
    keeper.listen_to_signals()
    keeper.start(Child("web", [sys.executable, "-c", "raise SystemExit(3)"]))
    keeper.run()
    keeper.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="parts are forks on Linux alone")
def test_a_web_that_dies_within_another_process_is_given_up(tmp_path):
    watch = Supervisor(tmp_path, server=None)
    try:
        product = watch.start(Child("product", partial(kept_by_another, tmp_path)))
        with pytest.raises(Halt) as refused:
            net.wait_for_answer(watch, product, own_port(), seconds=60)
        assert refused.value.code == "web_not_started"
        assert restarts_below(tmp_path, product, "web") == 2  # at once, and not after a minute
        assert product.restarts == 0
        assert str(tmp_path / "logs" / "web.log") in refused.value.sentence()
    finally:
        watch.stop()


def test_of_one_that_dies_on_the_terminal_no_log_is_named(tmp_path):
    told: list[str] = []
    watch = Supervisor(tmp_path, server=None, say_line=told.append)
    try:
        dies = [sys.executable, "-c", "raise SystemExit(3)"]
        product = watch.start(Child("product", dies, in_terminal=True))
        with pytest.raises(Halt) as refused:
            net.wait_for_answer(watch, product, own_port(), seconds=60)
        assert product.restarts == 2
        assert ".log" not in refused.value.sentence() + "".join(told)
        assert not (tmp_path / "logs").exists()
    finally:
        watch.stop()
