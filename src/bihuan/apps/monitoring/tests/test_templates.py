"""A company writes its own template: read strictly, in force within seconds, the old alarms over."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from bihuan.apps.monitoring import catalogue
from bihuan.apps.monitoring.models import Alarm, Latest, TemplateVersion
from bihuan.apps.monitoring.pipe import taking
from bihuan.apps.monitoring.pipe.reading import Message
from bihuan.apps.monitoring.pipe.taking import Taker
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.test_pipe import RUNNING, message
from bihuan.base import clock
from bihuan.base.audit.models import Entry
from bihuan.base.testing.people import make_person, signed_in

NEW = "/monitoring/templates/new/"
CENTRIFUGE = "/monitoring/templates/centrifuge/change/"


@pytest.fixture(autouse=True)
def fresh():
    catalogue.forget()
    yield
    catalogue.rest_on_shipped()


def own(**changes: tuple[str, str]) -> str:
    """The shipped centrifuge as its second version, with texts replaced."""
    text = catalogue.shipped()["centrifuge"].replace("version: 1", "version: 2", 1)
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new, 1)
    return text


def put(client, address, text, *, instead_of, why="试验台测得更低", deed="put"):
    return client.post(address, {"text": text, "instead_of": instead_of, "why": why, "deed": deed})


@pytest.fixture
def client(db):
    return signed_in(make_person("technical_head"))


@pytest.mark.django_db(transaction=True)
def test_a_new_kind_of_machine_gets_a_template(client):
    text = catalogue.EXAMPLE.replace("families: []", "families: [CUTTER]")
    page = put(client, NEW, text, instead_of=0, deed="check")
    assert "激光器温度偏高" in page.content.decode()
    assert not TemplateVersion.objects.exists()
    assert put(client, NEW, text, instead_of=0).status_code == 302
    assert catalogue.of_family("CUTTER").title["zh"] == "激光切割机"
    assert "激光切割机" in client.get("/monitoring/templates/").content.decode()
    assert Entry.objects.filter(verb="device.template").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_lower_limit_is_judged_within_seconds_and_a_rule_that_is_gone_holds_no_alarm(monkeypatch):
    monkeypatch.setattr(taking, "HEAR", timedelta(0))
    device, _key = factories.device()
    old = factories.alarm(device.asset, clock.now(), rule="starts.many", device=device)
    watched = factories.alarm(device.asset, clock.now(), rule="current.high", device=device)
    Alarm.objects.filter(pk=watched.pk).update(rule="drift.own")
    taker = Taker()
    taker.claim(clock.now(), most=16)
    start = time.time() - 200

    def feed(first):
        lot = [
            Message(1, first + n, device.code, time.time(), message(first + n, RUNNING | {"VIBRATION": 6.9}, at=start + 2 * (first + n)))
            for n in range(10)
        ]  # fmt: skip
        return taker.take(lot, clock.now()).raised

    assert feed(1) == 0
    text = own(a=("above: 7.1", "above: 6.8"), b=("clear: 6.4", "clear: 6.2"))
    text = text[: text.index("  starts.many:")]
    client = signed_in(make_person("technical_head"))
    assert put(client, CENTRIFUGE, text, instead_of=1).status_code == 302
    assert not Alarm.objects.filter(pk__in=[old.pk, watched.pk], cleared_at=None).exists()
    assert feed(11) == 1
    assert Alarm.objects.get(rule="vibration.danger").limit == 6.8
    assert Latest.objects.get(device=device).values[0] == RUNNING["SPEED"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code: [", "第 1 行"),
        (own(a=("above: 7.1", "abvoe: 7.1")), "abvoe"),
        (own(a=("point: HIGH_BAND", "point: HIHG_BAND")), "没有“HIHG_BAND”"),
        (own(a=("unit: mm/s, range: [0, 100], dead_band", "unit: g, range: [0, 100], dead_band")), "换单位请换一个测点代码"),
        (own(a=("version: 2", "version: 7")), "version 应写 2"),
        (own(a=("code: centrifuge", "code: spinner")), "一个系列只能有一个模板"),
        (own(a=("parent: vibration.danger", "parent: vibration.notice")), "绕成了一圈"),
        ("a: &a [1]\nb: *a\n", "不用锚点"),
        ("x" * 100_001, "100000"),
        ("- 1\n- 2\n", "名称: 值"),
        ("", "必填"),
    ],
)  # fmt: skip
def test_a_slip_is_refused_with_its_line_and_changes_nothing(client, text, said):
    before = catalogue.templates()["centrifuge"]
    page = put(client, CENTRIFUGE, text, instead_of=1)
    assert page.status_code == 422
    assert said in page.content.decode().replace("&quot;", '"')
    catalogue.forget()
    assert catalogue.templates()["centrifuge"] == before
    assert not TemplateVersion.objects.exists()


def test_the_line_is_that_of_the_slip(client):
    text = own(a=("kind: WEAR", "kind: WAER"))
    line = text[: text.index("kind: WAER")].count("\n") + 1
    page = put(client, CENTRIFUGE, text, instead_of=1).content.decode()
    assert f"第 {line} 行（alarms.high_band.wear.kind）" in page


def test_who_was_not_asked_lately_is_asked_again(client):
    """A template says what may be commanded, and how far."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0}]
    session.save()
    assert "reauthenticate" in put(client, CENTRIFUGE, own(), instead_of=1).url
    assert not TemplateVersion.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_once_do_not_overwrite_each_other(client):
    assert put(client, CENTRIFUGE, own(), instead_of=1).status_code == 302
    page = put(client, CENTRIFUGE, own(), instead_of=1)
    assert page.status_code == 422
    assert "刚被别人改过" in page.content.decode()
    assert TemplateVersion.objects.count() == 1


def test_without_a_reason_or_the_right_nothing_is_put_in_force(client):
    assert put(client, CENTRIFUGE, own(), instead_of=1, why=" ").status_code == 422
    reader = signed_in(make_person("remote_specialist"))
    assert reader.get("/monitoring/templates/centrifuge/").status_code == 200
    assert put(reader, CENTRIFUGE, own(), instead_of=1).status_code == 403
    assert not TemplateVersion.objects.exists()
