"""What people hand in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.apps.people.enums import Layer
from bihuan.apps.people.models import Region, Team, WorkCalendar
from bihuan.apps.people.pages import role_choices
from bihuan.base.access.models import OF_OTHER_FIRMS, User
from bihuan.base.storable import whole


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class AppointForm(forms.Form):
    """A post for somebody."""

    role = forms.ChoiceField(label=_("岗位"))
    region = forms.ModelChoiceField(
        Region.objects.order_by("name"), label=_("区域"), required=False, empty_label=_("全公司")
    )
    from_on = forms.DateField(label=_("从"), widget=DateInput)
    to_on = forms.DateField(label=_("到（不含）"), required=False, widget=DateInput)
    acting = forms.BooleanField(label=_("代理"), required=False)

    def __init__(self, *args: Any, lang: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_choices(lang)  # type: ignore[attr-defined]


class LeaveForm(forms.Form):
    """Somebody is away."""

    substitute = forms.ModelChoiceField(
        User.objects.none(), label=_("代理人"), required=False,
        help_text=_("这段时间里到期的和新产生的义务由代理人办，回来后没办完的转回本人。"),
    )  # fmt: skip
    from_on = forms.DateField(label=_("从"), widget=DateInput)
    to_on = forms.DateField(label=_("到（不含）"), widget=DateInput)
    reason = forms.CharField(label=_("事由"), max_length=80, required=False)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = User.objects.ours()  # our own work is not given to other firms
        if person.dealer_id is not None or set(person.roles) & set(OF_OTHER_FIRMS):
            others = User.objects.active().filter(customer_id=None)
        self.fields["substitute"].queryset = others.exclude(pk=person.pk)  # type: ignore[attr-defined]


class RegionForm(forms.Form):
    """A new region."""

    # What customers' records brought in before stays their region: its name may be the code.
    code = forms.CharField(
        label=_("代码"), max_length=20, help_text=_("客户资料里已经写着的区域，照它写。")
    )
    name = forms.CharField(label=_("名称"), max_length=60)


class TeamForm(forms.Form):
    """A new team."""

    code = forms.SlugField(label=_("代码"), max_length=20)
    name = forms.CharField(label=_("名称"), max_length=60)
    region = forms.ModelChoiceField(
        Region.objects.order_by("name"), label=_("区域"), required=False
    )
    lead = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("name"), label=_("组长"), required=False
    )


class CapacityForm(forms.Form):
    """What gets done in a week."""

    user = forms.ModelChoiceField(
        User.objects.filter(is_active=True, customer_id=None).order_by("name"), label=_("人员"),
        required=False, empty_label=_("不指定"),
    )  # fmt: skip
    team = forms.ModelChoiceField(
        Team.objects.order_by("name"), label=_("小组（每个成员）"), required=False,
        empty_label=_("不指定"),
    )  # fmt: skip
    role = forms.ChoiceField(label=_("岗位（每个在岗的人）"), required=False)
    per_week = forms.IntegerField(
        label=_("每周件数"), min_value=0, max_value=100_000,
        help_text=_("满五个工作日的一周里，一个人办得完几件义务。三样都不指定，就是全公司的数。"),
    )  # fmt: skip

    def __init__(self, *args: Any, lang: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("不指定")), *role_choices(lang)]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]


class NoticeForm(forms.Form):
    """The official notice, as published or as a table."""

    text = forms.CharField(
        label=_("放假安排"), widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("贴上国务院办公厅的通知原文，连标题；或者一行一天、一段：2027-10-01..2027-10-07,休,国庆节（补班写“班”）。"),
    )  # fmt: skip


class HoursForm(forms.Form):
    """A calendar's hours and dated exceptions."""

    weekdays = forms.CharField(
        label=_("周一至周五"), help_text=_("例：08:30-12:00,13:30-17:30"), required=False
    )
    saturday = forms.CharField(label=_("周六"), required=False, help_text=_("不上班就空着。"))
    sunday = forms.CharField(label=_("周日"), required=False)
    exceptions = forms.CharField(
        label=_("个别日期"), required=False, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("一行一天：日期,休 或 班 或时间段,说明。例：2026-08-03,休,高温假"),
    )  # fmt: skip
    source = forms.CharField(
        label=_("依据"), max_length=120, help_text=_("这次改动的文件或决定，记进日历的历史。")
    )


class LayerForm(HoursForm):
    """A new layer over the company's calendar."""

    name = forms.CharField(label=_("名称"), max_length=60)
    layer = forms.ChoiceField(
        label=_("用于"),
        choices=[(Layer.REGION, _("区域")), (Layer.TEAM, _("小组")), (Layer.CUSTOMER, _("客户"))],
    )
    ref = forms.CharField(
        label=_("哪一个"), max_length=40, help_text=_("区域代码、小组代码或客户编号。")
    )
    parent = forms.ModelChoiceField(
        WorkCalendar.objects.exclude(layer=Layer.COMPANY).order_by("pk"), label=_("在哪个日历之上"),
        required=False, empty_label=_("公司日历"), help_text=_("没写的都照它：区域之上是小组，小组之上是客户。"),
    )  # fmt: skip
    field_order = (
        "name",
        "layer",
        "ref",
        "parent",
        "weekdays",
        "saturday",
        "sunday",
        "exceptions",
        "source",
    )

    def clean_ref(self) -> str:
        ref, layer = str(self.cleaned_data["ref"]).strip(), self.cleaned_data.get("layer")
        if layer == Layer.REGION and not Region.objects.filter(pk=ref).exists():
            raise forms.ValidationError(_("没有这个区域代码。"))
        if layer == Layer.TEAM and not Team.objects.filter(code=ref).exists():
            raise forms.ValidationError(_("没有这个小组代码。"))
        if layer == Layer.CUSTOMER and whole(ref) is None:
            raise forms.ValidationError(_("请写客户页地址里的数字编号。"))
        return ref
