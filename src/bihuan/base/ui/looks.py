"""The language of a page: the person's own choice, else the cookie, else the browser's."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

COOKIE = "bihuan_language"
CODES = {"zh": "zh-hans", "en": "en"}
THEME_COOKIE = "bihuan_theme"
THEMES = ("light", "dark")


def language_of(request: HttpRequest) -> str:
    """`zh-hans` or `en`."""
    chosen = request.COOKIES.get(COOKIE, "")
    if chosen in CODES:
        return CODES[chosen]
    accepted = request.headers.get("Accept-Language", "")
    first = accepted.split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "zh-hans"


def theme_of(request: HttpRequest) -> str:
    """`light`, `dark`, or nothing while the system decides."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


class LanguageMiddleware(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> None:
        translation.activate(language_of(request))
        request.LANGUAGE_CODE = translation.get_language() or "zh-hans"

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", translation.get_language() or "zh-hans")
        return response
