"""How much one request may bring: more is refused while it comes in, before anything reads it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[..., Awaitable[None]]

MEGABYTE = 1024 * 1024
PAGE = (
    '<!doctype html><html lang="zh-hans"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>413</title>'
    "<p>{zh}</p><p>{en}</p></html>"
)


def sentences(megabytes: int) -> tuple[str, str]:
    """What is said to whoever sent too much."""
    return (
        f"一次最多传 {megabytes} MB，这次超过了，没有收下。请分几次传，或先压缩照片和视频。",
        f"At most {megabytes} MB at a time; this was more and was not taken. Send it in parts, or make photos and videos smaller.",
    )


class Bounded:
    """An ASGI application that takes no body beyond its limit, announced or not."""

    def __init__(self, inner: Application, most: int, of: Mapping[str, int]) -> None:
        """`most` and `of` (beginning of a path -> limit) in MB."""
        self.inner, self.most, self.of = inner, most, of

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        path = scope.get("path", "")
        limit = next((mb for start, mb in self.of.items() if path.startswith(start)), self.most)
        if _announced(scope) > limit * MEGABYTE:
            await _refuse(scope, send, limit)
            return
        seen, over, begun = 0, False, False

        async def counted() -> Message:
            nonlocal seen, over
            if over:
                return {"type": "http.disconnect"}
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit * MEGABYTE:
                over = True
                return {"type": "http.disconnect"}
            return message

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        await self.inner(scope, counted, watched)
        if over and not begun:
            await _refuse(scope, send, limit)


def _announced(scope: Any) -> int:
    for name, value in scope.get("headers", ()):
        if name.lower() == b"content-length" and value.isdigit():
            return int(value[:18])
    return 0


async def _refuse(scope: Any, send: Send, limit: int) -> None:
    zh, en = sentences(limit)
    wants = {name.lower(): value for name, value in scope.get("headers", ())}
    html = b"text/html" in wants.get(b"accept", b"")
    body = (PAGE.format(zh=zh, en=en) if html else f"{zh}\n{en}\n").encode()
    kind = b"text/html; charset=utf-8" if html else b"text/plain; charset=utf-8"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]  # fmt: skip
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
