"""Which request a deed belongs to: its number and the address it came from."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

HEADER = "X-Request-Id"
FORWARDED = "X-Forwarded-For"
_GIVEN = re.compile(r"[0-9A-Za-z-]{8,36}")


Networks = Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]


def networks(text: str) -> Networks:
    """`127.0.0.1, 10.0.0.0/8` as networks. Raises ValueError."""
    return [ipaddress.ip_network(each.strip()) for each in text.split(",") if each.strip()]


def client_of(peer: str, forwarded: str, trusted: Networks) -> str:
    """Whose request it is: the peer, unless it is a proxy of ours; then the nearest address of
    `X-Forwarded-For` that is none. What strangers write there, further left, counts for nothing.
    """
    found = peer
    for each in reversed([peer_ for peer_ in forwarded.split(",") if peer_.strip()]):
        if not _is_ours(found, trusted):
            return found
        address = each.strip().removeprefix("[").partition("]")[0]
        try:
            found = str(ipaddress.ip_address(address))
        except ValueError:
            return found
    return found


def _is_ours(address: str, trusted: Networks) -> bool:
    try:
        here = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(here, "ipv4_mapped", None)
    return any((mapped or here) in network for network in trusted)


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
        peer, forwarded = request.META.get("REMOTE_ADDR") or "", request.headers.get(FORWARDED, "")
        if peer and forwarded and settings.TRUSTED_PROXIES:
            peer = client_of(peer, forwarded, settings.TRUSTED_PROXIES)
            request.META["REMOTE_ADDR"] = peer  # what others count attempts by
        _origin.set(Origin(number, peer or None))

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response.headers.setdefault(HEADER, origin().request_id)
        return response
