"""The description of the API says how an operation refuses, too."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

REFUSED: dict[str, Any] = {
    "title": "Refused",
    "type": "object",
    "properties": {
        "code": {"type": "string", "description": "stable; for programs"},
        "message": {"type": "string", "description": "a sentence for people"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["code", "message"],
}
ANSWER = {
    "description": "Refused: nothing was changed. 401 no valid token, 403 not your right, 404 absent or "
    "beyond your reach, 409 not now, 422 wrong input with the fields.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}},
}  # fmt: skip


class Described(NinjaAPI):
    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**given)
        schema["components"].setdefault("schemas", {})["Refused"] = REFUSED
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation["responses"]["4XX"] = ANSWER
        return schema
