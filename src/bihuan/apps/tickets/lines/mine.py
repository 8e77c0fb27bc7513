"""What stands in the queues of somebody's line."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q

from bihuan.apps.tickets import figures
from bihuan.apps.tickets.models import Queue
from bihuan.apps.tickets.rules import line_of
from bihuan.base.access.models import User
from bihuan.base.seldom import seldom


def in_my_line(person: User) -> Q:
    """Tickets of this person's queues, and those of the same lines that stand in none; of the line
    of his posts while he is in no queue.
    """
    queues, lines = place_of(person)
    if not queues:
        return Q(line__in=lines)
    return Q(queue__in=queues) | Q(queue=None, line__in=lines)


def place_of(person: User) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The queues of this person, and the lines whose tickets in no queue are his."""
    mine = queues_of(person.pk)
    if not mine:
        return (), (line_of(person.roles, figures.lines()),)
    return tuple(sorted(mine)), tuple(sorted(set(mine.values())))


@seldom("tickets_queue", "tickets_queue_members")
def queues_of(person_id: int) -> Mapping[int, int]:
    """Id -> line of the queues that somebody is in."""
    return dict(Queue.objects.filter(active=True, members=person_id).values_list("pk", "line"))
