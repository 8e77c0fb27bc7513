"""The packed hours of a fleet on two PostgreSQL servers beside the main one; one of them is killed."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bihuan.apps.monitoring.models import Block, DayDue, Hour, Late, Layout
from bihuan.apps.monitoring.store import charts, spread, writing
from bihuan.apps.monitoring.store.keeping import days, keep
from bihuan.apps.monitoring.store.packing import unpack
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.test_store import START
from bihuan.apps.monitoring.tests.test_store import put as _put
from bihuan.config import backup, history_servers, postgres, postgres_guard, postgres_server
from bihuan.config.pytest_plugin import SERVER_HOME
from bihuan.config.words import Halt

HOUR = timedelta(hours=1)
put = transaction.atomic(_put)


class Server:
    """A private server of a folder of its own; `kill` is a kill -9 of all its processes."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="bihuan-hist-"))
        self.home.chmod(0o711)
        self.start()

    def start(self) -> None:
        self.held = postgres_server.use(self.home, ("fsync=off",))
        self.dsn = postgres.dsn(self.home, owner=True)

    def kill(self) -> None:
        import psutil

        found = psutil.Process(postgres_guard.running(str(self.held.place.data)))
        processes = [found, *found.children(recursive=True)]
        for each in processes:
            each.send_signal(signal.SIGKILL)
        psutil.wait_procs(processes, 20)
        self.held.close()

    def blocks(self) -> Counter[int]:
        """How many hours of each device lie here."""
        with psycopg.connect(self.dsn) as there:
            tables = there.execute(
                "SELECT tablename FROM pg_tables WHERE tablename ~ '^monitoring_block_[0-9]{2}$'"
            ).fetchall()
            return Counter(
                row[0]
                for (table,) in tables
                for row in there.execute(f"SELECT device_id FROM {table}").fetchall()
            )

    def end(self) -> None:
        self.held.close()
        shutil.rmtree(self.home, ignore_errors=True)


@contextmanager
def main():
    """A superuser's connection to the database of this test."""
    told = conninfo_to_dict(postgres.dsn(SERVER_HOME, superuser=True))
    told["dbname"] = connection.settings_dict["NAME"]
    with psycopg.connect(make_conninfo("", **told)) as found:
        yield found


@pytest.fixture
def servers(transactional_db):
    connection.cursor().execute("TRUNCATE monitoring_hot")
    writing.forget_days()
    found = [Server(), Server()]
    yield found
    for each in found:
        if postgres_guard.running(str(each.held.place.data)) is None:
            each.start()
    with main() as one:
        history_servers.gather(one)
    for each in found:
        each.end()


@pytest.fixture
def fleet(servers):
    """Devices enough that both servers have some."""
    return [factories.device()[0] for _ in range(12)]


@pytest.fixture
def layout(fleet):
    from bihuan.apps.monitoring.catalogue import templates

    points = [point.code for point in templates()["centrifuge"].points]
    return Layout.objects.create(template="centrifuge", points=points)


def over(servers):
    with main() as one:
        history_servers.spread(one, [each.dsn for each in servers])


def seen(device, start=START, end=START + timedelta(days=1)):
    times, values = charts.samples(device.pk, "VIBRATION", start, end)
    assert len(set(times.tolist())) == len(times)
    return list(zip(times.tolist(), values.tolist(), strict=True))


