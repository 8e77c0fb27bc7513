"""People who work on tickets at the same time, each with a browser of his own, and the check that
what they were told was kept is kept once, and what was refused left no trace.

Two neighbours always stand before the same ticket.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

CSRF = "b" * 32
KEPT, REFUSED = (302,), (409, 422)
SEEN = re.compile(r'name="seen" value="(\d*)"')
DEEDS = ("reply", "note", "chase", "hand_over", "reply", "close")


@dataclass(frozen=True)
class Deed:
    """One write; `marker` stands in no other."""

    what: str
    ticket: int
    marker: str


@dataclass
class Day:
    """What all of them did, and what they were told."""

    kept: list[Deed] = field(default_factory=list)
    refused: list[Deed] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    taken: float = 0.0

    @property
    def asked(self) -> int:
        return len(self.seconds)


class Person(threading.Thread):
    """Opens the queue and a ticket, does one thing to it, and begins again."""

    def __init__(
        self, number: int, server: str, cookies: Mapping[str, str], tickets: Sequence[int], closing: Sequence[int],
        rounds: int, now: datetime, day: Day,
    ) -> None:  # fmt: skip
        super().__init__(name=f"person {number}", daemon=True)
        self._number, self._tickets, self._closing, self._rounds = number, tickets, closing, rounds
        self._connection = HTTPConnection(server, timeout=120)
        pairs = {**cookies, "csrftoken": CSRF}
        self._headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in pairs.items())}
        self._now, self._day = now, day

    def run(self) -> None:
        for turn in range(self._rounds):
            pair = self._number // 2
            try:
                self._turn(turn, pair)
            except (OSError, HTTPException) as error:
                self._day.wrong.append(f"{type(error).__name__} {error}")
                self._connection.close()
        self._connection.close()

    def _turn(self, turn: int, pair: int) -> None:
        what = DEEDS[(turn + pair) % len(DEEDS)]
        several = self._closing if what == "close" else self._tickets
        ticket = several[(pair + turn * 7 + turn // 2) % len(several)]
        self._ask("GET", "/tickets/?view=open")
        page = self._ask("GET", f"/tickets/{ticket}/")
        deed = Deed(what, ticket, f"第{self._number:03d}人第{turn:03d}轮")
        path, values = self._form(deed, page)
        self._ask("POST", path, values, deed)

    def _form(self, deed: Deed, page: str) -> tuple[str, dict[str, str]]:
        ticket, marker = f"/tickets/{deed.ticket}/", deed.marker
        if deed.what in ("reply", "note"):
            seen = SEEN.search(page)
            return ticket, {
                "text": marker, "channel": "PHONE", "deed": deed.what, "seen": seen[1] if seen else "",
            }  # fmt: skip
        later = f"{self._now + timedelta(days=2):%Y-%m-%dT%H:%M}"
        values = {
            "chase": {"text": marker},
            "hand_over": {
                "to_line": "2",
                "tried": marker,
                "finding": "没有查到原因",
                "question": "请看是否要返厂",
                "expected_at": later,
            },
            "close": {},
        }[deed.what]
        return f"{ticket}deed/{deed.what}/", values

    def _ask(
        self, method: str, path: str, values: Mapping[str, str] | None = None, deed: Deed | None = None
    ) -> str:  # fmt: skip
        begun = time.perf_counter()
        headers, body = dict(self._headers), None
        if values is not None:
            body = urlencode(values)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": CSRF}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        self._day.seconds.append(time.perf_counter() - begun)
        if (
            deed is not None
            and answer.status in KEPT
            and "/accounts/" not in (answer.headers["Location"] or "")
        ):
            self._day.kept.append(deed)
        elif deed is not None and answer.status in REFUSED:
            self._day.refused.append(deed)
        elif deed is not None or answer.status != 200:
            self._day.wrong.append(f"{answer.status} {method} {path}")
        return text


def work(
    server: str, cookies: Sequence[Mapping[str, str]], tickets: Sequence[int], closing: Sequence[int], *,
    rounds: int, now: datetime, first: int = 0,
) -> Day:  # fmt: skip
    """One person for each set of cookies, numbered from `first` on, all at once; `closing` are
    tickets that may be closed.
    """
    day, begun = Day(), time.perf_counter()
    people = [
        Person(number, server, each, tickets, closing, rounds, now, day)
        for number, each in enumerate(cookies, first)
    ]
    for each in people:
        each.start()
    for each in people:
        each.join()
    day.taken = time.perf_counter() - begun
    return day


def faults(day: Day, deadlocks: int) -> list[str]:
    """Everything that may not be: errors, what was kept but is not there once, traces of what was
    refused, a ticket closed twice, a count that forgot somebody, deadlocks.
    """
    from bihuan.apps.tickets.enums import Event, Note
    from bihuan.apps.tickets.models import Entry, Handover, Ticket

    found = [f"answered {each}" for each in day.wrong]
    tickets = {each.ticket for each in (*day.kept, *day.refused)}
    history = Entry.objects.filter(ticket__in=tickets)
    said = Counter(
        (row[0], row[1].partition("\n")[0]) for row in history.values_list("ticket_id", "text")
    )
    found += [
        f"{each.what} of {each.marker} stands {said[each.ticket, each.marker]} times"
        for each in day.kept
        if each.what != "close" and said[each.ticket, each.marker] != 1
    ]
    found += [
        f"refused {each.what} of {each.marker} stands in the history"
        for each in day.refused
        if each.what != "close" and said[each.ticket, each.marker]
    ]
    counted = Counter((each.what, each.ticket) for each in day.kept)
    written = Counter(
        history.filter(code__in=(Event.CLOSE, Note.CHASED)).values_list("code", "ticket_id")
    )
    chased = dict(Ticket.objects.filter(pk__in=tickets).values_list("pk", "chased"))
    handed = Counter(
        Handover.objects.filter(ticket__in=tickets, tried__startswith="第").values_list(
            "ticket_id", flat=True
        )
    )
    for pk in tickets:
        if written[Event.CLOSE, pk] != counted["close", pk] or counted["close", pk] > 1:
            found.append(
                f"ticket {pk} was closed {written[Event.CLOSE, pk]} times, told {counted['close', pk]}"
            )
        if chased[pk] < counted["chase", pk]:
            found.append(f"ticket {pk} counts {chased[pk]} chases of {counted['chase', pk]}")
        if handed[pk] != counted["hand_over", pk]:
            found.append(f"ticket {pk} has {handed[pk]} hand-overs of {counted['hand_over', pk]}")
    return found + ([f"{deadlocks} deadlocks"] if deadlocks else [])


def deadlocks() -> int:
    """How many the database has seen."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
