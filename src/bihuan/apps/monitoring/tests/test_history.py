"""A machine's history from a table: its columns matched, its rows counted, taken in by the pipe."""

from __future__ import annotations

import importlib
import io
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from openpyxl import Workbook

from bihuan.apps.monitoring.actions import history as actions
from bihuan.apps.monitoring.actions.consents import record
from bihuan.apps.monitoring.actions.devices import revoke
from bihuan.apps.monitoring.actions.silence import watch
from bihuan.apps.monitoring.enums import Agreed, Told
from bihuan.apps.monitoring.history import sheet, working
from bihuan.apps.monitoring.history.columns import from_data
from bihuan.apps.monitoring.history.tasks import do
from bihuan.apps.monitoring.history.working import bodies, give_up, work
from bihuan.apps.monitoring.models import Alarm, Block, History, HistoryPart, Late, Latest, Refused
from bihuan.apps.monitoring.pipe import handing
from bihuan.apps.monitoring.refusals import (
    AlreadyTaken,
    BrokenTable,
    NoCredentials,
    NoHeadRow,
    TableTooLarge,
    UnitRefused,
)
from bihuan.apps.monitoring.store.charts import samples
from bihuan.apps.monitoring.store.keeping import keep
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.servers import empty, ingest, server
from bihuan.apps.monitoring.tests.test_pipe import stored
from bihuan.base import clock
from bihuan.base.testing.people import make_person, signed_in

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = "采集时间,主轴转速(rpm),轴承温度[°F],振动速度,备注"


@pytest.fixture
def device(db):
    return factories.device()[0]


def up(device, content, name="history.csv"):
    raw = content if isinstance(content, bytes) else content.encode()
    file = SimpleUploadedFile(name, raw)
    return actions.upload(asset=device.asset, file=file, by=None, now=clock.now())


def table(start, count, *, every=10, line="4200,140,2.1,x"):
    rows = [
        f"{start + timedelta(seconds=every * n):%Y-%m-%d %H:%M:%S},{line}" for n in range(count)
    ]
    return "\n".join([HEAD, *rows])


def checked(device, content, name="history.csv"):
    row = up(device, content, name)
    return actions.check(row=row, plan=from_data(row.plan))


def local(when):
    return when + timedelta(hours=8)


