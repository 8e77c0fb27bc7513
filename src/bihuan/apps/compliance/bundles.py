"""Asking for an evidence bundle, making it in the background, taking it, clearing it away."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import get_language, override

from bihuan.apps.compliance import bundling
from bihuan.apps.compliance.models import Bundle, BundleState
from bihuan.apps.compliance.refusals import BundleNotThere, NothingCounted
from bihuan.apps.compliance.tasks import work_later
from bihuan.base.access.models import User
from bihuan.base.access.scope import must
from bihuan.base.audit.actions import log
from bihuan.base.errors import NoSuchThing

VERB = "compliance.bundle"
KEPT = timedelta(days=7)  # so long a made file may be taken; it can be made anew at any time
AT_WORK = "SELECT pg_try_advisory_xact_lock(hashtextextended('compliance bundle', %s))"


def ask(*, first: date, clause: str = "", department: str = "", by: User, now: datetime) -> Bundle:
    """Have a bundle made. Raises NotAllowed, NothingCounted."""
    must(by, VERB)
    bundle = Bundle(
        first=first, clause=clause, department=department, by=by, asked_at=now,
        language=get_language() or "zh-hans",
    )  # fmt: skip
    if not bundling.duties_of(bundle, now).exists():
        raise NothingCounted(month=f"{first:%Y-%m}")
    with transaction.atomic():
        bundle.save()
        log("compliance.bundle_asked", by=by, now=now, thing=bundle, after=_about(bundle))
        work_later(bundle.pk)
    return bundle


def make(pk: int, *, now: datetime) -> None:
    """Write the file; a bundle that is made, or being made, is left alone."""
    with _snapshot():
        with connection.cursor() as cursor:
            cursor.execute(AT_WORK, [pk])
            if not cursor.fetchone()[0]:
                return
        bundle = Bundle.objects.select_related("by").get(pk=pk)
        if bundle.state != BundleState.QUEUED:
            return
        must(bundle.by, VERB)
        path = path_of(bundle)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        try:
            with override(bundle.language):
                bundle.duties = bundling.write(bundle, draft, now)
            draft.chmod(0o600)
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
        with path.open("rb") as file:
            bundle.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        bundle.size, bundle.done_at, bundle.state = path.stat().st_size, now, BundleState.READY
        bundle.save()
        after = _about(bundle) | {"duties": bundle.duties, "sha256": bundle.sha256}
        log("compliance.bundle", by=bundle.by, now=now, thing=bundle, after=after)


def take(*, pk: int, by: User, now: datetime) -> tuple[Bundle, Path]:
    """The file of a bundle for whom it was made. Raises NotAllowed, NoSuchThing, BundleNotThere."""
    must(by, VERB)
    bundle = Bundle.objects.filter(pk=pk, by=by).first()
    if bundle is None:
        raise NoSuchThing
    path = path_of(bundle)
    if bundle.state != BundleState.READY or not path.exists():
        raise BundleNotThere
    log("compliance.bundle_taken", by=by, now=now, thing=bundle, after={"sha256": bundle.sha256})
    return bundle, path


def path_of(bundle: Bundle) -> Path:
    return Path(settings.HOME) / "bundles" / f"{bundle.pk}.zip"


def clear(now: datetime) -> int:
    """Files that were made long enough ago go away."""
    old = Bundle.objects.filter(state=BundleState.READY, done_at__lt=now - KEPT)
    for bundle in old:
        path_of(bundle).unlink(missing_ok=True)
    return old.update(state=BundleState.GONE)


def give_up(pk: int, problem: str) -> None:
    Bundle.objects.filter(pk=pk, state=BundleState.QUEUED).update(
        state=BundleState.FAILED, problem=problem[:300]
    )


@contextmanager
def _snapshot() -> Iterator[None]:
    """All is read as of one instant; inside of a transaction (tests) as that one reads."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute("SET LOCAL statement_timeout = 0")
        yield


def _about(bundle: Bundle) -> dict[str, str]:
    return {
        "month": f"{bundle.first:%Y-%m}", "clause": bundle.clause, "department": bundle.department,
    }  # fmt: skip
