"""Reading a document that somebody handed in, in a process of its own with limits of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from bihuan.lib.policy.writing import MOST_BYTES, Block, Unreadable

MODULE = "bihuan.lib.policy.writing.child"
PATIENCE = 90  # seconds; the process stops itself after 60 of one processor


def blocks_of(raw: bytes) -> list[Block]:
    """The blocks of a document; raises ``Unreadable``.

    A document that takes the process down or too long is refused like one that is too large.
    """
    if len(raw) > MOST_BYTES:
        raise Unreadable("large")
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LANG": "C.UTF-8"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", MODULE], input=raw, capture_output=True, check=False,
            timeout=PATIENCE, env=environment,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Unreadable("bomb") from error
    if done.returncode != 0:
        raise Unreadable("bomb")
    told = json.loads(done.stdout)
    if "refused" in told:
        raise Unreadable(told["refused"])
    return [
        Block(text, level, tuple(cells), head, anchor, picture)
        for text, level, cells, head, anchor, picture in told["blocks"]
    ]
