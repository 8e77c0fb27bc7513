"""What the status page says of the engine: what it could not judge, and what nobody answers for."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation, RuleFailure
from bihuan.base.texts import in_a_row, in_words, listed
from bihuan.base.vocabulary import vocabulary

LOOKED_BACK = timedelta(days=30)
BEHIND = timedelta(minutes=5)
"""The clock takes up what is due every few seconds."""
NAMED = 3
"""Customers that a line names; who runs the house needs where to begin, not all of them."""
_ABSENT = re.compile(r'name "([a-z]+)\.([a-z0-9_]+)"')


def unjudged(now: datetime) -> tuple[str, str]:
    """Rules that arose for nobody because a value was missing: no duty, and no other sign of it."""
    rows = RuleFailure.objects.filter(at__gt=now - LOOKED_BACK).order_by("-at")
    times: Counter[tuple[str, str]] = Counter()
    whose: dict[tuple[str, str], list[int]] = defaultdict(list)
    for rule, reason, customer in rows.values_list("rule", "reason", "fact__customer_id"):
        key = (rule, _field(str(reason.get("detail", ""))))
        times[key] += 1
        if customer is not None and customer not in whose[key]:
            whose[key].append(customer)
    names = dict(
        Customer.objects.filter(pk__in={pk for pks in whose.values() for pk in pks[:NAMED]})
        .values_list("pk", "name")
    )  # fmt: skip
    lines = []
    for (rule, field), count in times.most_common():
        what = _("规则 %(rule)s 缺“%(field)s”") if field else _("规则 %(rule)s 判断不了")
        line = what % {"rule": rule, "field": field} + _("，%(n)d 次") % {"n": count}
        some = listed(names[pk] for pk in whose[rule, field][:NAMED] if pk in names)
        lines.append(line + (_("（%(names)s）") % {"names": some} if some else ""))
    wrong = _("近 %(days)d 天没有产生该有的义务：%(lines)s。补上资料。") % {
        "days": LOOKED_BACK.days, "lines": in_a_row(lines),
    }  # fmt: skip
    return _("缺资料判断不了的规则"), wrong if lines else ""


def unheld(now: datetime) -> tuple[str, str]:
    """Duties that no person answers for: nobody holds their role, nor any above it."""
    rows = Obligation.objects.live().filter(assignee=None)
    counts = rows.order_by().values_list("role").annotate(n=Count("pk")).order_by("-n", "role")
    roles = vocabulary().roles
    lines = [
        _("%(role)s %(n)d 件") % {"role": in_words(roles[role].title) if role in roles else role, "n": n}
        for role, n in counts
    ]  # fmt: skip
    wrong = _("%(lines)s。在“人员”里任命；已有的改派。") % {"lines": listed(lines)}
    return _("没有责任人的义务"), wrong if lines else ""


def unswept(now: datetime) -> tuple[str, str]:
    """Duties whose time came and which the clock has not taken up: it stands still or is catching up,
    or they cannot be written, of which its log says why. Nobody hears of them in the usual way.
    """
    since, title = now - BEHIND, _("时钟没有接手的到点义务")
    rows = Obligation.objects.filter(
        Q(fell_due_at=None, due_at__lt=since) | Q(next_step_at__lte=since), state=State.OPEN
    )
    count = rows.count()
    if not count:
        return title, ""
    first = rows.order_by("due_at").values_list("pk", flat=True)[:NAMED]
    return title, _(
        "%(n)d 件（%(first)s），到点超过 %(minutes)d 分钟，可能没有提醒到人：时钟进程停了、正在补做，或写不进去。原因在它的日志里。"
    ) % {
        "n": count,
        "first": listed(f"YW-{pk:06d}" for pk in first),
        "minutes": BEHIND.seconds // 60,
    }


def _field(detail: str) -> str:
    """The missing value in words, where the reason names one."""
    found = _ABSENT.search(detail)
    if found is None:
        return ""
    field = vocabulary().subjects.get(found[1], {}).get(found[2])
    return in_words(field.title) if field is not None else f"{found[1]}.{found[2]}"
