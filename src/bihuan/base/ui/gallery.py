"""What the gallery shows: one story, the afternoon of Friday 2026-10-09 at a centrifuge maker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.paginator import Paginator
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from bihuan.lib.workcal import Calendar, DayKind, Pause, cell_words, china, due

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 10, 9, 14, 32, tzinfo=ZONE)
OPENED = NOW - timedelta(hours=3)


@cache
def _calendar() -> Calendar:
    return china()


class SampleForm(forms.Form):
    """Every kind of field."""

    phone = forms.CharField(label=gettext_lazy("手机"), max_length=11)
    visit_at = forms.CharField(
        label=gettext_lazy("期望上门时间"),
        initial="2026-10-10 09:00",
        help_text=gettext_lazy("明天是调休工作日，可以上门。"),
        required=False,
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("暂停原因"),
        choices=[("", gettext_lazy("请选择")), ("customer", gettext_lazy("等客户"))],
    )
    note = forms.CharField(label=gettext_lazy("备注"), widget=forms.Textarea, required=False)
    told = forms.BooleanField(label=gettext_lazy("已通知客户"), required=False)
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("怎么通知"),
        choices=[
            ("phone", gettext_lazy("电话")),
            ("wecom", gettext_lazy("企微")),
            ("mail", gettext_lazy("邮件")),
        ],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def clean_phone(self) -> str:
        phone = str(self.cleaned_data["phone"])
        if len(phone) != 11:
            raise forms.ValidationError(_("手机号要 11 位，现在 %(n)d 位。") % {"n": len(phone)})
        return phone


@dataclass(frozen=True)
class Ring:
    """A ring with its title and what it means."""

    stage: str
    state: str
    title: str
    text: str


def rings() -> list[Ring]:
    return [
        Ring("fact", "current", _("刚记录"), _("事实已录，待生成义务")),
        Ring("evidence", "current", _("办理中"), _("蓝：当前这一段")),
        Ring("evidence", "soon", _("快到期"), _("橙：已用 75% 以上")),
        Ring("evidence", "late", _("已超时"), _("红：从哪一段断的")),
        Ring("evidence", "paused", _("停表"), _("斜纹：停表，不算我方")),
        Ring("verification", "current", _("待核实"), _("办完不等于闭环")),
        Ring("closed", "closed", _("已闭环"), _("缝合拢，一整圈")),
        Ring("fact", "void", _("作废"), _("虚线，不计入统计")),
    ]


def _limit(hours: float, **more: Any) -> dict[str, Any]:
    """A limit of this many hours that began three hours ago."""
    return {
        "opened_at": OPENED,
        "due_at": OPENED + timedelta(hours=hours),
        "state": "open",
        "explain_url": "/gallery/fragment/?part=explain",
        **more,
    }


def chips() -> list[dict[str, Any]]:
    return [
        _limit(200, left=6, left_unit="work_days", used=0.2),
        _limit(6.2),
        _limit(3.5, left=28, left_unit="work_minutes", used=0.94),
        _limit(2.33),
        _limit(1, left=2, left_unit="work_days"),
        _limit(6, paused_at=NOW, left=1, left_unit="work_days"),
        _limit(6, state="discharged", done_at=OPENED + timedelta(hours=3)),
        _limit(1, state="verified", done_at=OPENED + timedelta(minutes=82)),
        _limit(6, state="void"),
        {"due_at": None, "state": "open"},
    ]


def rows() -> list[dict[str, Any]]:
    """The rows of the sample table."""
    return [
        {
            "no": "WX-20261009-0003",
            "title": _("真空泵漏油，腔压上不去"),
            "customer": _("石湾精化"),
            "tier": (_("金牌"), 1),
            "owner": _("王建成"),
            "ring": ("evidence", "late"),
            "limit": _limit(2.33),
            "picked": True,
        },
        {
            "no": "WX-20260930-0012",
            "title": _("异响后自动停机，再启动报 E-21，整条产线停，夜班不会手动复位"),
            "customer": _("小河制药厂"),
            "tier": (_("银牌"), 2),
            "owner": _("王建成"),
            "ring": ("evidence", "soon"),
            "limit": _limit(3.5, left=28, left_unit="work_minutes", used=0.94),
            "picked": True,
        },
        {
            "no": "WX-20261008-0009",
            "title": _("门锁报警，等客户断电"),
            "customer": _("云栖生物"),
            "tier": (_("金牌"), 1),
            "owner": _("陈砺"),
            "ring": ("evidence", "paused"),
            "limit": _limit(6, paused_at=NOW),
        },
        {
            "no": "WX-20260927-0004",
            "title": _("换转子后核实异响"),
            "customer": _("金陵泵业"),
            "tier": (_("金牌"), 1),
            "owner": _("沈悦"),
            "ring": ("verification", "current"),
            "limit": _limit(5.98),
        },
    ]


def explanation() -> dict[str, Any]:
    """The limit of ticket 0012: eight working hours with the National Day week and one pause."""
    start = datetime(2026, 9, 30, 15, 40, tzinfo=ZONE)
    pause = Pause(
        datetime(2026, 10, 8, 10, 10, tzinfo=ZONE), datetime(2026, 10, 9, 9, 0, tzinfo=ZONE)
    )
    answer = due(_calendar(), start, "8wh", [pause])
    return {
        **answer.to_data(),
        "now": NOW,
        "clause_number": "五·3",
        "clause_id": "s0-5.3",
        "precedence": _("合同约定更严，取合同"),
        "pack_version": _("2026.09，报修时生效；此后改制不影响"),
        "facts": [
            {"label": _("停表"), "text": _("10-08 10:10 至 10-09 09:00，车间停电检修"), "url": ""}
        ],
        "actions": [{"title": _("申请延期"), "url": "#"}, {"title": _("这条算得不对"), "url": "#"}],
        "note": _("内部时限不停表，所以两只表不同"),
    }


def day_explanation() -> dict[str, Any]:
    """Six working days, to show rows of days."""
    answer = due(_calendar(), datetime(2026, 9, 28, 10, 0, tzinfo=ZONE), "6wd")
    return {**answer.to_data(), "now": NOW, "clause_number": "第九条", "clause_id": ""}


def week_days() -> list[dict[str, Any]]:
    counts = (0, 0, 0, 6, 7, 3, 1)
    tones = ("", "", "", "green", "orange", "", "")
    days = []
    for index, count in enumerate(counts):
        day = date(2026, 10, 5) + timedelta(days=index)
        info = _calendar().info(day)
        special = info.kind is DayKind.HOLIDAY or (day.weekday() >= 5 and bool(info.slots))
        days.append(
            {
                "date": day,
                "count": count,
                "work": bool(info.slots),
                "badge": special,
                "lunar": cell_words(day).of(get_language() or "zh"),
                "today": day == NOW.date(),
                "tone": tones[index],
                "url": "#",
            }
        )
    return days


def steps() -> list[dict[str, str]]:
    return [
        {"title": _("受理"), "state": "done", "note": "09-30 15:40"},
        {"title": _("远程诊断"), "state": "done", "note": "15:58"},
        {"title": _("派单"), "state": "done", "note": "16:20"},
        {"title": _("到场"), "state": "done", "note": "10-09 13:40"},
        {"title": _("维修"), "state": "current", "note": _("进行 52 分")},
        {"title": _("签字"), "state": "blocked", "note": _("缺：修后照片")},
        {"title": _("核实"), "state": "future", "note": ""},
        {"title": _("闭环"), "state": "future", "note": ""},
    ]


def entries() -> list[dict[str, Any]]:
    at = NOW.replace(hour=13, minute=40)
    return [
        {
            "icon": "bolt",
            "tone": "blue",
            "subject": _("报警：振动速度 7.9 mm/s，超报警限 7.1"),
            "at": datetime(2026, 9, 30, 15, 31, tzinfo=ZONE),
            "text": _("初判：转子不平衡或轴承磨损（把握 0.72）。"),
        },
        {"icon": "map-pin-check", "tone": "green", "subject": _("王建成到场"), "at": at},
        {
            "icon": "flag",
            "tone": "orange",
            "subject": _("已用 90%，已提醒王建成与组长钱磊"),
            "at": at + timedelta(minutes=32),
            "clause_number": "五·3",
            "clause_id": "s0-5.3",
        },
        {
            "icon": "note",
            "subject": _("王建成 内部备注"),
            "at": at + timedelta(minutes=40),
            "note": _("拆下轴承见保持架裂。同批号 B2309 还有 4 台，要不要查？"),
        },
    ]


def views() -> list[dict[str, Any]]:
    return [
        {"title": _("全部"), "url": "#", "count": 128},
        {"title": _("我的"), "url": "#", "count": 12, "current": True},
        {"title": _("超时"), "url": "#", "count": 2, "hot": True},
        {"title": _("等客户"), "url": "#", "count": 3},
        {"title": _("待核实"), "url": "#", "count": 4},
    ]


SWATCHES = (
    ("brand", gettext_lazy("主色")),
    ("ink", gettext_lazy("已办段")),
    ("red", gettext_lazy("超时")),
    ("orange", gettext_lazy("临期")),
    ("blue", gettext_lazy("进行")),
    ("green", gettext_lazy("完成")),
    ("grey", gettext_lazy("关闭")),
    ("text", gettext_lazy("正文")),
    ("text-2", gettext_lazy("次要")),
    ("text-3", gettext_lazy("辅助")),
    ("line", gettext_lazy("边线")),
    ("sunken", gettext_lazy("底")),
)


def samples() -> dict[str, Any]:
    """The context of the gallery."""
    wrong = SampleForm({"phone": "1380000", "visit_at": "2026-10-10 09:00"})
    wrong.is_valid()
    return {
        "now": NOW,
        "rings": rings(),
        "chips": chips(),
        "rows": rows(),
        "form": wrong,
        "explanation": explanation(),
        "day_explanation": day_explanation(),
        "days": week_days(),
        "steps": steps(),
        "entries": entries(),
        "views": views(),
        "filters": [
            {"label": _("等级"), "value": _("金牌、银牌"), "clear_url": "#"},
            {"label": _("条款"), "value": "五·3", "clear_url": "#"},
        ],
        "page": Paginator(range(128), 12).page(4),
        "swatches": SWATCHES,
        "bulk_actions": [{"title": _("转派")}, {"title": _("催办")}, {"title": _("导出")}],
    }
