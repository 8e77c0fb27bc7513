"""
Who may do what, and how far: the one table (roles are those of packs/vocabulary/roles.yaml).

From this table come both `may(person, verb, thing)` and the rows a query may show, so that they
cannot disagree. A role that a verb does not name has no right to it.
"""

from __future__ import annotations

from bihuan.base.access.reach import ALL, CUSTOMER, DEALER, OWN, REGION, TEAM, Far

EVERY_STAFF = (
    "general_manager", "deputy_manager", "market_head", "technical_head", "after_sales_head",
    "quality_head", "operations_head", "rd_head", "sales_head", "finance_head", "account_manager", "field_engineer",
    "remote_specialist", "analyst", "service_desk", "callback_agent", "quality_engineer",
    "care_lead", "marketing", "finance", "trainer", "auditor", "administrator",
    "exec_sponsor", "region_lead", "store_keeper", "rd_engineer", "sales", "planner",
)  # fmt: skip
HEADS = (
    "general_manager", "deputy_manager", "market_head", "technical_head", "after_sales_head",
    "quality_head", "operations_head", "rd_head", "sales_head", "finance_head", "care_lead",
)  # fmt: skip


def _all(*roles: str) -> dict[str, Far]:
    return dict.fromkeys(roles, ALL)


RIGHTS: dict[str, dict[str, Far]] = {
    # the house
    "home.see": _all(*EVERY_STAFF) | {"dealer_staff": OWN, "supplier_staff": OWN},
    "people.see": _all(*EVERY_STAFF),
    "people.manage": _all("administrator"),
    "api.tokens": _all("administrator"),
    "lists.share": _all(*HEADS, "administrator", "region_lead", "analyst", "quality_engineer", "service_desk"),
    "golive.rehearse": _all(*HEADS, "administrator"),
    "calendar.manage": _all("administrator", "operations_head"),
    "audit.see": _all("auditor", "administrator"),
    "system.see": _all("administrator", "auditor", "general_manager"),
    "system.manage": _all("administrator"),
    "facts.tell": _all(*HEADS, "administrator", "service_desk", "analyst", "remote_specialist")
    | {"account_manager": OWN},
    "facts.see": _all(*HEADS, "administrator", "service_desk", "analyst", "remote_specialist", "auditor", "quality_engineer", "callback_agent")
    | {"account_manager": OWN, "sales": OWN, "region_lead": REGION},
    # the regulation
    "policy.see": _all(*EVERY_STAFF) | {"dealer_staff": ALL},
    "policy.edit": _all(*HEADS, "quality_engineer", "administrator"),
    "policy.publish": _all("general_manager", "administrator"),
    # customers
    "customers.see": _all(
        *HEADS, "service_desk", "callback_agent", "analyst", "quality_engineer", "remote_specialist",
        "marketing", "finance", "trainer", "auditor", "administrator", "exec_sponsor",
    )
    | {"account_manager": OWN, "sales": OWN, "region_lead": REGION, "field_engineer": REGION, "dealer_staff": DEALER},
    "customers.edit": _all(*HEADS, "service_desk", "administrator")
    | {"account_manager": OWN, "sales": OWN, "region_lead": REGION, "dealer_staff": DEALER},
    "customers.private": {"account_manager": OWN} | _all("general_manager", "market_head"),
    "customers.hand_over": _all("general_manager", "market_head", "administrator"),
    "customers.merge": _all("general_manager", "market_head", "administrator", "operations_head"),
    "customers.tier_propose": _all("analyst", *HEADS) | {"account_manager": OWN},
    "customers.tier_approve": _all("general_manager", "market_head", "after_sales_head", "sales_head"),
    "customers.unmask": _all("general_manager", "service_desk", "callback_agent", "administrator") | {"account_manager": OWN},
    "ledgers.import": _all("administrator", "operations_head", "market_head", "general_manager"),
    # some ledger; which one, its own `needs` says
    "ledgers.open": _all("administrator", "operations_head", "market_head", "general_manager", "service_desk", "care_lead", "after_sales_head"),
    "ledgers.export": _all("administrator", "general_manager", "operations_head", "market_head"),
    # machines and contracts
    "assets.see": _all(
        *HEADS, "service_desk", "callback_agent", "analyst", "quality_engineer", "remote_specialist",
        "marketing", "trainer", "auditor", "administrator", "store_keeper", "exec_sponsor",
    )
    | {"account_manager": OWN, "sales": OWN, "region_lead": REGION, "field_engineer": REGION, "dealer_staff": DEALER},
    "assets.edit": _all("after_sales_head", "technical_head", "service_desk", "remote_specialist", "administrator", "general_manager")
    | {"field_engineer": REGION, "account_manager": OWN, "dealer_staff": DEALER},
    # machines that report by themselves
    "monitoring.see": _all(*HEADS, "service_desk", "analyst", "quality_engineer", "remote_specialist", "auditor", "administrator")
    | {"account_manager": OWN, "region_lead": REGION, "field_engineer": REGION, "dealer_staff": DEALER},
    "monitoring.export": _all(*HEADS, "analyst", "remote_specialist", "administrator") | {"account_manager": OWN, "region_lead": REGION},
    "monitoring.handle": _all("remote_specialist", "service_desk", "care_lead", "after_sales_head", "technical_head")
    | {"region_lead": REGION, "field_engineer": REGION},
    "monitoring.limits": _all("technical_head", "quality_engineer", "quality_head", "remote_specialist"),
    "monitoring.templates": _all("technical_head", "quality_head"),
    "monitoring.care": _all("technical_head", "quality_engineer", "remote_specialist", "after_sales_head", "service_desk") | {"region_lead": REGION, "field_engineer": REGION, "dealer_staff": DEALER},
    "monitoring.devices": _all("technical_head", "remote_specialist", "after_sales_head", "administrator") | {"field_engineer": REGION},
    # changing a machine from afar: the first person, the second, the customer's leave, the company's switch
    "monitoring.command": _all("remote_specialist"),
    "monitoring.command_approve": _all("technical_head", "after_sales_head", "rd_head"),
    "monitoring.permit": _all("after_sales_head", "technical_head", "service_desk", "care_lead") | {"account_manager": OWN},
    "monitoring.command_switch": _all("general_manager", "technical_head"),
    "monitoring.consent": _all("technical_head", "remote_specialist", "after_sales_head", "service_desk", "administrator")
    | {"account_manager": OWN, "field_engineer": REGION},
    "portal.fleet": _all("technical_head", "after_sales_head", "care_lead", "service_desk") | {"account_manager": OWN},
    "contracts.see": _all(*HEADS, "service_desk", "analyst", "finance", "auditor", "administrator", "exec_sponsor", "remote_specialist")
    | {"account_manager": OWN, "sales": OWN, "region_lead": REGION, "field_engineer": REGION, "dealer_staff": DEALER},
    "contracts.edit": _all("general_manager", "market_head", "finance", "administrator") | {"account_manager": OWN, "sales": OWN},
    # the loop
    "obligations.see": _all(*HEADS, "analyst", "quality_engineer", "auditor", "administrator", "service_desk", "callback_agent")
    | {
        "account_manager": OWN, "sales": OWN, "region_lead": REGION, "field_engineer": OWN, "remote_specialist": OWN,
        "marketing": OWN, "finance": OWN, "trainer": OWN, "rd_engineer": OWN, "store_keeper": OWN, "exec_sponsor": OWN,
        "dealer_staff": OWN, "planner": OWN,
    },
    "obligations.work": _all(*HEADS, "administrator")
    | dict.fromkeys(
        (
            "account_manager", "sales", "field_engineer", "remote_specialist", "marketing", "finance", "trainer",
            "rd_engineer", "store_keeper", "exec_sponsor", "service_desk", "callback_agent", "quality_engineer",
            "analyst", "region_lead", "dealer_staff", "auditor", "planner",
        ),
        OWN,
    ),
    "obligations.verify": _all(*HEADS, "quality_engineer", "callback_agent", "service_desk", "analyst", "administrator")
    | {"account_manager": OWN, "region_lead": REGION},
    "obligations.waive": _all(*HEADS),
    "obligations.assign": _all(*HEADS, "administrator") | {"region_lead": REGION},
    # tickets
    "tickets.see": _all(
        *HEADS, "service_desk", "callback_agent", "remote_specialist", "analyst", "quality_engineer", "auditor", "administrator",
    )
    | {"account_manager": OWN, "sales": OWN, "region_lead": REGION, "field_engineer": OWN, "exec_sponsor": OWN, "dealer_staff": DEALER,
        "store_keeper": OWN, "finance": OWN, "trainer": OWN,
    },
    "tickets.do": _all("service_desk", "callback_agent", "remote_specialist", "care_lead", "after_sales_head", "technical_head", "general_manager", "administrator")
    | {"account_manager": OWN, "region_lead": REGION, "field_engineer": OWN, "dealer_staff": DEALER, "trainer": OWN},
    "tickets.confirm": _all("callback_agent", "service_desk", "quality_engineer", "care_lead", "after_sales_head", "general_manager", "administrator")
    | {"account_manager": OWN, "region_lead": REGION, "dealer_staff": DEALER},
    "tickets.manage": _all("care_lead", "after_sales_head", "technical_head", "operations_head", "general_manager", "deputy_manager", "administrator")
    | {"region_lead": REGION},
    # the technical side of what was handed over: no customer, no person, no price. R&D and suppliers
    # have nothing else.
    "tickets.technical": {"rd_engineer": OWN, "supplier_staff": OWN},  # and whoever sees the ticket, see below
    "tickets.answer": _all("remote_specialist", "technical_head", "quality_head", "rd_head", "after_sales_head", "general_manager")
    | {"rd_engineer": OWN, "supplier_staff": OWN, "quality_engineer": OWN, "field_engineer": OWN},
    "tickets.lines": _all("care_lead", "after_sales_head", "technical_head", "operations_head", "general_manager", "administrator"),
    # one question, one answer: finance and production
    "tickets.decide_term": _all("finance", "finance_head", "general_manager"),
    "tickets.decide_slot": _all("planner", "operations_head", "general_manager"),
    "tickets.problems": _all(
        *HEADS, "service_desk", "callback_agent", "remote_specialist", "analyst", "quality_engineer", "auditor", "administrator",
        "account_manager", "region_lead", "field_engineer", "rd_engineer", "sales", "trainer",
    ),
    "tickets.problems_edit": _all(
        "remote_specialist", "quality_engineer", "technical_head", "after_sales_head", "quality_head", "rd_head", "rd_engineer",
        "general_manager", "administrator",
    ),
    # the doors into tickets: envelopes without a ticket belong to nobody yet, so no reach narrows them
    "tickets.inbox": _all("service_desk", "callback_agent", "care_lead", "after_sales_head", "general_manager", "administrator"),
    "tickets.channels": _all("administrator"),
    "tickets.settings": _all("administrator", "desk_lead", "care_lead", "after_sales_head"),
    "tickets.on_call": _all("desk_lead", "care_lead", "after_sales_head", "technical_head", "general_manager", "administrator"),
    "tickets.paper": _all("service_desk", "care_lead", "after_sales_head", "administrator"),
    "tickets.calls_own": _all("service_desk", "callback_agent", "remote_specialist"),
    # programs: reports from other systems and dealers; a telephone system and its gateways
    "tickets.receive": _all("service_desk", "administrator") | {"dealer_staff": DEALER},
    "tickets.calls": _all("administrator"),
    # calls and visits
    "callbacks.see": _all(*HEADS, "service_desk", "callback_agent", "analyst", "quality_engineer", "auditor", "administrator")
    | {"account_manager": OWN, "sales": OWN, "region_lead": REGION, "remote_specialist": ALL, "field_engineer": OWN, "exec_sponsor": OWN, "dealer_staff": DEALER,
        # who only keeps a promise or solves a problem of others:
        "marketing": OWN, "finance": OWN, "trainer": OWN, "store_keeper": OWN,
    },
    "callbacks.do": _all("service_desk", "callback_agent", "remote_specialist", "care_lead", "after_sales_head", "general_manager", "administrator")
    | {"account_manager": OWN, "sales": OWN, "region_lead": REGION, "exec_sponsor": OWN, "market_head": ALL, "dealer_staff": DEALER,
        # the liaison of large customers; the special callbacks of those who look at quality
        "deputy_manager": OWN, "quality_engineer": ALL,
    },
    "callbacks.plan": _all(*HEADS, "callback_agent", "administrator") | {"account_manager": OWN},
    # what customers want
    "demands.see": _all(*HEADS, "service_desk", "callback_agent", "remote_specialist", "analyst", "quality_engineer", "auditor", "administrator")
    | {"account_manager": OWN, "sales": OWN, "region_lead": REGION, "field_engineer": REGION, "exec_sponsor": OWN, "dealer_staff": DEALER,
        # who sees through what he was given
        "rd_engineer": OWN, "marketing": OWN, "finance": OWN, "trainer": OWN, "store_keeper": OWN,
    },
    "demands.do": _all("service_desk", "callback_agent", "remote_specialist", "analyst", "care_lead", "after_sales_head", "technical_head", "sales_head", "market_head", "rd_head", "general_manager", "administrator")
    | {"account_manager": OWN, "sales": OWN, "region_lead": REGION, "field_engineer": REGION, "exec_sponsor": OWN, "dealer_staff": DEALER,
        "rd_engineer": OWN, "trainer": OWN,
    },
    "demands.classify": _all("analyst", "care_lead", "remote_specialist", "technical_head", "after_sales_head", "market_head", "general_manager", "administrator")
    | {"sales": OWN},
    "demands.review": _all(*HEADS, "administrator"),
    "compliance.see": _all(*HEADS, "quality_engineer", "analyst", "auditor", "administrator")
    | {"region_lead": REGION, "account_manager": OWN},
    "compliance.freeze": _all("quality_head", "general_manager", "quality_engineer"),
    "compliance.bundle": _all("quality_head", "general_manager", "quality_engineer", "auditor"),
    "compliance.share": _all("quality_head", "general_manager", "care_lead", "market_head") | {"account_manager": OWN},
    # knowledge: four circles of readers, each within the one before (see knowledge.rules.VERB)
    "knowledge.see": _all(*EVERY_STAFF, "dealer_staff"),
    "knowledge.dealer": _all(*EVERY_STAFF, "dealer_staff"),
    "knowledge.staff": _all(*EVERY_STAFF),
    "knowledge.engineer": _all(
        "general_manager", "technical_head", "after_sales_head", "quality_head", "rd_head", "care_lead", "field_engineer",
        "remote_specialist", "quality_engineer", "rd_engineer", "trainer", "service_desk", "region_lead", "auditor", "administrator",
    ),
    "knowledge.edit": _all(
        "general_manager", "technical_head", "after_sales_head", "quality_head", "rd_head", "field_engineer", "remote_specialist",
        "quality_engineer", "rd_engineer", "trainer", "service_desk", "region_lead", "administrator",
    ),
    "knowledge.publish": _all(
        "general_manager", "technical_head", "after_sales_head", "quality_head", "rd_head", "trainer", "quality_engineer", "remote_specialist",
    ),
    "callbacks.sample": _all("quality_engineer", "quality_head", "care_lead", "general_manager", "analyst"),
}  # fmt: skip

# Roles whose rights are those of another: the difference between them is in the packs (who owes
# what), not in what they may see and do.
LIKE: dict[str, str] = {
    "dedicated_engineer": "field_engineer",
    "desk_lead": "service_desk",
    "dispatcher": "service_desk",
    "monitor_lead": "callback_agent",
    "experience_officer": "callback_agent",
    "line3_expert": "rd_engineer",
    "knowledge_editor": "trainer",
    "public_relations": "marketing",
    "incident_commander": "quality_engineer",
    "committee_secretary": "analyst",
}
RIGHTS["tickets.technical"] |= RIGHTS["tickets.see"]
for _table in RIGHTS.values():
    _table.update({role: _table[like] for role, like in LIKE.items() if like in _table})

__all__ = [
    "ALL",
    "CUSTOMER",
    "DEALER",
    "EVERY_STAFF",
    "HEADS",
    "LIKE",
    "OWN",
    "REGION",
    "RIGHTS",
    "TEAM",
]
