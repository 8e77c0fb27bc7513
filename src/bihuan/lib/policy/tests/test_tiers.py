from __future__ import annotations

import pytest

from bihuan.lib.policy import CannotAssess, assess, assess_customer, assessed
from bihuan.lib.policy.tests.packs import PACK, RULES, pack

SMALL = pack()
TIERS = SMALL.tiers


def of(volume, usage=60.0, history=(), **more):
    return assess(TIERS, {"purchase_12m": volume, "usage": usage, **more}, history)


def test_the_score_names_the_tier_and_its_parts():
    found = of(1_000_000, 60)
    assert (found.tier, found.score) == ("GOLD", 80.0)
    assert [(p.code, p.score, p.points) for p in found.parts] == [
        ("volume", 100.0, 60.0),
        ("usage", 50.0, 20.0),
    ]
    assert found.why("zh") == "得分 80（采购规模 100×0.6，使用频率 50×0.4），对应金牌。"
    assert found.why("en") == "Score 80 (Volume 100×0.6, Usage 50×0.4): Gold."


@pytest.mark.parametrize(
    ("volume", "usage", "tier"),
    [
        (999_999, 60, "SILVER"), (1_000_000, 49.99, "SILVER"), (200_000, 50, "SILVER"),
        (199_999, 80, "BRONZE"), (0, 0, "BRONZE"), (-5, -5, "BRONZE"), (9e9, 100, "GOLD"),
    ],
)  # fmt: skip
def test_edges_of_the_bands(volume, usage, tier):
    assert of(volume, usage).tier == tier


def test_dotted_names_do_as_well():
    assert (
        assess_customer(SMALL, {"customer.purchase_12m": 1e6, "customer.usage": 60}).tier == "GOLD"
    )


def test_a_missing_value_counts_nothing_and_is_flagged():
    found = of(1_000_000, None)
    assert (found.score, found.flags) == (60.0, ("missing:usage",))


def test_up_at_once_down_only_after_two_reviews():
    low = of(1_000_000, 40, [assessed("GOLD")])  # 60 + 0: 20 under the cut
    assert (low.tier, low.held_by_hysteresis) == ("SILVER", False)
    tiers = pack(pack=PACK.replace("down_margin: 5", "down_margin: 30")).tiers
    values = {"purchase_12m": 1_000_000, "usage": 40}
    first = assess(tiers, values, [assessed("GOLD")])
    assert (first.tier, first.raw, first.held_by_hysteresis) == ("GOLD", "SILVER", True)
    assert first.needs_approval_role == ""
    assert "暂保留金牌" in first.why("zh")
    second = assess(tiers, values, [assessed("GOLD"), first])
    assert (second.tier, second.held_by_hysteresis) == ("SILVER", False)
    # A good review in between starts the count anew.
    good = assess(tiers, {"purchase_12m": 1_000_000, "usage": 90}, [assessed("GOLD"), first])
    again = assess(tiers, values, [assessed("GOLD"), first, good])
    assert again.tier == "GOLD"
    up = assess(tiers, {"purchase_12m": 1e6, "usage": 90}, [assessed("SILVER")])
    assert (up.tier, up.needs_approval_role) == ("GOLD", "manager")


def test_a_change_names_who_approves():
    assert of(0, 0, [assessed("SILVER")]).needs_approval_role == "lead"
    assert of(1_000_000, 60, [assessed("GOLD")]).needs_approval_role == ""


FORCED = PACK.replace(
    "  review: half", "  only_if: {BRONZE: customer.purchase_total == 0.0}\n  review: half"
)


def test_a_forced_tier_knows_no_hysteresis():
    tiers = pack(pack=FORCED).tiers
    values = {"purchase_12m": 1e6, "usage": 90, "purchase_total": 0}
    found = assess(tiers, values, [assessed("GOLD")])
    assert (found.tier, found.forced) == ("BRONZE", True)
    with pytest.raises(CannotAssess) as caught:
        assess(tiers, {"purchase_12m": 1e6, "usage": 90})
    assert "customer.purchase_total" in caught.value.sentence("en")


TABLE = """\
tiers:
  order: [L1, L2, L3]
  by: table
  table:
    - {tier: L1, if: "(customer.share >= 0.3 && customer.years >= 5.0) || 'STRATEGIC' in customer.flags"}
    - {tier: L2, if: "customer.share >= 0.1 && customer.share < 0.3 && customer.years >= 2.0 && customer.years < 5.0"}
    - {tier: L3, if: "customer.share < 0.1 && customer.years < 2.0"}
  otherwise: L3
  unmatched: {tier: lower_limb, flag: true}
"""
BY_TABLE = pack(
    pack=PACK[: PACK.index("tiers:")] + TABLE,
    rules_a=RULES.replace("[SILVER]", "[L2]"),
    cases_a="cases: []",
).tiers


@pytest.mark.parametrize(
    ("share", "years", "flags", "tier", "flagged"),
    [
        (0.3, 5, [], "L1", False), (0.05, 0, ["STRATEGIC"], "L1", False), (0.2, 3, [], "L2", False),
        (0.05, 1, [], "L3", False), (0.4, 3, [], "L2", True), (0.4, 1, [], "L3", True),
        (0.05, 9, [], "L3", True), (0.2, 9, [], "L2", True),
    ],
)  # fmt: skip
def test_a_table_takes_the_lower_limb_where_no_row_fits(share, years, flags, tier, flagged):
    found = assess(BY_TABLE, {"share": share, "years": years, "flags": flags})
    assert (found.tier, "unmatched" in found.flags) == (tier, flagged)
    assert found.score is None


def test_a_table_refuses_to_guess_unknown_values():
    with pytest.raises(CannotAssess):
        assess(BY_TABLE, {"share": 0.4, "flags": []})
