"""The alarm desk and the page of an alarm, as people use them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.monitoring.actions.following import customer_told
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.tests.conftest import NOON, made
from bihuan.apps.monitoring.tests.factories import alarm, device, refused
from bihuan.apps.obligations.models import Obligation
from bihuan.base import clock
from bihuan.base.audit.models import Entry
from bihuan.base.facts.models import Fact
from bihuan.base.search.queries import by_number
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db
OPINION = {
    "causes": [
        {"code": "bearing", "title": {"zh": "轴承磨损", "en": "Bearing wear"}, "probability": 0.22, "for": ["高频微升"], "against": ["温度没跟上"], "check": {"zh": "听轴承", "en": "Listen"}},
        {"code": "rotor", "title": {"zh": "转子不平衡", "en": "Imbalance"}, "probability": 0.71, "for": ["一倍频占 82%"], "against": [], "check": {"zh": "查配平", "en": "Check the balance"}},
    ],
    "unknown": False, "customer": {"zh": "请停机查配平", "en": "Please check"}, "engineer": {"zh": "疑不平衡", "en": "Imbalance?"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_ten():
    with clock.set_to(NOON):
        yield


def text(answer):
    return answer.content.decode()


def deed(client, row, name, **values):
    return client.post(f"/alarms/{row.pk}/deed/{name}/", values)


def kept(row):
    return Alarm.objects.filter(pk=row.pk).values().get()


def facts(kind):
    return Fact.objects.filter(kind=kind).count()


def test_the_desk_has_each_alarm_under_its_tab(house):
    over = timedelta(hours=1)
    rows = {
        "new": alarm(house.asset, NOON, diagnosis=OPINION),
        "shelved": alarm(house.asset, NOON, rule="bearing.notice", shelved_until=NOON + over),
        "over": alarm(house.asset, NOON, rule="bearing.danger", cleared_at=NOON, acknowledged_at=NOON),
        "hushed": alarm(house.asset, NOON, rule="vibration.danger", hushed="TRIAL"),
    }  # fmt: skip
    client = signed_in(house.remote)
    for view, row in rows.items():
        page = text(client.get(f"/alarms/?view={view}"))
        shown = {other for other, each in rows.items() if f"/alarms/{each.pk}/" in page}
        assert shown == {view}, view
        assert row.number in page
    active = text(client.get("/alarms/?view=active"))
    assert rows["new"].number in active and rows["shelved"].number in active
    page = text(client.get("/alarms/"))
    for said in ("较急", "8L240122", "金陵泵业", "振动偏大", "5.20", "4.50", "mm/s", "恒速运行", "转子不平衡 71%", "还没告知"):  # fmt: skip
        assert said in page, said
    assert rows["new"].number in text(client.get("/alarms/?q=8L240122"))
    assert rows["new"].number not in text(client.get("/alarms/?q=nothing"))
    assert rows["new"].number not in text(client.get("/alarms/?klass=LOW"))


def test_what_a_graver_alarm_holds_waits_with_it(house):
    grave = alarm(house.asset, NOON, rule="vibration.danger")
    held = alarm(house.asset, NOON, cleared_at=NOON, merged=grave)
    client = signed_in(house.remote)
    assert held.number not in text(client.get("/alarms/"))
    deed(client, grave, "acknowledge")
    held.refresh_from_db()
    assert held.acknowledged_by == house.remote
    assert facts("alarm.acknowledged") == 2


def test_what_one_holds_of_which_nobody_is_told_waits_by_itself(house):
    hushed = alarm(house.asset, NOON, rule="vibration.danger", hushed="FLOOD")
    held = alarm(house.asset, NOON, cleared_at=NOON, merged=hushed)
    assert held.number in text(signed_in(house.remote).get("/alarms/"))


def test_only_who_reaches_the_machine_sees_its_alarms(house):
    row = alarm(house.asset, NOON)
    for person, status in ((house.near, 200), (house.far, 404), (house.auditor, 200)):
        client = signed_in(person)
        assert client.get(f"/alarms/{row.pk}/").status_code == status
        assert (row.number in text(client.get("/alarms/"))) is (status == 200)
        found = by_number(person, row.number)
        assert (found is not None and found.url == f"/alarms/{row.pk}/") is (status == 200)
    before = kept(row)
    assert deed(signed_in(house.far), row, "acknowledge").status_code == 404
    assert deed(signed_in(house.auditor), row, "acknowledge").status_code == 403
    assert "确认</button>" not in text(signed_in(house.auditor).get(f"/alarms/{row.pk}/"))
    assert kept(row) == before and not facts("alarm.acknowledged")


def test_acknowledging_discharges_the_duty_once(house):
    row = alarm(house.asset, NOON)
    drain(NOON)
    duty = Obligation.objects.get(kind="alarm.acknowledge", occasion=row.number)
    client = signed_in(house.remote)
    assert client.get(f"/alarms/for/{duty.pk}/").url == f"/alarms/{row.pk}/"
    page = text(client.get(f"/alarms/{row.pk}/"))
    assert "持续·未确认" in page and "确认设备报警" in page and "陈砺" in page
    assert deed(client, row, "acknowledge").status_code == 302
    drain(NOON)
    duty.refresh_from_db()
    assert duty.state == "DISCHARGED"
    before = kept(row)
    again = deed(signed_in(house.desk), row, "acknowledge")
    assert again.status_code == 409 and "陈砺" in text(again)
    assert kept(row) == before and facts("alarm.acknowledged") == 1
    assert Entry.objects.filter(verb="alarm.acknowledge").count() == 1
    assert "持续·已确认" in text(client.get(f"/alarms/{row.pk}/"))


def test_a_first_opinion_is_told_once_and_discharges_its_duty(db):
    house = made("machinery", "PRIVATE")
    row = alarm(house.asset, NOON, diagnosis=OPINION)
    drain(NOON)
    duty = Obligation.objects.get(kind="alarm.diagnose", occasion=row.number)
    client = signed_in(house.remote)
    assert "请停机查配平" in text(client.get(f"/alarms/{row.pk}/deed/tell/"))
    before = kept(row)
    assert deed(client, row, "tell", text=" ").status_code == 422
    assert kept(row) == before
    deed(client, row, "tell", text="已请李工停机")
    drain(NOON)
    duty.refresh_from_db()
    assert duty.state == "DISCHARGED"
    row.refresh_from_db()
    assert (row.diagnosis["told"], row.customer_told_at) == ("已请李工停机", NOON)
    assert row.diagnosis["causes"] == OPINION["causes"]
    before = kept(row)
    again = deed(client, row, "tell", text="再说一次")
    assert again.status_code == 422 and "得到告知" in text(again)
    assert kept(row) == before and facts("diagnosis.sent") == 1


def test_what_the_system_tells_is_the_same_deed_and_takes_nothing_away(house):
    row = alarm(house.asset, NOON, diagnosis=OPINION)
    stale = Alarm.objects.get(pk=row.pk)
    Alarm.objects.filter(pk=row.pk).update(diagnosis=OPINION | {"later": "1x"})
    customer_told(alarm=stale, text="请停机", by=None, now=NOON)
    row.refresh_from_db()
    assert (row.diagnosis["told"], row.diagnosis["later"], row.customer_told_at) == ("请停机", "1x", NOON)  # fmt: skip
    (entry,) = Entry.objects.filter(verb="alarm.tell")
    assert entry.by is None
    before = kept(row)
    customer_told(alarm=stale, text="再说一次", by=None, now=NOON)
    assert kept(row) == before and facts("diagnosis.sent") == 1


def test_shelving_has_a_reason_and_an_end(house):
    row = alarm(house.asset, NOON)
    client = signed_in(house.remote)
    before = kept(row)
    for until, why, said in (
        ("2026-10-03T10:01", "等备件", "最多搁置 72 小时"), ("2026-09-30T10:00", "等备件", "将来的时间"),
        ("2026-09-30T18:00", "", ""), ("x", "等备件", ""),
    ):  # fmt: skip
        bad = deed(client, row, "shelve", until=until, why=why)
        assert bad.status_code == 422 and said in text(bad)
    assert kept(row) == before and not Entry.objects.filter(verb="alarm.shelve").exists()
    assert deed(client, row, "shelve", until="2026-10-03T10:00", why="等备件").status_code == 302
    assert row.number not in text(client.get("/alarms/"))
    assert "等备件" in text(client.get(f"/alarms/{row.pk}/"))
    with clock.set_to(NOON + timedelta(hours=73)):
        later = signed_in(house.remote)
        assert row.number in text(later.get("/alarms/"))
    client = signed_in(house.remote)
    assert deed(client, row, "unshelve").status_code == 302
    assert deed(client, row, "unshelve").status_code == 409
    Alarm.objects.filter(pk=row.pk).update(cleared_at=NOON)
    before = kept(row)
    late = deed(client, row, "shelve", until="2026-09-30T18:00", why="等备件")
    assert late.status_code == 422 and "已经解除" in text(late)
    assert kept(row) == before


def test_a_false_alarm_is_said_with_its_reason(house):
    row = alarm(house.asset, NOON)
    client = signed_in(house.remote)
    before = kept(row)
    assert deed(client, row, "false", text="").status_code == 422
    assert kept(row) == before
    deed(client, row, "false", text="装转子时碰了一下")
    row.refresh_from_db()
    assert (row.verdict, row.note, row.acknowledged_by) == (
        "FALSE",
        "装转子时碰了一下",
        house.remote,
    )
    assert row.number in text(client.get("/alarms/?view=active&verdict=FALSE"))
    before = kept(row)
    assert deed(client, row, "false", text="又一次").status_code == 422
    assert kept(row) == before
    deed(client, row, "real", text="")
    row.refresh_from_db()
    assert (row.verdict, row.note) == ("REAL", "装转子时碰了一下")
    deed(client, row, "note", text="已约周五")
    assert "已约周五" in text(client.get(f"/alarms/{row.pk}/"))


def test_the_page_says_what_was_measured_and_what_it_may_be(house):
    alarm(
        house.asset,
        NOON - timedelta(days=3),
        rule="bearing.notice",
        cleared_at=NOON,
        verdict="FALSE",
    )
    plain = alarm(house.asset, NOON)
    client = signed_in(house.remote)
    page = text(client.get(f"/alarms/{plain.pk}/"))
    for said in (
        "主轴转速",
        "4,200",
        "轴承温度",
        "66.4",
        "还没有初步诊断",
        "请做完这一批后停机",
        "轴承温度偏高",
        "误报",
    ):
        assert said in page, said
    assert "设定转速" not in page  # hidden
    Alarm.objects.filter(pk=plain.pk).update(diagnosis=OPINION)
    page = text(client.get(f"/alarms/{plain.pk}/"))
    assert page.index("转子不平衡") < page.index("轴承磨损")
    for said in ("71%", "一倍频占 82%", "温度没跟上", "查配平", "请停机查配平", "疑不平衡"):
        assert said in page, said
    Alarm.objects.filter(pk=plain.pk).update(diagnosis={"unknown": True, "causes": []})
    assert "说不清" in text(client.get(f"/alarms/{plain.pk}/"))


def test_machine_and_customer_show_it(house):
    row = alarm(house.asset, NOON)
    client = signed_in(house.remote)
    deed(client, row, "acknowledge")
    assert row.number in text(client.get(f"/alarms/of/{house.asset.pk}/"))
    assert row.number in text(client.get(f"/alarms/customer/{house.customer.pk}/"))
    assert signed_in(house.far).get(f"/alarms/of/{house.asset.pk}/").status_code == 404
    line = text(client.get(f"/assets/{house.asset.pk}/timeline/"))
    assert f'href="/alarms/{row.pk}/"' in line and "振动偏大 5.20 mm/s" in line
    assert "alarms_of_asset" in text(client.get(f"/assets/{house.asset.pk}/"))


def test_what_was_not_taken_is_shown_as_it_came(house):
    own, _key = device(asset=house.asset, now=NOON)
    refused(NOON, device=own, code=own.code)
    refused(NOON, code="strangerdev22", cause="UNKNOWN_DEVICE", raw=b"\x00\xff\x10")
    page = text(signed_in(house.remote).get("/monitoring/refused/"))
    assert "&lt;script&gt;x&lt;/script&gt;" in page and "<script>x" not in page
    assert "00 ff 10" in page and "strangerdev22" in page
    assert "读不懂" in page and "8L240122" in page and "先登记设备" in page
    near = text(signed_in(house.near).get("/monitoring/refused/"))
    assert own.code in near and "strangerdev22" not in near
    assert own.code not in text(signed_in(house.far).get("/monitoring/refused/"))
    assert signed_in(house.desk).get("/monitoring/refused/").status_code == 403
