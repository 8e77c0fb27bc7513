from __future__ import annotations

from bihuan.lib.policy.tests.packs import RULES, pack

SMALL = pack()


def test_an_event_rule_reads_as_a_card():
    card = dict(SMALL.rules["fault.phone"].card("zh"))
    assert list(card) == ["当", "对", "须", "限", "由", "凭", "核实", "否则"]
    assert card["当"] == "故障已报修；紧急程度 为 紧急"
    assert card["须"] == "电话响应"
    assert card["限"] == "4 小时（昼夜连续）"
    assert card["否则"] == "用时 75% 告知经办人；用时 100% 告知组长；用时 150% 告知总经理"
    english = dict(SMALL.rules["fault.phone"].card("en"))
    assert english["When"] == "A fault was reported; Severity is Urgent"
    assert english["Proof"] == "Call log or Recording"


def test_a_limit_names_a_calendar_only_where_it_looks_at_one():
    def limit(length, lang="zh"):
        card = (
            pack(rules_a=RULES.replace("within: $fault.phone", f"within: {length}"))
            .rules["fault.phone"]
            .card(lang)
        )
        return dict(card)["限" if lang == "zh" else "Within"]

    by_calendar = "（客户标志 含 GREEN_CHANNEL时：全天候；其余：工作日历）"
    assert limit("4wh") == f"4 工作小时{by_calendar}"
    assert limit("3wd") == f"3 个工作日{by_calendar}"
    assert limit("7d roll").endswith(by_calendar)
    assert limit("7d") == "7 天"
    assert limit("30min") == "30 分钟（昼夜连续）"
    assert limit("4h", "en") == "4 hours (day and night)"


def test_customers_of_a_tier_that_is_called_a_customer_are_not_called_so_twice():
    from bihuan.lib.policy.tests.packs import PACK

    named = PACK.replace("zh: 银牌", "zh: 普通客户").replace("en: Silver", "en: Ordinary customer")
    rule = pack(pack=named).rules["silver.callback"]
    assert dict(rule.card("zh"))["对"] == "普通客户"
    assert dict(rule.card("en"))["For"] == "Ordinary customers"


def test_a_cadence_reads_as_a_card():
    card = dict(SMALL.rules["silver.callback"].card("zh"))
    assert (card["当"], card["对"]) == ("每季度", "银牌客户")
    assert "PHONE ≥ 60%" in card["须"]
    ready = dict(SMALL.rules["silver.callback.prepare"].card("en"))
    assert ready["Within"].startswith("3 working days before")


def test_conditions_in_words():
    def when(condition):
        text = RULES.replace('fact.severity == "URGENT"', condition)
        return dict(pack(rules_a=text).rules["fault.phone"].card("zh"))["当"].split("；", 1)[1]

    assert when('fact.severity in ["URGENT", "NORMAL"]') == "紧急程度 为 紧急或一般"
    assert when("fact.has_downtime && fact.downtime") == "已停机"
    assert when("'\"GREEN\" in customer.flags'") == "客户标志 含 GREEN"
    assert when('customer.tier == "GOLD"') == "客户级别 为 金牌"
    assert (
        when('customer.usage > 5.0 || fact.severity == "NORMAL"')
        == "使用评分 > 5 或 紧急程度 为 一般"
    )
    assert when("customer.flags.size() > 2") == "customer.flags.size() > 2"


def test_the_way_to_a_tier_is_told_in_words_where_no_points_decide():
    from bihuan.lib.policy.cards import tier_words
    from bihuan.lib.policy.tests.packs import PACK, pack

    table = (
        "  by: table\n  table:\n"
        "    - {tier: GOLD, if: '(customer.share >= 0.3 && customer.years >= 5) || \"KEY\" in customer.flags'}\n"
    )
    found = pack(pack=PACK.replace("  by: score\n", table))
    assert tier_words(found, "GOLD") == ["占比 ≥ 0.3，且 合作年限 ≥ 5", "客户标志 含 KEY"]
    assert tier_words(found, "GOLD", "en")[1] == "Flags with KEY"
    assert tier_words(found, "BRONZE") == ["其余"]
    assert tier_words(pack(), "GOLD") == []
