"""Forms of tickets: the call desk, and one small form for each deed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.forms.customer import Offering
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.enums import PauseReason
from bihuan.apps.obligations.words import pause_word
from bihuan.apps.tickets import words
from bihuan.apps.tickets.actions import causes
from bihuan.apps.tickets.enums import Answer, Channel, How, Kind, Severity, Source
from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.base.access.rights import RIGHTS
from bihuan.base.access.scope import visible

LONG = 8000
OFFERED = 20


class MomentInput(forms.DateTimeInput):
    """The browser's own picker, to the minute."""

    input_type = "datetime-local"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", **kwargs)


def minute(moment: datetime) -> datetime:
    """As the picker shows it."""
    return timezone.localtime(moment).replace(second=0, microsecond=0)


def area(rows: int = 3, **attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


def staff(*roles: str) -> QuerySet[User]:
    """Who may be given a ticket: whoever may work on tickets, of these roles."""
    named = list(roles or RIGHTS["tickets.do"])
    rows = User.objects.filter(is_active=True, customer_id=None, roles__overlap=named)
    return rows.order_by("name", "id")


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} {obj.staff_no}".strip()


class NewForm(forms.Form):
    """The call desk; who is calling is chosen beside it."""

    phone = forms.CharField(label=_("来电号码"), required=False, max_length=40)
    caller = forms.CharField(label=_("姓名"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=_("种类"),
        choices=words.choices(words.KIND),
        initial=Kind.FAULT,
        widget=forms.RadioSelect(),
    )
    title = forms.CharField(label=_("现象或问题"), max_length=120)
    happened_at = forms.DateTimeField(label=_("什么时候"), required=False, widget=MomentInput())
    place = forms.CharField(label=_("在哪里"), required=False, max_length=200)
    impact = forms.ChoiceField(
        label=pgettext_lazy("ticket", "影响"),
        required=False,
        choices=words.choices(words.IMPACT, none=True),
    )
    downtime = forms.BooleanField(label=_("已停机"), required=False)
    set_stopped = forms.BooleanField(label=_("整套停产"), required=False)
    text = forms.CharField(label=_("客户原话"), required=False, max_length=LONG, widget=area(3))
    severity = forms.ChoiceField(
        label=_("紧急程度"), required=False, choices=words.choices(words.SEVERITY, none=True),
        help_text=_("不选就按影响定。"),
    )  # fmt: skip
    channel = forms.ChoiceField(
        label=_("渠道"), choices=words.choices(words.CHANNEL), initial=Channel.PHONE
    )
    reported_at = forms.DateTimeField(
        label=_("报告时间"), required=False, widget=MomentInput(), help_text=_("时限从这时起算。")
    )
    source = forms.ChoiceField(
        label=_("时间来源"), choices=words.choices(words.SOURCE), initial=Source.CALL
    )

    share = forms.BooleanField(label=_("客户同意，把进度链接发给他"), required=False)
    keep_caller = forms.BooleanField(label=_("把来电人记为这家客户的联系人"), required=False)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("keep_caller"):
            for name in ("caller", "phone"):
                if not values.get(name):
                    self.add_error(name, _("要记为联系人，请填姓名和号码。"))
        return values

    def clean_reported_at(self) -> datetime:
        """Left alone or of this minute, it is now."""
        at: datetime | None = self.cleaned_data.get("reported_at")
        if at is None or abs((at - self.now).total_seconds()) < 60:
            return self.now
        return at


class Deed(forms.Form):
    """One deed on one ticket; `rewrites`: it shows what stands in the ticket and writes over it."""

    rewrites = False

    def __init__(
        self, *args: Any, ticket: Ticket, now: datetime, by: User | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.ticket, self.now, self.by = ticket, now, by
        self.prepare()

    def prepare(self) -> None:
        """Fill in what is known."""

    def begin(self, **values: Any) -> None:
        for name, value in values.items():
            self.fields[name].initial = value


class PlainForm(Deed):
    """Nothing to fill in."""


class WordsForm(Deed):
    text = forms.CharField(label=_("内容"), max_length=LONG, widget=area(4))


class ReasonForm(Deed):
    reason = forms.CharField(label=_("原因"), max_length=400)


class SpokenForm(Deed):
    text = forms.CharField(label=_("说了什么"), max_length=LONG, widget=area(3))
    channel = forms.ChoiceField(
        label=_("方式"), choices=[(each, words.CHANNEL[each]) for each in words.SPOKEN]
    )


class VerifyForm(Deed):
    rewrites = True
    happened_at = forms.DateTimeField(label=_("什么时候"), required=False, widget=MomentInput())
    place = forms.CharField(label=_("在哪里"), required=False, max_length=200)
    impact = forms.ChoiceField(
        label=pgettext_lazy("ticket", "影响"),
        required=False,
        choices=words.choices(words.IMPACT, none=True),
    )
    severity = forms.ChoiceField(label=_("紧急程度"), choices=words.choices(words.SEVERITY))
    downtime = forms.BooleanField(label=_("已停机"), required=False)
    set_stopped = forms.BooleanField(label=_("整套停产"), required=False)
    warranty = forms.TypedChoiceField(
        label=_("保内"), required=False, empty_value=None, coerce=lambda text: text == "yes",
        choices=[("", "—"), ("yes", _("保内")), ("no", _("保外"))],
    )  # fmt: skip

    def prepare(self) -> None:
        row = self.ticket
        warranty = row.warranty
        if warranty is None and row.asset is not None and row.asset.warranty_to is not None:
            warranty = row.asset.warranty_to >= timezone.localtime(row.reported_at).date()
        self.begin(
            happened_at=minute(row.happened_at) if row.happened_at else None, place=row.place,
            impact=row.impact, severity=row.severity or Severity.NORMAL, downtime=row.downtime,
            set_stopped=row.set_stopped,
            warranty="" if warranty is None else "yes" if warranty else "no",
        )  # fmt: skip


class WeighForm(Deed):
    rewrites = True
    impact = forms.ChoiceField(
        label=pgettext_lazy("ticket", "影响"),
        required=False,
        choices=words.choices(words.IMPACT, none=True),
    )
    severity = forms.ChoiceField(label=_("紧急程度"), choices=words.choices(words.SEVERITY))
    why = forms.CharField(
        label=_("原因"), required=False, max_length=400,
        help_text=_("比原来轻，或比客户说的轻，要写原因。已经定下的时限不会因此放宽。"),
    )  # fmt: skip

    def prepare(self) -> None:
        row = self.ticket
        self.begin(
            impact=row.claimed_impact or row.impact, severity=row.claimed_severity or row.severity
        )


class TriageForm(Deed):
    rewrites = True
    topic = forms.ChoiceField(label=_("问的是什么"), choices=words.choices(words.TOPIC))
    urgent = forms.BooleanField(label=_("紧急"), required=False)
    line = forms.TypedChoiceField(
        label=_("由哪一线答复"), coerce=int, choices=list(words.LINE.items()), initial=1
    )
    text = forms.CharField(label=_("说明"), required=False, max_length=400)

    def prepare(self) -> None:
        self.begin(topic=self.ticket.topic, line=self.ticket.line)


class ReportAskedForm(Deed):
    kind = forms.ChoiceField(label=_("报告种类"), choices=words.choices(words.REPORT))
    text = forms.CharField(label=_("客户要什么"), max_length=LONG, widget=area(3))


class AssignForm(Deed):
    to = PersonField(label=_("负责人"), queryset=User.objects.none())
    text = forms.CharField(label=_("说明"), required=False, max_length=400)

    def prepare(self) -> None:
        self.fields["to"].queryset = staff()  # type: ignore[attr-defined]


class DispatchForm(Deed):
    tried = forms.CharField(
        label=_("远程试过什么，或为什么不能远程"), required=False, max_length=LONG, widget=area(3)
    )
    engineer = PersonField(label=_("工程师"), queryset=User.objects.none())
    callout = forms.BooleanField(label=_("召请服务（客户叫人上门）"), required=False, initial=True)

    def prepare(self) -> None:
        self.fields["engineer"].queryset = staff(  # type: ignore[attr-defined]
            "field_engineer",
            "dedicated_engineer",
            "remote_specialist",
            "dealer_staff",
        )
        self.begin(tried=self.ticket.remote_tried, engineer=self.ticket.engineer)


class WaitForm(Deed):
    why = forms.ChoiceField(label=_("等什么"), choices=words.choices(words.WAIT))
    text = forms.CharField(label=_("说明"), max_length=LONG, widget=area(2))


class SolveForm(Deed):
    how = forms.ChoiceField(label=_("怎样解决的"), choices=words.choices(words.HOW))
    cause = forms.ChoiceField(
        label=_("原因"), required=False, choices=words.choices(words.CAUSE, none=True)
    )
    found = forms.ChoiceField(label=_("报警的实际原因"))
    action = forms.CharField(label=_("做了什么"), max_length=LONG, widget=area(4))
    ours = forms.BooleanField(label=_("是我方的问题（反馈时致歉）"), required=False)

    def prepare(self) -> None:
        self.begin(how=How.ONSITE if self.ticket.arrived_at else How.REMOTE)
        self.fields["cause"].required = self.ticket.kind == Kind.FAULT
        alarm = causes.asked(self.ticket)
        if alarm is None:
            del self.fields["found"]
            return
        self.fields["found"].choices = causes.choices(alarm)  # type: ignore[attr-defined]
        self.fields["found"].help_text = _(
            "报警 %(number)s：选定后，以后同类报警的诊断会用上。"
        ) % {"number": alarm.number}
        self.begin(found=causes.said_before(alarm))


class FeedbackForm(SpokenForm):
    text = forms.CharField(label=_("告诉客户的方案和效果"), max_length=LONG, widget=area(4))

    def prepare(self) -> None:
        said = self.ticket.action
        if self.ticket.ours:
            said = f"{said}\n{_('这次是我们的问题，向您致歉。')}"
        self.begin(text=said)


class AnswerForm(Deed):
    result = forms.ChoiceField(
        label=_("客户的答复"), choices=words.choices(words.ANSWER), initial=Answer.YES
    )
    text = forms.CharField(
        label=_("客户原话"), required=False, max_length=LONG, widget=area(2),
        help_text=_("有答复时必填。"),
    )  # fmt: skip
    channel = forms.ChoiceField(
        label=_("方式"), choices=[(each, words.CHANNEL[each]) for each in words.SPOKEN]
    )
    satisfied = forms.TypedChoiceField(
        label=_("满意"), required=False, empty_value=None, coerce=lambda text: text == "yes",
        choices=[("", "—"), ("yes", _("满意")), ("no", _("不满意"))],
    )  # fmt: skip
    score = forms.TypedChoiceField(
        label=_("打分"), required=False, empty_value=None, coerce=int, choices=words.choices(words.SCORE, none=True),
        help_text=_("他说了几分就记几分，不要代填。"),
    )  # fmt: skip


class ChaseForm(Deed):
    text = forms.CharField(label=_("客户说"), required=False, max_length=LONG, widget=area(2))
    next_update_at = forms.DateTimeField(
        label=_("答应什么时候再告诉他"), required=False, widget=MomentInput()
    )


class PauseForm(Deed):
    reason = forms.ChoiceField(label=_("原因"))
    evidence = forms.CharField(label=_("凭据"), max_length=LONG, widget=area(2))
    until = forms.DateTimeField(
        label=_("约好何时恢复"), required=False, widget=MomentInput(),
        help_text=_("到时自动恢复计时，并提醒负责人；说不准就留空。"),
    )  # fmt: skip
    told = forms.BooleanField(label=_("已告知客户"))

    def prepare(self) -> None:
        self.fields["reason"].choices = [(each, pause_word(each)) for each in PauseReason]  # type: ignore[attr-defined]


class IdentifyForm(Deed):
    """Who and which machine, as people say it on the phone."""

    serial = forms.CharField(label=_("出厂编号"), required=False, max_length=60)
    customer = forms.CharField(
        label=_("客户名称或编号"), required=False, max_length=120,
        help_text=_("写了出厂编号，客户自动带出。"),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        serial, name = values.get("serial", "").strip(), values.get("customer", "").strip()
        if not serial and not name:
            self.add_error("serial", _("写出厂编号，或写客户。"))
        values["asset"] = self._one(Asset.objects.all(), "serial", serial, serial__iexact=serial)
        values["customer"] = self._one(
            Customer.objects.all(), "customer", name, name=name, code__iexact=name, short_name=name
        )
        return values

    def _one(self, rows: Any, field: str, text: str, **tests: str) -> Any:
        if not text:
            return None
        found = Q()
        for name, value in tests.items():
            found |= Q(**{name: value})
        fitting = list(rows.filter(found)[:2])
        if len(fitting) == 1:
            return fitting[0]
        self.add_error(field, _("没有找到，或不止一个。"))
        return None


class OtherForm(Deed):
    """Another ticket, by its number; the open ones of the same customer are offered."""

    other = forms.CharField(label=_("另一张工单的编号"), max_length=20, widget=Offering)
    text = forms.CharField(label=_("说明"), required=False, max_length=400)

    def prepare(self) -> None:
        row = self.ticket
        if row.customer_id is None or self.by is None:
            return
        rows = Ticket.objects.open().filter(customer_id=row.customer_id).exclude(pk=row.pk)
        seen = visible(rows, self.by, "tickets.see").order_by("-reported_at", "-pk")[:OFFERED]
        widget = self.fields["other"].widget
        assert isinstance(widget, Offering)
        widget.offered = [(each.number, each.title) for each in seen]

    def clean_other(self) -> Ticket:
        row = Ticket.objects.filter(number__iexact=self.cleaned_data["other"].strip()).first()
        if row is None:
            raise forms.ValidationError(_("没有这个编号的工单。"))
        return row


class SplitForm(Deed):
    kind = forms.ChoiceField(label=_("种类"), choices=words.choices(words.KIND))
    title = forms.CharField(label=_("现象或问题"), max_length=120)
    text = forms.CharField(label=_("说明"), required=False, max_length=LONG, widget=area(2))


class ReportedForm(Deed):
    rewrites = True
    to = forms.DateTimeField(label=_("报告时间"), widget=MomentInput())
    source = forms.ChoiceField(label=_("时间来源"), choices=words.choices(words.SOURCE))
    why = forms.CharField(label=_("原因"), max_length=400)

    def prepare(self) -> None:
        self.begin(to=minute(self.ticket.reported_at), source=self.ticket.reported_source)
