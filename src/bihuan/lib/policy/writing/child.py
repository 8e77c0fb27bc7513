"""Reads one document in a process of its own: ``python -m bihuan.lib.policy.writing.child``.

The document comes by standard input, blocks or a refusal leave as JSON by standard output. The
process limits its own memory and time first, so that no document can take the house with it.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress

MEMORY = 1_500_000_000  # bytes of address space; reading the longest regulation needs a fifth
SECONDS = 60  # of one processor


def main() -> None:
    _limit()
    from bihuan.lib.policy.writing.blocks import Unreadable
    from bihuan.lib.policy.writing.documents import blocks_of

    try:
        blocks = blocks_of(sys.stdin.buffer.read())
        told: dict[str, object] = {
            "blocks": [
                [each.text, each.level, list(each.cells), each.head, each.anchor, each.picture]
                for each in blocks
            ]
        }
    except Unreadable as refused:
        told = {"refused": refused.code}
    except MemoryError:
        told = {"refused": "bomb"}
    sys.stdout.write(json.dumps(told))


def _limit() -> None:
    with suppress(ImportError, ValueError, OSError):  # not every system knows limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    main()
