"""Whether the regulation in force says what the product can read: for the status page and `bihuan doctor`."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bihuan.apps.people.calendars import calendars
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.base.parameters import unreadable


def parameters(now: datetime) -> tuple[str, str]:
    """A version that was published before its values were checked, or a calendar that is gone."""
    title = _("读不懂的制度参数")
    try:
        pack = pack_at(now)
    except NoPackInForce:
        return title, ""
    lang = "en" if (get_language() or "").startswith("en") else "zh"
    found = unreadable(pack, calendars().names())
    return title, "；".join(problem.sentence(lang) for problem in found)
