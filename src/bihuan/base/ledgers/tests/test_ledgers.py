from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from openpyxl import Workbook, load_workbook

from bihuan.base.audit.models import Entry
from bihuan.base.errors import BadInput
from bihuan.base.ledgers import actions, errors, exporting, parsing, reading, writing
from bihuan.base.ledgers.declare import Column, Done, Ledger, each
from bihuan.base.ledgers.mapping import guess
from bihuan.base.ledgers.models import Import, State
from bihuan.base.system.models import Mark
from bihuan.base.testing.people import make_person, signed_in

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def save_row(row, *, by, now):
    """Keeps a row as a mark of the house: a table that every test has."""
    if row["name"] == "坏":
        raise BadInput({"name": "名字不好"})
    known = Mark.objects.filter(pk=row["code"]).first()
    if known and known.note == {"name": row["name"]}:
        return Done.SAME
    Mark.objects.update_or_create(
        pk=row["code"], defaults={"at": now, "note": {"name": row["name"]}}
    )
    return Done.CHANGED if known else Done.NEW


THINGS = Ledger(
    name="things",
    title={"zh": "物品", "en": "Things"},
    columns=(
        Column("code", {"zh": "编号", "en": "Code"}, required=True, parse=parsing.code),
        Column("name", {"zh": "名称", "en": "Name"}, required=True, also=("物品名",)),
        Column("amount", {"zh": "金额", "en": "Amount"}, parse=parsing.money),
        Column("on", {"zh": "日期", "en": "Date"}, parse=parsing.day),
    ),
    key=("code",),
    save=each(save_row),
    export=lambda person: [
        {
            "code": mark.pk,
            "name": mark.note["name"],
            "amount": Decimal("-1.5"),
            "on": date(2026, 1, 31),
        }
        for mark in Mark.objects.order_by("pk")
    ],
)


@pytest.fixture(autouse=True)
def shelf(monkeypatch):
    for module in ("shelf", "views"):
        monkeypatch.setattr(f"bihuan.base.ledgers.{module}.all_ledgers", lambda: {"things": THINGS})


def sheet(*rows, title="表"):
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GOOD = sheet(["编号", "名称"], ["A1", "一"], ["A2", "二"])
MIXED = sheet(
    ["编号", "物品名", "金额"],
    ["A1", "一", "1,000.5"],
    ["", "没编号", 1],
    ["A3", "坏", 2],
    ["A1", "又", 3],
    ["A5", "五", "许多"],
)


def uploaded(content, name="物品.xlsx"):
    return actions.upload("things", content, file_name=name, by=None, now=NOW)


def checked(content, name="物品.xlsx"):
    row = uploaded(content, name)
    return actions.check(row, row.mapping, by=None, now=NOW)


def test_a_check_counts_and_keeps_nothing():
    Mark.objects.create(pk="A1", at=NOW, note={"name": "旧"})
    row = checked(GOOD)
    assert (row.state, row.new, row.changed, row.wrong) == (State.CHECKED, 1, 1, 0)
    assert Mark.objects.get().note == {"name": "旧"}


def test_good_rows_come_in_and_a_second_time_changes_nothing():
    row = actions.bring_in(checked(GOOD), only_good=False, by=None, now=NOW)
    assert (row.state, row.new) == (State.DONE, 2)
    assert Mark.objects.count() == 2
    assert Entry.objects.get(verb="ledgers.brought_in").after["new"] == 2
    again = actions.bring_in(checked(GOOD), only_good=False, by=None, now=NOW)
    assert (again.new, again.changed, again.same) == (0, 0, 2)
    with pytest.raises(errors.AlreadyDone):
        actions.bring_in(row, only_good=False, by=None, now=NOW)


def test_one_wrong_row_keeps_all_out_unless_chosen():
    row = checked(MIXED)
    assert (row.new, row.wrong) == (1, 4)
    assert {error["row"] for error in row.errors} == {3, 4, 5, 6}
    with pytest.raises(errors.RowsWrong):
        actions.bring_in(row, only_good=False, by=None, now=NOW)
    assert not Mark.objects.exists()
    row.refresh_from_db()
    row = actions.bring_in(row, only_good=True, by=None, now=NOW)
    assert (row.state, row.new) == (State.DONE, 1)
    assert Mark.objects.get().pk == "A1"


