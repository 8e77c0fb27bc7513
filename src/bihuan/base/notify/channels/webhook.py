"""
Webhooks: JSON signed by HMAC-SHA256 over the moment and the body.

`X-Bihuan-Signature: t=<seconds>,v1=<hex of HMAC(secret, t + "." + body)>`; `X-Bihuan-Id` stays the
same when a message is sent again, so that the receiver can drop doubles.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from bihuan.base import clock
from bihuan.base.notify.channels import Refused
from bihuan.base.notify.channels.http import post
from bihuan.base.notify.models import Delivery


class WebhookPort:
    knows_doubles = True

    def is_ready(self) -> bool:
        return True

    def send(self, delivery: Delivery) -> None:
        hook = delivery.webhook
        if hook is None or not hook.active:
            raise Refused("closed")
        body = json.dumps(delivery.body, ensure_ascii=False).encode()
        seconds = int(clock.now().timestamp())
        post(
            hook.address,
            body,
            {
                "X-Bihuan-Id": delivery.message_id,
                "X-Bihuan-Signature": f"t={seconds},v1={signature(hook.secret, seconds, body)}",
            },
        )


def signature(secret: str, seconds: int, body: bytes) -> str:
    """Hexadecimal HMAC-SHA256 that the receiver compares."""
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
