"""A day in the archive is the day in the database: once, whatever breaks off or comes late."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection

from bihuan.apps.assets.tests.factories import machine, model
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring import handlers, tasks, wellness
from bihuan.apps.monitoring.actions.common import subjects
from bihuan.apps.monitoring.actions.consents import record
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import Agreed, Told
from bihuan.apps.monitoring.models import ArchivedDay, Block, Hour, Late, Layout
from bihuan.apps.monitoring.store import archive, charts, keeping, shelf, taken_back, writing
from bihuan.apps.monitoring.store.keeping import keep
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.test_store import START, device, layout, put
from bihuan.base import clock
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import make_person

__all__ = ["device", "layout"]
DAY = START.date()
NOON = START + timedelta(days=1, hours=12)
OLD = START + timedelta(days=3000)


@pytest.fixture(autouse=True)
def table(tmp_path, monkeypatch):
    monkeypatch.setenv("BIHUAN_ARCHIVE", str(tmp_path / "samples"))
    return tmp_path / "samples"


def samples(device):
    return charts.samples(device.pk, "VIBRATION", START, START + timedelta(days=1))


def test_without_the_part_it_says_so_and_nothing_is_dropped(device, layout, monkeypatch):
    put(device, layout, START, 360)
    keep(NOON)
    monkeypatch.setattr(shelf, "installed", lambda: False)
    monkeypatch.setattr(archive, "installed", lambda: False)
    with pytest.raises(archive.NotInstalled):
        archive.write(DAY, NOON)
    assert "install-archive" in wellness.archive(NOON)[1]
    keep(OLD)
    assert Block.objects.count() == 1
    monkeypatch.delenv("BIHUAN_ARCHIVE")  # nobody wants an archive: the retention of the pack alone
    assert wellness.archive(NOON)[1] == ""
    keep(OLD)
    assert Block.objects.count() == 0


@pytest.mark.archive
def test_a_day_is_written_once_and_brought_back_as_it_was(device, layout):
    put(device, layout, START, 8640)
    keep(NOON)
    before = samples(device)
    assert archive.due(START + timedelta(days=1, hours=1)) == []
    assert archive.due(NOON) == [DAY]
    tasks.archive_job.func()
    row = archive.write(DAY, NOON)
    assert row.values == 8640
    archive.write(DAY, NOON)
    assert archive.verify(DAY, NOON) == (8640, 8640)
    assert archive.due(NOON) == []
    keep(OLD)
    assert Block.objects.count() == 0
    assert archive.verify(DAY, OLD) == (8640, None)
    assert archive.restore(DAY, OLD) == 24
    assert archive.restore(DAY, OLD) == 0
    keep(OLD + timedelta(days=1))
    assert [list(each) for each in samples(device)] == [list(each) for each in before]
    keep(OLD + timedelta(days=31))
    assert Block.objects.count() == 0


@pytest.mark.archive
def test_what_comes_late_writes_the_day_anew(device, layout):
    put(device, layout, START, 360)
    keep(NOON)
    archive.write(DAY, NOON)
    put(device, layout, START + timedelta(seconds=5), 100, now=NOON)
    assert Late.objects.exists()
    assert archive.due(NOON) == []  # first it is merged
    keep(NOON)
    assert archive.due(NOON) == [DAY]
    keep(OLD)
    assert Block.objects.exists()  # the archive does not have it as it is
    archive.write(DAY, NOON)
    assert archive.verify(DAY, NOON) == (460, 460)
    names, rows = archive.query("SELECT point, count(*), max(value) FROM samples GROUP BY point")
    assert (names[0], rows) == ("point", [("VIBRATION", 460, 3590.0)])


@pytest.mark.archive
def test_broken_off_in_the_middle_nothing_counts_as_archived(device, layout, monkeypatch):
    put(device, layout, START, 360)
    put(device, layout, START + timedelta(days=1), 10)
    keep(START + timedelta(days=3))
    archive.write(DAY, NOON)
    put_ = archive.put_day

    def lost(day, reader):
        put_(day, reader)
        raise OSError("no space left")

    with monkeypatch.context() as broken, pytest.raises(OSError, match="no space"):
        broken.setattr(archive, "put_day", lost)
        archive.write(DAY + timedelta(days=1), NOON)
    assert ArchivedDay.objects.count() == 1
    archive.write(DAY + timedelta(days=1), NOON)
    assert archive.verify(DAY + timedelta(days=1), NOON) == (10, 10)
    assert archive.verify(DAY, NOON) == (360, 360)


@pytest.mark.archive
def test_a_day_is_not_overwritten_by_less_of_it(device, layout):
    put(device, layout, START, 360 * 2)
    keep(NOON)
    archive.write(DAY, NOON)
    Block.objects.order_by("hour")[0].delete()
    with pytest.raises(archive.Fewer):
        archive.write(DAY, NOON)
    assert archive.verify(DAY, NOON) == (720, 360)
    assert archive.restore(DAY, NOON) == 1
    archive.write(DAY, NOON)


@pytest.mark.archive
@pytest.mark.parametrize("between", [False, True])
def test_a_day_that_came_long_after_it_was_over_is_archived_and_goes_in_its_time(
    device, layout, between, monkeypatch
):
    """History from a table; also what comes between the merging of it and the end of its partition."""
    past = START - timedelta(days=400)
    if between:
        merged = keeping._merge_late

        def slow(*given):
            done = merged(*given)
            put(device, layout, past, 360, now=NOON)
            return done

        monkeypatch.setattr(keeping, "_merge_late", slow)
        put(device, layout, past + timedelta(hours=5), 0)
    else:
        put(device, layout, past, 360, now=NOON)
    writing.make_days(np.array([past.timestamp()]))
    keep(NOON)
    assert Block.objects.count() == 1 and past.date() not in keeping.days()
    assert archive.due(NOON) == [past.date()]
    with clock.set_to(NOON):
        tasks.archive_job.func()
    assert archive.verify(past.date(), NOON) == (360, 360)


def test_an_hour_that_is_still_to_be_packed_does_not_count_as_packed_by_what_came_late(
    device, layout
):
    other, _key = factories.device()
    put(device, layout, START, 360)
    put(other, layout, START, 360)
    soon = START + timedelta(
        hours=1, minutes=7
    )  # half of the time after which it is packed is over
    put(device, layout, START + timedelta(seconds=5), 100, now=soon)
    keep(soon)
    assert not Hour.objects.exists()
    keep(START + timedelta(hours=1, minutes=11))
    assert sorted(Block.objects.values_list("samples", flat=True)) == [360, 460]


@pytest.mark.archive
def test_a_day_that_cannot_be_written_holds_up_none_after_it(device, layout, caplog):
    for number in (0, 1):
        put(device, layout, START + timedelta(days=number), 360)
    now = NOON + timedelta(days=1)
    keep(now)
    archive.write(DAY, NOON)
    Block.objects.order_by("hour")[0].delete()
    ArchivedDay.objects.update(stale=True)
    assert archive.due(now) == [DAY, DAY + timedelta(days=1)]
    with clock.set_to(now):
        tasks.archive_job.func()
    assert archive.due(now) == [DAY]
    assert archive.verify(DAY, now)[0] == 360, "what was there is still there"
    said = [each.getMessage() for each in caplog.records if "not archived" in each.getMessage()]
    assert len(said) == 1 and str(DAY) in said[0]


@pytest.mark.archive
def test_a_query_reads_the_archive_and_no_file_of_this_machine(device, layout, tmp_path):
    with pytest.raises(archive.Empty):
        archive.query("SELECT 1")
    put(device, layout, START, 360)
    keep(NOON)
    archive.write(DAY, NOON)
    (tmp_path / "x.csv").write_text("a\n1\n")
    with pytest.raises(archive.NotUnderstood, match="查询"):
        archive.query(f"SELECT * FROM '{tmp_path / 'x.csv'}'")
    _names, rows = archive.query("SELECT day, code, ts, value FROM samples ORDER BY ts LIMIT 2")
    assert [(str(day), code, value) for day, code, _ts, value in rows] == [
        ("2026-11-20", device.code, 0.0), ("2026-11-20", device.code, 10.0),
    ]  # fmt: skip


@pytest.fixture
def digger(db):
    """A machine that says where it is: twelve points, of which two are its place."""
    factories.no_samples()
    asset = machine(customer(), model=model("HY-EX", family="EXCAVATOR"))
    return factories.device(asset=asset)[0]


@pytest.fixture
def places(digger):
    template = templates()[digger.template]
    points = [point.code for point in template.points if point.position]
    rest = [point.code for point in template.points if not point.position]
    return Layout.objects.create(template=digger.template, points=(points + rest)[:12])


def withdrawn(device, what=Agreed.POSITION, *, given=False, now=NOON):
    record(
        asset=device.asset, what=what, given=given, person="王厂长", told=Told.LETTER, evidence="函 7", said_at=now,
        by=make_person("technical_head"), now=now,
    )  # fmt: skip


def held(column="point"):
    return {row[0]: row[1] for row in archive.query(f"SELECT {column}, count(*) FROM samples GROUP BY 1")[1]}  # fmt: skip


def whole(device, layout, start, count, **values):
    """Every point has a value."""
    put(device, layout, start, count, **values)
    connection.cursor().execute('UPDATE monitoring_hot SET "values" = array_fill(31.2::float8, ARRAY[12])')  # fmt: skip


@pytest.mark.archive
@pytest.mark.parametrize("what", list(Agreed))
def test_a_position_taken_back_does_not_go_into_the_archive(digger, places, device, layout, what):
    whole(digger, places, START, 360)
    put(device, layout, START, 10)
    withdrawn(digger, what)
    keep(NOON)
    row = archive.write(DAY, NOON)
    assert not {"LATITUDE", "LONGITUDE"} & set(held())
    assert row.values == 360 * 10 + 10 == sum(held().values())
    assert archive.verify(DAY, NOON) == (row.values, row.values)
    archive.write(DAY, NOON)
    withdrawn(digger, what, given=True, now=NOON + timedelta(hours=1))
    assert archive.write(DAY, NOON).values == row.values + 720


@pytest.mark.archive
def test_what_lies_in_the_archive_is_taken_out_of_every_day(digger, places, device, layout):
    whole(digger, places, START, 360)
    keep(NOON)
    archive.write(DAY, NOON)
    put(device, layout, START + timedelta(days=1), 10)
    keep(NOON + timedelta(days=2))
    archive.write(DAY + timedelta(days=1), NOON)
    keep(OLD)
    assert not Block.objects.exists(), "the archive alone has them"
    before = held("day")
    withdrawn(digger)
    with clock.set_to(OLD):
        assert tasks.plan_archive(OLD.replace(minute=0, second=0)) == 1
        tasks.archive_job.func()
    assert not {"LATITUDE", "LONGITUDE"} & set(held())
    assert held("day") == before | {DAY: before[DAY] - 720}
    assert ArchivedDay.objects.get(day=DAY).values == before[DAY] - 720
    assert not taken_back.owed().exists()
    assert taken_back.leave_out(OLD) == 0
    assert archive.restore(DAY, OLD) == 1
    archive.write(DAY, OLD)


@pytest.mark.archive
def test_a_day_that_changed_is_written_anew_without_what_was_taken_back(digger, places):
    whole(digger, places, START, 360)
    keep(NOON)
    archive.write(DAY, NOON)
    withdrawn(digger)
    assert archive.write(DAY, NOON).values == 360 * 10
    Block.objects.all().delete()
    with pytest.raises(archive.Fewer):
        archive.write(DAY, NOON)


def resold(device, at):
    tell(
        "asset.moved", at=at, now=at, by=None, subjects=subjects(device.asset), data={"reason": "RESOLD"}, key=f"moved:{at}",
    )  # fmt: skip
    handlers.new_owner(list(Fact.objects.filter(kind="asset.moved").order_by("-pk")[:1]), at)


@pytest.mark.archive
@pytest.mark.parametrize("what", list(Agreed))
def test_what_an_owner_took_back_stays_out_after_he_sold_it(digger, places, what):
    """Taken back at ten, sold at noon; the next day the machine is another's."""
    before, after = DAY - timedelta(days=1), DAY + timedelta(days=1)
    whole(digger, places, START - timedelta(days=1), 360)
    keep(START + timedelta(hours=3))
    assert archive.write(before, START + timedelta(hours=3)).values == 360 * 12
    whole(digger, places, START, 360)
    withdrawn(digger, what, now=START + timedelta(hours=10))
    resold(digger, START + timedelta(hours=12))
    whole(digger, places, START + timedelta(days=1), 360)
    late = NOON + timedelta(days=1)
    keep(late)
    assert archive.write(DAY, late).values == 360 * 10
    assert archive.write(after, late).values == 360 * 12, "the new owner took nothing back"
    assert archive.verify(DAY, late) == (3600, 3600)
    assert taken_back.owed().exists(), "the day of before has it"
    assert taken_back.leave_out(late) == 720
    assert not taken_back.owed().exists()
    days = {before: 3600, DAY: 3600, after: 360 * 12}
    assert held("day") == days
    for day in days:
        archive.write(day, late)
    assert held("day") == days, "written anew they are the same"
    withdrawn(digger, what, now=late)
    withdrawn(digger, what, given=True, now=late + timedelta(hours=1))
    for day in days:
        archive.write(day, late + timedelta(hours=2))
    assert held("day") == days, "the yes of the new owner is for his own days"


