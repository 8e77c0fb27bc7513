"""Tiers in words: names and ranks of the pack in force, the page of one customer's tier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bihuan.apps.customers.models import Customer, TierChange, TierReview
from bihuan.base.texts import in_language, in_words
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import Pack


@dataclass(frozen=True)
class TierWord:
    """A tier as it is shown: its badge needs code, name and rank."""

    code: str
    name: str
    rank: int


def tier_words(pack: Pack | None) -> dict[str, TierWord]:
    """Code -> words, best first."""
    if pack is None or pack.tiers is None:
        return {}
    return {
        code: TierWord(code, in_words(pack.tiers.names.get(code)) or code, pack.tiers.rank(code))
        for code in pack.tiers.order
    }


def word_of(code: str, words: dict[str, TierWord]) -> TierWord:
    """The words of a code, also of one that the pack in force has no more."""
    return words.get(code, TierWord(code, code, len(words) + 1))


def clause_of_tiers(pack: Pack | None) -> tuple[str, str]:
    """(number, id) of the clause that rules the tiers."""
    if pack is None or pack.tiers is None:
        return "", ""
    clause = pack.clauses.get(pack.tiers.clause)
    return (clause.number, clause.id) if clause else ("", "")


def feature_words(customer: Customer | None, pack: Pack | None) -> dict[str, str]:
    """Code -> title of what the pack lists, and of what the record still carries from before."""
    titles = {each.id: in_words(each.title) for each in (pack.features if pack else ())}
    return titles | {
        code: code for code in (customer.features if customer else ()) if code not in titles
    }


def features_of(customer: Customer, pack: Pack | None) -> list[dict[str, str]]:
    """What the record says of the customer, with the clause where the pack in force lists it."""
    titles = feature_words(customer, pack)
    clauses = {each.id: each.clause for each in (pack.features if pack else ())}
    found = []
    for code in titles:
        if code in customer.features:
            clause = pack.clauses.get(clauses.get(code, "")) if pack else None
            number = clause.number if clause else ""
            found.append({"title": titles[code], "number": number, "clause": clauses.get(code, "")})
    return found


def role_title(code: str) -> str:
    role = vocabulary().roles.get(code)
    return in_words(role.title) if role else code


@dataclass(frozen=True)
class TierPage:
    """Latest assessment with its parts, all changes newest first, the open one, the benefits."""

    review: TierReview | None
    why: str
    parts: list[dict[str, Any]]
    changes: list[TierChange]
    open: TierChange | None
    benefits: list[dict[str, Any]]


def tier_page(customer: Customer, pack: Pack | None) -> TierPage:
    """Two queries."""
    review = customer.tier_reviews.order_by("-on", "-id").first()
    changes = list(
        customer.tier_changes.select_related("proposed_by", "decided_by", "review").order_by(
            "-proposed_at", "-id"
        )[:50]
    )
    parts = (
        [part | {"title": in_language(part["title"])} for part in review.parts] if review else []
    )
    waiting = next((change for change in changes if change.state == "PROPOSED"), None)
    return TierPage(
        review,
        in_language(review.why) if review else "",
        parts,
        changes,
        waiting,
        benefits(customer.tier, pack),
    )


def benefits(tier: str, pack: Pack | None) -> list[dict[str, Any]]:
    """What a customer of this tier is entitled to, with its clause."""
    if pack is None or not tier:
        return []
    found = []
    for each in pack.benefits_of(tier):
        clause = pack.clauses.get(each.clause)
        amount = f"{each.amount:g} {each.unit}" if each.amount is not None else ""
        found.append(
            {
                "title": in_words(each.title),
                "amount": amount,
                "number": clause.number if clause else "",
                "clause": each.clause,
            }
        )
    return found
