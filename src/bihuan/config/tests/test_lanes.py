"""Background jobs do not stand in each other's way."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from bihuan.base.notify.tasks import LETTERS
from bihuan.config import lanes

HEARD = threading.Event()
DONE: list[str] = []


@app.task(name="tests.long_report", queue="export")
def long_report() -> None:
    """Takes until somebody was called."""
    DONE.append("report" if HEARD.wait(20) else "too late")
    os.kill(os.getpid(), signal.SIGTERM)


@app.task(name="tests.dead_mailbox", queue="mail")
def dead_mailbox() -> None:
    if HEARD.wait(20):
        DONE.append("mail")


@app.task(name="tests.call", queue="notify")
def call() -> None:
    DONE.append("call")
    HEARD.set()


def test_every_queue_has_its_lane():
    counted = Counter(name for queues, _count in lanes.LANES for name in queues)
    assert set(counted.values()) == {1}
    assert {task.queue for task in app.tasks.values()} - {"builtin"} | {LETTERS} == set(counted)


@pytest.mark.django_db(transaction=True)
def test_who_is_called_waits_for_no_report_and_no_mailbox():
    HEARD.clear()
    DONE.clear()
    for job in (long_report, dead_mailbox, call):
        job.defer()
    lanes.run()
    assert DONE[0] == "call"
    assert set(DONE) == {"call", "mail", "report"}
    assert not ProcrastinateJob.objects.filter(task_name__startswith="tests.").exists()


@app.task(name="tests.begun", queue="import")
def begun() -> None:
    """Is told to stop while it is at work, and plans something afterwards."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.5)
    call.defer()
    DONE.append("begun")


@pytest.mark.django_db(transaction=True)
def test_what_was_begun_is_ended_however_often_it_is_told_to_stop():
    DONE.clear()
    begun.defer()
    lanes.run()
    assert DONE == ["begun"]
    left = ProcrastinateJob.objects.filter(task_name__startswith="tests.")
    assert [(each.task_name, each.status) for each in left] == [("tests.call", "todo")]


@pytest.mark.django_db(transaction=True)
def test_a_lane_that_fails_ends_the_others(monkeypatch):
    monkeypatch.setattr(lanes, "LANES", (*lanes.LANES, (("none",), 0)))
    broken = app.run_worker_async

    async def run(**given):
        if given["queues"] == ["none"]:
            raise RuntimeError("the lane has failed")
        await broken(**given)

    def die():
        raise SystemExit("the supervisor takes over")

    monkeypatch.setattr(app, "run_worker_async", run)
    monkeypatch.setattr(lanes, "_die", die)
    with pytest.raises(SystemExit, match="the supervisor takes over"):
        lanes.run()