@contextmanager
def two_nodes(monkeypatch):
    """A Ray cluster of two nodes on loopback, as a fleet's archive is read by several machines."""
    import ray
    from ray._private import services
    from ray.cluster_utils import Cluster

    monkeypatch.setattr(services, "get_node_ip_address", lambda *_, **__: "127.0.0.1")

    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "DO_NOT_TRACK": "1"}
    node = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "node_ip_address": "127.0.0.1"}
    cluster = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
    try:
        cluster.add_node(**node)
        ray.init(address=cluster.address, log_to_driver=False, _node_ip_address="127.0.0.1")
        assert len([each for each in ray.nodes() if each["Alive"]]) == 2
        yield
    finally:
        ray.shutdown()
        cluster.shutdown()


@pytest.mark.archive
def test_daft_on_two_machines_counts_the_same(device, layout, monkeypatch):
    import daft

    put(device, layout, START, 8640)
    keep(NOON)
    archive.write(DAY, NOON)
    with two_nodes(monkeypatch):
        daft.set_runner_ray()
        found = (
            daft.read_deltalake(shelf.place())
            .groupby("point")
            .agg(daft.col("value").count().alias("number"), daft.col("value").max().alias("high"))
            .to_pydict()
        )
    assert found == {"point": ["VIBRATION"], "number": [8640], "high": [86390.0]}
    assert np.isclose(samples(device)[1].max(), found["high"][0])
