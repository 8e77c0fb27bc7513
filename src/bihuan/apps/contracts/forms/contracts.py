"""Forms of contracts: what they ask is what the actions take."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets.forms.machines import ModelField, day_field
from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts import profile, words
from bihuan.apps.contracts.actions.checks import TermValues
from bihuan.apps.contracts.models import Contract
from bihuan.apps.customers.forms.customer import CustomerField, choose_as
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.texts import listed


class SerialsField(forms.CharField):
    """Machines by their serial numbers, parted by spaces or commas."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20000, required=False, **kwargs)
        self.person: User | None = None

    def prepare_value(self, value: Any) -> Any:
        return " ".join(row.serial for row in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        for mark in "、，,；;\n":
            text = text.replace(mark, " ")
        serials = list(dict.fromkeys(text.split()))
        assert self.person is not None
        rows = visible(
            Asset.objects.filter(serial__in=serials), self.person, "assets.see"
        ).select_related("model")
        found: dict[str, list[Asset]] = {}
        for row in rows:
            found.setdefault(row.serial, []).append(row)
        if absent := [each for each in serials if each not in found]:
            raise forms.ValidationError(
                _t("没有出厂编号 %(serials)s。") % {"serials": listed(absent)}
            )
        if twice := [each for each in serials if len(found[each]) > 1]:
            raise forms.ValidationError(
                _t("出厂编号 %(serials)s 不止一台，请在合同页逐台加入。")
                % {"serials": listed(twice)}
            )
        return [found[each][0] for each in serials]


class TermsField(forms.CharField):
    """Limits, one a line: duty, limit, clause, calendar, parted by spaces."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        titles = profile.term_duties()
        return "\n".join(
            " ".join(
                part
                for part in (
                    titles.get(row.duty, row.duty).replace(" ", ""),
                    row.within,
                    row.clause or "-",
                    row.calendar,
                )
                if part
            )
            for row in value
        )

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        codes = {title.replace(" ", ""): code for code, title in profile.term_duties().items()} | {
            code: code for code in profile.term_duties()
        }
        found = []
        for line in text.splitlines():
            parts = line.split()
            if not parts:
                continue
            if parts[0] not in codes or len(parts) < 2:
                known = listed(title.replace(" ", "") for title in profile.term_duties().values())
                raise forms.ValidationError(
                    _t("“%(line)s”看不懂。每行写：事项 期限 条款号。事项可写：%(known)s。")
                    % {"line": line, "known": known}
                )
            clause = parts[2] if len(parts) > 2 and parts[2] != "-" else ""
            found.append(
                TermValues(codes[parts[0]], parts[1], parts[3] if len(parts) > 3 else "", clause)
            )
        return found


class ContractForm(forms.Form):
    """Fields of `add_contract` and `change_draft`."""

    customer = CustomerField(label=_("客户"), help_text=_("编号或全称。"))
    no = forms.CharField(label=_("合同号"), max_length=60)
    kind = forms.ChoiceField(label=_("种类"), choices=words.choices(words.KIND))
    title = forms.CharField(label=_("名称"), max_length=120, required=False)
    start_on = day_field(label=_("起始日"))
    end_on = day_field(
        label=_("到期日"), required=False, help_text=_("当天还有效。没有到期日就空着。")
    )
    amount = forms.DecimalField(
        label=_("金额（元，含税）"), min_value=0, max_digits=14, decimal_places=2
    )
    covers = forms.MultipleChoiceField(
        label=_("包括（客户不另付钱）"),
        choices=words.choices(words.COVERS),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    hours = forms.ChoiceField(label=_("服务时间"), choices=words.choices(words.HOURS))
    covers_all = forms.BooleanField(label=_("覆盖客户的全部设备，以后新增的也算"), required=False)
    machines = SerialsField(label=_("覆盖的设备"), help_text=_("出厂编号，用空格分开。"))
    warranty_months = forms.IntegerField(
        label=_("约定保修月数"),
        required=False,
        min_value=1,
        max_value=240,
        help_text=_("销售合同填写，签署后写进这些设备的保修。"),
    )
    terms = TermsField(
        label=_("约定的期限"),
        required=False,
        help_text=_("每行一项：事项 期限 条款号，例如“电话响应 1h 7.2”。比制度严的按合同。"),
    )
    exclusions = forms.CharField(label=_("不包括"), max_length=500, required=False)
    duties = forms.CharField(label=_("客户的义务"), max_length=500, required=False)

    def __init__(
        self, *args: Any, person: User, contract: Contract | None = None, **kwargs: Any
    ) -> None:
        if contract is not None:
            kwargs["initial"] = self._from(contract)
        super().__init__(*args, **kwargs)
        choose_as(self, person)
        machines = self.fields["machines"]
        assert isinstance(machines, SerialsField)
        machines.person = person
        titles = listed(title.replace(" ", "") for title in profile.term_duties().values())
        self.fields["terms"].help_text = _t(
            "每行一项：事项 期限 条款号，例如“电话响应 1h 7.2”。比制度严的按合同。事项：%(titles)s。期限：4h、8wh（工作小时）、2wd（工作日）、3d。"
        ) % {"titles": titles}

    @staticmethod
    def _from(contract: Contract) -> dict[str, Any]:
        names = (
            "customer",
            "no",
            "kind",
            "title",
            "start_on",
            "end_on",
            "amount",
            "covers",
            "hours",
            "covers_all",
            "warranty_months",
            "exclusions",
            "duties",
        )
        rows = (
            contract.machines.filter(to_on=None)
            .select_related("asset__model")
            .order_by("asset__serial")
        )
        return {name: getattr(contract, name) for name in names} | {
            "machines": [row.asset for row in rows], "terms": list(contract.terms.filter(to_on=None).order_by("pk")),
        }  # fmt: skip


class SignForm(forms.Form):
    signed_on = day_field(label=_("签署日"))
    ours = forms.BooleanField(label=_("我方已签字盖章"), required=False)
    theirs = forms.BooleanField(label=_("对方已签字盖章"), required=False)


class EndForm(forms.Form):
    on = day_field(label=_("终止日"), help_text=_("当天还有效。"))
    why = forms.CharField(label=_("原因和结算情况"), max_length=200)


class AmendForm(forms.Form):
    """What an amendment changes; what is left as it is stays."""

    signed_on = day_field(label=_("签署日"))
    from_on = day_field(label=_("生效日"))
    why = forms.CharField(label=_("变更原因"), max_length=200)
    end_on = day_field(label=_("到期日"), required=False)
    amount = forms.DecimalField(
        label=_("金额（元，含税）"), min_value=0, max_digits=14, decimal_places=2
    )
    covers = forms.MultipleChoiceField(
        label=_("包括（客户不另付钱）"),
        choices=words.choices(words.COVERS),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    hours = forms.ChoiceField(label=_("服务时间"), choices=words.choices(words.HOURS))
    add = SerialsField(label=_("增加的设备"), help_text=_("出厂编号，用空格分开。"))
    remove = SerialsField(label=_("减少的设备"), help_text=_("出厂编号，用空格分开。"))
    terms = TermsField(
        label=_("约定的期限"),
        required=False,
        help_text=_("写全部：没有写的那一项从生效日起不再约定。"),
    )

    def __init__(self, *args: Any, person: User, contract: Contract, **kwargs: Any) -> None:
        names = ("end_on", "amount", "covers", "hours")
        initial = kwargs.pop("initial", {}) | {name: getattr(contract, name) for name in names}
        initial["terms"] = list(contract.terms.filter(to_on=None).order_by("pk"))
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        for name in ("add", "remove"):
            field = self.fields[name]
            assert isinstance(field, SerialsField)
            field.person = person


class GrantForm(forms.Form):
    kind = forms.ChoiceField(label=_("权益"))
    quantity = forms.DecimalField(label=_("数量"), max_digits=12, decimal_places=2)
    clause = forms.CharField(label=_("合同条款"), max_length=20, required=False)
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = [
            (code, f"{title}（{profile.unit_of(code)}）")
            for code, title in profile.entitlement_titles().items()
        ]
        self.fields["kind"].choices = units  # type: ignore[attr-defined]


class UseForm(forms.Form):
    quantity = forms.DecimalField(label=_("数量"), max_digits=12, decimal_places=2, initial=1)
    ref = forms.CharField(
        label=_("单号"), max_length=60, required=False, help_text=_("同一个单号只扣一次。")
    )
    note = forms.CharField(label=_("说明"), max_length=200, required=False)


class UndoForm(forms.Form):
    note = forms.CharField(label=_("为什么撤销"), max_length=200)


class PlanForm(forms.Form):
    """A plan of a contract; of a model when the contract is not given by the page."""

    kind = forms.ChoiceField(label=_("种类"), choices=words.choices(words.CARE))
    every = forms.CharField(
        label=_("每隔"), max_length=8, help_text=_("3mo 三个月，2w 两周，10d 十天，1y 一年。")
    )
    counted = forms.ChoiceField(label=_("怎么算下一次"), choices=words.choices(words.COUNTED))
    note = forms.CharField(label=_("内容"), max_length=200, required=False)


class ModelPlanForm(PlanForm):
    model = ModelField(label=_("型号"), max_length=120)
    field_order = ("model", "kind", "every", "counted", "note")


class DoneForm(forms.Form):
    done_on = day_field(label=_("完成日"))
    note = forms.CharField(label=_("说明"), max_length=200, required=False)
