"""Writes of what a company writes itself. Each is in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import override

from bihuan.apps.tickets.actions.common import change, event
from bihuan.apps.tickets.actions.working import must_be_open
from bihuan.apps.tickets.enums import Kind, Note, Status, Wait
from bihuan.apps.tickets.models.ticket import Ticket
from bihuan.apps.tickets.own.checks import title_of
from bihuan.apps.tickets.own.labels import forget
from bihuan.apps.tickets.own.models import CheckItem, Label, Phrase, Tick
from bihuan.apps.tickets.own.phrases import NAMES, shipped, unknown
from bihuan.apps.tickets.words import STATUS, WAIT, title
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, NoSuchThing

CODES = (*Status, *Wait)
LONGEST = {"zh": 20, "en": 40, "customer_zh": 20, "customer_en": 40}
SIDES = tuple(LONGEST)
MOST_ITEMS, MOST_PHRASES = 30, 60


def name_states(*, labels: Mapping[str, Mapping[str, str]], by: User, now: datetime) -> None:
    """How the company calls the states: code -> side -> words; an empty one is the product's own.

    Raises BadInput (two states of one name: nobody could tell them apart), nothing changed then.
    """
    given = {
        code: {side: " ".join(labels.get(code, {}).get(side, "").split()) for side in SIDES}
        for code in CODES
    }
    faults = _twice(given)
    for code, sides in given.items():
        for side, text in sides.items():
            if len(text) > (longest := LONGEST[side]):
                faults[f"{code}-{side}"] = _("最多 %(n)s 个字。") % {"n": longest}
    if faults:
        raise BadInput(faults)
    with transaction.atomic():
        before = {row.code: row for row in Label.objects.select_for_update()}
        for code, sides in given.items():
            old = before.get(code)
            if all(getattr(old, side, "") == text for side, text in sides.items()):
                continue
            Label.objects.update_or_create(code=code, defaults=sides)
            log(
                "tickets.label", by=by, now=now, before={side: getattr(old, side, "") for side in SIDES},
                after={"code": code, **sides},
            )  # fmt: skip
    forget()


def _twice(given: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """A written name that another state has, written or the product's own."""
    faults = {}
    for side, language in (("zh", "zh-hans"), ("en", "en")):
        with override(language):
            own = {code: title({**STATUS, **WAIT}, code) for code in CODES}
        names = {code: (given[code][side] or own[code]).casefold() for code in CODES}
        for code in CODES:
            if given[code][side] and list(names.values()).count(names[code]) > 1:
                faults[f"{code}-{side}"] = _("两个状态不能叫同一个名字。")
    return faults


def add_item(*, kind: str, zh: str, en: str, by: User, now: datetime) -> CheckItem:
    """A further item at the end of the list of a kind. Raises BadInput."""
    zh, en = " ".join(zh.split()), " ".join(en.split())
    if kind not in set(Kind):
        raise BadInput({"kind": _("请选种类。")})
    if not zh:
        raise BadInput({"zh": _("请写明要核对什么。")})
    rows = CheckItem.objects.filter(kind=kind)
    if rows.filter(active=True).count() >= MOST_ITEMS:
        raise BadInput({"zh": _("一种工单最多 %(n)s 项。先停用几项。") % {"n": MOST_ITEMS}})
    if rows.filter(active=True, zh=zh).exists():
        raise BadInput({"zh": _("这一项已经有了。")})
    with transaction.atomic():
        last = rows.aggregate(last=Max("place"))["last"] or 0
        row = CheckItem.objects.create(kind=kind, zh=zh[:80], en=en[:160], place=last + 1)
        log("tickets.check_item", by=by, now=now, thing=row, after={"kind": kind, "item": zh})
        return row


def toggle_item(*, item: CheckItem, by: User, now: datetime) -> CheckItem:
    """Put it out of use, or into use again: from then on it guards closing, or no longer."""
    with transaction.atomic():
        CheckItem.objects.filter(pk=item.pk).update(active=not item.active)
        item.refresh_from_db()
        log("tickets.check_item", by=by, now=now, thing=item, after={"active": item.active})
        return item


def tick(*, ticket: Ticket, item_id: int, on: bool, by: User, now: datetime) -> None:
    """Tick an item of the ticket's list, or take the tick back. Raises NoSuchThing, WrongStep."""
    item = CheckItem.objects.filter(pk=item_id, kind=ticket.kind).first()
    if item is None:
        raise NoSuchThing
    must_be_open(ticket)
    with transaction.atomic():
        if on:
            _row, done = Tick.objects.get_or_create(
                ticket=ticket, item=item, defaults={"at": now, "by": by}
            )
        else:
            done = bool(Tick.objects.filter(ticket=ticket, item=item).delete()[0])
        if done:
            change(ticket)
            code = Note.CHECKED if on else Note.UNCHECKED
            event(ticket, code, at=now, by=by, text=title_of(item), item=item.pk)


@dataclass(frozen=True)
class Wording:
    """What a phrase says; English may be missing."""

    title_zh: str
    text_zh: str
    title_en: str = ""
    text_en: str = ""
    kind: str = ""


def keep_phrase(*, phrase: int | None, wording: Wording, by: User, now: datetime) -> Phrase:
    """A new phrase (`phrase` None), or another wording of one. The first time, those that ship
    become the company's. Raises BadInput, NoSuchThing.
    """
    faults = {}
    for name in ("title_zh", "text_zh"):
        if not getattr(wording, name).strip():
            faults[name] = _("请填写。")
    for name in ("text_zh", "text_en"):
        if odd := unknown(getattr(wording, name)):
            known = " ".join(f"{{{each}}}" for each in NAMES)
            words = {"odd": f"{{{odd[0]}}}", "known": known}
            faults[name] = _("不认识 %(odd)s。能填的只有 %(known)s。") % words
    if wording.kind and wording.kind not in set(Kind):
        faults["kind"] = _("请选种类。")
    if faults:
        raise BadInput(faults)
    values = {name: getattr(wording, name).strip() for name in Wording.__dataclass_fields__}
    with transaction.atomic():
        if phrase is None:
            own_phrases()
            if Phrase.objects.count() >= MOST_PHRASES:
                raise BadInput({"title_zh": _("最多 %(n)s 条。先停用几条。") % {"n": MOST_PHRASES}})
            last = Phrase.objects.aggregate(last=Max("place"))["last"] or 0
            row = Phrase.objects.create(place=last + 1, **values)
        else:
            if not Phrase.objects.filter(pk=phrase).update(**values):
                raise NoSuchThing
            row = Phrase.objects.get(pk=phrase)
        log("tickets.phrase", by=by, now=now, thing=row, after={"title": row.title_zh})
        return row


def own_phrases() -> None:
    """While the company has none, those that ship become its own, so that each can be changed."""
    with transaction.atomic():
        if not Phrase.objects.exists():
            Phrase.objects.bulk_create(
                [
                    Phrase(
                        title_zh=each.title_zh, title_en=each.title_en, text_zh=each.text_zh,
                        text_en=each.text_en, place=each.place,
                    )
                    for each in shipped()
                ]
            )  # fmt: skip


def toggle_phrase(*, phrase: int, by: User, now: datetime) -> Phrase:
    """Put it out of use, or into use again. Raises NoSuchThing."""
    with transaction.atomic():
        row = Phrase.objects.select_for_update().filter(pk=phrase).first()
        if row is None:
            raise NoSuchThing
        row.active = not row.active
        row.save(update_fields=["active"])
        log("tickets.phrase", by=by, now=now, thing=row, after={"active": row.active})
        return row
