"""Ports for servers that a test ends and starts again at the same place."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack, suppress

_RANGE = range(20_000, 32_000)
"""Below those that the system gives to whoever asks for any (from 32768)."""


def own_port() -> int:
    """A free one that another test running beside this will hardly take while our server is down: the
    first free port of a list, as `bihuan up` chooses it, is the first of everybody.
    """
    return own_ports(1)[0]


def own_ports(count: int) -> list[int]:
    found: list[int] = []
    with ExitStack() as stack:
        for port in random.SystemRandom().sample(_RANGE, len(_RANGE)):
            probe = stack.enter_context(socket.socket())
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                found.append(port)
            if len(found) == count:
                return found
    raise RuntimeError("no port is free")
