"""Words of machines as stored; their titles are in `words.py`."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Stages of a machine's life: the values of `asset.status`."""

    PRODUCED = "PRODUCED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    COMMISSIONED = "COMMISSIONED"
    IN_USE = "IN_USE"
    DOWN = "DOWN"
    UNDER_REPAIR = "UNDER_REPAIR"
    IDLE = "IDLE"
    RENTED = "RENTED"
    RESOLD = "RESOLD"
    REMANUFACTURED = "REMANUFACTURED"
    SCRAPPED = "SCRAPPED"


LIVING = tuple(each for each in Status if each != Status.SCRAPPED)
STOPPED = (Status.DOWN, Status.UNDER_REPAIR)
RUNNING = (Status.COMMISSIONED, Status.IN_USE, Status.RENTED)
AT_CUSTOMER = tuple(each for each in LIVING if each not in (Status.PRODUCED, Status.SHIPPED))


class MoveReason(StrEnum):
    """Why a machine changed hands or place: the values of `asset.moved`."""

    RELOCATED = "RELOCATED"
    RESOLD = "RESOLD"
    RENTED = "RENTED"
    RETURNED = "RETURNED"


class PlaceKind(StrEnum):
    SITE = "SITE"
    BUILDING = "BUILDING"
    ROOM = "ROOM"
    LINE = "LINE"
    SPOT = "SPOT"


class WarrantyStart(StrEnum):
    """What the warranty is counted from."""

    DELIVERED = "DELIVERED"
    COMMISSIONED = "COMMISSIONED"


class CheckKind(StrEnum):
    INSPECTION = "INSPECTION"
    HEALTH = "HEALTH"


class Grade(StrEnum):
    """What a health check found: the values of `health.checked`."""

    GOOD = "GOOD"
    FAIR = "FAIR"
    POOR = "POOR"
    DANGER = "DANGER"


class PartWhy(StrEnum):
    """Why a part left its position."""

    WORN = "WORN"
    FAULT = "FAULT"
    LIFE = "LIFE"
    UPGRADE = "UPGRADE"
    MOVED = "MOVED"
    MISTAKE = "MISTAKE"


class SetState(StrEnum):
    """What a machine set does as a whole."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    NOT_READY = "NOT_READY"
    EMPTY = "EMPTY"
