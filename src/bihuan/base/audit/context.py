"""Which request a deed belongs to: its number and the address it came from."""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

HEADER = "X-Request-Id"
_GIVEN = re.compile(r"[0-9A-Za-z-]{8,36}")


@dataclass(frozen=True)
class Origin:
    """Empty outside a request (workers, commands)."""

    request_id: str = ""
    ip: str | None = None


_origin: ContextVar[Origin] = ContextVar("bihuan_request_origin", default=Origin())  # noqa: B039 - frozen


def origin() -> Origin:
    return _origin.get()


class OriginMiddleware(MiddlewareMixin):
    """Gives every request a number, kept from the proxy when it sent a plain one."""

    def process_request(self, request: HttpRequest) -> None:
        given = request.headers.get(HEADER, "")
        number = given if _GIVEN.fullmatch(given) else str(uuid.uuid4())
        _origin.set(Origin(number, request.META.get("REMOTE_ADDR") or None))

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response.headers.setdefault(HEADER, origin().request_id)
        return response