def xlsx(rows):
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def test_columns_are_guessed_by_name_and_unit_in_both_languages(device):
    plan = from_data(up(device, table(LONG_AGO, 1)).plan)
    assert plan.time == 0
    assert [(each.point, each.unit) for each in plan.columns[1:]] == [
        ("SPEED", "r/min"), ("BEARING_TEMP", "℉"), ("VIBRATION", "mm/s"), ("", ""),
    ]  # fmt: skip
    english = "timestamp;Rotor speed;VIBRATION (in/s);BEARING_TEMP\n2026-01-01 00:00:00;1;2;3"
    assert [each.point for each in from_data(up(device, english).plan).columns][2:] == [
        "VIBRATION",
        "BEARING_TEMP",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_usual_encoding_is_read(device, encoding):
    row = checked(device, table(local(clock.now()) - timedelta(days=2), 3).encode(encoding))
    assert (row.rows, row.good) == (3, 3)


def test_every_row_that_is_not_taken_is_named_with_its_number_and_cause(device):
    start = local(clock.now()) - timedelta(days=3)
    good = table(start, 2).split("\n")
    later = f"{start + timedelta(seconds=90):%Y-%m-%d %H:%M:%S}"
    lines = [
        *good,
        "昨天中午,4200,140,2.1,", f"{later},,--,n/a,", "2199-01-01 00:00:00,4200,140,2.1,", "1999-01-01 00:00:00,1,140,2,",
        good[1], f"{later},4200,140,=2+2,", f"{later}.500,4200,9999,2.1,",
    ]  # fmt: skip
    row = checked(device, "\n".join(lines))
    assert (row.state, row.rows, row.good, row.left_out) == ("CHECKED", 9, 4, 2)
    assert [(each[0], each[1]) for each in row.wrong] == [
        (4, "NO_TIME"), (5, "EMPTY"), (6, "FUTURE"), (7, "TOO_OLD"), (8, "TWICE"), (9, "NO_NUMBER"), (10, "RANGE"),
    ]  # fmt: skip
    assert not Refused.objects.exists()
    client = signed_in(make_person("remote_specialist"))
    page = client.get(f"/monitoring/history/{row.pk}/").content.decode()
    assert "昨天中午" in page
    assert "同一时刻重复" in page


def test_a_unit_that_cannot_be_converted_is_refused_and_the_file_waits_for_a_better_answer(device):
    row = up(device, "时间,主轴转速(MPa),振动速度\n2026-11-01 00:00:00,1,2")
    with pytest.raises(UnitRefused) as refused:
        actions.check(row=row, plan=from_data(row.plan))
    assert "MPa" in str(refused.value)
    row.refresh_from_db()
    assert row.state == "UPLOADED"
    client = signed_in(make_person("remote_specialist"))
    said = {"time": "0", "zone": "Asia/Shanghai", "point-1": "SPEED", "unit-1": "MPa"}
    answer = client.post(f"/monitoring/history/{row.pk}/check/", said)
    assert answer.status_code == 422
    assert "换算不成" in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", NoHeadRow), (b"\x00\x01\x02" * 100, BrokenTable), (b"\xff\xfe\x00\xd8" * 10, BrokenTable),
        (b"2026-01-01 00:00:00,1,2\n2026-01-01 00:00:10,1,2", NoHeadRow), (b"PK\x03\x04nothing", BrokenTable),
        (b"a," * 200_000, BrokenTable), (b'time,SPEED\n"' + b"x" * 300_000, BrokenTable),
    ],
)  # fmt: skip
def test_what_is_no_table_changes_nothing(device, content, error):
    with pytest.raises(error):
        list(sheet.rows(_file(up(device, content))))
    assert not HistoryPart.objects.exists() or History.objects.count() == 1


def _file(row):
    with actions.file_of(row) as path:
        kept = path.with_suffix(".kept")
        kept.write_bytes(path.read_bytes())
    return kept


def test_a_zip_bomb_is_not_unpacked(device):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/sharedStrings.xml", b"a" * (64 * 1024 * 1024))
    with pytest.raises(TableTooLarge):
        up(device, file.getvalue(), "bomb.xlsx")
    assert not History.objects.exists()


def test_a_file_of_200_mb_is_refused_before_it_is_read(device):
    class Huge(SimpleUploadedFile):
        def chunks(self, chunk_size=None):
            raise AssertionError("read")

    file = Huge("huge.csv", b"x")
    file.size = 200 * 1024 * 1024
    with pytest.raises(TableTooLarge):
        actions.upload(asset=device.asset, file=file, by=None, now=clock.now())


def test_excel_with_times_formulas_and_titles_above(device):
    at = (local(clock.now()) - timedelta(days=1)).replace(tzinfo=None, microsecond=0)
    rows = [
        ["1号离心机运行记录"],
        [],
        ["时间", "主轴转速", "BEARING_TEMP"],
        [at, 4000, "=1+1"],
        [at + timedelta(seconds=1), 4001.5, 41],
    ]
    row = checked(device, xlsx(rows), "log.xlsx")
    assert (row.head_at, row.rows, row.good) == (3, 2, 2)


def test_a_machine_without_credentials_takes_no_history(device):
    from bihuan.apps.monitoring.actions.devices import revoke

    revoke(device=device, why="x", by=None, now=clock.now())
    with pytest.raises(NoCredentials):
        up(device, table(LONG_AGO, 1))


