"""kill -9 of anything at any moment: what was acknowledged is there, once, with what follows."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from typing import Any

from bihuan.base.clock import now
from bihuan.config.tests.support import kill, wait_until

SEED = int(os.environ.get("BIHUAN_SEED", "7"))
FACTS = int(os.environ.get("BIHUAN_KILL_FACTS", "60"))
PATIENCE_S = 240
ROUNDS = ("work", "web worker", "clock", "postgres", "product", "web", "supervisor")


class Client(threading.Thread):
    """Tells facts with keys; asks again under the same key until each is acknowledged."""

    def __init__(self, house: Any, told: list[str]) -> None:
        super().__init__(daemon=True)
        self.house, self.told, self.at = house, told, now().isoformat()
        self.acknowledged: dict[str, str] = {}
        self.refused: list[object] = []
        self.retries = 0

    def run(self) -> None:
        until = time.monotonic() + PATIENCE_S
        for number in self.told:
            while time.monotonic() < until:
                body = {
                    "kind": "demand.received", "at": self.at,
                    "subjects": {"customer": self.house.customer},
                    "data": {"demand": number, "kind": "OPTIMISE", "source": "OTHER"},
                }  # fmt: skip
                status, answer = self.house.ask("POST", "/api/facts", body, f"demand-{number}")
                if status in (200, 201):
                    self.acknowledged[number] = answer["uid"]
                    break
                if status not in (0, 409, 500, 503):
                    self.refused.append((status, answer))
                    return
                self.retries += 1
                time.sleep(0.1)


def kill_all_in_turn(house: Any, client: Client, dice: random.Random) -> list[str]:
    """Kill each part once, at a moment that nobody chose, while the client tells facts."""
    killed = []
    for name in ROUNDS:
        time.sleep(dice.uniform(0.2, 1.5))
        victims = house.victims(name)
        if name == "web worker":
            victims = dice.sample(victims, 1)
        kill(victims)
        killed += [name] if victims else []
        if name == "supervisor":
            assert house.up is not None
            house.up.wait()
        if name in ("product", "supervisor"):
            # its children end with it; the port is free again when they have
            wait_until(lambda: not house.answers(), PATIENCE_S)
        if name == "supervisor":
            house.start()
        wait_until(house.answers, PATIENCE_S)
    client.join(PATIENCE_S)
    return killed


def test_what_was_acknowledged_is_there_once_with_its_obligations(house):
    house.start()
    house.also("work")  # two of each, as on two machines
    house.also("clock")
    first = Client(house, ["first"])
    first.start()
    first.join(PATIENCE_S)
    wait_until(house.is_quiet, PATIENCE_S)
    expected = obligations(house, "first")
    assert len(expected) >= 3

    told = [f"d{number:03d}" for number in range(FACTS)]
    client = Client(house, told)
    client.start()
    assert kill_all_in_turn(house, client, random.Random(SEED)) == list(ROUNDS)
    assert client.refused == []
    assert set(client.acknowledged) == set(told)
    wait_until(house.is_quiet, PATIENCE_S)

    stored = house.rows(
        "SELECT data->'fact'->>'demand', uid::text FROM facts_fact WHERE kind = 'demand.received'"
    )
    assert Counter(number for number, _ in stored) == Counter(["first", *told])
    assert {number: uid for number, uid in stored if number != "first"} == client.acknowledged
    for number in told:
        assert obligations(house, number) == expected
    arose = house.rows("SELECT count(*), count(DISTINCT key) FROM facts_fact WHERE kind = %s",
                       "obligation.arose")  # fmt: skip
    made = house.rows("SELECT count(*) FROM obligations_obligation")
    assert arose == [(made[0][0], made[0][0])]
    assert house.rows("SELECT count(*) FROM facts_deadletter") == [(0,)]


def test_hearing_the_log_again_gives_the_same(house):
    wait_until(house.is_quiet, PATIENCE_S)
    assert house.hears_the_same_again()


def test_ended_in_order_nothing_is_left_running(house):
    house.stop()
    wait_until(house.is_gone, PATIENCE_S)


def obligations(house: Any, number: str) -> list[str]:
    """The rules under which a demand gave obligations, each as often as it is there."""
    found = house.rows(
        "SELECT o.rule FROM obligations_obligation o JOIN facts_fact f ON f.id = o.cause_id "
        "WHERE f.kind = 'demand.received' AND f.data->'fact'->>'demand' = %s ORDER BY 1",
        number,
    )
    return [rule for (rule,) in found]
