"""The private message server for machines that are elsewhere."""

from __future__ import annotations

import socket
import ssl

import pytest

from bihuan.apps.monitoring.tests.mqtt import text
from bihuan.apps.monitoring.tests.servers import Server
from bihuan.config import nats_server
from bihuan.config.words import Halt


def test_on_another_address_than_loopback_it_listens_with_tls_under_each_of_its_names(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("BIHUAN_MQTT_HOST", "0.0.0.0")
    monkeypatch.setenv("BIHUAN_HOSTS", "bihuan.example.com")
    server = Server(tmp_path)
    try:
        port, context = server.place.mqtt_port, ssl.create_default_context(cafile=server.place.ca)
        said = text("MQTT") + b"\x04\xc2\x00\x3c" + text("x") + text("x") + text("wrong")
        for name in ("localhost", socket.gethostname(), "bihuan.example.com"):
            with (
                socket.create_connection(("127.0.0.1", port), 10) as line,
                context.wrap_socket(line, server_hostname=name) as safe,
            ):
                safe.sendall(bytes([0x10, len(said)]) + said)
                assert safe.recv(4) == b"\x20\x02\x00\x05"  # heard, and not let in
    finally:
        server.stop()


# a name, an address of another machine (RFC 5737), none at all
@pytest.mark.parametrize("told", ["bihuan.example.com", "203.0.113.9", "300.1.1.1"])
def test_what_is_no_address_of_this_machine_is_refused_in_one_sentence(tmp_path, monkeypatch, told):
    monkeypatch.setenv("BIHUAN_MQTT_HOST", told)
    with pytest.raises(Halt, match=f"BIHUAN_MQTT_HOST={told}") as refused:
        nats_server.prepare(tmp_path)
    assert "0.0.0.0" in refused.value.sentence()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("told", ["0", "65536", "²", "mqtt"])
def test_what_is_no_port_is_refused_in_one_sentence(tmp_path, monkeypatch, told):
    monkeypatch.setenv("BIHUAN_MQTT_PORT", told)
    with pytest.raises(Halt, match=f"BIHUAN_MQTT_PORT={told}"):
        nats_server.prepare(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("told", ["localhost", ""])
def test_localhost_is_an_address_and_none_is_loopback(tmp_path, monkeypatch, told):
    monkeypatch.setenv("BIHUAN_MQTT_HOST", told)
    _command, place = nats_server.prepare(tmp_path)
    assert (place.mqtt_host, place.tls) == ("127.0.0.1", False)
