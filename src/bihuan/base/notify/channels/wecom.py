"""
Messages of a WeCom (企业微信) application, by its HTTP API; waits while it is not set up.

Source: the platform's documentation of `gettoken` and `message/send`. `enable_duplicate_check`
makes the platform drop the same text to the same person within the interval.
"""

from __future__ import annotations

import json
from urllib.parse import urlencode

from django.conf import settings

from bihuan.base.notify.channels import Refused, Temporary
from bihuan.base.notify.channels.http import get, post
from bihuan.base.notify.channels.mail import absolute
from bihuan.base.notify.models import Delivery, Preference
from bihuan.base.texts import in_language

BUSY = {-1, 45009, 41048}  # the platform's words for "try later"
DOUBLES_SECONDS = 4 * 3600


class WeCom:
    knows_doubles = True

    def is_ready(self) -> bool:
        return bool(settings.WECOM_CORP and settings.WECOM_SECRET and settings.WECOM_AGENT)

    def send(self, delivery: Delivery) -> None:
        notice = delivery.notice
        assert notice is not None
        wish = Preference.objects.filter(user_id=notice.to_id).first()
        if wish is None or not wish.wecom_id:
            raise Refused("no_wecom_id")
        language = notice.to.language
        text = "\n".join(
            line
            for line in (
                in_language(notice.title, language),
                in_language(notice.text, language),
                absolute(notice.url) if notice.url else "",
            )
            if line
        )
        body = {
            "touser": wish.wecom_id,
            "msgtype": "text",
            "agentid": int(settings.WECOM_AGENT),
            "text": {"content": text},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": DOUBLES_SECONDS,
        }
        address = (
            f"{settings.WECOM_URL}/cgi-bin/message/send?{urlencode({'access_token': _token()})}"
        )
        _check(post(address, json.dumps(body, ensure_ascii=False).encode()))


def _token() -> str:
    query = urlencode({"corpid": settings.WECOM_CORP, "corpsecret": settings.WECOM_SECRET})
    answer = get(f"{settings.WECOM_URL}/cgi-bin/gettoken?{query}")
    _check(answer)
    return str(answer.get("access_token", ""))


def _check(answer: dict[str, object]) -> None:
    code = answer.get("errcode", 0)
    if code in BUSY:
        raise Temporary(f"wecom {code}")
    if code:
        raise Refused(f"wecom {code}")
