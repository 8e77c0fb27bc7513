"""A regulation is taken apart as its numbering says, whatever style it is numbered in."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bihuan.lib.policy.writing import blocks_of, from_text, outline
from bihuan.lib.policy.writing.markers import marker
from bihuan.lib.policy.writing.numerals import chinese, number
from bihuan.lib.policy.writing.tests.papers import docx, pdf


def numbers(text):
    return [(each.number, each.text) for each in outline(from_text(text)).articles]


@pytest.mark.parametrize(
    ("line", "kind", "path", "rest"),
    [
        ("第一章 总则", "chapter", ("1",), "总则"), ("第 十二 条　适用", "article", ("12",), "适用"),
        ("第三条之一 补充", "article", ("3-1",), "补充"), ("一、总则", "cn", ("1",), "总则"),
        ("（二）职责", "paren", ("2",), "职责"), ("1.2.3 频次", "dec3", ("1", "2", "3"), "频次"),
        ("１．２ 频次", "dec2", ("1", "2"), "频次"), ("3、方式", "dec1", ("3",), "方式"), ("（4）方式", "pnum", ("4",), "方式"),
        ("5) 方式", "bnum", ("5",), "方式"), ("③方式", "circle", ("3",), "方式"), ("• 方式", "bullet", (), "方式"),
        ("五·3甲 电话", "point", ("5", "3", "甲"), "电话"), ("- 1、某网站", "dec1", ("1",), "某网站"), ("Article 4 Scope", "article", ("4",), "Scope"),
    ],
)  # fmt: skip
def test_a_mark_is_known_by_its_kind(line, kind, path, rest):
    found = marker(line)
    assert (found.kind, found.path, found.rest) == (kind, path, rest)


@pytest.mark.parametrize(
    "line",
    [
        "2026年1月1日起施行",
        "1.5 小时内到场",
        "30%以上",
        "三级客户的标准",
        "A公司",
        "24小时内响应",
        "一般问题",
        "2026.1.1",
    ],
)
def test_a_date_or_a_figure_is_no_mark(line):
    found = marker(line)
    assert found is None or found.kind == "dec3"


def test_the_usual_order_of_marks_nests():
    text = "一、总则\n（一）目的\n1. 为了客户。\n2. 为了公司。\n（二）范围\n（1）全国。\n二、响应\n1、电话四小时内答复。"
    assert numbers(text) == [
        ("一·1.1", "为了客户。"), ("一·1.2", "为了公司。"), ("一·2.1", "全国。"), ("二·1", "电话四小时内答复。"),
    ]  # fmt: skip


def test_a_text_that_nests_otherwise_is_followed():
    text = "1. 甲部\n（一）甲一。\n（二）甲二。\n2. 乙部\n（一）乙一。\n（二）乙二。"
    assert [number for number, _text in numbers(text)] == ["一·1", "一·2", "二·1", "二·2"]


def test_articles_count_on_through_the_chapters():
    text = "制度\n第一章 总则\n第一条 目的。\n第二章 细则\n第二条 期限：（一）四小时；（二）两天。\n第三条 附则。"
    assert [number for number, _text in numbers(text)] == ["一·1", "二·2.1", "二·2.2", "二·3"]


def test_a_table_is_a_clause_a_row_with_its_heads():
    rows = [("等级", "回访", "方式"), ("金牌", "每月一次", "现场"), ("银牌", "每季度一次", "电话")]
    found = outline(blocks_of(docx(table=rows))).articles
    assert [each.text for each in found[-2:]] == [
        "等级：金牌；回访：每月一次；方式：现场", "等级：银牌；回访：每季度一次；方式：电话",
    ]  # fmt: skip
    markdown = "第一条 分级：\n| 等级 | 回访 |\n|---|---|\n| 金牌 | 每月一次 |\n"
    assert numbers(markdown)[-1] == ("一·1", "等级：金牌；回访：每月一次")


def test_numbers_that_word_counts_itself_are_read():
    found = outline(blocks_of(docx(numbered=["每季度抽查一次。", "每年评审一次。"]))).articles
    assert [(each.number, each.printed) for each in found[-2:]] == [
        ("二·5", "第五条"),
        ("二·6", "第六条"),
    ]


def test_lines_broken_by_a_page_are_joined_and_its_head_and_foot_left_out():
    wide = "第一条 客户提出的改进建议由售后部负责人汇总，技术部负责人在十个工作日内给出"
    pages = [[wide], ["采纳与否的结论，并告知客户。", "第二条 另行规定。"]]
    found = outline(blocks_of(pdf(pages))).articles
    assert [each.text for each in found] == [
        wide[4:] + "采纳与否的结论，并告知客户。",
        "另行规定。",
    ]


def test_clauses_that_look_alike_at_the_top_of_pages_are_no_page_heads():
    pages = [
        [f"第{page * 2 + line}条 客户报修后在4小时内电话响应。" for line in (1, 2)]
        for page in range(4)
    ]
    assert len(outline(blocks_of(pdf(pages))).articles) == 8


def test_a_table_of_contents_is_left_out():
    text = "某制度\n目录\n第一章 总则........1\n第二章 响应........3\n第一章 总则\n第一条 目的。\n第二章 响应\n第二条 四小时。"
    assert numbers(text) == [("一·1", "目的。"), ("二·2", "四小时。")]


def test_the_name_of_the_company_and_its_regulation_are_the_title():
    found = outline(
        from_text("某某泵业有限公司\n售后服务制度\n本制度自发布之日起施行。\n第一条 目的。")
    )
    assert found.title == "某某泵业有限公司售后服务制度"
    assert found.articles[0].text == "本制度自发布之日起施行。"


def test_a_text_without_numbers_is_kept_whole():
    assert numbers("本公司承诺四小时内到场。\n每月回访一次。") == [("序·0", "每月回访一次。")]


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=999))
def test_numbers_in_chinese_read_back(value):
    assert number(chinese(value)) == value


def test_a_text_nested_without_end_has_short_codes():
    marks = ["第{}章 甲", "第{}节 甲", "第{}条 甲", "（{}）甲", "{}、甲"]
    deep = (
        "\n".join(mark.format("九千九百九十九") for mark in marks)
        + "\n（9999999）甲" * 3
        + "\n1.2.3.4.5.6 乙" * 3
    )
    codes = [
        each.id for each in outline(from_text(deep + "\n## 条 {#" + "a" * 90 + "}\n乙。")).articles
    ]
    assert max(map(len, codes)) <= 45
    assert len(codes) == len(set(codes))


@settings(deadline=None)
@given(st.text(max_size=400))
@example("•")
@example("第三条")
def test_any_text_is_taken_apart_without_losing_a_clause_twice(text):
    found = outline(from_text(text))
    ids = [each.id for each in found.articles]
    assert len(ids) == len(set(ids))
    assert all(each.text for each in found.articles)
