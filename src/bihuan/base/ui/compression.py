"""
Pages and JSON go out compressed: a page of the desk is a fifth of its size on the line.

A length can betray a secret (BREACH) where an answer holds the secret and words that a stranger
chose, and the stranger can have it made again and again. What stands against it here:

- The token of forms is masked anew in every answer (Django), so nothing is gained by guessing at it.
- Each answer carries up to 100 bytes of chance, as in Django's own GZipMiddleware.
- The session cookie is SameSite=Lax and no page may be framed or embedded elsewhere: a foreign
  site can only open whole pages, one window each.
- Secrets shown once (tokens of the API, of webhooks and doors) answer a POST, which a stranger
  cannot send and which makes another secret each time.
- The pages of the second factor show the same secret at every GET: they are left as they are.
- A customer's page is reached by the secret in its address: whoever asks for it knows it.

Streams (files, bundles) pass through: they are packed already, and their length is told.
"""

from __future__ import annotations

import gzip
import re
import secrets

from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin

KINDS = (
    "text/html",
    "application/json",
    "application/problem+json",
    "text/plain",
    "text/csv",
    "text/calendar",
    "image/svg+xml",
)
AS_IT_IS = ("/accounts/2fa/",)
LEAST = 1000  # what fits into one packet of the network arrives no sooner for being smaller
LEVEL = 3  # level 6 takes three times as long for a page that is a tenth smaller
CHANCE = 100
_NAMED, _HEADER = 0x08, 10
_REFUSED = re.compile(r"q\s*=\s*0(\.0*)?")


class CompressionMiddleware(MiddlewareMixin):
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not isinstance(response, HttpResponse) or response.has_header("Content-Encoding"):
            return response
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
        if kind not in KINDS or len(response.content) < LEAST:
            return response
        if request.path_info.startswith(AS_IT_IS):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if not accepts_gzip(request):
            return response
        response.content = padded(gzip.compress(response.content, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.content))
        mark = response.headers.get("ETag", "")
        if mark.startswith('"'):  # the same thing in other bytes
            response.headers["ETag"] = f"W/{mark}"
        return response


def accepts_gzip(request: HttpRequest) -> bool:
    """Whether this client takes gzip; `gzip;q=0` says that it does not."""
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _semicolon, weight = part.partition(";")
        if name.strip() == "gzip":
            return _REFUSED.fullmatch(weight.strip()) is None
    return False


def padded(packed: bytes) -> bytes:
    """The same gzip stream with a file name of chance length, which every reader skips."""
    header = bytearray(packed[:_HEADER])
    header[3] |= _NAMED
    name = secrets.token_hex(CHANCE)[: secrets.randbelow(CHANCE + 1)].encode()
    return bytes(header) + name + b"\0" + packed[_HEADER:]
