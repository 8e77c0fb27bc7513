"""Files go out as attachments, to those who may see the thing they prove."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from bihuan.base.access.models import User
from bihuan.base.access.policy import signed_in
from bihuan.base.errors import NoSuchThing
from bihuan.base.evidence.actions import path_of
from bihuan.base.evidence.models import File
from bihuan.base.evidence.queries import file_for

PIECE = 256 * 1024


@signed_in
@require_safe
def download(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    assert isinstance(request.user, User)
    file = file_for(request.user, pk)
    answer = sent(request, file, named=file.name)
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


def sent(
    request: HttpRequest, file: File, *, named: str, shown: bool = False
) -> StreamingHttpResponse:
    """A file on its way out under this name: as an attachment, or `shown` in the page; nothing in
    it is run. Raises NoSuchThing where its content is gone.
    """
    path = path_of(file)
    if not path.exists():
        raise NoSuchThing
    answer = StreamingHttpResponse(pieces(request, path), content_type=file.kind)
    answer["Content-Length"] = str(file.size)
    how = content_disposition_header(as_attachment=not shown, filename=named)
    answer["Content-Disposition"] = how or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def pieces(request: HttpRequest, path: Path) -> Iterator[bytes] | AsyncIterator[bytes]:
    """A file in pieces, as the server of this request reads them."""
    return _later(path) if isinstance(request, ASGIRequest) else _now(path)


def _now(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


async def _later(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