def test_a_fleet_on_two_servers_and_one_that_is_killed_holds_up_its_own_machines(
    servers, fleet, layout
):
    def told(start, count=360):
        for number, device in enumerate(fleet):
            put(device, layout, start, count, value=float(number))

    told(START)
    keep(START + 2 * HOUR)
    before = {device.pk: seen(device) for device in fleet}
    assert Block.objects.count() == 12
    over(servers)
    lying = [each.blocks() for each in servers]
    assert all(lying)
    assert lying[0] + lying[1] == Counter({device.pk: 1 for device in fleet})
    assert {device.pk: seen(device) for device in fleet} == before
    lots = list(spread.lots([device.pk for device in fleet], 500))
    assert [set(lot) for _server, lot in lots] == [set(each) for each in lying]

    told(START + HOUR)
    assert keep(START + timedelta(hours=2, minutes=11)) == 12
    assert [each.blocks() for each in servers] == [each + each for each in lying]

    servers[1].kill()
    told(START + 2 * HOUR)  # what is measured goes on being stored
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT device_id) FROM monitoring_hot")
        assert cursor.fetchone()[0] == 12
    assert keep(START + timedelta(hours=3, minutes=11)) == len(lying[0])
    assert servers[0].blocks() == lying[0] + lying[0] + lying[0]
    assert Hour.objects.count() == 3
    assert set(Late.objects.values_list("device", flat=True)) == set(lying[1])
    mine = [device for device in fleet if device.pk in lying[0]]
    others = [device for device in fleet if device.pk in lying[1]]
    for device in mine:
        assert len(seen(device)) == 3 * 360
        assert charts.series(
            device.pk, "VIBRATION", START - 9 * timedelta(days=1), START + 3 * HOUR
        ).buckets
    with pytest.raises(DatabaseError) as away:  # said, not drawn as a gap
        seen(others[0])
    assert spread.away(away.value)
    keep(START + timedelta(days=3))
    assert START.date() in days()  # nothing is dropped that could not be read back

    servers[1].start()
    keep(START + timedelta(days=3))
    assert START.date() not in days()
    assert not Late.objects.exists()
    assert [each.blocks() for each in servers] == [each + each + each for each in lying]
    whole(fleet)
    with main() as one:
        history_servers.gather(one)
    assert Block.objects.count() == 36
    whole(fleet)


def whole(fleet):
    """Each machine's three hours, no sample lost or doubled, over a day and over ten."""
    for number, device in enumerate(fleet):
        assert seen(device) == [
            (START.timestamp() * 1000 + 10_000 * n, float(number)) for n in range(3 * 360)
        ]
        longer = charts.series(
            device.pk, "VIBRATION", START - timedelta(days=9), START + timedelta(days=1)
        )
        assert [bucket.mean for bucket in longer.buckets] == [number] * 3


def test_what_was_committed_there_and_not_here_is_packed_again_the_same(servers, fleet, layout):
    over(servers)
    device = fleet[0]
    put(device, layout, START, 360)
    before = seen(device)
    keep(START + 2 * HOUR)
    payload = bytes(Block.objects.get().payload)
    # The servers commit first: what a fault between theirs and the main one's leaves.
    Hour.objects.all().delete()
    DayDue.objects.all().delete()
    keep(START + 2 * HOUR)
    assert DayDue.objects.exists()
    assert bytes(Block.objects.get().payload) == payload
    assert Block.objects.count() == 1
    assert len(unpack(bytes(Block.objects.get().payload)).millis) == 360
    assert seen(device) == before
    put(device, layout, START + timedelta(seconds=5), 100, now=START + 5 * HOUR)
    keep(START + 5 * HOUR)
    keep(START + timedelta(days=4))
    assert [value for _at, value in seen(device)] == sorted(
        [10.0 * n for n in range(360)] + [5 + 10.0 * n for n in range(100)]
    )


def test_it_is_not_spread_twice_nor_over_what_lies_there(servers, fleet, layout):
    over(servers)
    put(fleet[0], layout, START, 360)
    keep(START + 2 * HOUR)
    with pytest.raises(Halt, match=r"spread already|已经分布"):
        over(servers)
    assert Block.objects.count() == 1
    with main() as one:
        history_servers.gather(one)
    with pytest.raises(Halt, match=r"not empty|不是空的"):
        over(servers)
    assert Block.objects.count() == 1
    assert Block.objects.filter(hour=datetime(2026, 11, 20, tzinfo=UTC)).exists()


def test_a_backup_that_would_lack_the_history_is_refused(servers, tmp_path):
    with psycopg.connect(servers[0].dsn) as one:
        one.execute("CREATE TABLE monitoring_block_here ()")
    with pytest.raises(Halt) as refused:
        backup.write(servers[0].home, tmp_path / "it.backup", at=START)
    assert refused.value.code == "backup_history_spread"
    assert not list(tmp_path.iterdir())
    with psycopg.connect(servers[0].dsn) as one:
        one.execute("DROP TABLE monitoring_block_here")
    backup.write(servers[0].home, tmp_path / "it.backup", at=START)
    assert (tmp_path / "it.backup").exists()
