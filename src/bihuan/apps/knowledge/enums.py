"""The stored codes of knowledge."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    FAQ = "FAQ"
    MANUAL = "MANUAL"
    CASE = "CASE"
    GUIDE = "GUIDE"


class Audience(StrEnum):
    """Who is meant to read it; each circle lies within the next. PUBLIC: without login too."""

    ENGINEER = "ENGINEER"
    STAFF = "STAFF"
    DEALER = "DEALER"
    CUSTOMER = "CUSTOMER"
    PUBLIC = "PUBLIC"


class Status(StrEnum):
    DRAFT = "DRAFT"
    REVIEW = "REVIEW"
    PUBLISHED = "PUBLISHED"
    RETIRED = "RETIRED"


class Step(StrEnum):
    """What happened to an article."""

    DRAFTED = "DRAFTED"
    CHANGED = "CHANGED"
    SUBMITTED = "SUBMITTED"
    SENT_BACK = "SENT_BACK"
    PUBLISHED = "PUBLISHED"
    REVIEWED = "REVIEWED"
    DOUBTED = "DOUBTED"
    RETIRED = "RETIRED"


class Origin(StrEnum):
    """What a similar case is."""

    ARTICLE = "ARTICLE"
    TICKET = "TICKET"


class Door(StrEnum):
    """Where an article was taken up: for a ticket, or by a customer before he had reported."""

    TICKET = "TICKET"
    PORTAL = "PORTAL"
