"""The page on which a machine is connected, and what stands on the machine's page meanwhile."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session

from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.catalogue import shipped, templates
from bihuan.apps.monitoring.keys import hash_of
from bihuan.apps.monitoring.models import Device, Latest, Layout, Limit, Refused
from bihuan.apps.monitoring.store.charts import Bucket
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.views import devices
from bihuan.apps.monitoring.views.devices import _values
from bihuan.apps.monitoring.views.live import _rows
from bihuan.base import clock
from bihuan.base.testing.people import make_person, signed_in
from bihuan.lib.machines import Cause

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    found, _key = factories.device()
    return found


@pytest.mark.parametrize("code", sorted(shipped()))
def test_the_snippet_sends_what_tells_the_state(code):
    template = templates()[code]
    said = json.loads(_values(template))
    for state in template.states:
        for condition in state.when:
            assert template.points[condition.point].code in said
            if condition.of is not None:
                assert template.points[condition.of].code in said
    for name, value in said.items():
        assert template.point(name).low <= value <= template.point(name).high
        assert not template.point(name).counter


def test_the_snippet_of_a_centrifuge_has_it_run_at_speed(device, monkeypatch):
    there = {"mqtt_host": "127.0.0.1", "mqtt_port": 1883, "tls": False}
    monkeypatch.setattr(devices, "place", lambda: there)
    client = signed_in(make_person("remote_specialist"))
    page = client.post(
        f"/machines/{device.asset_id}/connect/new/", {"instead_of": device.pk}
    ).content.decode()
    said = re.search(r"device\.send\((.*?)\)", page)
    assert said is not None
    values = json.loads(said[1].replace("&quot;", '"'))
    assert values["SPEED"] == values["SET_SPEED"] > 0
    assert "1e+06" not in page


@pytest.mark.parametrize(
    ("listens", "by", "host", "near"),
    [
        ("127.0.0.1", "bihuan.example.com", "127.0.0.1", True),
        ("0.0.0.0", "localhost:8000", socket.gethostname(), False),
        ("0.0.0.0", "bihuan.example.com:8443", "bihuan.example.com", False),
        ("::", "[fd00::7]:8000", "fd00::7", False),
        ("192.0.2.7", "localhost:8000", "192.0.2.7", False),
        ("mqtt.example.com", "localhost", "mqtt.example.com", False),
    ],
)
def test_the_page_names_an_address_that_a_device_can_reach_or_says_that_none_can(
    device, monkeypatch, settings, listens, by, host, near
):
    settings.ALLOWED_HOSTS = ["*"]
    there = {"mqtt_host": listens, "mqtt_port": 8883, "tls": True, "ca": "/var/nats/ca.crt"}
    monkeypatch.setattr(devices, "place", lambda: there)
    client = signed_in(make_person("remote_specialist"), headers={"host": by})
    page = client.post(
        f"/machines/{device.asset_id}/connect/new/", {"instead_of": device.pk}
    ).content.decode()
    assert f"<code>{host}:8883</code>" in page
    assert f"&quot;{host}&quot;, &quot;" in page
    assert ("BIHUAN_MQTT_HOST" in page) is near
    assert "/var/nats/ca.crt" in page
    assert "cafile=&quot;ca.crt&quot;" in page


def test_the_snippet_is_a_program_that_control_c_ends(tmp_path):
    root = Path(__file__).resolve().parents[5]
    shutil.copy(root / "clients" / "python" / "bihuan_device.py", tmp_path)
    text = devices.SNIPPET.format(
        host="127.0.0.1", id="x", key="y", port=1, ssl="ssl, ", values='{"SPEED": 1}',
        tls=devices.TLS.format(""),
    )  # fmt: skip
    (tmp_path / "report.py").write_text(text)
    process = subprocess.Popen(
        [sys.executable, "-u", "report.py"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    try:
        assert "no connection" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in process.communicate(timeout=30)[1]
    finally:
        process.kill()
    assert (tmp_path / "readings.ring").stat().st_size  # and what was not confirmed is kept


def test_a_new_key_is_in_the_answer_that_made_it_and_nowhere_else(device, monkeypatch):
    there = {"mqtt_host": "127.0.0.1", "mqtt_port": 1883, "tls": False}
    monkeypatch.setattr(devices, "place", lambda: there)
    client = signed_in(make_person("remote_specialist"))
    path = f"/machines/{device.asset_id}/connect/"
    form = re.search(r'name="instead_of" value="(\d+)"', client.get(path).content.decode())
    answer = client.post(f"{path}new/", {"instead_of": form[1]})
    key = re.search(r'class="mon-key">([^<]+)<', answer.content.decode())[1]
    made = Device.objects.get(asset=device.asset, revoked_at=None)
    assert hash_of(key) == made.key_hash
    assert answer.headers["Cache-Control"] == "no-store"
    assert not any(key in str(each.get_decoded()) for each in Session.objects.all())
    again = client.post(
        f"{path}new/", {"instead_of": form[1]}, follow=True
    )  # a reload sends it again
    assert again.redirect_chain[-1][0] == path
    assert "没有再生成" in again.content.decode()
    assert key not in again.content.decode()
    assert Device.objects.get(asset=device.asset, revoked_at=None) == made
    assert client.get(f"{path}new/").headers["Location"] == path  # its address, opened by hand
    assert key not in client.get(path).content.decode()


def test_what_was_not_taken_is_named_in_words_with_the_last_message(device):
    now = clock.now()
    Refused.objects.create(
        day=now.date(), code=device.code, cause="RANGE", device=device, times=1, first_at=now, last_at=now,
        raw=b'{"v": <900>}\xff',
    )  # fmt: skip
    page = signed_in(make_person("remote_specialist")).get(f"/machines/{device.asset_id}/connect/")
    assert "超出传感器量程" in page.content.decode()
    assert "{&quot;v&quot;: &lt;900&gt;}" in page.content.decode()
    assert set(words.CAUSE) == set(words.CAUSE_WHY) == set(Cause)


def test_the_machines_page_waits_for_the_first_reading_by_itself(device):
    path = f"/machines/{device.asset_id}/live/"
    page = signed_in(make_person("remote_specialist")).get(path).content.decode()
    assert f'hx-get="{path}" hx-trigger="every 1s"' in page


def test_who_may_not_connect_gets_no_link_to_it(device):
    now = clock.now()
    layout = Layout.objects.create(template="centrifuge", points=["SPEED"])
    Latest.objects.create(device=device, layout=layout, at=now, received_at=now, values=[1.0])
    for post, there in (("service_desk", False), ("remote_specialist", True)):
        client = signed_in(make_person(post))
        for path in ("live/", "live/tiles/"):
            page = client.get(f"/machines/{device.asset_id}/{path}").content.decode()
            assert "报警规则" in page
            assert (f"/machines/{device.asset_id}/connect/" in page) is there


@pytest.mark.parametrize("text", ["5,2", "5，2", "4,50", ",5"])
def test_a_comma_never_makes_a_limit_ten_times_higher(device, text):
    client = signed_in(make_person("technical_head"))
    path = f"/machines/{device.asset_id}/rules/"
    said = {"rule": "vibration.danger", "value": text, "why": "x", "deed": "set"}
    client.post(f"{path}change/", said)
    assert not Limit.objects.exists()
    assert "限值要写数字" in client.get(path).content.decode()


def test_what_a_revoked_device_said_is_old_at_once(device):
    now = clock.now()
    layout = Layout.objects.create(template="centrifuge", points=["SPEED"])
    Latest.objects.create(device=device, layout=layout, at=now, received_at=now, values=[1.0])
    client = signed_in(make_person("remote_specialist"))
    path = f"/machines/{device.asset_id}/live/"
    assert "数据已旧" not in client.get(path).content.decode()
    client.post(f"/devices/{device.pk}/revoke/", {"why": "换网关"})
    assert "数据已旧" in client.get(path).content.decode()


def test_the_table_loses_no_peak():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    lot = [Bucket(start + timedelta(minutes=5 * n), 1.0, 2.0, 1.5) for n in range(119)]
    lot[57] = Bucket(lot[57].at, -9.0, 99.0, 1.5)
    rows = _rows(lot, 0)
    assert len(rows) <= 60
    assert max(float(row["high"]) for row in rows) == 99
    assert min(float(row["low"]) for row in rows) == -9
