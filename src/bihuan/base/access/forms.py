"""Forms of accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.apps import apps
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.rights import RIGHTS
from bihuan.base.access.scope import reaches
from bihuan.base.errors import BadInput
from bihuan.base.facts.subjects import known, resolve
from bihuan.base.storable import whole
from bihuan.base.texts import in_words
from bihuan.base.vocabulary import vocabulary


def role_choices() -> list[tuple[str, str]]:
    """Roles of the vocabulary with their titles in the page's language."""
    return [(code, in_words(role.title)) for code, role in vocabulary().roles.items()]


def offered(dimension: str) -> list[tuple[str, str]]:
    """Regions or teams that some app knows."""
    found: list[tuple[str, str]] = []
    for config in registry.manifests():
        if dimension in config.choices:
            rows: Iterable[tuple[Any, Any]] = registry.resolve(config, config.choices[dimension])()
            found += [(str(value), str(label)) for value, label in rows]
    return found


def dealer_code(account: User) -> str:
    """The code of the dealer this account belongs to."""
    subject = known().get("customer")
    if subject is None or account.dealer_id is None:
        return ""
    row = apps.get_model(subject.model)._default_manager.filter(pk=account.dealer_id)
    return str(row.values_list(subject.code, flat=True).first() or "")


class UserForm(forms.Form):
    """An account: who it is, its roles and how far they reach."""

    username = forms.CharField(
        label=_("登录名"), max_length=60, help_text=_("登录时输入，例如工号或拼音。")
    )
    name = forms.CharField(label=_("姓名"), max_length=80)
    staff_no = forms.CharField(label=_("工号"), max_length=20, required=False)
    roles = forms.MultipleChoiceField(
        label=_("岗位"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("只给权限。谁办哪条义务，看“人员”里的任命。"),
    )  # fmt: skip
    region = forms.CharField(label=_("区域"), max_length=20, required=False)
    team_id = forms.CharField(label=_("班组"), required=False)
    dealer = forms.CharField(
        label=_("经销商编号"), required=False, help_text=_("只有经销商的人员需要填。")
    )
    email = forms.EmailField(label=_("邮箱"), required=False)
    phone = forms.CharField(label=_("手机"), max_length=20, required=False)
    language = forms.ChoiceField(label=_("语言"), choices=[("zh", "中文"), ("en", "English")])

    def __init__(
        self, *args: Any, person: User, account: User | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.person, self.account = person, account
        self.fields["roles"].choices = role_choices()  # type: ignore[attr-defined]
        for name, dimension in (("region", "region"), ("team_id", "team")):
            rows = offered(dimension)
            kept = str(getattr(account, name) or "") if account is not None else ""
            if rows and kept and kept not in dict(rows):
                rows.append((kept, kept))  # what an account has is never lost by editing it
            if rows:
                old = self.fields[name]
                self.fields[name] = forms.ChoiceField(
                    label=old.label, required=False, choices=[("", "—"), *rows]
                )
        if account is not None:
            del self.fields["username"]
        if "customer" not in known():
            del self.fields["dealer"]

    def clean_team_id(self) -> int | None:
        text = self.cleaned_data["team_id"]
        if not text:
            return None
        number = whole(text)
        if number is None:
            raise forms.ValidationError(gettext("请选择班组。"))
        return number

    def clean_dealer(self) -> int | None:
        code = self.cleaned_data["dealer"]
        if not code:
            return None
        try:
            return resolve({"customer": code}, person=self.person)["customer"]
        except BadInput as error:
            raise forms.ValidationError(next(iter(error.fields.values()))) from error

    def values(self) -> dict[str, Any]:
        """What `add_user` and `change_user` take."""
        values = dict(self.cleaned_data)
        if "dealer" in values:
            values["dealer_id"] = values.pop("dealer")
        return values


class PasswordForm(forms.Form):
    """A new password, typed twice."""

    password = forms.CharField(
        label=_("新密码"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("至少 12 个字符，不要用常见密码或自己的名字、手机号。"),
        strip=False,
    )
    again = forms.CharField(
        label=_("再输一次"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("password") != found.get("again"):
            self.add_error("again", gettext("两次输入的不一样。"))
        return found


class TokenForm(forms.Form):
    """A key for programs."""

    title = forms.CharField(
        label=_("用途"), max_length=80, help_text=_("例如：ERP 每晚导入交付记录。")
    )
    days = forms.IntegerField(
        label=_("有效天数"), min_value=1, max_value=366, initial=90, help_text=_("最多 366 天。")
    )
    scopes = forms.MultipleChoiceField(label=_("权限"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, account: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verbs = [(verb, verb) for verb in RIGHTS if reaches(account, verb)]
        self.fields["scopes"].choices = verbs  # type: ignore[attr-defined]
