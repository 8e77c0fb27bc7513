"""Three message servers of which one dies: nothing is lost, and the alarms are the same.

They ask for TLS as servers do that are reached over a network, with a certificate of the maker's own.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from bihuan.apps.monitoring.pipe.bus import connect
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.servers import ingest, wait
from bihuan.base.testing.ports import own_ports
from bihuan.config import nats_server
from bihuan.config.bench._senders import Devices
from bihuan.config.bench._truth import checked
from bihuan.config.devices.line import Address

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("n1", "n2", "n3")


class Cluster:
    """Three servers on loopback, as for an installation that sets `NATS_URL`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trusted = nats_server._certificates(folder, "127.0.0.1")
        ports = own_ports(9)
        self.places = {
            name: nats_server.Place(f"nats://127.0.0.1:{ports.pop()}", "127.0.0.1", ports.pop(), False)
            for name in NAMES
        }  # fmt: skip
        self.routes = {name: ports.pop() for name in NAMES}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        for name in NAMES:
            self.start(name)

    def start(self, name: str) -> None:
        home = self.folder / name
        home.mkdir(exist_ok=True)
        routes = ", ".join(f"nats://127.0.0.1:{port}" for port in self.routes.values())
        text = nats_server.settings(Path(settings.HOME), home, self.places[name], name=name)
        text += f"""
cluster {{ name: test, listen: 127.0.0.1:{self.routes[name]}, routes: [{routes}] }}
tls {{ cert_file: "{self.folder}/server.crt", key_file: "{self.folder}/server.key" }}
"""
        (home / "server.conf").write_text(text, encoding="utf-8")
        with (home / "log").open("ab") as log:
            command = [nats_server.binary(), "-c", home / "server.conf"]
            self.running[name] = subprocess.Popen(command, stdout=log, stderr=log)

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)

    @property
    def url(self) -> str:
        return ",".join(place.url.replace("nats:", "tls:") for place in self.places.values())


@pytest.fixture
def cluster(tmp_path, transactional_db, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE monitoring_hot, monitoring_checkpoint")
    made = Cluster(tmp_path)
    monkeypatch.setenv("NATS_URL", made.url)
    monkeypatch.setenv("SSL_CERT_FILE", made.trusted)
    monkeypatch.setenv("BIHUAN_NATS_REPLICAS", "3")
    try:
        yield made
    finally:
        made.stop()


def about(stream: str) -> dict[str, Any]:
    async def asked() -> Any:
        bus = await connect("service")
        try:
            return json.loads((await bus.request(f"$JS.API.STREAM.INFO.{stream}", b"{}", 10)).data)
        finally:
            await bus.close()

    return asyncio.run(asked())


def test_a_node_that_is_killed_costs_no_sample_and_no_alarm(cluster):
    devices = [(row.pk, row.code, key) for row, key in (factories.device() for _ in range(6))]
    servers = [Address("127.0.0.1", place.mqtt_port) for place in cluster.places.values()]
    with ingest():
        sending = Devices(servers, devices)
        sending.start()
        wait(lambda: all(line.acked > 10 for line in sending.lines.values()), 60)
        info = about("TELE")
        assert info["config"]["num_replicas"] == 3
        leader = info["cluster"]["leader"]
        cluster.kill(leader)
        time.sleep(20)
        cluster.start(leader)
        time.sleep(10)
        # now the one that keeps what the devices publish before TELE takes it
        cluster.kill(about("$MQTT_msgs")["cluster"]["leader"])
        time.sleep(15)
        sending.over.set()
        sending.join(120)
        assert not sending.is_alive()
    found = checked(sending.sent)
    assert found["alarms_due"] > 0
    assert found["ok"], json.dumps(found)
