"""How often somebody may try: counters that stand in the database, so all workers share them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.utils.crypto import salted_hmac

from bihuan.apps.portal import figures
from bihuan.apps.portal.models import Count
from bihuan.apps.portal.refusals import GuessedTooOften, LinkGone, TooOften
from bihuan.apps.portal.rules import network
from bihuan.base.audit.actions import log
from bihuan.base.audit.context import origin

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
KEPT = timedelta(days=1)
_SQL = """
INSERT INTO portal_count AS c (key, since, n) VALUES (%(key)s, %(now)s, 1)
ON CONFLICT (key) DO UPDATE SET
  n = CASE WHEN c.since <= %(start)s THEN 1 ELSE least(c.n + 1, 1000000) END,
  since = CASE WHEN c.since <= %(start)s THEN %(now)s ELSE c.since END
RETURNING n
"""


def count(what: str, who: str, span: timedelta, now: datetime) -> int:
    """One more; how many within this span."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"key": f"{what}:{who}", "now": now, "start": now - span})
        return int(cursor.fetchone()[0])


def here() -> str:
    """The network that asks, as a hash: the connection's own address, whatever headers say."""
    return salted_hmac("bihuan.portal.network", network(origin().ip or "")).hexdigest()[:32]


def wrong(what: str, now: datetime) -> LinkGone:
    """Count a wrong address, and give the answer to it. The first of a minute and the one that
    goes too far stand in the audit log.
    """
    limit = figures.whole("wrong_minute", now)
    n = count("wrong", here(), MINUTE, now)
    if n == 1:
        log("portal.wrong_address", by=None, now=now, after={"door": what})
    if n == limit + 1:
        log("portal.guessing", by=None, now=now, after={"door": what, "tries": n})
    return GuessedTooOften() if n > limit else LinkGone()


def wrong_code(now: datetime) -> None:
    """A code that belongs to no machine was opened on the page below this app."""
    wrong("code", now)


def check(what: str, who: str, span: timedelta, limit: str, now: datetime) -> None:
    """Count one more of these; the first too many stands in the audit log. Raises TooOften."""
    most = figures.whole(limit, now)
    n = count(what, who, span, now)
    if n == most + 1:
        log("portal.too_often", by=None, now=now, after={"what": what, "times": n})
    if n > most:
        raise TooOften


def clear_old(now: datetime) -> int:
    """A tick: counters that say nothing any more go away."""
    return Count.objects.filter(since__lt=now - KEPT).delete()[0]
