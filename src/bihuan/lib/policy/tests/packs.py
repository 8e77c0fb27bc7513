"""A small vocabulary and a small pack for the tests of the language."""

from __future__ import annotations

from datetime import datetime

from bihuan.lib.policy.reader import read
from bihuan.lib.policy.vocabulary import Vocabulary
from bihuan.lib.workcal import Calendar, china

FACTS = """\
subjects:
  customer:
    tier: {type: string, title: {zh: 客户级别, en: Tier}}
    flags: {type: strings, title: {zh: 客户标志, en: Flags}}
    purchase_12m: {type: money, title: {zh: 近十二个月采购额, en: Purchases}}
    purchase_total: {type: money, title: {zh: 累计采购额, en: Purchases in total}}
    usage: {type: number, title: {zh: 使用评分, en: Usage}}
    years: {type: number, title: {zh: 合作年限, en: Years}}
    share: {type: number, title: {zh: 占比, en: Share}}
  asset:
    model: {type: string, title: {zh: 型号, en: Model}}
  contract:
    end_on: {type: date, title: {zh: 到期日, en: Ends on}}

period.began:
  title: {zh: 周期开始, en: A period began}
  app: obligations
  subject: any
  fields:
    month_begins: {type: bool, title: {zh: 一月开始, en: A month begins}}
    quarter_begins: {type: bool, title: {zh: 一季开始, en: A quarter begins}}
customer.added:
  title: {zh: 客户建档, en: A customer was added}
  app: customers
  subject: customer
  enters: true
  fields: {}
tier.changed:
  title: {zh: 客户级别变更, en: A tier changed}
  app: customers
  subject: customer
  enters: true
  fields:
    from: {type: string, title: {zh: 原级别, en: From}}
fault.reported:
  title: {zh: 故障已报修, en: A fault was reported}
  app: tickets
  subject: asset
  occasion: fact.ticket
  fields:
    ticket: {type: string, required: true, title: {zh: 工单, en: Ticket}}
    severity: {type: enum, values: {URGENT: {zh: 紧急, en: Urgent}, NORMAL: {zh: 一般, en: Normal}}, required: true, title: {zh: 紧急程度, en: Severity}}
    downtime: {type: bool, title: {zh: 已停机, en: Stopped}}
    promised_on: {type: date, title: {zh: 约定日期, en: Promised on}}
ticket.contacted:
  title: {zh: 已联系客户, en: The customer was contacted}
  app: tickets
  subject: asset
  fields:
    ticket: {type: string, required: true, title: {zh: 工单, en: Ticket}}
    human: {type: bool, required: true, title: {zh: 真人联系, en: By a person}}
contract.signed:
  title: {zh: 合同已签, en: A contract was signed}
  app: contracts
  subject: contract
  fields:
    end_on: {type: date, required: true, title: {zh: 到期日, en: Ends on}}
callback.done:
  title: {zh: 回访完成, en: A call-back was made}
  app: callbacks
  subject: customer
  fields:
    channel: {type: enum, values: [PHONE, VIDEO, ONSITE], required: true, title: {zh: 渠道, en: Channel}}
demand.received:
  title: {zh: 收到客户需求, en: A demand was received}
  app: tickets
  subject: customer
  fields:
    demand: {type: string, required: true, title: {zh: 需求, en: Demand}}
"""
ROLES = """\
assistant: {title: {zh: 助理, en: Assistant}, of: customer, up: lead}
lead: {title: {zh: 组长, en: Lead}, of: region, up: manager}
manager: {title: {zh: 总经理, en: General manager}, of: company}
"""
DUTIES = """\
response.phone: {title: {zh: 电话响应, en: Answer by phone}, evidence: [call_log], app: tickets}
plan.propose: {title: {zh: 提出方案, en: Propose a plan}, evidence: [report], app: obligations}
callback.routine: {title: {zh: 例行回访, en: Routine call-back}, evidence: [call_log], app: callbacks, care: true, contact: true, guards: [executive]}
callback.brief: {title: {zh: 回访准备, en: Prepare the call-back}, evidence: [report], app: callbacks}
contract.renew: {title: {zh: 续约谈判, en: Negotiate the renewal}, evidence: [minutes], app: contracts}
meeting.hold: {title: {zh: 召开会议, en: Hold a meeting}, evidence: [minutes], app: obligations}
report.issue: {title: {zh: 发布报告, en: Issue a report}, evidence: [report], app: obligations}
drill.run: {title: {zh: 组织演练, en: Run a drill}, evidence: [record], app: obligations}
"""
EVIDENCE = """\
call_log: {title: {zh: 通话记录, en: Call log}, strength: 3}
recording: {title: {zh: 录音, en: Recording}, strength: 4}
report: {title: {zh: 报告, en: Report}, strength: 3}
minutes: {title: {zh: 纪要, en: Minutes}, strength: 3}
attendance: {title: {zh: 签到表, en: Attendance}, strength: 3}
record: {title: {zh: 记录, en: Record}, strength: 2}
"""
VOCABULARY = {
    "facts.yaml": FACTS, "roles.yaml": ROLES, "duties.yaml": DUTIES, "evidence.yaml": EVIDENCE,
}  # fmt: skip

