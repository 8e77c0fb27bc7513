"""The partitions of the stream that a worker holds: it alone reads them, from where they stand."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from bihuan.apps.monitoring.models import Checkpoint
from bihuan.apps.monitoring.models.pipe import PARTITIONS
from bihuan.apps.monitoring.pipe.bus import Mark
from bihuan.apps.monitoring.pipe.reading import Message

LEASE = timedelta(seconds=15)
"""How long a worker that fell silent keeps its partitions."""
_MOVE = """
    WITH mine AS (
        SELECT partition, place.seq, place.at FROM monitoring_checkpoint AS held
        JOIN unnest(%(partitions)s::smallint[], %(seqs)s::bigint[], %(ats)s::float8[]) AS place (partition, seq, at) USING (partition)
        WHERE held.owner = %(owner)s AND held.seq < place.seq ORDER BY partition FOR UPDATE OF held
    )
    UPDATE monitoring_checkpoint AS held SET seq = mine.seq, at = mine.at, until = %(until)s
    FROM mine WHERE held.partition = mine.partition
"""


class Fenced(RuntimeError):
    """Another worker has taken our partitions over; nothing of this batch was written."""


class Hold:
    """`marks` say up to where each partition is committed."""

    def __init__(self) -> None:
        self.owner = uuid.uuid4()
        self.marks: dict[int, Mark] = {}

    def claim(self, now: datetime, *, most: int) -> set[int]:
        """Take partitions that nobody holds (or whose holder fell silent), up to so many."""
        Checkpoint.objects.bulk_create(
            [Checkpoint(partition=number) for number in range(PARTITIONS)], ignore_conflicts=True
        )
        with transaction.atomic():
            free = Checkpoint.objects.select_for_update(skip_locked=True).filter(
                Q(owner=None) | Q(until__lt=now) | Q(owner=self.owner)
            )
            mine = [row.partition for row in free.order_by("partition")[:most]]
            begun = ~Q(owner=self.owner) | Q(until__lt=now) | Q(since=None)
            Checkpoint.objects.filter(begun, partition__in=mine).update(since=now)
            Checkpoint.objects.filter(partition__in=mine).update(
                owner=self.owner, until=now + LEASE
            )
            rows = Checkpoint.objects.filter(partition__in=mine)
            self.marks = {row.partition: Mark(row.seq, row.at) for row in rows}
        return set(self.marks)

    def rewind(self, partition: int, to: Mark) -> None:
        """The stream is not the one that was read: go on after this message of its own."""
        Checkpoint.objects.filter(partition=partition, owner=self.owner).update(
            seq=to.seq, at=to.at
        )
        self.marks[partition] = to

    def hold(self, now: datetime) -> None:
        """Keep the partitions while nothing comes. Raises Fenced."""
        Checkpoint.objects.filter(owner=self.owner, until__lt=now).update(since=now)
        kept = Checkpoint.objects.filter(owner=self.owner).update(until=now + LEASE)
        if kept != len(self.marks):
            raise Fenced

    def release(self) -> None:
        """Let another worker go on at once."""
        Checkpoint.objects.filter(owner=self.owner).update(owner=None, until=None)
        self.marks = {}

    def pass_on(self, messages: Iterable[Message], now: datetime) -> None:
        """Move the checkpoints on, if they are still ours; the rows stay locked until the commit."""
        marks = {each.partition: Mark(each.seq, each.received) for each in messages}
        with connection.cursor() as cursor:
            places = list(marks)
            cursor.execute(_MOVE, {
                "partitions": places, "seqs": [marks[place].seq for place in places], "ats": [marks[place].at for place in places],
                "owner": self.owner, "until": now + LEASE,
            })  # fmt: skip
            if cursor.rowcount != len(marks):
                raise Fenced
        transaction.on_commit(lambda: self.marks.update(marks))
