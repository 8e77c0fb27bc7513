"""Forms as a browser sends them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.test import Client

KEY = re.compile(r'name="idempotency_key" value="([^"]+)"')


def sent_twice(client: Client, url: str, values: Mapping[str, Any]) -> tuple[Any, Any]:
    """Open the form and send it twice, as after a double click or a lost answer."""
    found = KEY.search(client.get(url).content.decode())
    assert found is not None, f"{url} has no key"
    sent = {**values, "idempotency_key": found[1]}
    return client.post(url, sent), client.post(url, sent)
