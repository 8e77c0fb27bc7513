"""What the message server sends is read whole however it is cut, and asked for as long as it lasts."""

from __future__ import annotations

import json
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.monitoring.models import Latest
from bihuan.apps.monitoring.pipe import pulling, worker
from bihuan.apps.monitoring.pipe.pulling import cut
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.servers import empty, ingest, server, signed_in, wait


def told(head, body):
    if head is None:
        return b"MSG tele.3.abc 1 $JS.ACK.x %d\r\n%s\r\n" % (len(body), body)
    sizes = len(head), len(head) + len(body)
    return b"HMSG tele.3.abc 1 $JS.ACK.x %d %d\r\n%s%s\r\n" % (*sizes, head, body)


heads = st.sampled_from([None, b"NATS/1.0\r\nA: b\r\n\r\n", b"NATS/1.0 408 Timeout\r\n\r\n"])
bodies = st.sampled_from([b"", b"{}", b"a\r\nPING\r\nb", b"\r\n"])
parts = st.lists(
    st.one_of(st.tuples(heads, bodies), st.sampled_from([b"PING", b"+OK", b"-ERR 'no'"])),
    max_size=5,
)


@given(parts, st.lists(st.integers(0, 400), max_size=6))
def test_it_is_read_whole_however_it_is_cut(parts, places):
    whole = b"".join(part + b"\r\n" if type(part) is bytes else told(*part) for part in parts)
    found, rest = [], b""
    bounds = sorted({0, len(whole), *(place for place in places if place < len(whole))})
    for low, high in pairwise(bounds):
        some, rest = cut(rest + whole[low:high])
        found += some
    assert rest == b""
    assert [(head.strip(), body) for _words, head, body in found] == [
        (b"", b"") if type(part) is bytes else ((part[0] or b"").strip(), part[1]) for part in parts
    ]
    lines = [b" ".join(words) for words, _, _ in found]
    assert [line for line in lines if not line.startswith((b"MSG", b"HMSG"))] == [
        part for part in parts if type(part) is bytes
    ]


@pytest.mark.django_db(transaction=True)
def test_a_request_that_ran_out_is_asked_for_again(monkeypatch):
    """And not only after a silence: a machine that says a little all the time is heard all the time."""
    monkeypatch.setattr(pulling, "EXPIRES", 0.5)
    monkeypatch.setattr(worker, "HOLD", 3600.0)
    with server() as bus:
        empty(bus)
        with ingest():
            device, key = factories.device()
            client = signed_in(bus, device, key)
            for number in range(1, 4):
                time.sleep(1.0)  # longer than a request lasts
                at = round(time.time() * 1000)
                body = {"b": "b", "s": number, "f": 1, "t": at, "v": {"SPEED": 1.0}}
                client.publish(f"t/{device.code}", json.dumps(body).encode())
                wait(lambda number=number: Latest.objects.filter(device=device, acked=number))
