"""A small regulation with tiers, for the tests of customers."""

from __future__ import annotations

PACK = """
pack: small
title: {zh: 小制度, en: Small regulation}
version: "1"
from: 2026-01-01
calendar: cn
parameters:
  customers.merge_undo_days: {value: 10, clause: C1, title: {zh: 合并可拆回天数, en: Days to undo a merge}}
clauses:
  - id: C1
    number: "一·1"
    title: {zh: 分级, en: Tiers}
    text: {zh: 按采购额和年限分级。, en: Tiers by purchases and years.}
    carried: principle
  - id: C2
    number: "一·2"
    title: {zh: 问候, en: Greetings}
    text: {zh: 节日问候。, en: Greetings on festivals.}
    carried: rule
tiers:
  clause: C1
  order: [GOLD, SILVER, POTENTIAL]
  names: {GOLD: {zh: 金牌, en: Gold}, SILVER: {zh: 银牌, en: Silver}, POTENTIAL: {zh: 潜力, en: Potential}}
  by: score
  criteria:
    volume: {weight: 0.6, of: customer.purchase_12m, bands: [[0, 0], [100000, 60], [1000000, 100]], title: {zh: 采购额, en: Purchases}}
    history: {weight: 0.4, of: customer.years, bands: [[0, 20], [3, 60], [5, 100]], title: {zh: 年限, en: Years}}
  cuts: {GOLD: 80, SILVER: 50}
  otherwise: POTENTIAL
  review: half
  hold: {down_after: 2, down_margin: 40}
  approve: {GOLD: general_manager, default: after_sales_head}
"""
RULES = """
rules:
  - id: greeting
    clause: C2
    title: {zh: 问候, en: Greeting}
    when: key_date.coming
    for: all
    must: greeting.send
    within: 3d
    by: account_manager
    proved: [form]
"""
CASES = """
cases:
  - name: 中秋前问候
    clause: C2
    given: {fact: key_date.coming, at: 2026-03-02T09:00+08:00, with: {key: K, node: MID_AUTUMN, on_date: 2026-03-10}, customer: {tier: GOLD}}
    expect: [{rule: greeting, due: 2026-03-05T23:59:59+08:00}]
"""
REGULATION = """# 小制度

## 一·1 分级 {#C1}

按采购额和年限分级。

## 一·2 问候 {#C2}

节日问候。
"""
FILES = {
    "pack.yaml": PACK,
    "rules/all.yaml": RULES,
    "cases/all.yaml": CASES,
    "regulation.md": REGULATION,
}
