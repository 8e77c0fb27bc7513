"""kill -9 of the listener in the middle of its work loses nothing and doubles nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from django.db import connection, transaction

from bihuan.apps.obligations import replay
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.base.facts.actions import Telling, tell_all
from bihuan.base.facts.models import Cursor, Fact

NOW = make.moment("2026-03-20 09:00")
FACTS = 60


def address() -> str:
    at = connection.settings_dict
    parts = {
        "host": at["HOST"],
        "port": at["PORT"],
        "user": at["USER"],
        "password": at["PASSWORD"],
        "dbname": at["NAME"],
    }
    return " ".join(f"{key}='{value}'" for key, value in parts.items() if value)


def start() -> subprocess.Popen:
    env = {
        **os.environ,
        "DATABASE_URL": address(),
        "NOW": NOW.isoformat(),
        "DJANGO_SETTINGS_MODULE": "bihuan.config.settings",
    }
    env["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    child = subprocess.Popen(
        [sys.executable, "-m", "bihuan.apps.obligations.tests.listener"],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


@pytest.mark.django_db(transaction=True)
def test_a_killed_listener_goes_on_where_it_was():
    home = make.house()
    golds = [make.customer(home, f"客户{n}") for n in range(5)]
    dice = random.Random(9)
    for number in range(FACTS // 3):
        who = golds[number % 5]
        subjects = {"asset": number, "customer": who.pk}
        data = {"ticket": f"T{number}", "severity": "URGENT"}
        with transaction.atomic():
            tell_all(
                [
                    Telling("fault.reported", NOW, subjects, data),
                    Telling("ticket.contacted", NOW, subjects, {"ticket": f"T{number}"}),
                    Telling("ticket.dispatched", NOW, subjects, {"ticket": f"T{number}"}),
                ],
                now=NOW,
                by=None,
            )
    wanted = Fact.objects.exclude(source="engine").count()
    kills = 0
    for _ in range(20):
        child = start()
        try:
            time.sleep(dice.uniform(0.05, 0.5))
        finally:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
        kills += 1
        place = Cursor.objects.filter(pk="obligations").first()
        if place is not None and place.heard >= wanted:
            break
    home.hear(NOW)
    assert kills > 1
    lived = replay.picture()
    assert len(lived) == FACTS // 3 * 4
    assert Fact.objects.filter(kind="obligation.arose").count() == len(lived)
    assert Obligation.objects.filter(settled_by__isnull=False).count() == FACTS // 3 * 2
    assert replay.again(NOW).same
