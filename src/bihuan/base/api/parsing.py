"""The body of a call: what the database cannot keep is refused before anybody works with it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser

from bihuan.base.errors import BadInput
from bihuan.base.storable import is_storable

# Without these nothing of the kind can stand in it, and it is not looked through.
SIGNS = (b"\x00", b"\\u0000", b"\\ud", b"\\uD", b"NaN", b"Infinity")
DEEP = b"[{"
MANY = 100


class Storable(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        data = super().parse_body(request)
        body = request.body
        deep = sum(body.count(bytes([sign])) for sign in DEEP) > MANY
        if (deep or any(sign in body for sign in SIGNS)) and not is_storable(data):
            raise BadInput({"": _("内容里有存不下的字符（如 NUL），或者嵌套太深。")})
        return data
