"""Words of customers as stored; their titles are in `words.py`."""

from __future__ import annotations

from enum import StrEnum


class Nature(StrEnum):
    INDIVIDUAL = "INDIVIDUAL"
    PRIVATE = "PRIVATE"
    SOE = "SOE"
    FOREIGN = "FOREIGN"
    PUBLIC = "PUBLIC"


class CityClass(StrEnum):
    """How long the way to a customer is, as regulations sort cities."""

    FIRST = "FIRST"
    SECOND = "SECOND"
    OTHER = "OTHER"


class Relation(StrEnum):
    DIRECT = "DIRECT"
    DEALER = "DEALER"
    END_USER = "END_USER"
    PROSPECT = "PROSPECT"


class Status(StrEnum):
    PROSPECT = "PROSPECT"
    ACTIVE = "ACTIVE"
    DORMANT = "DORMANT"
    LOST = "LOST"
    BLACKLISTED = "BLACKLISTED"
    MERGED = "MERGED"


LIVING = (Status.PROSPECT, Status.ACTIVE, Status.DORMANT)


class DecisionRole(StrEnum):
    DECIDER = "DECIDER"
    INFLUENCER = "INFLUENCER"
    USER = "USER"
    BUYER = "BUYER"
    GATEKEEPER = "GATEKEEPER"


class Purpose(StrEnum):
    """Why a person is contacted; each needs a consent of its own."""

    SERVICE = "SERVICE"
    CARE = "CARE"
    SURVEY = "SURVEY"
    MARKETING = "MARKETING"


class Channel(StrEnum):
    PHONE = "PHONE"
    SMS = "SMS"
    WECOM = "WECOM"
    EMAIL = "EMAIL"
    ONSITE = "ONSITE"


class Node(StrEnum):
    """Kinds of key dates: the values of `key_date.coming`."""

    SPRING_FESTIVAL = "SPRING_FESTIVAL"
    MID_AUTUMN = "MID_AUTUMN"
    DRAGON_BOAT = "DRAGON_BOAT"
    NEW_YEAR = "NEW_YEAR"
    BIRTHDAY = "BIRTHDAY"
    COMPANY_ANNIV = "COMPANY_ANNIV"
    SIGN_ANNIV = "SIGN_ANNIV"
    DELIVERY_ANNIV = "DELIVERY_ANNIV"
    WARRANTY_END = "WARRANTY_END"
    NEW_PRODUCT = "NEW_PRODUCT"
    AWARD = "AWARD"
    LISTING = "LISTING"
    EXHIBITION = "EXHIBITION"
    FAMILY_EDU = "FAMILY_EDU"


class TierState(StrEnum):
    """What became of a change of tier."""

    PROPOSED = "PROPOSED"
    APPLIED = "APPLIED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class TierReason(StrEnum):
    REVIEW = "REVIEW"
    FIRST = "FIRST"
    DECISION = "DECISION"
    MERGE = "MERGE"


class Category(StrEnum):
    EQUIPMENT = "EQUIPMENT"
    CONTRACT = "CONTRACT"
    PARTS = "PARTS"
    SERVICE = "SERVICE"
    OTHER = "OTHER"


class Change(StrEnum):
    """What an exception does to a rule or to all rules of a clause."""

    WAIVE = "WAIVE"
    WITHIN = "WITHIN"
    CALENDAR = "CALENDAR"
    BY = "BY"


class Target(StrEnum):
    RULE = "RULE"
    CLAUSE = "CLAUSE"


class Checked(StrEnum):
    """Parts of a customer's record that are verified by somebody and grow stale."""

    BASIC = "BASIC"
    CONTACTS = "CONTACTS"
    PAINS = "PAINS"
    WALLET = "WALLET"


class HandOverReason(StrEnum):
    LEFT = "LEFT"
    MOVED = "MOVED"
    BALANCE = "BALANCE"
    REQUEST = "REQUEST"


class MergeState(StrEnum):
    PROPOSED = "PROPOSED"
    MERGED = "MERGED"
    REFUSED = "REFUSED"
    UNDONE = "UNDONE"


class Flag(StrEnum):
    """Flags that rules may ask for (facts.yaml names them)."""

    STRATEGIC = "STRATEGIC"
    STRATEGIC_AMOUNT = "STRATEGIC_AMOUNT"
    KEY_ACCOUNT = "KEY_ACCOUNT"
    GREEN_CHANNEL = "GREEN_CHANNEL"
    SPECIAL_SECTOR = "SPECIAL_SECTOR"
    INDUSTRY_LEADER = "INDUSTRY_LEADER"
    REGIONAL_CORE_AGENT = "REGIONAL_CORE_AGENT"
    QUALITY_SENSITIVE = "QUALITY_SENSITIVE"
    TECHNICAL = "TECHNICAL"
    JOINT_PROJECT = "JOINT_PROJECT"
    AMBASSADOR = "AMBASSADOR"
    NO_GIFTS = "NO_GIFTS"
    SCATTERED_ORDERS = "SCATTERED_ORDERS"
