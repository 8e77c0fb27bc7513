"""The private message server for machines that are elsewhere."""

from __future__ import annotations

import socket
import ssl

from bihuan.apps.monitoring.tests.mqtt import text
from bihuan.apps.monitoring.tests.servers import Server


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
