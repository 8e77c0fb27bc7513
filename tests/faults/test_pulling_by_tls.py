"""The worker's connection to a message server that asks for TLS."""

from __future__ import annotations

import ssl

import pytest

from bihuan.apps.monitoring.tests.test_pulling import INFO, house, large, limited, speaking
from bihuan.config import nats_server

__all__ = ["house"]


@pytest.fixture
def certified(tmp_path, monkeypatch):
    """A certificate of our own making, which is trusted, as a server shows it."""
    trusted = nats_server._certificates(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", trusted)
    found = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    found.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    return found


@pytest.mark.parametrize(("scheme", "info"), [("tls", INFO), ("nats", b'INFO {"tls_required":true}\r\n')])  # fmt: skip
def test_with_tls_a_flood_arrives_whole_and_a_server_that_is_not_trusted_gets_no_password(
    house, certified, monkeypatch, scheme, info
):
    sent = 2000

    async def work():
        flood = b"".join(large(number, 20_000) for number in range(1, sent + 1))
        async with speaking(info, flood, tls=certified) as (port, heard):
            pull = house(f"{scheme}://127.0.0.1:{port}")
            await pull.open()
            taken = []
            while len(taken) < sent:
                await pull.came.wait()
                taken += [each.seq for each in pull.batch()]
            await pull.close()
            assert taken == list(range(1, sent + 1))
            heard.clear()
            monkeypatch.delenv("SSL_CERT_FILE")
            with pytest.raises(ssl.SSLCertVerificationError):
                await house(f"{scheme}://127.0.0.1:{port}").open()
            assert heard == []

    limited(work())
