"""The one API object; apps add routers by the `api` of their manifests."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, ValidationError

from bihuan.base import registry
from bihuan.base.api.describing import Described
from bihuan.base.api.parsing import Storable
from bihuan.base.errors import BadInput, Refusal
from bihuan.base.facts.api import router as facts_router
from bihuan.base.ui.refusals import answer

api = Described(
    title="Bihuan API",
    version="1",
    docs_url=None,
    urls_namespace="api",
    parser=Storable(),
    description="Times are ISO 8601 with an offset. Send `Authorization: Bearer <token>`.",
)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    return answer(request, error)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = {_place(each["loc"]): str(each["msg"]) for each in error.errors}
    return answer(request, BadInput(fields))


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _said("not_signed_in", _("请带上有效的令牌：Authorization: Bearer …"), 401)


@api.exception_handler(HttpError)
def said(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Refusal):  # what reading the body refused
        return answer(request, error.__cause__)
    return _said("refused", str(error), error.status_code)


def _said(code: str, message: str, status: int) -> JsonResponse:
    body = {"code": code, "message": message}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def _place(location: tuple[Any, ...]) -> str:
    """("body", "telling", "at") -> at"""
    parts = [str(part) for part in location if part not in ("body", "query", "path")]
    return ".".join(parts[1:] if len(parts) > 1 and location[0] == "body" else parts)


def mount() -> NinjaAPI:
    """The API with the routers of all apps."""
    api.add_router("/facts", facts_router)
    for config in registry.manifests():
        if config.api:
            router = cast("Router", registry.resolve(config, config.api))
            api.add_router(f"/{config.label}", router)
    return api


mount()
