"""Forms of the loop."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bihuan.apps.obligations.enums import PauseReason, WaiveReason
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.words import evidence_word, pause_word, waive_word
from bihuan.base.access.models import User
from bihuan.base.vocabulary import vocabulary


class MomentInput(forms.DateTimeInput):
    """The browser's own picker, to the minute."""

    input_type = "datetime-local"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", **kwargs)


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Somebody of the house, with the staff number that tells namesakes apart."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} {obj.staff_no}".strip()


def staff() -> QuerySet[User]:
    """Who may be given something to do."""
    return User.objects.filter(is_active=True, customer_id=None).order_by("name", "id")


class DischargeForm(forms.Form):
    """Done at, and what proves it: words, a file or a link for each kind of evidence."""

    at = forms.DateTimeField(label=_("完成时间"), widget=MomentInput())

    def __init__(self, *args: Any, row: Obligation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = kinds_of(row)
        needed = set(row.proof.get("all", ()))
        for kind in self.kinds:
            word = evidence_word(kind)
            self.fields[f"text_{kind}"] = forms.CharField(
                label=_("文字说明"), required=False, max_length=4000, strip=True,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("必填") if kind in needed else "",
            )  # fmt: skip
            self.fields[f"file_{kind}"] = forms.FileField(
                label=_("%(kind)s：文件或照片") % {"kind": word}, required=False
            )
            self.fields[f"link_{kind}"] = forms.URLField(
                label=_("%(kind)s：链接") % {"kind": word}, required=False, max_length=400,
                assume_scheme="https",
            )  # fmt: skip

    def groups(self) -> list[dict[str, Any]]:
        """One group of fields for each kind of evidence."""
        return [
            {
                "kind": kind, "word": evidence_word(kind), "text": self[f"text_{kind}"],
                "file": self[f"file_{kind}"], "link": self[f"link_{kind}"],
            }
            for kind in self.kinds
        ]  # fmt: skip

    def given(self) -> list[dict[str, Any]]:
        """What was filled in: kind, text, upload, link."""
        found = []
        for kind in self.kinds:
            text = self.cleaned_data.get(f"text_{kind}") or ""
            upload = self.cleaned_data.get(f"file_{kind}")
            link = self.cleaned_data.get(f"link_{kind}") or ""
            if text or upload or link:
                found.append({"kind": kind, "text": text, "upload": upload, "link": link})
        return found


def kinds_of(row: Obligation) -> list[str]:
    """Kinds of evidence that the form offers: those the rule names, but nothing of the system."""
    named = [*row.proof.get("all", ()), *row.proof.get("any", ())]
    found = [kind for kind in dict.fromkeys(named) if kind != "system_event"]
    known = vocabulary().duties.get(row.kind)
    if not found and known is not None:
        found = [kind for kind in known.proved if kind != "system_event"]
    return found or ["record"]


class VerifyForm(forms.Form):
    """The word of the customer or of somebody independent."""

    how = forms.ChoiceField(label=_("由谁确认"), choices=(), widget=forms.RadioSelect)
    satisfied = forms.ChoiceField(
        label=_("结果"), widget=forms.RadioSelect,
        choices=[("yes", _("确认已做到")), ("no", _("没做到，退回"))],
    )  # fmt: skip
    note = forms.CharField(
        label=_("依据"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("写明谁、怎样确认，或为什么退回。沉默不算确认。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        how = self.fields["how"]
        assert isinstance(how, forms.ChoiceField)
        how.choices = [("CUSTOMER", _("客户亲口或书面")), ("INDEPENDENT", _("我独立查验"))]


class WaiveForm(forms.Form):
    """Letting a promise go."""

    reason = forms.ChoiceField(label=_("原因"), choices=())
    note = forms.CharField(
        label=_("说明"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("豁免记入台账，合规率会另列。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        assert isinstance(reason, forms.ChoiceField)
        reason.choices = [(each.value, waive_word(each)) for each in WaiveReason]


class PauseForm(forms.Form):
    """Stopping a clock."""

    reason = forms.ChoiceField(label=_("原因"), choices=())
    evidence = forms.CharField(
        label=_("依据"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("例如客户哪一天、怎样说的。等自己的件、自己的人不能停表。"),
    )  # fmt: skip
    told_customer = forms.BooleanField(label=_("已告知客户"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        assert isinstance(reason, forms.ChoiceField)
        reason.choices = [(each.value, pause_word(each)) for each in PauseReason]


class VoidForm(forms.Form):
    """Taking out what should not stand."""

    reason = forms.ChoiceField(
        label=_("原因"),
        choices=[("SUBJECT_GONE", _("对象已不存在")), ("MISTAKE", _("记错了"))],
    )
    note = forms.CharField(
        label=_("说明"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class NoteForm(forms.Form):
    """A note for the history."""

    text = forms.CharField(
        label=_("备注"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class AssignForm(forms.Form):
    """Giving it to somebody else."""

    to = PersonField(label=_("转给"), queryset=User.objects.none())
    reason = forms.CharField(label=_("原因"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to = self.fields["to"]
        assert isinstance(to, PersonField)
        to.queryset = staff()
