"""More than may come in one request is refused with a sentence, announced or not."""

from __future__ import annotations

import asyncio

from bihuan.config.body import MEGABYTE, Bounded


def ask(path="/tickets/", sizes=(), announced=None, accept=b"text/html"):
    """(status, body, how many bytes the application was given)."""
    given, sent = [], []
    parts = [
        {"type": "http.request", "body": b"x" * size, "more_body": n + 1 < len(sizes)}
        for n, size in enumerate(sizes)
    ] or [{"type": "http.request", "body": b"", "more_body": False}]

    async def inner(_scope, receive, send):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            given.append(len(message["body"]))
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    async def receive():
        return parts.pop(0)

    async def send(message):
        sent.append(message)

    headers = [(b"accept", accept)]
    if announced is not None:
        headers.append((b"content-length", str(announced).encode()))
    scope = {"type": "http", "path": path, "headers": headers}
    asyncio.run(Bounded(inner, 3, {"/t/": 1})(scope, receive, send))
    return sent[0]["status"], sent[1]["body"].decode(), sum(given)


def test_what_fits_goes_through():
    assert ask(sizes=(MEGABYTE, MEGABYTE)) == (200, "ok", 2 * MEGABYTE)


def test_what_is_announced_too_big_is_not_read():
    status, body, given = ask(sizes=(5,), announced=3 * MEGABYTE + 1)
    assert (status, given) == (413, 0)
    assert "一次最多传 3 MB" in body
    assert "At most 3 MB" in body


def test_what_is_not_announced_ends_when_it_is_too_much():
    status, body, given = ask(sizes=(MEGABYTE,) * 5, accept=b"application/json")
    assert status == 413
    assert given == 3 * MEGABYTE
    assert "<" not in body


def test_strangers_pages_have_their_own_limit():
    assert ask(path="/t/abc/add/", sizes=(MEGABYTE, 1))[0] == 413
    assert ask(path="/t/abc/add/", sizes=(MEGABYTE,))[0] == 200
