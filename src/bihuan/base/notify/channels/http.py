"""Posting JSON to somebody else's server: no redirects, a time limit, a small answer."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from bihuan.base.notify.channels import Ambiguous, Refused, Temporary

SECONDS = 10
MOST_BYTES = 64 * 1024


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def post(address: str, body: bytes, headers: Mapping[str, str] | None = None) -> Any:
    """The JSON of the answer ({} when it is none). Raises Temporary, Refused or Ambiguous."""
    return _ask(address, body, dict(headers or {}) | {"Content-Type": "application/json"})


def get(address: str) -> Any:
    """The JSON of the answer. Raises Temporary, Refused or Ambiguous."""
    return _ask(address, None, {})


def _ask(address: str, body: bytes | None, headers: dict[str, str]) -> Any:
    if not address.startswith(("http://", "https://")):
        raise Refused("scheme")
    request = urllib.request.Request(address, data=body, headers=headers)  # noqa: S310 - checked above
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=SECONDS) as answer:
            content = answer.read(MOST_BYTES)
    except urllib.error.HTTPError as error:
        wait = error.code in (408, 425, 429) or error.code >= 500
        raise (Temporary if wait else Refused)(f"HTTP {error.code}") from error
    except urllib.error.URLError as error:
        reason = error.reason
        kind = Ambiguous if isinstance(reason, TimeoutError) else Temporary
        raise kind(type(reason).__name__) from error
    except (OSError, ValueError) as error:
        raise Ambiguous(type(error).__name__) from error
    try:
        return json.loads(content or b"{}")
    except ValueError:
        return {}
