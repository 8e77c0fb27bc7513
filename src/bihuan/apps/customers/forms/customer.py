"""Create and edit: the organisation."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import profile, words
from bihuan.apps.customers.enums import Relation, Status
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.queries.lists import choosable
from bihuan.apps.customers.queries.tiers import feature_words
from bihuan.apps.people.models import Region, Team
from bihuan.base.access.models import User
from bihuan.lib.policy import Pack

HUNDRED = Decimal(100)
MOST_OFFERED = 200


class Lines(forms.CharField):
    """One item a line."""

    widget = forms.Textarea

    def __init__(self, *, most: int, longest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most, self.longest = most, longest

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > self.most:
            raise forms.ValidationError(
                _("最多 %(n)s 条，现在 %(have)s 条。") % {"n": self.most, "have": len(lines)}
            )
        if any(len(line) > self.longest for line in lines):
            raise forms.ValidationError(_("每条最多 %(n)s 个字。") % {"n": self.longest})
        return lines


class Offering(forms.TextInput):
    """A text with a list of what it could be: (value, name) of each."""

    offered: Iterable[tuple[str, str]] = ()

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        here = f"{name}-offered"
        field = super().render(name, value, {**(attrs or {}), "list": here}, renderer)
        options = format_html_join("", '<option value="{}">{}</option>', self.offered)
        return field + format_html('<datalist id="{}">{}</datalist>', here, options)


class CustomerField(forms.CharField):
    """One customer by code, full name or credit code: a list of ten thousand is no list.

    Of one relation (dealers) the first are offered below the field.
    """

    def __init__(self, *, relation: Relation | None = None, **kwargs: Any) -> None:
        if relation is not None:
            kwargs["widget"] = Offering
        super().__init__(max_length=120, **kwargs)
        self.relation = relation
        self.person: User | None = None
        self.but: int | None = None
        self.kept: Customer | None = None

    def of(self, person: User, but: Customer | None = None) -> None:
        """Choose as this person, any but this one."""
        self.person, self.but = person, but.pk if but else None
        if isinstance(self.widget, Offering):
            self.widget.offered = self._rows().values_list("code", "name")[:MOST_OFFERED]

    def _rows(self) -> QuerySet[Customer]:
        assert self.person is not None
        rows = choosable(self.person, **({"relation": self.relation} if self.relation else {}))
        return rows.exclude(pk=self.but) if self.but is not None else rows

    def prepare_value(self, value: Any) -> Any:
        return value.code if isinstance(value, Customer) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip()
        if not text:
            return None
        if self.kept is not None and text == self.kept.code:
            return self.kept  # it stood there before, within this person's reach or not
        found = list(
            self._rows().filter(Q(code__iexact=text) | Q(name=text) | Q(credit_code__iexact=text))[
                :2
            ]
        )
        if not found:
            raise forms.ValidationError(_("没有找到“%(text)s”。写编号或全称。") % {"text": text})
        if len(found) > 1:
            raise forms.ValidationError(_("叫“%(text)s”的不止一家，请写编号。") % {"text": text})
        return found[0]


def choose_as(form: forms.Form, person: User, but: Customer | None = None) -> None:
    """Let the form's customers be chosen as this person may see them, any but one."""
    for name, field in form.fields.items():
        if isinstance(field, CustomerField):
            field.of(person, but)
            stands = form.initial.get(name)
            field.kept = stands if isinstance(stands, Customer) else None


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Somebody of the house, by name and staff number."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}（{obj.staff_no}）" if obj.staff_no else str(obj.name)


def people(*roles: str, label: Any = None, required: bool = False) -> PersonField:
    """Somebody who is at work and holds one of these roles."""
    rows = User.objects.filter(is_active=True, roles__overlap=list(roles)).order_by("name", "id")
    rows = rows.only("name", "staff_no")
    return PersonField(rows, label=label, required=required, empty_label="—")


