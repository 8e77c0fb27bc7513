"""What a row of the queue shows: the clock that is due next, and always what is true now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from bihuan.apps.obligations.enums import LIVE, State
from bihuan.apps.obligations.models import CADENCE, Obligation
from bihuan.apps.tickets import words
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.queries.lists import QUEUE_COLUMNS, QueueRow, next_clocks
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.base import clock
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in

FAR = datetime.max.replace(tzinfo=UTC)


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        yield house


def next_of(numbers: list[str]) -> dict[str, datetime | None]:
    """As the page is meant to choose, over all duties one by one."""
    found: dict[str, list[Obligation]] = {}
    for row in Obligation.objects.all():
        by_ticket = row.match.get("ticket")
        of = by_ticket or (row.occasion if row.cause_kind != CADENCE else "")
        if of in numbers and row.state in LIVE:
            found.setdefault(of, []).append(row)
    return {
        number: min(rows, key=lambda row: (row.due_at or FAR, row.pk)).due_at
        for number, rows in found.items()
    }


def changed(number: str, nth: int, **values: object) -> None:
    rows = Obligation.objects.filter(occasion=number).order_by("pk")
    Obligation.objects.filter(pk=rows[nth].pk).update(**values)


def test_the_next_clock_is_the_earliest_that_lives_whatever_named_the_ticket(at):
    rows = [ticket(at.machine, at.desk, at.now, title=f"异响第 {n} 次") for n in range(6)]
    drain(at.now)
    numbers = [row.number for row in rows]
    first = next_of(numbers)
    assert set(first) == set(numbers)
    early = at.now - timedelta(days=3)
    changed(numbers[0], 0, due_at=early)  # late is next
    changed(numbers[1], 0, due_at=early, state=State.VOID)  # over
    changed(numbers[2], 0, due_at=early, cause_kind=CADENCE, match={})  # a cadence is of no ticket
    changed(numbers[3], 0, due_at=early, match={"ticket": numbers[4]})  # another's
    Obligation.objects.filter(occasion=numbers[5]).update(due_at=None)
    given = next_clocks(rows, at.now)
    assert {number: limit["due_at"] for number, limit in given.items()} == next_of(numbers)
    assert given[numbers[0]]["due_at"] == given[numbers[4]]["due_at"] == early
    assert given[numbers[1]]["due_at"] == first[numbers[1]] or given[numbers[1]]["due_at"] > early
    assert given[numbers[5]]["due_at"] is None
    Obligation.objects.filter(match__ticket=numbers[0]).update(state=State.VOID)
    Obligation.objects.filter(occasion=numbers[0]).update(state=State.VOID)
    assert numbers[0] not in next_clocks(rows, at.now)
    assert next_clocks([], at.now) == {}


def test_a_row_drawn_before_is_drawn_anew_when_anything_it_shows_is_another(at):
    ticket(at.machine, at.desk, at.now, title="\ue000鑫<b>异响")
    drain(at.now)
    client = signed_in(at.desk)

    def shown(**asked: str) -> str:
        page: str = client.get(reverse("tickets:queue"), asked).content.decode()
        return page[page.index("<tbody") : page.index("</tbody>")]

    before = shown()
    assert "\ue000鑫&lt;b&gt;异响" in before
    assert shown() == before
    assert f'data-now="{int(at.now.timestamp())}"' in before
    changes: list[tuple[str, object]] = [
        ("转不动", lambda: Ticket.objects.update(title="转不动")),
        ("催 3 次", lambda: Ticket.objects.update(chased=3)),
        ("绿色通道", lambda: Ticket.objects.update(green=True)),
        ("易主电机", lambda: at.customer.__class__.objects.update(short_name="易主电机")),
        ("新名", lambda: (Ticket.objects.update(owner=at.lead), at.lead.__class__.objects.filter(pk=at.lead.pk).update(name="新名"))),
        ("XX-99", lambda: at.machine.__class__.objects.update(serial="XX-99")),
        (words.status_of("WAITING", "PART"), lambda: Ticket.objects.update(status="WAITING", wait="PART")),
    ]  # fmt: skip
    for word, change in changes:
        assert word not in shown()
        change()
        assert word in shown()
    with clock.set_to(at.now + timedelta(hours=30)):
        client = signed_in(at.desk)
        assert "昨天" in shown()
    client = signed_in(at.desk, HTTP_ACCEPT_LANGUAGE="en")
    assert "chased" in shown()
    assert "XX-99" in shown()
    assert "XX-99" not in shown(cols="customer,owner")


def test_the_columns_of_a_row_are_those_of_the_ticket(at):
    row = ticket(at.machine, at.desk, at.now)
    found = QueueRow(*Ticket.objects.filter(pk=row.pk).values_list(*QUEUE_COLUMNS).get())
    row = Ticket.objects.get(pk=row.pk)
    other = ("customer", "customer_short", "owner", "model", "serial")
    for name in set(QueueRow._fields) - set(other):
        assert getattr(found, name) == getattr(row, name), name
    assert found.unsaid == row.unsaid
    assert [getattr(found, name) for name in other] == [
        row.customer.name, row.customer.short_name, row.owner.name, row.asset.model.code, row.asset.serial,
    ]  # fmt: skip
