"""What stands in the queues of somebody's line."""

from __future__ import annotations

from django.db.models import Q

from bihuan.apps.tickets import figures
from bihuan.apps.tickets.models import Queue
from bihuan.apps.tickets.rules import line_of
from bihuan.base.access.models import User


def in_my_line(person: User) -> Q:
    """Tickets of this person's queues, and those of the same lines that stand in none; of the line
    of his posts while he is in no queue (one query).
    """
    mine = dict(Queue.objects.filter(active=True, members=person).values_list("pk", "line"))
    if not mine:
        return Q(line=line_of(person.roles, figures.lines()))
    return Q(queue__in=list(mine)) | Q(queue=None, line__in=set(mine.values()))
