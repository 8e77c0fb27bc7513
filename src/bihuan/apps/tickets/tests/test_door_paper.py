"""Forms on paper, entered later."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bihuan.apps.tickets.models import (
    PaperForm,
    Ticket,
)
from bihuan.apps.tickets.tests.conftest import moment
from bihuan.base import clock
from bihuan.base.ledgers.models import Import, State
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db

ROWS = ["纸质单编号", "报告时间", "现象或问题", "出厂编号", "电话", "影响"]


def test_paper_is_numbered_once_and_entered_later_once(house):
    client = signed_in(house.desk)
    with clock.set_to(house.now):
        page = client.post(reverse("tickets:paper"), {"count": 3}).content.decode()
        client.post(reverse("tickets:paper"), {"count": 2})
    numbers = list(PaperForm.objects.order_by("number").values_list("number", flat=True))
    assert numbers == [f"ZZ-20260310-{n:04d}" for n in range(1, 6)]
    assert all(number in page for number in numbers[:3])
    book = openpyxl.Workbook()
    book.active.append(ROWS)
    book.active.append(
        [
            numbers[0],
            "2026-03-10 06:40",
            "夜里停电后起不来",
            house.machine.serial,
            "13912345520",
            "产线停产",
        ]
    )
    book.active.append(["ZZ-20260310-0099", "2026-03-10 06:50", "没有这张", "", "13912345520", ""])
    book.active.append([numbers[1], "昨天", "时间不对", "", "13912345520", ""])
    target = io.BytesIO()
    book.save(target)
    with clock.set_to(house.now + timedelta(minutes=10)):
        for again in range(2):
            file = SimpleUploadedFile("paper.xlsx", target.getvalue())
            answer = client.post(reverse("ledgers:upload", args=["paper_tickets"]), {"file": file})
            page = answer.headers["Location"]
            names = ("number", "reported_at", "title", "serial", "phone", "impact")
            mapping = dict(zip(names, ROWS, strict=True))
            client.post(f"{page}check/", {"sheet": "Sheet"} | mapping)
            assert Ticket.objects.count() == again
            client.post(f"{page}run/", {"only_good": "1"})
            done = Import.objects.latest("pk")
            assert (done.state, len(done.errors)) == (State.DONE, 2), done.errors
            assert Ticket.objects.count() == 1
    row = Ticket.objects.get()
    assert (row.reported_at, row.recorded_at) == (
        moment("2026-03-10T06:40"),
        house.now + timedelta(minutes=10),
    )
    assert (row.reported_source, row.asset, row.recorded_by) == ("PAPER", house.machine, house.desk)
    assert PaperForm.objects.get(number=numbers[0]).ticket == row
    again = signed_in(house.desk)
    assert again.get(reverse("ledgers:upload", args=["customers"])).status_code == 403
