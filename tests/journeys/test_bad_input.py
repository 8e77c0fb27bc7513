"""Bad input gets a plain sentence that says where and what, and nothing is half done."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.policy import actions as policy
from bihuan.apps.policy.models import PackVersion
from bihuan.base import clock
from bihuan.base.access.tokens import make_token
from bihuan.base.facts.models import Fact

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
HEADINGS = ("客户编号", "客户名称", "统一社会信用代码", "性质", "客户级别")


def book(*rows: tuple[str, ...]) -> SimpleUploadedFile:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (HEADINGS, *rows):
        sheet.append(row)
    held = io.BytesIO()
    made.save(held)
    return SimpleUploadedFile("客户.xlsx", held.getvalue())


def uploaded(browser: Client, file: SimpleUploadedFile) -> int:
    answer = browser.post(reverse("ledgers:upload", args=["customers"]), {"file": file})
    assert answer.status_code == 302, answer.content.decode()
    pk = int(answer.headers["Location"].rstrip("/").rpartition("/")[2])
    page = browser.get(answer.headers["Location"])
    form = page.context["form"]
    answer = browser.post(
        reverse("ledgers:check", args=[pk]),
        {name: form[name].value() or "" for name in form.fields} | {"sheet": "Sheet"},
    )
    assert answer.status_code == 302, answer.content.decode()
    return pk


def test_wrong_rows_come_back_with_reasons_and_nothing_is_half_imported(firm, set_to):
    with set_to("2026-03-03 10:00"):
        boss, before = firm.browser("guyuan"), Customer.objects.count()
        pk = uploaded(boss, book(
            ("A-1", "苏州精密机械有限公司", "", "民营", ""),
            ("A-2", "", "", "民营", ""),
            ("A-3", "杭州化工有限公司", "91330000BAD", "民营", ""),
            ("A-4", "宁波制药有限公司", "", "火星", ""),
            ("A-5", "温州泵阀有限公司", "", "民营", "钻石"),
            ("A-6", "台州水务有限公司", "", "国有", "银牌"),
        ))  # fmt: skip
        page = boss.get(reverse("ledgers:import", args=[pk])).content.decode()
        assert "性质：只能是" in page
        boss.post(reverse("ledgers:run", args=[pk]), {})
        assert Customer.objects.count() == before
        errors = boss.get(reverse("ledgers:errors", args=[pk]))
        sheet = load_workbook(io.BytesIO(errors.content)).active
        rows = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
        wrong = " ".join(" ".join(row) for row in rows[1:])
        assert "苏州精密" not in wrong
        for expected in ("A-2", "91330000BAD", "火星", "制度里没有级别“钻石”"):
            assert expected in wrong

        pk = uploaded(boss, book(
            ("A-1", "苏州精密机械有限公司", "", "民营", ""),
            ("A-6", "台州水务有限公司", "", "国有", "银牌"),
        ))  # fmt: skip
        boss.post(reverse("ledgers:run", args=[pk]), {})
        assert Customer.objects.filter(code="A-1").count() == 1
        assert Customer.objects.get(code="A-6").tier == "SILVER"


def zipped(files: dict[str, str]) -> SimpleUploadedFile:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for path, text in files.items():
            archive.writestr(f"centrifuge/{path}", text)
    return SimpleUploadedFile("pack.zip", held.getvalue())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("fact.severity", "fact.severty", "severity"),  # misspelt: the right word is suggested
        ("must: response.phone", "must: response.phon", "response.phone"),
        ("value: 4h", "value: forty", "forty"),
        ("- {id: S0-", "- {id: S0-[", ""),
    ],
)
def test_a_bad_pack_says_where_and_does_not_activate(firm, set_to, old, new, said):
    files = policy.shipped("centrifuge")
    files["pack.yaml"] = files["pack.yaml"].replace('version: "', 'version: "9')
    path = next((name for name, text in files.items() if old in text and "/" in name), None)
    if path is None:
        path = next((name for name, text in files.items() if old in text), "rules/channels.yaml")
    files[path] = files[path].replace(old, new, 1) if old in files[path] else files[path] + new
    with set_to("2026-03-03 10:00"):
        before = PackVersion.objects.count()
        answer = firm.browser("guyuan").post(reverse("policy:bring"), {"folder": zipped(files)})
    words = answer.content.decode()
    assert answer.status_code == 422
    assert path in words
    assert said in words
    assert PackVersion.objects.count() == before


class Program:
    """A program with a token of somebody."""

    def __init__(self, firm, name: str, *scopes: str) -> None:
        now = clock.now()
        _, self.text = make_token(
            firm.people[name], title="journey", scopes=scopes,
            expires_at=now + timedelta(days=1), by=None, now=now,
        )  # fmt: skip

    def post(self, body: object, key: str = ""):
        headers = {"Authorization": f"Bearer {self.text}"}
        if key:
            headers["Idempotency-Key"] = key
        text = body if isinstance(body, str) else json.dumps(body)
        return Client().post("/api/facts", text, content_type="application/json", headers=headers)


def demand(customer: Customer, **more: object) -> dict[str, object]:
    return {
        "kind": "demand.received", "at": "2026-03-03T09:59:00+08:00",
        "subjects": {"customer": customer.pk},
        "data": {"demand": "D-1", "kind": "OPTIMISE", "source": "OTHER"},
    } | more  # fmt: skip


def test_a_program_tells_a_fact_once_and_its_obligations_arise_once(firm, set_to):
    with set_to("2026-03-03 10:00"):
        program = Program(firm, "helan", "facts.tell")
        body = demand(firm.jinling)
        first, again = program.post(body, "key-00001"), program.post(body, "key-00001")
        assert first.status_code == 201
        assert again.json() == first.json()
        assert Fact.objects.filter(kind="demand.received").count() == 1
        firm.come("2026-03-03 10:01")
        firm.come("2026-03-03 10:02")
        made = Obligation.objects.filter(cause__kind="demand.received")
        assert made.count() == len(set(made.values_list("rule", flat=True))) >= 3
        other = program.post(demand(firm.hairui), "key-00001")
        assert other.status_code == 422
        assert other.json()["code"] == "idempotency_key_reused"


def test_what_a_program_may_not_or_says_wrongly_changes_nothing(firm, set_to):
    with set_to("2026-03-03 10:00"):
        before = Fact.objects.count()
        desk = Program(firm, "helan", "facts.tell")
        assert Program(firm, "helan", "facts.see").post(demand(firm.jinling)).status_code == 403
        assert Program(firm, "zhouwan", "facts.tell").post(demand(firm.jinling)).status_code in (
            403, 404, 422,
        )  # fmt: skip
        assert Client().post("/api/facts", "{}", content_type="application/json").status_code == 401
        wrong = {
            "kind": {"kind": "demand.recieved"},
            "at": {"at": "yesterday"},
            "data.kind": {"data": {"demand": "D", "kind": "WISH", "source": "OTHER"}},
            "subjects.customer": {"subjects": {"customer": 999_999_999}},
        }
        for place, change in wrong.items():
            answer = desk.post(demand(firm.jinling, **change))
            assert answer.status_code == 422, (place, answer.content)
            assert place in json.dumps(answer.json()), (place, answer.json())
        assert desk.post("{").status_code in (400, 422)
        assert Fact.objects.count() == before


@pytest.mark.parametrize("number", ["²", "9" * 30, "9" * 5000])
def test_a_number_that_is_none_is_nobodys_and_breaks_no_page(firm, set_to, number):
    with set_to("2026-03-03 10:00"):
        boss = firm.browser("guyuan")
        for url in (
            f"/assets/new/?customer={number}", f"/assets/?model={number}", f"/people/?team={number}",
            f"/customers/?manager={number}", f"/contracts/new/?renews={number}",
            f"/contracts/new/?customer={number}", f"/calendars/cn/?year={number}",
            f"/callbacks/?customer={number}", f"/visits/new/?customer={firm.jinling.pk}&ob={number}",
            f"/callback-plan/?year={number}", f"/todo/?customer={number}", f"/todo/?q={number}",
            f"/problems/?owner={number}", f"/api/facts?customer={number}",
        ):  # fmt: skip
            assert boss.get(url).status_code < 500, url[:60]


@pytest.mark.parametrize("owner", ["²", "9" * 30])
def test_whatever_a_program_calls_the_owner_the_timeline_is_drawn(firm, set_to, owner):
    with set_to("2026-03-03 10:00"):
        now = clock.now()
        _row, token = make_token(
            firm.helan, title="x", scopes=["facts.tell"], expires_at=now + timedelta(days=1), by=None,
            now=now,
        )  # fmt: skip
        told = {
            "kind": "promise.made", "at": now.isoformat(), "subjects": {"customer": firm.jinling.pk},
            "data": {"promise": "P-1", "owner": owner, "due_on": "2026-04-01"},
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {token}"}
        assert Client().post("/api/facts", json.dumps(told), "application/json", headers=headers).status_code == 201  # fmt: skip
        page = firm.browser("guyuan").get(reverse("customers:timeline", args=[firm.jinling.pk]))
        assert page.status_code == 200
        assert "P-1" in page.content.decode() or "承诺" in page.content.decode()
