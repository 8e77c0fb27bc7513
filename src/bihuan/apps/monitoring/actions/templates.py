"""A template of machines in the company's own words is put in force."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from bihuan.apps.monitoring import catalogue
from bihuan.apps.monitoring.actions.devices import clear
from bihuan.apps.monitoring.models import Alarm, Command, TemplateVersion
from bihuan.apps.monitoring.models.commands import RUNNING
from bihuan.apps.monitoring.refusals import ReasonMissing, SettingInUse
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile
from bihuan.base.texts import in_language
from bihuan.lib.machines import Template


def put_in_force(
    *, text: str, instead_of: int, why: str, by: User | None, now: datetime
) -> TemplateVersion:
    """`instead_of` is the version that the writer began from, 0 for a template that is new.
    Alarms that stand open by a rule that it no longer has are over.

    Raises ReasonMissing, BadInput (with line and place), ChangedMeanwhile, SettingInUse.
    """
    if not why.strip():
        raise ReasonMissing
    template = checked(text)
    catalogue.forget()
    before = catalogue.templates().get(template.code)
    if (before.version if before else 0) != instead_of:
        raise ChangedMeanwhile
    if template.version != instead_of + 1:
        raise BadInput(
            {"text": _("version 应写 %(version)d，这样才看得出哪一版在用。") % {"version": instead_of + 1}}
        )  # fmt: skip
    with transaction.atomic():
        _keeps_what_is_set(template)
        row = TemplateVersion.objects.create(
            code=template.code, version=template.version, text=text, by=by, at=now,
            hash=hashlib.sha256(text.encode()).hexdigest(), why=why.strip()[:200],
        )  # fmt: skip
        gone = {each.code for each in before.every_alarm} - {each.code for each in template.every_alarm} if before else set()  # fmt: skip
        clear(Alarm.objects.filter(device__template=template.code, rule__in=gone), by=by, now=now)
        log(
            "device.template", by=by, now=now, thing=row, before={"version": instead_of},
            after={"version": row.version, "hash": row.hash, "why": row.why},
        )  # fmt: skip
    transaction.on_commit(catalogue.forget)
    return row


def _keeps_what_is_set(template: Template) -> None:
    """A value that was set on a machine could not be taken back any more. Raises SettingInUse."""
    owed = Q(return_due_at__isnull=False, returned_at=None)
    kept = {(each.code, each.point) for each in template.settings}
    rows = Command.objects.filter(
        Q(state__in=RUNNING) | owed, asset__devices__revoked_at=None, asset__devices__template=template.code
    )  # fmt: skip
    for row in rows.order_by("pk"):
        if (row.setting, row.point) not in kept:
            raise SettingInUse(setting=in_language(row.title), number=row.number)


def checked(text: str) -> Template:
    """The template of a text, if it may stand beside the others. Raises BadInput."""
    try:
        template, _plan = catalogue.read_text(text)
    except catalogue.BadText as error:
        raise BadInput({"text": _said(error)}) from None
    others = catalogue.templates()
    for other in others.values():
        both = set(other.families) & set(template.families)
        if other.code != template.code and both:
            raise BadInput(
                {
                    "text": _("产品系列 %(family)s 已经属于模板“%(title)s”（%(code)s）。一个系列只能有一个模板。")
                    % {"family": min(both), "title": in_language(other.title), "code": other.code}
                }
            )  # fmt: skip
    before = others.get(template.code)
    units = {point.code: point.unit for point in before.points} if before else {}
    for point in template.points:
        if units.get(point.code, point.unit) != point.unit:
            raise BadInput(
                {
                    "text": _("测点 %(point)s 的单位是 %(unit)s，历史数据都按它存的。换单位请换一个测点代码。")
                    % {"point": point.code, "unit": units[point.code] or _("无")}
                }
            )  # fmt: skip
    return template


def _said(error: catalogue.BadText) -> str:
    said = in_language(error.said)
    if not error.line:
        return said
    if not error.place:
        return _("第 %(line)d 行：%(said)s") % {"line": error.line, "said": said}
    return _("第 %(line)d 行（%(place)s）：%(said)s") % {
        "line": error.line, "place": error.place, "said": said,
    }  # fmt: skip
