"""A small regulation with calls, visits, problems and promises."""

from __future__ import annotations

PACK = """
pack: calls
title: {zh: 回访制度, en: Calls}
version: "1"
from: 2026-01-01
calendar: cn
parameters:
  callbacks.attempts: {value: 3, clause: C-1, title: {zh: 尝试次数, en: Attempts}}
  callbacks.cap_count: {value: 3, clause: C-1, title: {zh: 联系上限, en: Cap}}
clauses:
  - {id: C-1, number: "一·1", title: {zh: 回访, en: Calls}, text: {zh: 按月回访。, en: Monthly calls.}, carried: rule}
  - {id: C-2, number: "一·2", title: {zh: 走访, en: Visits}, text: {zh: 按季走访。, en: Quarterly visits.}, carried: rule}
  - {id: C-3, number: "一·3", title: {zh: 问题闭环, en: Problems}, text: {zh: 问题处理后由客户确认。, en: The customer confirms.}, carried: rule}
tiers:
  clause: C-1
  order: [GOLD, SILVER]
  names: {GOLD: {zh: 金牌, en: Gold}, SILVER: {zh: 银牌, en: Silver}}
  by: score
  criteria:
    volume: {weight: 1.0, of: customer.purchase_12m, bands: [[0, 0], [100000, 100]], title: {zh: 采购额, en: Volume}}
  cuts: {GOLD: 80}
  otherwise: SILVER
"""
RULES = """
rules:
  - id: monthly.call
    clause: C-1
    title: {zh: 月度例行回访, en: Monthly call}
    every: month
    of: customer
    for: {tiers: [GOLD]}
    must: callback.routine
    prepare: {lead: 3wd, must: callback.brief, by: service_desk}
    by: callback_agent
    done: {fact: callback.done, if: 'fact.kind == "ROUTINE"'}
    proved: [recording, call_log]
    mix: {PHONE: "50%", ONSITE: "30%", ONLINE: "20%"}
  - id: monthly.contact
    clause: C-1
    title: {zh: 月度主动联络, en: Monthly contact}
    every: month
    of: customer
    for: {tiers: [GOLD]}
    must: contact.proactive
    by: callback_agent
    done: {fact: contact.made, if: fact.care}
    proved: [recording, call_log, message_receipt, checkin]
  - id: completion.call
    clause: C-1
    title: {zh: 完工回访, en: Call after completion}
    when: ticket.resolved
    must: callback.completion
    within: 3wd
    by: callback_agent
    needs: [independent]
    proved: [recording, call_log]
    verified: independent
  - id: quarterly.visit
    clause: C-2
    title: {zh: 季度走访, en: Quarterly visit}
    every: quarter
    of: customer
    for: {tiers: [GOLD]}
    must: visit.regular
    by: account_manager
    done: {fact: visit.done, if: '!fact.executive'}
    proved: {all: [checkin, minutes]}
  - id: executive.visit
    clause: C-2
    title: {zh: 高层走访, en: Executive visit}
    every: quarter
    of: customer
    for: {tiers: [GOLD]}
    must: visit.executive
    by: general_manager
    needs: [executive]
    done: {fact: visit.done, if: fact.executive}
    proved: {all: [checkin, minutes]}
  - id: problem.handle
    clause: C-3
    title: {zh: 处理问题, en: Handle}
    when: problem.found
    must: problem.handle
    within: 3wd
    by: remote_specialist
    done: {fact: problem.handled, same: [problem]}
    proved: [record, report, form]
    verified: customer
  - id: problem.feedback
    clause: C-3
    title: {zh: 告知结果, en: Tell}
    when: problem.handled
    must: problem.feedback
    within: 1wd
    by: account_manager
    done: {fact: problem.fed_back, same: [problem]}
    proved: [message_receipt, recording, call_log]
  - id: problem.confirm
    clause: C-3
    title: {zh: 请客户确认, en: Confirm}
    when: problem.fed_back
    must: problem.confirm
    within: 3wd
    by: callback_agent
    done: {fact: problem.confirmed, same: [problem]}
    proved: [recording, customer_reply, signature]
    verified: customer
  - id: promise.keep
    clause: C-3
    title: {zh: 兑现承诺, en: Keep}
    when: promise.made
    must: promise.keep
    within: on fact.due_on
    by: owner
    done: {fact: promise.kept, same: [promise]}
    proved: [record, customer_reply, file]
    verified: customer
"""
FILES = {"pack.yaml": PACK, "rules/all.yaml": RULES}
