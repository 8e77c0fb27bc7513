"""The same request sent twice does its work once and gets the same answer.

The key is the sender's (`Idempotency-Key` header, or a hidden `idempotency_key` field). Key,
effect and answer are one transaction: either all of them are there or none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.errors import Refusal
from bihuan.base.system.models import Answered

KEPT = timedelta(days=90)
FIELD, HEADER = "idempotency_key", "Idempotency-Key"
KEPT_HEADERS = ("Content-Type", "Location", "HX-Redirect", "HX-Trigger", "HX-Refresh")
REPLAYED = "Idempotency-Replayed"


class KeyReused(Refusal):
    """The key was used for something else."""

    code = "idempotency_key_reused"
    message = _("这个提交编号已用于另一项内容。请刷新页面后重新提交。")
    status = 422


class InFlight(Refusal):
    """The first request with this key is not finished."""

    code = "in_flight"
    message = _("同样的提交正在处理，请稍候，不必重复提交。")


class BadKey(Refusal):
    code = "idempotency_key_bad"
    message = _("提交编号应为 8 到 80 个字母、数字或连字符。")
    status = 422


class _NotKept(Exception):
    """Carries out of the transaction an answer that is a refusal: nothing of it stays."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__()
        self.answer = answer


def once(
    *,
    actor: User | None,
    route: str,
    key: str,
    body: bytes,
    now: datetime,
    work: Callable[[], HttpResponse],
    keep: Callable[[HttpResponse], bool] = lambda answer: answer.status_code < 400,
) -> HttpResponse:
    """The answer of `work`, done at most once for (actor, route, key).

    Answers that `keep` turns down (refusals by default) are given but leave no trace, and the
    key may be used again. Raises KeyReused, InFlight, BadKey.
    """
    if not 8 <= len(key) <= 80 or not key.replace("-", "").replace("_", "").isalnum():
        raise BadKey
    who = str(actor.pk) if actor is not None else "nobody"
    sha256 = hashlib.sha256(body).hexdigest()
    try:
        with transaction.atomic():
            _hold(f"{who} {route} {key}")
            known = Answered.objects.filter(actor_key=who, route=route, key=key).first()
            if known is not None:
                return _replayed(known, sha256)
            answer = work()
            if not keep(answer):
                raise _NotKept(answer)
            _keep(answer, Answered(
                actor=actor, actor_key=who, route=route, key=key, body_sha256=sha256, at=now,
                status=answer.status_code,
            ))  # fmt: skip
            return answer
    except _NotKept as turned_down:
        return turned_down.answer


def _hold(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1))", [name])
        if not cursor.fetchone()[0]:
            raise InFlight


def _replayed(known: Answered, sha256: str) -> HttpResponse:
    if known.body_sha256 != sha256:
        raise KeyReused
    answer = HttpResponse(bytes(known.body), status=known.status)
    for name, value in known.headers.items():
        answer[name] = value
    answer[REPLAYED] = "true"
    return answer


def _keep(answer: HttpResponse, row: Answered) -> None:
    row.headers = {name: answer[name] for name in KEPT_HEADERS if name in answer}
    row.body = answer.content
    row.save(force_insert=True)


def idempotent(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorates a form's view: a POST with a key does its work once.

    Only answers that show a deed was done are kept (a redirect, or an htmx trigger or redirect):
    a form shown again with its errors may be corrected and sent under the same key.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER) or request.POST.get(FIELD, "")
        if request.method != "POST" or not key:
            return view(request, *args, **kwargs)
        return once(
            actor=request.user if isinstance(request.user, User) else None,
            route=request.path[:120],
            key=key,
            body=_body_of(request),
            now=clock.now(),
            work=lambda: view(request, *args, **kwargs),
            keep=lambda answer: (
                300 <= answer.status_code < 400
                or (
                    answer.status_code < 300 and ("HX-Redirect" in answer or "HX-Trigger" in answer)
                )
            ),
        )

    return wrapped


def _body_of(request: HttpRequest) -> bytes:
    parts = [
        f"{name}={value}"
        for name, values in sorted(request.POST.lists())
        if name not in (FIELD, "csrfmiddlewaretoken")
        for value in values
    ]
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest = hashlib.sha256()
            for piece in file.chunks():
                digest.update(piece)
            file.seek(0)
            parts.append(f"{name}:{file.name}:{digest.hexdigest()}")
    return "\n".join(parts).encode()


def forget_old(now: datetime) -> int:
    """A tick: answers older than 90 days go."""
    return Answered.objects.filter(at__lt=now - KEPT).delete()[0]
