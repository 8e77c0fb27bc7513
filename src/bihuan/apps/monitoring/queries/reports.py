"""What a health report says (F3.9): read once, kept with the report, printed later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bihuan.apps.assets import words as asset_words
from bihuan.apps.assets.models import Asset, Check
from bihuan.apps.contracts.models import PlanVisit
from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.actions.assessing import limits_of
from bihuan.apps.monitoring.catalogue import plans, templates
from bihuan.apps.monitoring.models import Alarm, MachineDay, Report
from bihuan.apps.monitoring.queries import briefs
from bihuan.apps.monitoring.queries.condition import View, view_of
from bihuan.apps.monitoring.queries.live import limits_of as own_limits
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.system.company import company
from bihuan.base.texts import in_language
from bihuan.lib.machines import Template

MOST = 40
"""Lines of one table of the paper."""


def of_asset(asset: Asset) -> list[Report]:
    return list(
        Report.objects.filter(asset=asset).select_related("file", "by").order_by("-asked_at")[:MOST]
    )


def sees_file(person: User, file_id: int) -> bool:
    """Whoever sees the machine's condition sees its reports."""
    return visible(Report.objects.filter(file=file_id), person, "monitoring.see").exists()


def content_of(asset: Asset, start: date, end: date, now: datetime) -> dict[str, Any] | None:
    """None for a machine of which nothing is known."""
    view = view_of(asset, now)
    if view is None:
        return None
    template = templates()[view.row.template]
    days = list(
        MachineDay.objects.filter(asset=asset, day__gte=start, day__lte=end).order_by("day")
    )
    sums = briefs.sums(MachineDay.objects.filter(asset=asset, day__gte=start, day__lte=end))
    return {
        "company": company().name, "title": _("设备健康体检报告"), "language": "en" if (get_language() or "zh").startswith("en") else "zh",
        "made": _("%(start)s 至 %(end)s，制表日 %(day)s") % {"start": start, "end": end, "day": timezone.localdate(now)},
        "note": _("由设备上报的数据和登记的记录生成"), "scan": _("扫码验真"), "page": [_("第 "), _(" 页，共 "), _(" 页")],
        "signs": [_("制表"), _("审核"), _("批准"), _("客户签字")], "words": _words(),
        "machine": [
            [_("客户"), asset.customer.name], [_("型号"), asset.model.called], [_("出厂编号"), asset.serial],
            [_("位置"), asset.place.path if asset.place else "—"], [_("交付日"), str(asset.delivered_on or "—")], [_("累计工时"), f"{view.total or '—'} h"],
        ],
        "index": "—" if view.index is None else str(view.index), "grade": view.grade, "why": _why(view),
        "running": [[each.title, f"{each.value} {each.unit}".strip()] for each in briefs.figures(sums, dict.fromkeys(sums, 0.0))],
        "checks": _checks(asset, template, days), "lives": _lives(view), "alarms": _alarms(asset, start, end),
        "care": _care(asset, start, end), "advice": _advice(view),
    }  # fmt: skip


def _words() -> dict[str, Any]:
    return {
        "conclusion": _("结论"), "running": _("期间运行"), "checks": _("检查表"), "lives": _("部件寿命"), "alarms": _("报警"),
        "care": _("保养与巡检"), "advice": _("建议"), "none": _("没有"), "no_advice": _("没有要特别做的，按计划保养。"),
        "check_heads": [_("项目"), _("均值"), _("高值"), _("限值"), _("判定")],
        "life_heads": [_("部件"), _("剩余"), _("已用"), _("预计到寿"), _("依据")],
        "alarm_heads": [_("时间"), _("报警"), _("级别"), _("最大值")], "care_heads": [_("日期"), _("项目"), _("结果")],
    }  # fmt: skip


def _why(view: View) -> list[str]:
    lines = [
        f"{line.title} −{line.lost}" + (f"：{'；'.join(line.reasons)}" if line.reasons else "")
        for line in view.lines
        if line.lost != "0.0"
    ]
    if view.ceiling:
        lines.insert(0, view.ceiling)
    return [*lines, _("把握 %(n)s%%") % {"n": view.confidence}]