def test_wrong_rows_come_back_with_their_reasons():
    row = checked(MIXED)
    found = reading.read(bytes(row.content), row.file_name)
    book = load_workbook(io.BytesIO(writing.error_rows(found, row.errors)))
    lines = list(book.active.values)
    assert lines[0] == ("编号", "物品名", "金额", "原因")
    assert [line[1] for line in lines[1:]] == ["没编号", "坏", "又", "五"]
    assert "缺少编号" in lines[1][3]
    assert "名字不好" in lines[2][3]
    assert "第 2 行重复" in lines[3][3]
    assert "金额" in lines[4][3]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_in_any_of_its_kinds(encoding, mark):
    text = f"编号{mark}名称\nA1{mark}一\n\nA2{mark}二\n"
    row = checked(text.encode(encoding), "物品.csv")
    assert (row.new, row.wrong) == (2, 0)


def test_headings_are_guessed_and_remembered():
    assert guess(THINGS, ["客户编号（必填）", "Name", "合计金额", "备注"]) == {
        "code": "客户编号（必填）", "name": "Name", "amount": "合计金额",
    }  # fmt: skip
    content = sheet(["物料", "叫法"], ["A1", "一"])
    row = uploaded(content)
    assert row.mapping == {}
    with pytest.raises(errors.ColumnMissing):
        actions.check(row, {}, by=None, now=NOW)
    row = actions.check(row, {"code": "物料", "name": "叫法"}, by=None, now=NOW)
    actions.bring_in(row, only_good=False, by=None, now=NOW)
    assert uploaded(content).mapping == {"code": "物料", "name": "叫法"}


@pytest.mark.parametrize(
    "content", [b"", b"\0\1\2", b"PK\x03\x04nothing", b"\xd0\xcf\x11\xe0" + b"\0" * 600]
)
def test_what_is_no_list_is_refused(content):
    with pytest.raises((errors.NotAList, errors.NoHeading)):
        uploaded(content)
    assert not Import.objects.exists()


def test_titles_above_the_headings_are_passed_over():
    row = checked(sheet(["某公司 2026 年台账"], [], ["编号", "名称"], ["A1", "一"]))
    assert (row.new, row.wrong) == (1, 0)


def test_a_long_file_is_for_a_worker(monkeypatch):
    monkeypatch.setattr(actions, "AT_ONCE", 1)
    row = checked(GOOD)
    assert row.state == State.CHECKING
    assert actions.work(row.pk, now=NOW)
    row.refresh_from_db()
    assert row.state == State.CHECKED
    row = actions.bring_in(row, only_good=False, by=None, now=NOW)
    assert (row.state, Mark.objects.count()) == (State.QUEUED, 0)
    assert actions.work(row.pk, now=NOW)
    assert not actions.work(row.pk, now=NOW)
    assert Mark.objects.count() == 2


def test_what_goes_out_starts_no_program():
    Mark.objects.create(pk="=cmd|x", at=NOW, note={"name": "＝HYPERLINK()"})
    person = make_person("administrator", name="李慕言")
    content, _mime = exporting.export("things", kind="xlsx", by=person, now=NOW)
    lines = list(load_workbook(io.BytesIO(content)).active.iter_rows())
    assert "李慕言" in lines[0][0].value
    assert "2026-03-02 09:00" in lines[0][0].value
    assert [cell.value for cell in lines[1]] == ["编号", "名称", "金额", "日期"]
    assert lines[2][0].value == "'=cmd|x"
    assert {cell.data_type for cell in lines[2]} == {"s", "n", "d"}
    assert lines[2][2].value == -1.5
    content, _mime = exporting.export("things", kind="csv", by=person, now=NOW)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[2][:2] == ["'=cmd|x", "'＝HYPERLINK()"]
    assert Entry.objects.filter(verb="ledgers.exported", by=person).count() == 2


def test_a_moment_goes_out_by_the_clock_of_the_house():
    late = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
    sheet = load_workbook(io.BytesIO(writing.xlsx([[late]], title="一")))["一"]
    assert sheet["A1"].value == datetime.fromisoformat("2026-03-03T01:30")
    assert "2026-03-03 01:30:00" in writing.csv_bytes([[late]]).decode()


def test_what_went_out_comes_in_again():
    Mark.objects.create(pk="A1", at=NOW, note={"name": "=一"})
    content, _mime = exporting.export(
        "things", kind="xlsx", by=make_person("administrator"), now=NOW
    )
    row = checked(content)
    assert (row.same, row.wrong) == (1, 0)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("2026年1月31日", date(2026, 1, 31)), ("2026/1/31", date(2026, 1, 31)), ("20260131", date(2026, 1, 31)),
     (datetime.fromisoformat("2026-01-31"), date(2026, 1, 31)), ("2026-01-31 00:00:00", date(2026, 1, 31))],
)  # fmt: skip
def test_dates(cell, value):
    assert parsing.day(cell) == value


