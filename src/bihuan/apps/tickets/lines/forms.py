"""Forms of queues, ways, answers and what other departments are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets.queries.lists import families_made
from bihuan.apps.people.models import Skill
from bihuan.apps.tickets import words
from bihuan.apps.tickets.enums import AskKind
from bihuan.apps.tickets.forms import LONG, Deed, MomentInput, PersonField, area
from bihuan.apps.tickets.lines.actions import QueueAs, RouteAs, fits
from bihuan.apps.tickets.lines.queries import in_queues, on_lines, take_within
from bihuan.apps.tickets.models import Handover, Queue, Route
from bihuan.base.access.models import User
from bihuan.base.access.rights import RIGHTS
from bihuan.base.evidence.models import File

FILES = 9


def answering(*, outside: bool | None = None) -> QuerySet[User]:
    """Who may be in a queue: who works on tickets or answers hand-overs; `outside` suppliers."""
    roles = set(RIGHTS["tickets.do"]) | set(RIGHTS["tickets.answer"])
    rows = User.objects.filter(is_active=True, customer_id=None, roles__overlap=sorted(roles))
    supplier = Q(roles__contains=["supplier_staff"])
    if outside is not None:
        rows = rows.filter(supplier) if outside else rows.exclude(supplier)
    return rows.order_by("name", "id")


class QueueField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        supplier = f"，{_('供应商')}" if obj.outside else ""
        return f"{obj.name}（{words.LINE[obj.line]}{supplier}）"


class MembersField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        mark = f" · {_('供应商')}" if fits(obj, outside=True) else ""
        return f"{obj.name} {obj.staff_no}".strip() + mark


class FilesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class HandOverForm(Deed):
    """The hand-over: nothing of it may be left empty. When the answer is expected is what the two
    lines agree on, so it begins empty; by when the line takes over is the regulation's.
    """

    queue = QueueField(label=_("转给"), queryset=Queue.objects.none())
    to = PersonField(
        label=_("指定的人"), queryset=User.objects.none(), required=False,
        help_text=_("不选就由队列里的人来接。"),
    )  # fmt: skip
    tried = forms.CharField(label=_("试过什么"), max_length=LONG, widget=area(3))
    finding = forms.CharField(label=_("查到什么"), max_length=LONG, widget=area(3))
    question = forms.CharField(label=_("要对方回答或做什么"), max_length=LONG, widget=area(2))
    expected_at = forms.DateTimeField(label=_("预计什么时候答复"), widget=MomentInput())
    files = FilesField(  # type: ignore[assignment]
        label=_("随附的文件"), queryset=File.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("三线和供应商看不到客户是谁：不要附合同、报价和写有客户名称的照片。"),
    )  # fmt: skip

    def prepare(self) -> None:
        row = self.ticket
        queues = Queue.objects.filter(active=True)
        queues = queues.exclude(pk=row.queue_id) if row.queue_id is not None else queues
        queues = queues.order_by("line", "outside", "name")
        files = File.objects.filter(pk__in=row.entries.values("files"))
        if queues.exists():
            self.fields["queue"].queryset = queues  # type: ignore[attr-defined]
            self._people(in_queues(queues, self.now, without=self.by))
            later = [each for each in queues if each.line > row.line and not each.outside]
            if later:
                self.begin(queue=later[0].pk)
        else:  # no queues set yet: by line alone
            lines = [(n, title) for n, title in words.LINE.items() if n != row.line]
            plain = forms.TypedChoiceField(label=_("转给"), coerce=int, choices=lines)
            plain.initial = min(3, row.line + 1)
            self.fields = {
                "to_line": plain,
                **{k: v for k, v in self.fields.items() if k != "queue"},
            }
            self._people(on_lines([n for n, _title in lines], self.now, without=self.by))
        if limits := take_within(self.now):
            self.fields["expected_at"].help_text = _("按制度接手：%(limits)s。") % {
                "limits": limits
            }
        if not files:
            del self.fields["files"]
        else:
            self.fields["files"].queryset = files  # type: ignore[attr-defined]
        self.begin(tried=row.remote_tried)

    def _people(self, groups: Mapping[str, Sequence[User]]) -> None:
        """Those who may take it, under the queue or line in which they stand."""
        field = self.fields["to"]
        assert isinstance(field, PersonField)
        everybody = {each.pk for people in groups.values() for each in people}
        field.queryset = User.objects.filter(pk__in=everybody)
        field.choices = [
            ("", field.empty_label),
            *((name, [(each.pk, field.label_from_instance(each)) for each in people]) for name, people in groups.items() if people),
        ]  # fmt: skip
        field.widget.attrs["data-of"] = "queue" if "queue" in self.fields else "to_line"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("queue") is not None:
            values["to_line"] = values["queue"].line
        values["files"] = list(values.get("files") or ())
        return values


class PassOnForm(HandOverForm):
    """The third line passes a question on, mostly to a supplier: with what it was given itself."""

    def __init__(self, *args: Any, over: Handover, **kwargs: Any) -> None:
        self.over = over
        super().__init__(*args, ticket=over.ticket, **kwargs)

    def prepare(self) -> None:
        super().prepare()
        others = Queue.objects.filter(active=True, line=3).exclude(pk=self.over.queue_id or 0)
        self.fields.pop("to_line", None)
        self.fields["queue"] = QueueField(
            label=_("转给"), queryset=others.order_by("-outside", "name")
        )
        self.order_fields(["queue", "tried", "finding", "question", "expected_at", "files"])
        del self.fields["to"]
        files = self.over.files.all()
        if "files" in self.fields:
            self.fields["files"].queryset = files  # type: ignore[attr-defined]
            if not files:
                del self.fields["files"]
        self.begin(tried="")


class AnswerForm(forms.Form):
    """The line asked answers."""

    text = forms.CharField(label=_("答复"), max_length=LONG, widget=area(5))


class BackForm(forms.Form):
    reason = forms.CharField(label=_("为什么退回"), max_length=LONG, widget=area(3))


class QueueForm(forms.Form):
    name = forms.CharField(
        label=_("名称"), max_length=60, help_text=_("例如：二线·制冷，或供应商的名称。")
    )
    line = forms.TypedChoiceField(label=_("哪一线"), coerce=int, choices=list(words.LINE.items()))
    outside = forms.BooleanField(
        label=_("供应商"), required=False,
        help_text=_("供应商只看到转给他的工单的技术部分，看不到客户、联系人、价格和合同。"),
    )  # fmt: skip
    active = forms.BooleanField(label=_("在用"), required=False, initial=True)
    members = MembersField(
        label=_("成员"), queryset=User.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].queryset = answering()  # type: ignore[attr-defined]

    def queue(self) -> QueueAs:
        return QueueAs(**(self.cleaned_data | {"members": list(self.cleaned_data["members"])}))


ANY = _("不限")


class RouteForm(forms.Form):
    """One row of the table of ways."""

    place = forms.IntegerField(
        label=_("次序"), min_value=1, max_value=999, initial=10,
        help_text=_("从小到大看，第一条符合的生效。"),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("种类"), required=False)
    family = forms.ChoiceField(label=_("产品系列"), required=False)
    severity = forms.ChoiceField(label=_("紧急程度"), required=False)
    tier = forms.ChoiceField(label=_("客户级别"), required=False)
    queue = QueueField(label=_("分到队列"), queryset=Queue.objects.none())
    assign = forms.BooleanField(
        label=_("直接指派到人"), required=False,
        help_text=_("给队列里手上最少的人；请假的人不派。不勾就放在队列里，谁有空谁取。"),
    )  # fmt: skip
    skill = forms.ChoiceField(
        label=_("要会"), required=False, help_text=_("只在直接指派到人时看。")
    )

    def __init__(self, *args: Any, tiers: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        skills = Skill.objects.order_by("code").values_list("code", flat=True).distinct()
        choices: dict[str, Any] = {
            "kind": words.KIND.items(), "severity": words.SEVERITY.items(), "tier": tiers.items(),
            "family": families_made(self.initial.get("family", "")).items(), "skill": [(code, code) for code in skills],
        }  # fmt: skip
        for name, pairs in choices.items():
            self.fields[name].choices = [("", ANY), *pairs]  # type: ignore[attr-defined]
        queues = Queue.objects.filter(active=True, outside=False).order_by("line", "name")
        self.fields["queue"].queryset = queues  # type: ignore[attr-defined]

    def route(self) -> RouteAs:
        return RouteAs(**self.cleaned_data, line=self.cleaned_data["queue"].line)

    @staticmethod
    def of(row: Route) -> dict[str, Any]:
        names = ("place", "kind", "family", "severity", "tier", "skill", "assign")
        return {name: getattr(row, name) for name in names} | {"queue": row.queue_id}


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class AskTermForm(Deed):
    days = forms.IntegerField(label=_("申请多少天"), min_value=1, max_value=720)
    why = forms.CharField(label=_("为什么"), max_length=LONG, widget=area(3))


class AskSlotForm(Deed):
    on_day = forms.DateField(label=_("希望排在哪一天"), widget=DayInput())
    why = forms.CharField(label=_("要生产什么，为什么急"), max_length=LONG, widget=area(3))

    def clean_on_day(self) -> Any:
        day = self.cleaned_data["on_day"]
        if day is not None and day < timezone.localtime(self.now).date():
            raise forms.ValidationError(_("这一天已经过去。"))
        return day


class DecideForm(forms.Form):
    """The whole answer on one page: a value for yes, a reason for no."""

    days = forms.IntegerField(label=_("同意多少天"), min_value=1, max_value=720, required=False)
    on_day = forms.DateField(label=_("排在哪一天"), widget=DayInput(), required=False)
    reason = forms.CharField(
        label=_("不同意的原因"), max_length=LONG, required=False, widget=area(2)
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["on_day" if kind == AskKind.TERM else "days"]