def _checks(asset: Asset, template: Template, days: Sequence[MachineDay]) -> list[list[str]]:
    """Each main point at speed, against its limits."""
    own, found = own_limits(asset.pk), []
    for code in plans()[template.code].settings.points or template.main:
        rows = [row.points[code] for row in days if code in row.points]
        seconds = sum(row[0] for row in rows)
        if not seconds:
            continue
        point = template.point(code)
        mean, low, high = (
            sum(row[0] * row[place] for row in rows) / seconds for place in (1, 2, 3)
        )
        limits = limits_of(template, code, own)
        beyond = [
            each for each in limits if (high > each.value if each.upward else low < each.value)
        ]
        near = any(each.klass == "URGENT" for each in beyond)
        verdict = (
            _("超报警限") if near else _("超注意限") if beyond else _("合格") if limits else "—"
        )
        edges = ", ".join(f"{'≤' if each.upward else '≥'} {each.value:g}" for each in limits) or "—"
        found.append(
            [
                f"{in_language(point.title)} {point.unit}",
                f"{mean:.{point.digits}f}",
                f"{high:.{point.digits}f}",
                edges,
                verdict,
            ]
        )
    return found


def _lives(view: View) -> list[list[str]]:
    found = []
    for part in view.parts:
        if not part.known:
            found.append([part.title, "—", "—", "—", _("没有登记何时换的")])
            continue
        between = f" ({part.between})" if part.between else ""
        when = f"{part.on}" if part.on else "—"
        if part.on and part.on_first and part.on_first != part.on_last:
            when += f" ({part.on_first} – {part.on_last or '…'})"
        found.append(
            [
                part.title,
                f"{part.left}{between}",
                f"{part.percent}%",
                when,
                part.measured or _("按用法估计"),
            ]
        )
    return found


def _alarms(asset: Asset, start: date, end: date) -> list[list[str]]:
    rows = Alarm.objects.filter(
        asset=asset, hushed="", raised_at__date__gte=start, raised_at__date__lte=end
    )
    return [
        [
            f"{timezone.localtime(row.raised_at):%Y-%m-%d %H:%M}", in_language(row.title) + (f" ×{row.times}" if row.times > 1 else ""),
            words.title(words.KLASS, row.klass), f"{row.peak:g} {row.unit}" if row.peak is not None else "—",
        ]
        for row in rows.order_by("-raised_at")[:MOST]
    ]  # fmt: skip


def _care(asset: Asset, start: date, end: date) -> list[list[str]]:
    visits = PlanVisit.objects.filter(asset=asset, on_date__gte=start, on_date__lte=end).order_by(
        "-on_date"
    )[:MOST]
    checks = Check.objects.filter(asset=asset, at__date__gte=start, at__date__lte=end).order_by(
        "-at"
    )[:MOST]
    found = [
        [
            str(row.on_date),
            row.kind_title,
            _("%(day)s 完成") % {"day": row.done_on} if row.done_on else _("还没做"),
        ]
        for row in visits
    ]
    found += [
        [
            f"{timezone.localtime(row.at):%Y-%m-%d}",
            asset_words.title(asset_words.CHECK, row.kind),
            row.text,
        ]
        for row in checks
    ]
    return sorted(found, reverse=True)


def _advice(view: View) -> list[str]:
    """Parts near their end, maintenance that is near, what stands beyond its limits."""
    found = [
        _("更换%(part)s：剩 %(left)s") % {"part": part.title, "left": part.left}
        for part in view.parts
        if part.tone
    ]
    found += [
        _("安排%(what)s：还有 %(left)s") % {"what": each.title, "left": each.left}
        for each in view.services
        if each.near
    ]
    return found + [
        _("查明：%(what)s") % {"what": reason}
        for line in view.lines
        if line.tone
        for reason in line.reasons
    ]
