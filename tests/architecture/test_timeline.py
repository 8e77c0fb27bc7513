"""Every fact can be drawn: one that leaves out what it may leave out breaks no page of its machine."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.base import clock
from bihuan.base.facts import timeline
from bihuan.base.facts.models import Fact
from bihuan.base.vocabulary import vocabulary

pytestmark = pytest.mark.django_db
ID = "00000000-0000-0000-0000-000000000001"
"""A text that is the id of something where it has to be one."""
SAID: dict[str, Any] = {
    "string": ID, "bool": True, "int": 1, "number": 0.5, "money": "1.00", "strings": ["x"],
    "date": "2026-09-30", "datetime": "2026-09-30T10:00:00+08:00",
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(vocabulary().facts))
def test_a_fact_that_says_only_what_it_must_is_drawn(kind):
    now = clock.now()
    must = [field for field in vocabulary().facts[kind].fields.values() if field.required]
    own = {each.name: each.values[0] if each.values else SAID[each.type] for each in must}
    fact = Fact(pk=1, kind=kind, at=now, told_at=now, subjects={}, data={"fact": own})
    (line,) = timeline.lines([fact], now=now)
    assert line.html.strip()
