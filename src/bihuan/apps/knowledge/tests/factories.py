"""Articles for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bihuan.apps.knowledge import actions
from bihuan.apps.knowledge.enums import Audience, Kind
from bihuan.apps.knowledge.models import Article
from bihuan.apps.knowledge.rules import Content
from bihuan.base.access.models import User
from bihuan.base.testing.people import make_person
from bihuan.base.testing.routes import Canary

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def content(**values: Any) -> Content:
    """A fault case of a centrifuge."""
    given: dict[str, Any] = {
        "kind": Kind.CASE, "title": "转子不平衡引起整机振动", "title_en": "Rotor imbalance shakes the machine",
        "body": "用户反映升速到 3000 转时机身抖动。", "audiences": (Audience.ENGINEER, Audience.STAFF),
        "part": "转子", "symptom": "振动大", "cause": "对称管装量差超过 2 克。",
        "remedy": "1. 停机\n2. 对称配平到 1 克以内", "codes": ("E07",),
    }  # fmt: skip
    return Content(**(given | values))


def drafted(by: User | None = None, *, now: datetime = NOW, **values: Any) -> Article:
    return actions.draft(content=content(**values), by=by or make_person("field_engineer"), now=now)


def published(by: User | None = None, *, now: datetime = NOW, review_on: Any = None, **values: Any) -> Article:  # fmt: skip
    author = by or make_person("field_engineer")
    row = drafted(author, now=now, **values)
    actions.submit(article=row, by=author, now=now)
    return actions.publish(article=row, by=make_person("technical_head"), now=now, review_on=review_on)  # fmt: skip


def canaries(now: datetime) -> Sequence[Canary]:
    """An article for technical people only, and one that only staff may read."""
    made = []
    for circle, verb in ((Audience.ENGINEER, "knowledge.engineer"), (Audience.STAFF, "knowledge.staff")):  # fmt: skip
        text = f"金丝雀条目{circle}"
        row = published(now=now, title=text, audiences=(circle,), symptom=f"{text}响", remedy=text)
        pages: list[tuple[str, Sequence[Any]]] = [
            ("knowledge:article", [row.pk]), ("knowledge:versions", [row.pk]), ("knowledge:edit", [row.pk]),
            ("knowledge:list", []), ("knowledge:queue", []), ("knowledge:similar_page", []),
            ("portal:help", []), ("portal:article", [row.pk]),
        ]  # fmt: skip
        made.append(Canary(text, verb, pages))
    return made
