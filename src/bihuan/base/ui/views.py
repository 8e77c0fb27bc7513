"""The gallery, the look of a person's pages, and the pages of errors."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from psycopg.errors import LockNotAvailable
from psycopg_pool import PoolTimeout

from bihuan.base.access.policy import public, signed_in
from bihuan.base.errors import NoSuchThing, NotAllowed
from bihuan.base.ui import gallery as samples
from bihuan.base.ui.looks import CODES, COOKIE, THEME_COOKIE, THEMES
from bihuan.base.ui.refusals import answer as refused

YEAR = 365 * 24 * 3600
BUSY_S = 10


@require_GET
@signed_in
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    return render(request, "ui/gallery.html", samples.samples())


@require_GET
@signed_in
def gallery_fragment(request: HttpRequest) -> HttpResponse:
    """What the gallery opens in its drawer and its modal."""
    return render(request, "ui/gallery_fragment.html", samples.samples())


@require_POST
@public("language and theme are chosen before anybody signs in")
def look(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language or theme in a cookie and go back to the page."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = redirect(back)
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
    if language in CODES:
        response.set_cookie(
            COOKIE, language, max_age=YEAR, samesite="Lax", secure=request.is_secure()
        )
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE, theme, max_age=YEAR, samesite="Lax", secure=request.is_secure()
        )
    elif theme == "system":
        response.delete_cookie(THEME_COOKIE)
    return response


def for_program(request: HttpRequest) -> bool:
    """A program reads no page: below `/api/` every answer is JSON."""
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    if for_program(request):
        said = _("地址或内容不完整，什么都没有改动。请回到上一页再试一次。")
        return JsonResponse({"code": "bad_request", "message": said}, status=400)
    return render(request, "ui/errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    if for_program(request):
        return refused(request, NotAllowed())
    return render(request, "ui/errors/403.html", status=403)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of a form whose page was opened under another sign-in, or whose cookie is gone."""
    if for_program(request):
        return refused(request, NotAllowed())
    return render(request, "ui/errors/stale.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if for_program(request):
        return refused(request, NoSuchThing())
    return render(request, "ui/errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: drawn without the database, which may be what failed; 503 when it had no place free, or
    others held the same rows for too long.
    """
    error = sys.exc_info()[1]
    if error is not None and isinstance(error.__cause__, PoolTimeout | LockNotAvailable):
        answer = render(request, "ui/errors/503.html", status=503)
        answer["Retry-After"] = str(BUSY_S)
        return answer
    return render(request, "ui/errors/500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was open for too long."""
    return render(request, "ui/errors/csrf.html", status=403)
