"""REST: gateways hand in what their machines measured, many messages at a time."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema

from bihuan.apps.monitoring.models import Device, Latest
from bihuan.apps.monitoring.refusals import NobodyListens
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.api.doors import door
from bihuan.base.errors import BadInput

router = Router(tags=["monitoring"])
MOST = 500
LARGEST = 65_000
"""Bytes of one message, as over MQTT."""


class Reading(Schema):
    """A message of one device: the fields of docs/devices.md, and whose it is."""

    device: str = Field(min_length=1, max_length=12)
    b: str = Field("", max_length=16)
    s: int = Field(0, ge=0)
    f: int = Field(0, ge=0)
    t: float | None = None
    v: dict[str, float | None] | None = None
    p: list[str] | None = Field(None, max_length=200)
    r: list[list[float | None]] | None = Field(None, max_length=1000)


class Readings(Schema):
    messages: list[Reading] = Field(min_length=1, max_length=MOST)


@router.post(
    "/readings",
    auth=door("monitoring.devices"),
    url_name="readings",
    response={202: dict[str, Any]},
)
def readings(request: HttpRequest, given: Readings) -> JsonResponse:
    """Hand in messages of machines within the caller's reach: all of them or none. Answered when
    the message server keeps them; what cannot be true is named on the machine's page. `committed`
    says of each device up to which message of which start everything is in the database by now:
    keep later ones, and send them again if that number stays behind.
    """
    from bihuan.apps.monitoring.pipe.handing import hand_in  # few web workers ever need it

    person: User = request.auth  # type: ignore[attr-defined]
    codes = {message.device for message in given.messages}
    rows = visible(
        Device.objects.filter(code__in=codes, revoked_at=None), person, "monitoring.devices"
    )
    known = set(rows.values_list("code", flat=True))
    wrong: dict[str, str] = {}
    bodies: list[tuple[str, bytes]] = []
    for place, message in enumerate(given.messages):
        body = orjson.dumps(message.model_dump(exclude_none=True, exclude={"device"}))
        if message.device not in known:
            wrong[f"messages.{place}.device"] = _("没有这个设备编号，或者您看不到它。")
        elif (message.v is None or message.t is None) and (message.p is None or not message.r):
            wrong[f"messages.{place}"] = _("要有 t 和 v，或者 p 和 r。")
        elif len(body) > LARGEST:
            wrong[f"messages.{place}"] = _("一条消息太大，请分几条发。")
        bodies.append((message.device, body))
    if wrong:
        raise BadInput(wrong)
    try:
        asyncio.run(hand_in(bodies))
    except (OSError, TimeoutError) as error:
        raise NobodyListens from error
    numbers = Latest.objects.filter(device__in=rows).values_list("device__code", "boot", "acked")
    committed = {code: {"b": boot, "s": acked} for code, boot, acked in numbers if boot}
    return JsonResponse({"taken": len(bodies), "committed": committed}, status=202)
