"""Forms of calls and visits; a talk is read from one long form with repeated groups."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.apps.callbacks import words
from bihuan.apps.callbacks.actions.calls import Talk
from bihuan.apps.callbacks.actions.problems import Found, Promised
from bihuan.apps.callbacks.enums import Channel, Disposition, Grade, Outcome
from bihuan.apps.callbacks.models import Script
from bihuan.apps.customers.models import Contact, Customer
from bihuan.base.access.models import User
from bihuan.base.storable import whole

GROUPS = 4  # problems and promises that one talk offers room for


class MomentInput(forms.DateTimeInput):
    """The browser's own picker, to the minute."""

    input_type = "datetime-local"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", **kwargs)


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class TalkForm(forms.Form):
    """What every talk has; problems, promises and answers are groups of their own."""

    contact = forms.ModelChoiceField(
        label=_("联系人"), queryset=Contact.objects.none(), required=False
    )
    channel = forms.ChoiceField(
        label=_("方式"), choices=words.choices(words.CHANNEL), initial=Channel.PHONE
    )
    outcome = forms.ChoiceField(label=_("结果"), choices=words.choices(words.OUTCOME))
    at = forms.DateTimeField(label=_("通话时间"), widget=MomentInput(), required=False)
    planned_at = forms.DateTimeField(label=_("改到"), widget=MomentInput(), required=False)
    agreed = forms.BooleanField(label=_("客户约定的时段"), required=False)
    words = forms.CharField(
        label=_("客户原话"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    summary = forms.CharField(
        label=_("小结"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )
    sales = forms.BooleanField(label=_("谈了销售"), required=False)
    next_on = forms.DateField(label=_("下次回访"), required=False, widget=DayInput())
    demand_kind = forms.ChoiceField(
        label=_("需求种类"), required=False,
        choices=[("", "—"), ("INTENT", _("意向")), ("SUGGESTION", _("建议")), ("OPTIMISE", _("优化需求"))],
    )  # fmt: skip
    demand_text = forms.CharField(label=_("需求或建议"), required=False, max_length=500)

    def __init__(self, *args: Any, customer: Customer, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer, self.now = customer, now
        contact = self.fields["contact"]
        assert isinstance(contact, forms.ModelChoiceField)
        contact.queryset = Contact.objects.filter(customer=customer, left_on=None)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("outcome") == Outcome.RESCHEDULED and not values.get("planned_at"):
            self.add_error("planned_at", _("改约要写明改到什么时候。"))
        at = values.get("at")
        if at is None or abs((at - self.now).total_seconds()) < 60:
            values["at"] = self.now
        return values


def talk_of(form: TalkForm, post: Any, script: Script | None, **more: Any) -> Talk:
    """The talk that a valid form holds."""
    values = form.cleaned_data
    answers = {name[2:]: post.get(name) for name in post if name.startswith("a-")}
    blocks = post.getlist("block")
    text = str(values.get("demand_text") or "").strip()
    score = answers.get("score", "")
    return Talk(
        customer=form.customer, channel=values["channel"], outcome=values["outcome"], at=values["at"],
        contact=values["contact"], obligation_ids=[pk for each in post.getlist("serve") if (pk := whole(each)) is not None],
        script=script, answers=answers, blocks=blocks,
        score=int(score) if score in ("1", "2", "3", "4", "5") else None,
        words=values["words"], summary=values["summary"], care=not values["sales"], agreed=values["agreed"],
        planned_at=values["planned_at"], next_on=values["next_on"], problems=problems_of(post),
        promises=promises_of(post), demand=(values["demand_kind"] or "SUGGESTION", text) if text else None,
        key=key_of(post), **more,
    )  # fmt: skip


def key_of(post: Mapping[str, Any]) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(post.get("key", "")))
    except ValueError:
        return None


def problems_of(post: Any) -> list[Found]:
    """The groups `problem-N-*` in which a text was written."""
    found = []
    for n in range(GROUPS):
        text = post.get(f"problem-{n}-text", "").strip()
        if text:
            grade = post.get(f"problem-{n}-grade", "")
            found.append(
                Found(
                    text=text[:2000], disposition=post.get(f"problem-{n}-disposition", ""),
                    grade=grade if grade in set(Grade) else Grade.GENERAL,
                    technical=bool(post.get(f"problem-{n}-technical")),
                )
            )  # fmt: skip
    return found


def promises_of(post: Any) -> list[Promised]:
    """The groups `promise-N-*` in which a text was written."""
    found = []
    for n in range(GROUPS):
        text = post.get(f"promise-{n}-text", "").strip()
        if text:
            owner = whole(post.get(f"promise-{n}-owner"))
            found.append(
                Promised(
                    text=text[:2000],
                    owner=User.objects.filter(pk=owner or 0, is_active=True).first(),
                    due_on=_day(post.get(f"promise-{n}-due", "")),
                )
            )  # fmt: skip
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def groups(post: Mapping[str, Any] | None) -> dict[str, Any]:
    """The groups as the page draws them again, with what was written."""

    def rows(kind: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
        return [
            {"n": n, **{name: post.get(f"{kind}-{n}-{name}", "") if post else "" for name in names}}
            for n in range(GROUPS)
        ]  # fmt: skip

    return {
        "problem_rows": rows("problem", ("text", "disposition", "grade", "technical")),
        "promise_rows": rows("promise", ("text", "owner", "due")),
        "dispositions": [(code, str(text)) for code, text in words.DISPOSITION.items()],
        "grades": [(code, str(text)) for code, text in words.GRADE.items()],
    }


class ProblemForm(forms.Form):
    """A problem registered by itself."""

    text = forms.CharField(
        label=_("问题"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    grade = forms.ChoiceField(
        label=_("等级"),
        choices=words.choices(words.GRADE),
        widget=forms.RadioSelect,
        initial=Grade.GENERAL,
    )
    disposition = forms.ChoiceField(
        label=_("怎么处理"),
        choices=words.choices(words.DISPOSITION),
        widget=forms.RadioSelect,
        initial=Disposition.TICKET,
    )
    technical = forms.BooleanField(label=_("技术类问题"), required=False)
    owner = forms.ModelChoiceField(label=_("责任人"), queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["owner"], User.objects.ours(), person_label)


def choose(field: forms.Field, rows: Any, label: Any) -> None:
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows
    field.label_from_instance = label  # type: ignore[method-assign]


def person_label(user: User) -> str:
    return f"{user.name} {user.staff_no}".strip()


class StepForm(forms.Form):
    """One step of a problem, or the proof of a promise."""

    text = forms.CharField(
        label=_("内容"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    channel = forms.ChoiceField(
        label=_("怎样告知"),
        choices=words.choices(words.CHANNEL),
        required=False,
        initial=Channel.PHONE,
    )
    file = forms.FileField(label=_("文件或照片"), required=False)


class VisitForm(forms.Form):
    """Planning a visit."""

    purpose = forms.CharField(label=_("目的"), max_length=300)
    level = forms.ChoiceField(
        label=_("级别"),
        choices=words.choices(words.LEVEL),
        widget=forms.RadioSelect,
        initial="STAFF",
    )
    planned_at = forms.DateTimeField(label=_("时间"), widget=MomentInput())
    host = forms.ModelChoiceField(label=_("我方带队"), queryset=User.objects.none())
    staff = forms.ModelMultipleChoiceField(
        label=_("我方同行"), queryset=User.objects.none(), required=False
    )
    contacts = forms.ModelMultipleChoiceField(
        label=_("客户方参加"), queryset=Contact.objects.none(), required=False
    )
    place = forms.CharField(label=_("地点"), max_length=200, required=False)
    lat = forms.FloatField(
        label=_("纬度"),
        required=False,
        min_value=-90,
        max_value=90,
        help_text=_("登记坐标后可以按位置签到。"),
    )
    lon = forms.FloatField(label=_("经度"), required=False, min_value=-180, max_value=180)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["host"], User.objects.ours(), person_label)
        choose(self.fields["staff"], User.objects.ours(), person_label)
        people = Contact.objects.filter(customer=customer, left_on=None).order_by(
            "-is_key", "pinyin"
        )
        choose(self.fields["contacts"], people, lambda row: f"{row.name} {row.title}".strip())


class FinishForm(forms.Form):
    """The report of a visit."""

    topics = forms.MultipleChoiceField(
        label=_("谈到的内容"), choices=(), widget=forms.CheckboxSelectMultiple, required=False
    )
    minutes = forms.CharField(
        label=_("纪要"), max_length=8000, widget=forms.Textarea(attrs={"rows": 6})
    )
    contacts = forms.ModelMultipleChoiceField(
        label=_("客户方到场"),
        queryset=Contact.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    staff = forms.ModelMultipleChoiceField(
        label=_("我方到场"), queryset=User.objects.none(), required=False
    )
    gift = forms.CharField(label=_("礼品"), max_length=120, required=False)
    gift_value = forms.DecimalField(
        label=_("礼品价值（元）"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    next_on = forms.DateField(label=_("下次走访"), required=False, widget=DayInput())

    def __init__(
        self, *args: Any, customer: Customer, topics: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["topics"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = topics
        people = Contact.objects.filter(customer=customer, left_on=None).order_by(
            "-is_key", "pinyin"
        )
        choose(self.fields["contacts"], people, lambda row: f"{row.name} {row.title}".strip())
        choose(self.fields["staff"], User.objects.ours(), person_label)


class BriefForm(forms.Form):
    goal = forms.CharField(
        label=_("这次要达到什么"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    mind = forms.CharField(
        label=_("要留意的事"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )


class NewsForm(forms.Form):
    kind = forms.ChoiceField(label=_("种类"), choices=words.choices(words.NEWS))
    text = forms.CharField(
        label=_("动态"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), required=False
    )


class CampaignForm(forms.Form):
    title = forms.CharField(label=_("名称"), max_length=120)
    goal = forms.CharField(label=_("目的"), max_length=300)
    last_on = forms.DateField(label=_("最后一天"), widget=DayInput())
    script = forms.ModelChoiceField(label=_("话术"), queryset=Script.objects.none(), required=False)
    tier = forms.ChoiceField(label=_("级别"), choices=(), required=False)
    region = forms.ChoiceField(label=_("区域"), choices=(), required=False)
    industry = forms.CharField(label=_("行业含有"), max_length=60, required=False)
    flag = forms.ChoiceField(label=_("标志"), choices=(), required=False)

    def __init__(self, *args: Any, tiers: Any, regions: Any, flags: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, pairs in (("tier", tiers), ("region", regions), ("flag", flags)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("不限")), *pairs]
        choose(
            self.fields["script"],
            Script.objects.order_by("code", "-version"),
            lambda row: f"{words.said(row.title)} v{row.version}",
        )


class TextForm(forms.Form):
    text = forms.CharField(
        label=_("说明"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}), required=False
    )


class ScriptForm(forms.Form):
    text = forms.CharField(
        label=_("话术（YAML）"),
        max_length=60000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 26, "spellcheck": "false", "class": "code"}),
    )


def local_minute(moment: datetime) -> datetime:
    """A moment as the picker shows it."""
    return timezone.localtime(moment).replace(second=0, microsecond=0)
