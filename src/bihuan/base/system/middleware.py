"""What is around every page: it looks once at what seldom changes, and the worker says that it lives."""

from __future__ import annotations

import os
from collections.abc import Callable

from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from bihuan.base import clock
from bihuan.base.system.heartbeat import beat
from bihuan.base.together import reading


class OneLookMiddleware:
    """A page that only reads asks once what changes seldom, as the regulation in force."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return self._answer(request)
        with reading():
            return self._answer(request)


class BeatMiddleware(MiddlewareMixin):
    """The web says that it lives; elsewhere (tests, a command) nobody does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if os.environ.get("BIHUAN_PROCESS") != "web":
            raise MiddlewareNotUsed
        super().__init__(get_response)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        try:
            beat("web", clock.now())
        except DatabaseError:
            return response  # an answer that is ready goes out even when the database went away
        return response
