"""What was sent against what is stored, and the alarms against those of an undisturbed run."""

from __future__ import annotations

from typing import Any

import numpy as np

from bihuan.config.bench._senders import NAMES, Sent

MOST_LATE = 0.1
"""Of the machines, while processes are killed: of the others the alarms say nothing."""


def checked(all_sent: Sent) -> dict[str, Any]:
    """How many samples are missing, double or strange, and whether the alarms are the same."""
    from django.db import connection

    from bihuan.apps.monitoring.models import Alarm

    stored: dict[int, list[int]] = {pk: [] for pk in all_sent}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT device_id, (extract(epoch FROM at) * 1000)::bigint FROM monitoring_hot"
        )
        for pk, at in cursor.fetchall():
            stored[pk].append(at)
    missing = sum(len({at for at, _ in sent} - set(stored[pk])) for pk, sent in all_sent.items())
    double = sum(len(times) - len(set(times)) for times in stored.values())
    strange = sum(len(set(times) - {at for at, _ in all_sent[pk]}) for pk, times in stored.items())
    late = _late()
    due = {pk: each for pk, each in _undisturbed(all_sent).items() if pk not in late}
    seen: dict[int, tuple[int, float, bool]] = {}
    rows = Alarm.objects.filter(rule="bearing.danger").order_by("raised_at")
    for row in rows:  # what comes back after half an hour is an alarm of its own
        assert row.device_id is not None
        if row.device_id in late:
            continue
        assert row.peak is not None
        times, peak, _open = seen.get(row.device_id, (0, row.peak, False))
        seen[row.device_id] = times + row.times, max(peak, row.peak), row.cleared_at is None
    samples = sum(len(sent) for sent in all_sent.values())
    return {
        "samples": samples, "points": samples * len(NAMES), "missing": missing, "double": double, "strange": strange, "machines_late": len(late),
        "alarms": sum(times for times, _, _ in seen.values()), "alarms_due": sum(times for times, _, _ in due.values()),
        "ok": not (missing or double or strange) and seen == due and len(late) <= MOST_LATE * len(all_sent),
    }  # fmt: skip


def _late() -> set[int]:
    """Machines of which something came so long after it was measured that it raises no alarm."""
    from django.db import connection

    from bihuan.apps.monitoring import figures
    from bihuan.base import clock

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT device_id FROM monitoring_hot WHERE received_at - at > make_interval(secs => %s)",
            [figures.number("late_s", clock.now())],
        )
        return {pk for (pk,) in cursor.fetchall()}


def _undisturbed(all_sent: Sent) -> dict[int, tuple[int, float, bool]]:
    """What the same samples say to an evaluator that nobody disturbs: times raised, peak, open."""
    from bihuan.apps.monitoring.catalogue import templates
    from bihuan.lib.machines.evaluate import RAISED, Evaluator

    template = templates()["centrifuge"]
    found: dict[int, tuple[int, float, bool]] = {}
    for pk, sent in all_sent.items():
        evaluator = Evaluator(template)
        values = np.full((len(sent), len(template.points)), np.nan)
        for place, name in enumerate(NAMES):
            values[:, template.index(name)] = [row[place] for _, row in sent]
        events = evaluator.feed(
            np.full(len(sent), pk), np.array([at / 1000 for at, _ in sent]), values
        )
        mine = [event for event in events if event.rule == "bearing.danger"]
        if mine:
            found[pk] = (
                sum(event.what == RAISED for event in mine),
                max(event.peak for event in mine),
                mine[-1].what == RAISED,
            )
    return found
