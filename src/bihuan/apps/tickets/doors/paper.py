"""Without power or network: numbered forms on paper, entered later. When it was reported is what
the paper says; when it was recorded is the server's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.ledger_rows import chosen, customer_of
from bihuan.apps.customers.models import Customer
from bihuan.apps.tickets import words
from bihuan.apps.tickets.actions.common import day_of
from bihuan.apps.tickets.actions.opening import Report, receive
from bihuan.apps.tickets.doors.models import PaperForm
from bihuan.apps.tickets.enums import Channel, Kind, Source
from bihuan.apps.tickets.models import Envelope
from bihuan.apps.tickets.refusals import PaperUnknown
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput
from bihuan.base.ledgers.declare import Column, Done, Ledger, each
from bihuan.base.ledgers.parsing import code, phone, text, yes_no

PREFIX = "ZZ"
MOST = 100


def reserve(*, count: int, by: User, now: datetime) -> list[PaperForm]:
    """A block of numbers that nobody else gets: ZZ-20261122-0001 on."""
    day = day_of(now)
    start = f"{PREFIX}-{day:%Y%m%d}-"
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 3))", [start])
        last = PaperForm.objects.filter(number__startswith=start).order_by("-number").first()
        first = int(last.number.rpartition("-")[2]) + 1 if last else 1
        rows = PaperForm.objects.bulk_create(
            PaperForm(number=f"{start}{place:04d}", printed_at=now, printed_by=by)
            for place in range(first, first + max(1, min(count, MOST)))
        )
        log(
            "tickets.paper_printed",
            by=by,
            now=now,
            after={"first": rows[0].number, "last": rows[-1].number},
        )
        return rows


def moment(cell: Any) -> datetime:
    """A moment of the company's zone: an Excel date with time, or 2026-11-22 21:40."""
    found = cell if isinstance(cell, datetime) else None
    if found is None:
        plain = text(cell).replace("/", "-").replace(".", "-").replace("：", ":")
        for shape in ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y年%m月%d日 %H:%M"):
            try:
                found = datetime.strptime(plain, shape)  # noqa: DTZ007 - its zone is the company's
                break
            except ValueError:
                continue
    if found is None:
        raise ValueError(_("应是日期和时间，例如 2026-11-22 21:40"))
    return timezone.make_aware(found.replace(microsecond=0)) if found.tzinfo is None else found


def save_paper(row: Mapping[str, Any], *, by: User | None, now: datetime) -> Done:
    """One paper becomes one ticket, once. Raises PaperUnknown, BadInput and what opening refuses."""
    paper = PaperForm.objects.select_for_update().filter(number=row["number"].upper()).first()
    if paper is None:
        raise PaperUnknown(number=row["number"])
    if paper.ticket_id is not None:
        return Done.SAME
    asset = _machine(row.get("serial", ""))
    customer: Customer | None = customer_of(row) if row.get("customer") else None
    at, said = row["reported_at"], row.get("text", "")
    report = Report(
        kind=row.get("kind") or (Kind.FAULT if asset else Kind.CONSULT), channel=Channel.PHONE,
        title=row["title"], text=said, reported_at=at, source=Source.PAPER, customer=customer,
        asset=asset, caller_name=row.get("caller", ""), caller_phone=row.get("phone", ""),
        place=row.get("place", ""), happened_at=row.get("happened_at"), impact=row.get("impact", ""),
        downtime=row.get("downtime", False),
    )  # fmt: skip
    envelope = Envelope(
        channel=Channel.PHONE, message_id=f"paper:{paper.number}", sender=row.get("phone", ""),
        sender_name=row.get("caller", "")[:60], subject=row["title"][:200], text=said,
        received_at=at, raw={"paper": paper.number},
    )  # fmt: skip
    ticket = receive(envelope=envelope, report=report, by=by, now=now).ticket
    PaperForm.objects.filter(pk=paper.pk).update(ticket=ticket)
    return Done.NEW


def _machine(serial: str) -> Asset | None:
    if not serial:
        return None
    rows = list(Asset.objects.filter(serial__iexact=serial).select_related("customer")[:2])
    if len(rows) != 1:
        raise BadInput(
            {"serial": _("没有出厂编号“%(serial)s”的设备，或不止一台。") % {"serial": serial}}
        )
    return rows[0]


PAPERS = Ledger(
    name="paper_tickets",
    order=95,
    title={"zh": "纸质报修单补录", "en": "Paper forms entered later"},
    key=("number",),
    columns=(
        Column("number", {"zh": "纸质单编号", "en": "Paper number"}, required=True, parse=code),
        Column("reported_at", {"zh": "报告时间", "en": "Reported at"}, required=True, parse=moment),
        Column("title", {"zh": "现象或问题", "en": "Symptom or question"}, required=True),
        Column("customer", {"zh": "客户", "en": "Customer"}, also=("客户名称", "客户编号")),
        Column("serial", {"zh": "出厂编号", "en": "Serial number"}, parse=code),
        Column("caller", {"zh": "报告人", "en": "Caller"}),
        Column("phone", {"zh": "电话", "en": "Telephone"}, parse=phone),
        Column("kind", {"zh": "种类", "en": "Kind"}, parse=chosen(words.KIND)),
        Column("happened_at", {"zh": "发生时间", "en": "Happened at"}, parse=moment),
        Column("place", {"zh": "地点", "en": "Place"}),
        Column("impact", {"zh": "影响", "en": "Impact"}, parse=chosen(words.IMPACT)),
        Column("downtime", {"zh": "已停机", "en": "Stopped"}, parse=yes_no),
        Column("text", {"zh": "客户原话", "en": "In the customer's words"}),
    ),
    save=each(save_paper),
    needs="tickets.paper",
)  # fmt: skip
