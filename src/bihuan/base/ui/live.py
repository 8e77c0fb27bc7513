"""A fragment that every page of a session asks for again and again (a ringing telephone)."""

from __future__ import annotations

from django.http import HttpRequest

KEY = "live"


def listen(request: HttpRequest, url: str) -> None:
    """From now on the pages of this session poll `url`; empty = no longer."""
    if request.session.get(KEY, "") != url:
        request.session[KEY] = url