def test_messages_stay_small_and_say_what_was_read(device):
    from bihuan.apps.monitoring.catalogue import templates
    from bihuan.apps.monitoring.history.columns import Taking
    from bihuan.apps.monitoring.history.reading import Sample
    from bihuan.apps.monitoring.pipe.reading import read

    template = templates()["centrifuge"]
    found = [
        Taking(place, point.code, point.code, 1, 0) for place, point in enumerate(template.points)
    ]
    lot = [Sample(n, 1.7e9 + n, tuple([-1234567.123456] * len(found))) for n in range(5000)]
    parts = list(bodies(lot, found, template))
    assert max(map(len, parts)) < 65000
    assert sum(len(read(part, template.places).ts) for part in parts) == 5000


@pytest.fixture(scope="module")
def bus():
    with server() as found:
        yield found


@pytest.fixture
def pipe(bus, transactional_db):
    empty(bus)
    with ingest():
        yield bus


@pytest.mark.django_db(transaction=True)
def test_history_is_stored_once_converted_and_raises_nothing(pipe):
    device, _key = factories.device()
    start = (clock.now() - timedelta(days=400)).replace(microsecond=0)
    file = table(local(start), 500, line="4200,140,30,x")  # 30 mm/s would be an alarm
    for _ in range(2):
        row = checked(device, file)
        assert row.good == 500
        actions.take_in(row=row, by=None, now=clock.now())
        work(row.pk, now=clock.now())
        row.refresh_from_db()
        assert (row.state, row.handed) == ("DONE", 500)
        assert not row.parts.exists()
    assert len(stored()) == 500
    keep(clock.now())
    keep(clock.now())
    at, value = samples(device.pk, "BEARING_TEMP", start, start + timedelta(days=1))
    assert len(at) == 500
    assert set(value) == {60.0}
    assert at[0] == start.timestamp() * 1000
    assert not Late.objects.exists()
    assert sum(Block.objects.values_list("samples", flat=True)) == 500
    latest = Latest.objects.get(device=device)
    assert not latest.heard
    watch(clock.now() + timedelta(days=3))
    assert not Alarm.objects.exists()
    assert not Refused.objects.exists()
    with pytest.raises(AlreadyTaken):
        actions.take_in(row=row, by=None, now=clock.now())


@pytest.mark.django_db(transaction=True)
def test_history_waits_for_a_server_that_begins(bus, transactional_db):
    bus.forget()
    empty(bus)
    device, _key = factories.device()
    row = checked(device, table(local(clock.now() - timedelta(days=2)), 5))
    actions.take_in(row=row, by=None, now=clock.now())
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(_work_and_close, row.pk)
        time.sleep(1)
        assert not done.done()
        with ingest():
            done.result()
    row.refresh_from_db()
    assert (row.state, row.handed, len(stored())) == ("DONE", 5, 5)


def _work_and_close(pk):
    try:
        work(pk, now=clock.now())
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_history_of_which_nothing_was_taken_is_not_called_taken(pipe):
    device, _key = factories.device()
    start = (clock.now() - timedelta(days=400)).replace(microsecond=0)
    row = checked(device, table(local(start), 5))
    revoke(device=device, why="设备退租", by=None, now=clock.now())
    actions.take_in(row=row, by=None, now=clock.now())
    do(row.pk)
    row.refresh_from_db()
    assert (row.state, row.handed, stored()) == ("CHECKED", 0, [])
    assert "没有收下" in row.why
    assert Refused.objects.get().cause == "REVOKED"
    assert row.parts.exists()


