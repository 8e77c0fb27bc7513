"""
Text messages and voice calls, through a gateway of the company's choice (settings SMS_URL,
VOICE_URL and their secrets; docs/doors.md); they wait while none is named.

JSON as `{id, to, title, text, url, language}`, signed as webhooks are; the gateway drops a second
message with the same `X-Bihuan-Id`.
"""

from __future__ import annotations

import json

from django.conf import settings

from bihuan.base import clock
from bihuan.base.notify.channels import Refused
from bihuan.base.notify.channels.http import post
from bihuan.base.notify.channels.mail import absolute
from bihuan.base.notify.channels.webhook import signature
from bihuan.base.notify.models import Delivery
from bihuan.base.texts import in_language


class _Gateway:
    knows_doubles = True
    setting = ""

    def is_ready(self) -> bool:
        return bool(getattr(settings, f"{self.setting}_URL"))

    def send(self, delivery: Delivery) -> None:
        body = json.dumps(_message(delivery), ensure_ascii=False).encode()
        seconds = int(clock.now().timestamp())
        mark = signature(getattr(settings, f"{self.setting}_SECRET"), seconds, body)
        post(
            getattr(settings, f"{self.setting}_URL"), body,
            {"X-Bihuan-Id": delivery.message_id, "X-Bihuan-Signature": f"t={seconds},v1={mark}"},
        )  # fmt: skip


def _message(delivery: Delivery) -> dict[str, object]:
    """Of a notice to one of us, or as it was written to somebody outside. Raises Refused."""
    notice = delivery.notice
    if notice is None:
        if not delivery.body.get("to"):
            raise Refused("no_phone")
        outside = {"language": "zh-hans", "title": "", "url": "", "key": "", **delivery.body}
        return {"id": delivery.message_id, **outside}
    if not notice.to.phone:
        raise Refused("no_phone")
    language = notice.to.language
    return {
        "id": delivery.message_id, "to": notice.to.phone, "language": language,
        "title": in_language(notice.title, language), "text": in_language(notice.text, language),
        "url": absolute(notice.url), "key": notice.key or "",
    }  # fmt: skip


class Sms(_Gateway):
    setting = "SMS"


class Voice(_Gateway):
    setting = "VOICE"