@pytest.mark.parametrize("cell", ["2026-02-30", "31/1/2026", "明天", 45000])
def test_what_is_no_date(cell):
    with pytest.raises(ValueError, match="2026-01-31"):
        parsing.day(cell)


def test_amounts_and_words():
    assert parsing.money("1.25万") == Decimal("12500.00")
    assert parsing.money("¥1,234.5") == Decimal("1234.50")
    assert parsing.text(12.0) == "12"
    assert parsing.yes_no("是") is True
    assert parsing.one_of({"PRIVATE": ("民营", "Private")})("民营") == "PRIVATE"


def test_the_way_through_the_pages():
    client = signed_in(make_person("administrator"))
    file = SimpleUploadedFile("物品.xlsx", MIXED)
    answer = client.post("/ledgers/things/upload/", {"file": file})
    page = answer.headers["Location"]
    assert "哪一列是什么" in client.get(page).content.decode()
    answer = client.post(
        f"{page}check/", {"sheet": "表", "code": "编号", "name": "物品名", "amount": "金额"}
    )
    assert "下载要改的行" in client.get(page).content.decode()
    assert client.get(f"{page}errors.xlsx").status_code == 200
    client.post(f"{page}run/")
    assert not Mark.objects.exists()
    client.post(f"{page}run/", {"only_good": "1"})
    assert Mark.objects.count() == 1
    assert client.get("/ledgers/things/template.xlsx").status_code == 200
    assert client.get("/ledgers/").status_code == 200
    assert client.post("/ledgers/things/export/").status_code == 200
    assert signed_in(make_person("sales")).get("/ledgers/").status_code == 403


COLOURS = {"RED": ("红", "Red", "赤"), "BLUE": ("蓝", "Blue")}
COLOUR = Column(
    "colour",
    {"zh": "颜色", "en": "Colour"},
    parse=parsing.one_of(COLOURS),
    help={"zh": "外壳的颜色", "en": "Of the shell"},
)


@pytest.mark.parametrize(
    ("language", "explained"),
    [
        ("zh-hans", ["应是日期，例如 2026-01-31", "外壳的颜色；只能是：红、蓝"]),
        ("en", ["must be a date such as 2026-01-31", "Of the shell; must be one of: Red, Blue"]),
    ],
)
def test_the_template_says_what_may_stand_in_each_column(language, explained):
    ledger = replace(THINGS, columns=(*THINGS.columns[1::2], COLOUR))
    with translation.override(language):
        lines = load_workbook(io.BytesIO(writing.template(ledger))).worksheets[1]
    assert [row[2] for row in lines.iter_rows(min_row=2, values_only=True)] == [None, *explained]


def test_a_reason_is_written_in_the_page_s_language():
    content = sheet(["编号", "名称", "日期"], ["A1", "一", "2026-13-45"])
    with translation.override("en"):
        row = actions.upload("things", content, file_name="a.xlsx", by=None, now=NOW)
        row = actions.check(row, row.mapping, by=None, now=NOW)
    said = "Date: there is no such day; a date looks like 2026-01-31"
    assert row.errors == [{"row": 2, "column": "on", "text": said}]


def test_a_column_that_nothing_takes_is_named_before_anything_is_checked():
    client = signed_in(make_person("administrator"))
    content = sheet(["编号", "名称", "电话", "省份"], ["A1", "一", "0512", "江苏"])
    file = SimpleUploadedFile("物品.xlsx", content)
    page = client.post("/ledgers/things/upload/", {"file": file}).headers["Location"]
    assert "没有对应上的列：电话、省份" in client.get(page).content.decode()
    file = SimpleUploadedFile("物品.xlsx", GOOD)
    page = client.post("/ledgers/things/upload/", {"file": file}).headers["Location"]
    assert "没有对应上的列" not in client.get(page).content.decode()


def test_a_file_that_cannot_be_read_is_said_on_the_form():
    client = signed_in(make_person("administrator"))
    answer = client.post("/ledgers/things/upload/", {"file": SimpleUploadedFile("a.xlsx", b"\0\1")})
    assert answer.status_code == 422
    assert "另存为" in answer.content.decode()
    assert not Import.objects.exists()
