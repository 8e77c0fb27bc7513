"""A refusal becomes a page, a fragment or JSON: a plain sentence, and nothing was changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from bihuan.base.errors import BadInput, Refusal


class RefusalMiddleware(MiddlewareMixin):
    """Turns a Refusal that no screen caught into an answer with its status."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return answer(request, error) if isinstance(error, Refusal) else None


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal in the form in which the request was made."""
    if request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", ""):
        body = {"code": refusal.code, "message": str(refusal)}
        if isinstance(refusal, BadInput):
            body["fields"] = refusal.fields  # type: ignore[assignment]
        return JsonResponse(body, status=refusal.status, json_dumps_params={"ensure_ascii": False})
    template = "ui/parts/refusal.html" if request.headers.get("HX-Request") else "ui/refusal.html"
    return render(request, template, {"refusal": refusal}, status=refusal.status)