class CustomerForm(forms.Form):
    """Fields of the action `add_customer`; the action itself checks what they mean."""

    name = forms.CharField(
        label=_("全称"), max_length=120, help_text=_("与营业执照一致。个人客户写姓名或字号。")
    )
    short_name = forms.CharField(label=_("简称"), max_length=40, required=False)
    credit_code = forms.CharField(
        label=_("统一社会信用代码"),
        max_length=40,
        required=False,
        help_text=_("18 位。个人客户可以不写。"),
    )
    nature = forms.ChoiceField(
        label=_("性质"),
        choices=words.choices(words.NATURE),
        help_text=_("默认的关怀和信用方式跟着性质走，可以再改。"),
    )
    relation = forms.ChoiceField(label=_("与我方关系"), choices=words.choices(words.RELATION))
    dealer = CustomerField(
        relation=Relation.DEALER,
        label=_("所属经销商"),
        required=False,
        help_text=_("编号或全称。"),
    )
    parent = CustomerField(label=_("上级集团"), required=False, help_text=_("编号或全称。"))
    industry = forms.CharField(label=_("行业"), max_length=60, required=False)
    region = forms.ChoiceField(label=_("区域"), required=False)
    city = forms.CharField(label=_("城市"), max_length=60, required=False)
    city_class = forms.ChoiceField(
        label=_("城市类别"),
        choices=words.choices(words.CITY_CLASS, blank="—"),
        required=False,
        help_text=_("制度按城市类别定到场时限的，要写。"),
    )
    address = forms.CharField(label=_("地址"), max_length=200, required=False)
    since = forms.DateField(
        label=_("合作起始日"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    source = forms.CharField(label=_("来源渠道"), max_length=60, required=False)
    account_manager = people("account_manager", "sales")
    service_team_id = forms.TypedChoiceField(
        label=_("服务团队"), required=False, coerce=int, empty_value=None
    )
    exec_sponsor = people(
        "general_manager", "exec_sponsor", "market_head", "after_sales_head", "technical_head"
    )
    dedicated_engineer = people("field_engineer", "dedicated_engineer", "remote_specialist")
    care = forms.ChoiceField(label=_("关怀方式"), required=False)
    credit = forms.ChoiceField(label=_("信用方式"), required=False)
    flags = forms.MultipleChoiceField(
        label=_("标志"),
        choices=words.choices(words.FLAG),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    features = forms.MultipleChoiceField(
        label=_("特征"), required=False, widget=forms.CheckboxSelectMultiple
    )
    prefers = forms.ChoiceField(label=_("喜欢的联络渠道"), required=False)
    window = forms.CharField(
        label=_("方便的时间"),
        max_length=60,
        required=False,
        help_text=_("比如：工作日 14:00 以后。"),
    )
    avoid = forms.CharField(label=_("禁忌"), max_length=120, required=False)
    wallet_percent = forms.DecimalField(
        label=_("我方份额（%）"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text=_("客户同类采购里我方占多少。"),
    )
    wallet_source = forms.CharField(label=_("份额来源"), max_length=120, required=False)
    usage_score = forms.DecimalField(
        label=_("使用频率评分"), required=False, min_value=0, max_value=100, decimal_places=2
    )
    growth_score = forms.DecimalField(
        label=_("增长潜力评分"), required=False, min_value=0, max_value=100, decimal_places=2
    )

    def __init__(
        self,
        *args: Any,
        person: User,
        pack: Pack | None,
        customer: Customer | None = None,
        **kwargs: Any,
    ) -> None:
        if customer is not None:
            kwargs.setdefault("initial", self._from(customer))
        super().__init__(*args, **kwargs)
        self._offer_places(customer)
        if titles := feature_words(customer, pack):
            self.fields["features"].choices = list(titles.items())  # type: ignore[attr-defined]
        else:
            del self.fields["features"]  # this regulation asks for none
        choose_as(self, person, customer)
        for name in ("account_manager", "exec_sponsor", "dedicated_engineer"):
            self.fields[name].label = str(words.FIELD[name])
        for name in ("care", "credit"):
            self.fields[name].choices = [("", _("按性质默认")), *profile.titles(name).items()]  # type: ignore[attr-defined]
        if customer is not None:
            states = [each for each in words.choices(words.STATUS) if each[0] != Status.MERGED]
            self.fields["status"] = forms.ChoiceField(label=_("状态"), choices=states)

    def _offer_places(self, customer: Customer | None) -> None:
        regions = dict(Region.objects.order_by("name").values_list("code", "name"))
        if customer is not None and customer.region:
            regions.setdefault(customer.region, customer.region)
        self.fields["region"].choices = [("", "—"), *regions.items()]  # type: ignore[attr-defined]
        teams = Team.objects.order_by("name").values_list("id", "name")
        self.fields["service_team_id"].choices = [("", "—"), *teams]  # type: ignore[attr-defined]
        channels = words.choices(words.CHANNEL, blank="—")
        self.fields["prefers"].choices = channels  # type: ignore[attr-defined]

    @staticmethod
    def _from(customer: Customer) -> dict[str, Any]:
        plain = (
            "name", "short_name", "credit_code", "nature", "relation", "industry", "region", "city", "city_class", "address", "since",
            "source", "care", "credit", "flags", "features", "wallet_source", "usage_score", "growth_score", "status",
        )  # fmt: skip
        linked = ("account_manager", "exec_sponsor", "dedicated_engineer")
        share = (
            f"{customer.wallet_share * HUNDRED:.2f}" if customer.wallet_share is not None else None
        )
        return (
            {name: getattr(customer, name) for name in plain}
            | {name: getattr(customer, f"{name}_id") for name in linked}
            | {"prefers": customer.preferences.get("channel", "")}
            | {name: customer.preferences.get(name, "") for name in ("window", "avoid")}
            | {"service_team_id": customer.service_team_id}
            | {"wallet_percent": share, "parent": customer.parent, "dealer": customer.dealer}
        )

    def values(self) -> dict[str, Any]:
        """What the action takes."""
        found = dict(self.cleaned_data)
        percent = found.pop("wallet_percent")
        found["wallet_share"] = percent / HUNDRED if percent is not None else None
        kept = {"channel": "prefers", "window": "window", "avoid": "avoid"}
        wishes = {name: found.pop(field) for name, field in kept.items()}
        found["preferences"] = {name: wish for name, wish in wishes.items() if wish}
        return found


class ClearForm(forms.Form):
    """What hurts the customer, one a line."""

    pains = Lines(
        label=_("痛点"),
        required=False,
        most=8,
        longest=120,
        help_text=_("一行一条，写客户自己的话。"),
    )


class VerifyForm(forms.Form):
    """Which parts somebody checked, and how."""

    what = forms.MultipleChoiceField(
        label=_("核实了哪几项"),
        choices=words.choices(words.CHECKED),
        widget=forms.CheckboxSelectMultiple,
    )
    source = forms.CharField(label=_("怎样核实的"), max_length=120)


class PurchaseForm(forms.Form):
    """One order."""

    order_no = forms.CharField(label=_("订单号"), max_length=60)
    made_on = forms.DateField(label=_("日期"), widget=forms.DateInput(attrs={"type": "date"}))
    amount = forms.DecimalField(label=_("金额（元，含税）"), max_digits=14, decimal_places=2)
    category = forms.ChoiceField(label=_("类别"), choices=words.choices(words.CATEGORY))
    note = forms.CharField(label=_("说明"), max_length=200, required=False)


class ReasonForm(forms.Form):
    """A deed that wants its reason."""

    reason = forms.CharField(label=_("原因"), max_length=200)


class FlagForm(forms.Form):
    """One of the flags."""

    flag = forms.ChoiceField(label=_("标志"), choices=words.choices(words.FLAG, blank="—"))


class KeyDateForm(forms.Form):
    """A day to remember."""

    node = forms.ChoiceField(label=_("种类"), choices=words.choices(words.NODE))
    title = forms.CharField(label=_("名称"), max_length=80, required=False)
    month = forms.IntegerField(label=_("月"), min_value=1, max_value=12)
    day = forms.IntegerField(label=_("日"), min_value=1, max_value=31)
    lunar = forms.BooleanField(label=_("农历"), required=False)
    leap = forms.BooleanField(label=_("闰月"), required=False)
    year = forms.IntegerField(
        label=_("年（只一次时填）"), required=False, min_value=1950, max_value=2100
    )
    since_year = forms.IntegerField(
        label=_("起始年"),
        required=False,
        min_value=1800,
        max_value=2100,
        help_text=_("写了就能算几周年。"),
    )
