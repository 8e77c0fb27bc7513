"""JT/T 808: what terminals on vehicles and machines say (2013 and 2019). Bytes in, values out.

Nothing here trusts its input: whatever comes is a value or `Bad`, and memory is bounded.
"""

from __future__ import annotations

from bihuan.lib.jt808.bodies import (
    Location,
    Registration,
    answer,
    authentication,
    batch,
    location,
    registration,
    registration_answer,
)
from bihuan.lib.jt808.frames import Bad, Message, Splitter, Whole, decode, encode

__all__ = [
    "Bad", "Location", "Message", "Registration", "Splitter", "Whole", "answer", "authentication", "batch", "decode",
    "encode", "location", "registration", "registration_answer",
]  # fmt: skip
