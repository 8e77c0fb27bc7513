"""Forms of machines: what they ask is what the actions take."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets import profile, words
from bihuan.apps.assets.enums import LIVING, Status
from bihuan.apps.assets.models import Asset, MachineSet, Model, Part, Place
from bihuan.apps.assets.queries.lists import families_made
from bihuan.apps.customers.enums import Relation
from bihuan.apps.customers.forms.customer import CustomerField, choose_as
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.texts import listed

DAY = {"type": "date"}
MOMENT = {"type": "datetime-local"}


def day_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), **kwargs)


def moment_field(**kwargs: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs=MOMENT, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(widget=widget, **kwargs)


class ModelField(forms.CharField):
    """A model by its code."""

    def prepare_value(self, value: Any) -> Any:
        return value.code if isinstance(value, Model) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip()
        found = list(Model.objects.filter(Q(code__iexact=text) | Q(name=text))[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("没有型号“%(text)s”。先在型号页登记。") % {"text": text})
        return found[0]


def dealer_field() -> CustomerField:
    """A dealer, or nobody: then we serve it ourselves."""
    return CustomerField(
        relation=Relation.DEALER,
        label=_("服务方"),
        required=False,
        help_text=_("经销商的编号或全称；空着就是我方服务。"),
    )


class AssetForm(forms.Form):
    """A new machine, or one that has long stood at a customer."""

    customer = CustomerField(label=_("使用方"), help_text=_("客户编号或全称。"))
    model = ModelField(label=_("型号"), max_length=120)
    serial = forms.CharField(
        label=_("出厂编号"), max_length=60, help_text=_("同一型号内不能重复。")
    )
    owner = CustomerField(label=_("所有方"), required=False, help_text=_("与使用方相同就空着。"))
    sold_to = CustomerField(label=_("购买方"), required=False, help_text=_("与使用方相同就空着。"))
    serviced_by = dealer_field()
    place = forms.CharField(
        label=_("位置"),
        max_length=300,
        required=False,
        help_text=_("从大到小用斜杠分开：一号楼 / 设备间。没有的会建出来。"),
    )
    nickname = forms.CharField(label=_("客户叫法"), max_length=60, required=False)
    order_no = forms.CharField(label=_("订单号"), max_length=60, required=False)
    delivered_on = day_field(
        label=_("交付日"),
        required=False,
        help_text=_("已经在客户现场的设备填写；新机器以后登记交付。"),
    )
    commissioned_on = day_field(label=_("验收日"), required=False)
    critical = forms.BooleanField(label=_("关键设备：停了它客户就停产"), required=False)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_as(self, person)


class EditForm(forms.Form):
    """What may be changed of a machine without moving it."""

    place = forms.ModelChoiceField(
        Place.objects.none(), label=_("位置"), required=False, empty_label="—"
    )
    machine_set = forms.ModelChoiceField(
        MachineSet.objects.none(), label=_("成套"), required=False, empty_label="—"
    )
    spare = forms.BooleanField(label=_("备用机：停了不影响整套"), required=False)
    parent = forms.ModelChoiceField(
        Asset.objects.none(), label=_("上级设备"), required=False, empty_label="—"
    )
    nickname = forms.CharField(label=_("客户叫法"), max_length=60, required=False)
    firmware = forms.CharField(label=_("固件"), max_length=40, required=False)
    order_no = forms.CharField(label=_("订单号"), max_length=60, required=False)
    critical = forms.BooleanField(label=_("关键设备：停了它客户就停产"), required=False)
    connected = forms.BooleanField(label=_("已接入远程监控"), required=False)

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        names = ("nickname", "firmware", "order_no", "critical", "connected", "spare")
        initial = {name: getattr(asset, name) for name in names}
        initial |= {
            "place": asset.place_id,
            "machine_set": asset.machine_set_id,
            "parent": asset.parent_id,
        }
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        of = {"customer_id": asset.customer_id}
        self.fields["place"].queryset = Place.objects.filter(closed_on=None, **of)  # type: ignore[attr-defined]
        self.fields["machine_set"].queryset = MachineSet.objects.filter(ended_on=None, **of)  # type: ignore[attr-defined]
        others = Asset.objects.filter(status__in=LIVING, **of).exclude(pk=asset.pk)
        self.fields["parent"].queryset = others.select_related("model").order_by("serial")  # type: ignore[attr-defined]


class StageForm(forms.Form):
    """The next stage; the fields are those that the stage needs."""

    def __init__(self, *args: Any, to: Status, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if to == Status.DELIVERED:
            self.fields["delivered_on"] = day_field(label=_("交付日"))
        elif to == Status.COMMISSIONED:
            self.fields["commissioned_on"] = day_field(label=_("验收日"))
            self.fields["checklist"] = forms.BooleanField(
                label=_("调试检查表全部做完"), required=False
            )
            self.fields["accepted"] = forms.BooleanField(
                label=_("客户已在验收单上签字"), required=False
            )
            self.fields["trainees"] = forms.IntegerField(
                label=_("受训人数"), required=False, min_value=0, max_value=999
            )
        else:
            self.fields["at"] = moment_field(label=_("时间"))
            self.fields["why"] = forms.CharField(
                label=_("原因或说明"), max_length=160, required=to == Status.DOWN
            )
        if to == Status.SCRAPPED:
            self.fields["data_wiped"] = forms.BooleanField(
                label=_("机内数据已清除"), required=False
            )
            self.fields["take_back"] = forms.CharField(
                label=_("回收或处置单号"), max_length=60, required=False
            )


class MoveForm(forms.Form):
    """Another place, or somebody else's machine from now on."""

    reason = forms.ChoiceField(
        label=_("怎么回事"), choices=words.choices(words.MOVE), widget=forms.RadioSelect
    )
    customer = CustomerField(
        label=_("接手客户"), required=False, help_text=_("转售和租出要写。编号或全称。")
    )
    owner = CustomerField(
        label=_("所有方"), required=False, help_text=_("转售后不归使用方所有时才写。")
    )
    serviced_by = dealer_field()
    place = forms.CharField(
        label=_("新位置"),
        max_length=300,
        required=False,
        help_text=_("从大到小用斜杠分开。没有的会建出来。"),
    )
    at = moment_field(label=_("时间"))
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_as(self, person)


