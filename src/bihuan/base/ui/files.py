"""
Static files: one folder for each state of the program (`/static/<version>/ui/shell.js`).

The version is a digest of all of them, so a browser keeps what it has for good and asks again only
when the program changes; modules and style sheets find one another by relative path, in the same
folder, and nothing has to be rewritten or collected. While servers of two versions run side by
side, each gives what it has for the other's address, to be kept by nobody.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from bihuan.base.ui.compression import accepts_gzip

FOREVER = "max-age=31536000, public, immutable"
PACKED = (".css", ".html", ".js", ".json", ".svg", ".txt", ".webmanifest")
LENGTH = 12
_VERSIONED = re.compile(rf"([0-9a-f]{{{LENGTH}}})/(.+)", re.DOTALL)


class Files(StaticFilesStorage):
    """Addresses of static files carry the version; while developing they do not."""

    def url(self, name: str | None) -> str:
        return super().url(name if settings.DEBUG else f"{version()}/{name}")


@cache
def marks() -> dict[str, str]:
    """The digest of each static file, by its path on disk."""
    places = [store.path(name) for finder in finders.get_finders() for name, store in finder.list(None)]  # fmt: skip
    places += [str(found) for found in Path(settings.STATIC_ROOT).rglob("*") if found.is_file()]
    return {place: _digest(place) for place in places}


@cache
def version() -> str:
    """One word for the contents of all static files; where they lie does not matter."""
    return hashlib.blake2b("\n".join(sorted(marks().values())).encode()).hexdigest()[:LENGTH]


def _digest(place: str) -> str:
    said = hashlib.blake2b(Path(place).name.encode(), digest_size=16)
    said.update(Path(place).read_bytes())
    return said.hexdigest()


class FilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc] # it has no types
    """Sends static files, compressed for whoever takes it; each is compressed when first asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._compressed: dict[str, bytes] = {}
        self._other = get_response
        super().__init__(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if not path.startswith(self.static_prefix):
            return self._other(request)
        versioned = _VERSIONED.fullmatch(path[len(self.static_prefix) :])
        if versioned is not None:
            path = self.static_prefix + versioned[2]
        file = self.find_file(path) if self.autorefresh else self.files.get(path)
        if file is None:
            return self._other(request)
        answer = self._sent(path, file, request)
        if versioned is not None:
            known = not self.autorefresh and versioned[1] == version()
            answer.headers["Cache-Control"] = FOREVER if known else "no-store"
        return answer

    def immutable_file_test(self, path: str, url: str) -> bool:
        return False

    def add_cache_headers(self, headers: Headers, path: str, url: str) -> None:
        super().add_cache_headers(headers, path, url)
        # The time of an installed file says nothing: wheels are built with one time for all.
        if not self.autorefresh and path in marks():
            headers["ETag"] = f'W/"{marks()[path]}"'
        if url.endswith(PACKED):
            headers["Vary"] = "Accept-Encoding"

    def _sent(self, path: str, file: StaticFile, request: HttpRequest) -> HttpResponseBase:
        plain: HttpResponseBase = self.serve(file, request)
        if plain.status_code != 200 or not path.endswith(PACKED) or self.autorefresh:
            return plain
        if "Range" in request.headers or not accepts_gzip(request):
            return plain
        plain.close()
        if path not in self._compressed:
            _any, place, _headers = file.alternatives[0]
            self._compressed[path] = gzip.compress(Path(place).read_bytes(), 9, mtime=0)
        packed = self._compressed[path]
        answer = HttpResponse(b"" if request.method == "HEAD" else packed)
        for name, value in plain.headers.items():
            answer.headers[name] = value
        answer.headers["Content-Length"] = str(len(packed))
        answer.headers["Content-Encoding"] = "gzip"
        return answer
