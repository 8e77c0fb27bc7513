"""The description of the API, drawn by the packaged Swagger UI without a script in the page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bihuan.base.access.policy import public


@public("what the API offers is no secret; calling it needs a token")
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html")