PACK = """\
pack: small
title: {zh: 小制度, en: Small regulation}
version: "1.0"
from: 2026-01-01
calendar: cn
parameters:
  fault.phone: {value: 4h, clause: C1, title: {zh: 电话响应, en: Phone}}
clauses:
  - id: C1
    number: "一"
    title: {zh: 紧急故障, en: Urgent faults}
    text: {zh: 紧急故障四小时内电话响应。, en: Urgent faults are answered by phone in four hours.}
    carried: rule
  - id: C2
    number: "二"
    title: {zh: 季度回访, en: Quarterly call-back}
    text: {zh: 银牌客户每季度回访一次。, en: Silver customers are called every quarter.}
    carried: rule
  - {id: C3, number: "三", title: {zh: 宗旨, en: Purpose}, text: {zh: 以客户为先。, en: Customers first.}, carried: principle}
tiers:
  order: [GOLD, SILVER, BRONZE]
  names: {GOLD: {zh: 金牌, en: Gold}, SILVER: {zh: 银牌, en: Silver}, BRONZE: {zh: 铜牌, en: Bronze}}
  by: score
  criteria:
    volume: {weight: 0.6, of: customer.purchase_12m, bands: [[0, 0], [200000, 50], [1000000, 100]], title: {zh: 采购规模, en: Volume}}
    usage: {weight: 0.4, of: customer.usage, bands: [[0, 0], [50, 50], [80, 100]], title: {zh: 使用频率, en: Usage}}
  cuts: {GOLD: 80, SILVER: 50}
  otherwise: BRONZE
  review: half
  hold: {down_after: 2, down_margin: 5}
  approve: {GOLD: manager, default: lead}
"""
RULES = """\
rules:
  - id: fault.phone
    clause: C1
    title: {zh: 紧急故障电话响应, en: Urgent fault by phone}
    when: fault.reported
    if: fact.severity == "URGENT"
    must: response.phone
    within: $fault.phone
    calendar: [{if: '"GREEN_CHANNEL" in customer.flags', use: 24x7}, {use: cn}]
    by: assistant
    done: {fact: ticket.contacted, same: [ticket], if: fact.human}
    proved: [call_log, recording]
    verified: customer
    else:
      - {at: 75%, tell: assignee}
      - {at: 100%, tell: lead}
      - {at: 150%, tell: manager}
    severity: high
  - id: silver.callback
    clause: C2
    title: {zh: 银牌季度回访, en: Silver quarterly call-back}
    every: quarter
    of: customer
    for: {tiers: [SILVER]}
    must: callback.routine
    channel: [PHONE, VIDEO]
    mix: {PHONE: ">=60%", min: 10, tolerance: 5%}
    prepare: {lead: 3wd, must: callback.brief, by: assistant}
    by: assistant
    done: {fact: callback.done}
"""
CASES = """\
cases:
  - name: 绿色通道客户周六夜里报紧急故障，四小时内电话响应
    clause: C1
    given:
      fact: fault.reported
      at: 2026-03-07T23:10+08:00
      with: {severity: URGENT, ticket: T1}
      customer: {tier: GOLD, flags: [GREEN_CHANNEL]}
    expect:
      - {rule: fault.phone, due: 2026-03-08T03:10+08:00, by: assistant}
    only: true
  - name: 一般故障不要求电话响应
    clause: C1
    given: {fact: fault.reported, at: 2026-03-07T23:10+08:00, with: {severity: NORMAL, ticket: T2}}
    expect: []
  - name: 银牌客户第三季度要回访
    clause: C2
    given: {period: 2026-Q3, of: customer, customer: {tier: SILVER}}
    expect: [{rule: silver.callback, due: 2026-09-30T17:30+08:00}]
"""
FILES = {"pack.yaml": PACK, "rules/a.yaml": RULES, "cases/a.yaml": CASES}


class Days:
    """Calendars of the tests."""

    def __init__(self) -> None:
        self.named = {"cn": china(), "24x7": Calendar.always()}

    def for_(self, name, sections):
        return self.named[name]


DAYS = Days()


def words():
    return Vocabulary.read(VOCABULARY)


def pack(**files):
    """The small pack with files put in its place; ``rules_a`` names ``rules/a.yaml``."""
    texts = dict(FILES)
    for name, text in files.items():
        texts[{"pack": "pack.yaml"}.get(name, name.replace("_", "/", 1) + ".yaml")] = text
    return read(texts, words())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
