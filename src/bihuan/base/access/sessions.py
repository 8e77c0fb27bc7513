"""A session ends when nobody has used it for a while; a page that polls does not use it."""

from __future__ import annotations

from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.http import urlencode

from bihuan.base import clock
from bihuan.base.ui.once import own

SEEN = "seen_at"
LISTED = "listed_as"
# The time is written once a minute, not at every request.
GRAIN_SECONDS = 60


def is_poll(request: HttpRequest) -> bool:
    """A request that the page made by itself."""
    return request.headers.get("HX-Trigger") == "poll" or request.headers.get("X-Poll") == "1"


def to_sign_in(request: HttpRequest) -> str:
    """The sign-in that goes on to the page. A part of a page, or a form that was sent, cannot be
    opened by its own address: it goes on to the page on which it stood.
    """
    page = request.get_full_path()
    if request.headers.get("HX-Request"):
        page = _here(request, request.headers.get("HX-Current-URL", ""))
    elif request.method not in ("GET", "HEAD"):
        page = _here(request, request.headers.get("Referer", ""))
    return f"{reverse('account_login')}?{urlencode({'next': page})}"


def _here(request: HttpRequest, address: str) -> str:
    """The path of an address of this site, else the first page."""
    parts = urlsplit(address)
    if parts.netloc != request.get_host():
        return "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")


class IdleMiddleware(MiddlewareMixin):
    """Signs out after `settings.IDLE_SECONDS` without a deed of the person. Who stays is from here on
    himself `request.user`: as a lazy object he was slower at every question of a page.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        request.user = own(request.user)
        now = clock.now().timestamp()
        seen = request.session.get(SEEN)
        if seen is not None and now - seen > settings.IDLE_SECONDS:
            return self._end(request)
        if not is_poll(request) and (seen is None or now - seen >= GRAIN_SECONDS):
            request.session[SEEN] = now
        return None

    def _end(self, request: HttpRequest) -> HttpResponse:
        logout(request)
        sign_in = to_sign_in(request)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"HX-Redirect": sign_in})
        if request.path.startswith("/api/"):
            return HttpResponse(status=401)
        # MessageMiddleware runs later and reads what is stored in the new session by this key.
        request.session["signed_out_why"] = "idle"
        return redirect(sign_in)


class SessionListMiddleware(MiddlewareMixin):
    """Keeps the list of a person's sessions, as often as the time of a session is written.

    allauth's own middleware writes at every request, which costs more than reading most pages.
    """

    def process_request(self, request: HttpRequest) -> None:
        if not request.user.is_authenticated:
            return
        # The key, too: a new password gives the session a new one.
        latest = [request.session.session_key, request.session.get(SEEN)]
        if request.session.get(LISTED) != latest:
            UserSession.objects.create_from_request(request)
            request.session[LISTED] = latest