class ReadingForm(forms.Form):
    point = forms.ChoiceField(label=_("测点"))
    value = forms.DecimalField(label=_("读数"), max_digits=14, decimal_places=3)
    at = moment_field(label=_("时间"))

    def __init__(self, *args: Any, family: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["point"].choices = [  # type: ignore[attr-defined]
            (point.code, f"{point.title}（{point.unit}）") for point in profile.points_of(family)
        ]


class MeterForm(forms.Form):
    """An old meter out, a new one in."""

    point = forms.ChoiceField(label=_("哪块表"))
    last = forms.DecimalField(label=_("旧表最后读数"), max_digits=14, decimal_places=2, min_value=0)
    start = forms.DecimalField(
        label=_("新表起始读数"), max_digits=14, decimal_places=2, min_value=0
    )
    at = moment_field(label=_("时间"))
    why = forms.CharField(label=_("原因"), max_length=200)

    def __init__(self, *args: Any, family: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counters = [point for point in profile.points_of(family) if point.counter]
        self.fields["point"].choices = [(point.code, point.title) for point in counters]  # type: ignore[attr-defined]


class PartForm(forms.Form):
    position = forms.CharField(
        label=_("位置号"), max_length=60, help_text=_("例如 M1 电机位、S2 密封位。")
    )
    name = forms.CharField(label=_("部件"), max_length=80)
    part_no = forms.CharField(label=_("料号"), max_length=60, required=False)
    serial = forms.CharField(label=_("部件序号"), max_length=60, required=False)
    parent = forms.ModelChoiceField(
        Part.objects.none(), label=_("装在哪个部件里"), required=False, empty_label="—"
    )
    installed_on = day_field(label=_("装上日"))
    cycles = forms.IntegerField(label=_("已用循环"), required=False, min_value=0, initial=0)
    cycle_limit = forms.IntegerField(label=_("循环寿命"), required=False, min_value=1)
    hour_limit = forms.IntegerField(label=_("工时寿命"), required=False, min_value=1)
    expires_on = day_field(label=_("有效期至"), required=False)

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = asset.parts.filter(removed_on=None).order_by("position")  # type: ignore[attr-defined]


class PartOutForm(forms.Form):
    """Take a part out; with a new serial number another goes in."""

    on = day_field(label=_("日期"))
    why = forms.ChoiceField(label=_("原因"), choices=words.choices(words.PART_WHY))
    serial = forms.CharField(
        label=_("新件序号"), max_length=60, required=False, help_text=_("空着就只拆不换。")
    )


class InspectionForm(forms.Form):
    at = moment_field(label=_("时间"))
    findings = forms.IntegerField(label=_("发现问题数"), min_value=0, max_value=999)
    wear = forms.DecimalField(
        label=_("磨损程度（0 至 1）"), required=False, min_value=0, max_value=1, decimal_places=4
    )
    performance = forms.DecimalField(
        label=_("性能保持率（0 至 1）"), required=False, min_value=0, max_value=1, decimal_places=4
    )
    text = forms.CharField(
        label=_("结论与建议"), required=False, max_length=2000, widget=forms.Textarea
    )

    def __init__(self, *args: Any, family: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for point in profile.points_of(family):
            label = f"{point.title}（{point.unit}）"
            self.fields[f"point_{point.code}"] = forms.DecimalField(
                label=label, required=False, max_digits=14, decimal_places=3
            )

    def readings(self) -> dict[str, Any]:
        """Point -> value of the filled fields."""
        return {
            name.removeprefix("point_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("point_") and value is not None
        }


class HealthForm(forms.Form):
    at = moment_field(label=_("时间"))
    grade = forms.ChoiceField(label=_("结论"), choices=words.choices(words.GRADE))
    text = forms.CharField(label=_("结论与建议"), max_length=2000, widget=forms.Textarea)


class ModelForm(forms.Form):
    code = forms.CharField(label=_("型号"), max_length=60)
    name = forms.CharField(label=_("名称"), max_length=120)
    maker = forms.CharField(
        label=_("制造商"), max_length=80, required=False, help_text=_("本公司产品就空着。")
    )
    family = forms.ChoiceField(label=_("产品系列"))
    warranty_months = forms.IntegerField(
        label=_("保修月数"), required=False, min_value=0, help_text=_("空着就按产品系列。")
    )
    warranty_latest_months = forms.IntegerField(
        label=_("交付后最迟月数"),
        required=False,
        min_value=0,
        help_text=_("久不验收时，保修最迟到交付后几个月。0 表示没有这一条。"),
    )
    note = forms.CharField(label=_("说明"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["family"].choices = list(profile.family_titles().items())  # type: ignore[attr-defined]


class LineForm(forms.Form):
    family = forms.ChoiceField(label=_("产品系列"), required=False)
    phone = forms.CharField(label=_("报修电话"), max_length=30)
    hours = forms.CharField(label=_("接听时间"), max_length=80, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["family"].choices = [("", _("全部设备")), *families_made().items()]  # type: ignore[attr-defined]


class SetForm(forms.Form):
    """Machines of one customer that only work together."""

    customer = CustomerField(label=_("客户"), help_text=_("编号或全称。"))
    code = forms.CharField(label=_("编号"), max_length=40)
    name = forms.CharField(label=_("名称"), max_length=80)
    members = forms.CharField(
        label=_("成员的出厂编号"),
        max_length=600,
        help_text=_("用空格或顿号分开。"),
        widget=forms.Textarea,
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        choose_as(self, person)

    def clean_members(self) -> list[Asset]:
        serials = [
            each
            for each in self.cleaned_data["members"]
            .replace("、", " ")
            .replace("，", " ")
            .replace(",", " ")
            .split()
            if each
        ]
        customer = self.cleaned_data.get("customer")
        if customer is None:
            return []
        rows = visible(Asset.objects.all(), self.person, "assets.edit").filter(
            serial__in=serials, customer=customer
        )
        found = {row.serial: row for row in rows}
        if absent := [each for each in serials if each not in found]:
            raise forms.ValidationError(
                _("这家客户没有出厂编号 %(serials)s。") % {"serials": listed(absent)}
            )
        return [found[each] for each in dict.fromkeys(serials)]
