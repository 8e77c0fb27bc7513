"""The house of the tickets' tests, and a phone that stands before a machine."""

from __future__ import annotations

import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from bihuan.apps.tickets.tests.conftest import house
from bihuan.base import clock

__all__ = ["house"]
WHAT = "启动后异响，转速上不去"


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        yield house


def picture(name: str = "a.jpg", form: str = "JPEG", size: tuple[int, int] = (320, 240), **more):
    out = io.BytesIO()
    Image.new("RGB", size, (120, 90, 60)).save(out, form, **more)
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")


def filled(**more):
    given = {"key": str(uuid.uuid4()), "what": WHAT, "runs": "stopped", "phone": "139 0000 1111"}
    return given | more


def report(asset, client=None, **more):
    """(answer, token of the tracking page or "")."""
    client = client or Client()
    answer = client.post(f"/q/{asset.token}/report/", filled(**more))
    place = answer.headers.get("Location", "")
    return answer, place.split("/")[2] if place.startswith("/t/") else ""


def text(answer) -> str:
    return str(answer.content.decode())
