"""What people hand in while a pack is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from bihuan.apps.policy.enums import Carrying
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import Pack, keys
from bihuan.lib.policy.limits import PERIOD_WORDS, run_words, steps_of
from bihuan.lib.policy.writing import MOST_BYTES, Chosen, Proposal, Tier, duties_of, roles_of
from bihuan.lib.workcal import Duration, WorkcalError

CODE = RegexValidator(r"^[a-z][a-z0-9-]*\Z", _("代码以小写字母开头，只用小写字母、数字和短横线。"))
KINDS = ("event", "cadence", "target")
FIELDS = {
    "event": ("title", "when", "tiers", "condition", "must", "within", "calendar", "by", "proved"),
    "cadence": ("title", "every", "window", "of", "tiers", "condition", "must", "within", "by", "proved"),
    "target": ("title", "at_least", "at_most", "measure", "per"),
}  # fmt: skip
# a field's name in a pack, where it is another one ("if" and "in" are words of Python)
NAMES = {"window": "in", "condition": "if"}
RUNS = ("2 weeks", "3 weeks", "4 weeks", "2 months", "4 months", "2 years", "3 years")
_HIDDEN_FACTS = ("obligation.", "period.")


class UploadForm(forms.Form):
    """A regulation as a file."""

    file = forms.FileField(
        label=_("制度原文"),
        allow_empty_file=True,  # told in our own words
        help_text=_("Word（.docx）、PDF、纯文本或 Markdown，最大 20 MB。只取文字，不保留原文件。"),
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("文件超过 20 MB。请删去图片再传。"))
        return upload


class ImportForm(forms.Form):
    """A pack's folder as a ZIP, as the download gives it."""

    folder = forms.FileField(
        label=_("制度包（zip 文件夹）"), allow_empty_file=True,
        help_text=_("带有批准签名的，先核对签名。导入的是草稿，不会生效。"),
    )  # fmt: skip

    def clean_folder(self) -> Any:
        upload = self.cleaned_data["folder"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("文件超过 20 MB。"))
        return upload


