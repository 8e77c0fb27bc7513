"""The web worker says that it lives."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from bihuan.base import clock
from bihuan.base.system.heartbeat import beat


class BeatMiddleware(MiddlewareMixin):
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        try:
            beat("web", clock.now())
        except DatabaseError:
            return response  # an answer that is ready goes out even when the database went away
        return response