def says(device, *, given):
    record(
        asset=device.asset, what=Agreed.DATA, given=given, person="王厂长", told=Told.LETTER, evidence="函 7",
        said_at=clock.now(), by=make_person("technical_head"), now=clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize("state", ["UPLOADED", "CHECKED", "CHECKING", "QUEUED", "REFUSED"])
def test_of_a_customer_who_takes_data_back_no_table_is_kept(device, state):
    row = checked(device, table(local(clock.now()) - timedelta(days=2), 3))
    History.objects.filter(pk=row.pk).update(state=state)
    done = factories.history(device, state="DONE")
    says(device, given=False)
    assert list(History.objects.all()) == [done]
    assert not HistoryPart.objects.exists()
    do(row.pk)
    assert History.objects.count() == 1


def test_a_check_that_ends_after_the_data_were_taken_back_keeps_nothing(device):
    row = up(device, table(local(clock.now()) - timedelta(days=2), 3))
    History.objects.filter(pk=row.pk).update(state="CHECKING")
    row.refresh_from_db()
    with actions.file_of(row) as path:
        says(device, given=False)
        working._check(row, path, clock.now())
    assert not History.objects.exists()


def test_no_table_is_taken_while_the_customer_refuses_data(device):
    says(device, given=False)
    client = signed_in(make_person("remote_specialist"))
    address = f"/machines/{device.asset_id}/history/"
    raw = table(local(clock.now()) - timedelta(days=2), 3).encode()

    def sent():
        file = SimpleUploadedFile("h.csv", raw)
        return client.post(address, {"file": file}, follow=True).content.decode()

    assert "客户不同意传送这台设备的数据，文件没有收" in sent()
    assert not History.objects.exists() and not HistoryPart.objects.exists()
    says(device, given=True)
    assert "哪一列是哪个测点" in sent()


def test_a_file_that_cannot_be_read_goes_with_the_next_tick_and_a_draft_stays(device):
    draft, broken = up(device, table(LONG_AGO, 1)), up(device, table(LONG_AGO, 2))
    History.objects.filter(pk=broken.pk).update(state="CHECKING")
    give_up(broken.pk, "读不下去")
    assert actions.forget_drafts(clock.now()) == 1
    assert HistoryPart.objects.get().history == draft
    broken.refresh_from_db()
    assert (broken.state, broken.why) == ("REFUSED", "读不下去")
    assert actions.forget_drafts(clock.now()) == 0


def test_while_nobody_receives_it_can_be_taken_later(device, monkeypatch):
    row = checked(device, table(local(clock.now()) - timedelta(days=2), 3))
    actions.take_in(row=row, by=None, now=clock.now())
    monkeypatch.setattr(handing, "place", dict)
    do(row.pk)
    row.refresh_from_db()
    assert row.state == "CHECKED"
    assert "没有应答" in row.why
    assert row.parts.exists()


def test_the_way_through_the_pages(device):
    client = signed_in(make_person("remote_specialist"))
    assert "上传历史数据" in client.get(f"/machines/{device.asset_id}/connect/").content.decode()
    file = SimpleUploadedFile(
        "h.csv", table(local(clock.now()) - timedelta(days=2), 3).encode("gbk")
    )
    answer = client.post(f"/machines/{device.asset_id}/history/", {"file": file}, follow=True)
    assert "哪一列是哪个测点" in answer.content.decode()
    row = History.objects.get()
    said = {
        "time": "0",
        "zone": "UTC",
        "point-1": "SPEED",
        "unit-1": "rpm",
        "point-3": "VIBRATION",
        "unit-3": "mm/s",
    }
    answer = client.post(f"/monitoring/history/{row.pk}/check/", said, follow=True)
    assert "收下 3 行" in answer.content.decode()
    answer = client.post(f"/monitoring/history/{row.pk}/take/", follow=True)
    assert "正在收下" in answer.content.decode()
    assert History.objects.get().state == "QUEUED"
    broken = SimpleUploadedFile("h.csv", b"\x00\x00")
    answer = client.post(f"/machines/{device.asset_id}/history/", {"file": broken}, follow=True)
    assert "文件读不下去" in answer.content.decode()
    assert History.objects.count() == 1


def test_a_worker_finds_the_job():
    """Procrastinate looks for jobs in the module `tasks` of each app, and nowhere else."""
    module = importlib.import_module(f"{apps.get_app_config('monitoring').name}.tasks")
    assert module.history.work_job.name == "monitoring.history"