class TemplateForm(forms.Form):
    """A company's own pack from a shipped one: what it takes over."""

    company = forms.CharField(label=_("公司名称"), max_length=60)
    title = forms.CharField(label=_("制度名称"), max_length=120)
    code = forms.CharField(label=_("代码"), max_length=40, validators=[CODE])
    version = forms.CharField(label=_("版本"), max_length=20)
    from_ = forms.DateField(
        label=_("最早生效日"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    tiers = forms.MultipleChoiceField(
        label=_("客户级别"), widget=forms.CheckboxSelectMultiple, required=False
    )
    duties = forms.MultipleChoiceField(label=_("要哪些义务"), widget=forms.CheckboxSelectMultiple)
    roles = forms.MultipleChoiceField(
        label=_("公司有哪些岗位"), widget=forms.CheckboxSelectMultiple,
        help_text=_("没有的岗位由上一级代行。"),
    )  # fmt: skip

    def __init__(self, *args: Any, pack: Pack, lang: str, **others: Any) -> None:
        super().__init__(*args, **others)
        words, duties = pack.vocabulary, duties_of(pack)
        choices = {
            "tiers": [(code, pack.tiers.names[code].of(lang)) for code in pack.tiers.order] if pack.tiers else [],
            "duties": [(code, f"{words.duties[code].title.of(lang)}（{n}）") for code, n in duties.items()],
            "roles": [(code, words.roles[code].title.of(lang)) for code in roles_of(pack)],
        }  # fmt: skip
        for name, rows in choices.items():
            self.fields[name].choices = rows  # type: ignore[attr-defined]
            self.fields[name].initial = [code for code, _title in rows]


class DraftForm(forms.Form):
    """The head of the pack that is made of a writing."""

    code = forms.CharField(
        label=_("代码"), max_length=40, help_text=_("字母、数字和短横线，如 own-2026。"),
        validators=[CODE],
    )  # fmt: skip
    title = forms.CharField(label=_("名称"), max_length=120)
    version = forms.CharField(label=_("版本"), max_length=20)
    from_ = forms.DateField(
        label=_("最早生效日"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


class ClauseForm(forms.Form):
    """A clause's own words."""

    title = forms.CharField(label=_("标题"), max_length=120)
    text = forms.CharField(label=_("条文"), widget=forms.Textarea(attrs={"rows": 5}))


def carrying_words() -> dict[Carrying, Any]:
    """The ways in which a clause may be carried, in words."""
    return {
        Carrying.OPEN: _("待决定"),
        Carrying.RULE: _("成为规则"),
        Carrying.MANUAL: _("人工办理，上传凭证"),
        Carrying.PRINCIPLE: _("原则，不用执行"),
        Carrying.NOT_YET: _("以后再说"),
        Carrying.DROPPED: _("不是条文"),
    }


class RuleForm(forms.Form):
    """One proposed rule: which of its fields are shown depends on its kind."""

    use = forms.BooleanField(label=_("采用"), required=False, initial=True)
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in KINDS], widget=forms.HiddenInput)
    title = forms.CharField(label=_("名称"), max_length=60, required=False)
    when = forms.ChoiceField(label=_("何时：出现事实"), required=False)
    every = forms.ChoiceField(
        label=_("何时：每"),
        required=False,
        help_text=_("几周、几个月一次的，从制度最早生效日起数。"),
    )
    window = forms.CharField(
        label=_("在周期里"),
        required=False,
        max_length=40,
        help_text=_("如 last week of month；不限就留空。"),
    )
    of = forms.ChoiceField(label=_("对谁"), required=False)
    tiers = forms.MultipleChoiceField(
        label=_("客户级别"), required=False, widget=forms.CheckboxSelectMultiple
    )
    condition = forms.CharField(label=_("条件"), required=False, max_length=400)
    must = forms.ChoiceField(label=_("做什么"), required=False)
    within = forms.CharField(
        label=_("多久以内"),
        required=False,
        max_length=60,
        help_text=_("如 4 小时、3 个工作日、7 天、end of month。"),
    )
    calendar = forms.ChoiceField(label=_("日历"), required=False)
    by = forms.ChoiceField(label=_("谁来做"), required=False)
    proved = forms.MultipleChoiceField(
        label=_("凭什么证明"), required=False, widget=forms.CheckboxSelectMultiple
    )
    measure = forms.CharField(
        label=_("指标代码"),
        required=False,
        max_length=60,
        help_text=_("由哪个数来衡量，如 csat.overall。"),
    )
    at_least = forms.CharField(label=_("不低于"), required=False, max_length=20)
    at_most = forms.CharField(label=_("不高于"), required=False, max_length=20)
    per = forms.ChoiceField(label=_("统计周期"), required=False)

    def __init__(
        self, *args: Any, kind: str, tiers: Sequence[Tier], lang: str, **others: Any
    ) -> None:
        super().__init__(*args, **others)
        words = vocabulary()
        blank = [("", _("（待填）"))]
        periods = [*blank, *((each, PERIOD_WORDS[each].of(lang)) for each in keys.PERIODS)]
        facts = [
            (code, fact.title.of(lang)) for code, fact in words.facts.items()
            if not code.startswith(_HIDDEN_FACTS)
        ]  # fmt: skip
        choices: dict[str, list[Any]] = {
            "when": [*blank, *facts], "every": [*periods, *self._runs(lang)], "per": periods,
            "of": [(code, subject_words()[code]) for code in keys.OF],
            "must": [*blank, *((code, duty.title.of(lang)) for code, duty in words.duties.items())],
            "by": [*blank, *((code, role.title.of(lang)) for code, role in words.roles.items())],
            "calendar": [("", _("公司日历")), ("24x7", _("昼夜不停"))],
            "proved": [(code, proof.title.of(lang)) for code, proof in words.evidence.items()],
            "tiers": [(tier.code, tier.name) for tier in tiers],
        }  # fmt: skip
        shown = FIELDS[kind]
        for name in list(self.fields):
            if name not in ("use", "kind", *shown) or (name == "tiers" and not tiers):
                del self.fields[name]
            elif name in choices:
                self.fields[name].choices = choices[name]  # type: ignore[attr-defined]

    def _runs(self, lang: str) -> list[tuple[str, str]]:
        """Every second week and the like, with the one that this rule says."""
        said = (self.data if self.is_bound else self.initial).get(
            self.add_prefix("every") if self.is_bound else "every"
        )
        known = dict.fromkeys([*RUNS, *([str(said)] if said else [])])
        return [(run, run_words(*steps).of(lang)) for run in known if (steps := steps_of(run))]

    def clean_within(self) -> str:
        """A limit in words (``3 个工作日``) as a pack writes it; others are read with the pack."""
        said = str(self.cleaned_data["within"]).strip()
        try:
            return str(Duration.parse(said)) if said else ""
        except WorkcalError:
            return said

    def chosen(self) -> Chosen:
        """The rule as it is confirmed (after `is_valid`)."""
        values = {
            NAMES.get(name, name): " ".join(value) if isinstance(value, list) else str(value)
            for name, value in self.cleaned_data.items()
            if name not in ("use", "kind", "title")
        }
        return Chosen(self.cleaned_data["kind"], self.cleaned_data["title"], values)


def subject_words() -> dict[str, Any]:
    return {
        "company": _("公司"), "customer": _("每个客户"), "asset": _("每台设备"), "contract": _("每份合同"),
    }  # fmt: skip


def initial_of(rule: Proposal | Chosen, lang: str) -> dict[str, Any]:
    """The first values of a rule's form: what was read, or what was confirmed before."""
    values = (
        {name: said.value for name, said in rule.values.items()}
        if isinstance(rule, Proposal)
        else dict(rule.values)
    )
    initial: dict[str, Any] = {"use": True, "kind": rule.kind, "title": rule.title}
    for name, value in values.items():
        field = next((ours for ours, theirs in NAMES.items() if theirs == name), name)
        initial[field] = value.split() if field in ("tiers", "proved") else value
    if "within" in initial:
        initial["within"] = limit_words(str(initial["within"]), lang)
    return initial


def limit_words(value: str, lang: str) -> str:
    """A limit as people write it, where it reads back as the same."""
    try:
        words = Duration.parse(value).words(lang)
        return words if str(Duration.parse(words)) == value else value
    except WorkcalError:
        return value
