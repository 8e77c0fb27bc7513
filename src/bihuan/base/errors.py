"""
Refusals: what the product says no to, by name.

A refusal carries a stable `code` (for the API and for tests), a plain sentence for people and,
where a regulation asks for it, the clause.
"""

from __future__ import annotations

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """
    Something was asked that must not happen; nothing was changed.

    `values` fill the sentence: `class TooLate(Refusal): message = _("已过 %(limit)s。")`.
    """

    code: ClassVar[str] = "refused"
    message: ClassVar[str | Promise] = _("这件事现在不能做。")
    clause: ClassVar[str] = ""
    status: ClassVar[int] = 409

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(self.code)

    def __str__(self) -> str:
        text = str(self.message)
        return text % self.values if self.values else text


class NoSuchThing(Refusal):
    """The same answer for what is absent and for what this person may not see."""

    code = "not_found"
    message = _("没有找到，或者您看不到它。")
    status = 404


class NotAllowed(Refusal):
    """The person has no right to this deed at all."""

    code = "not_allowed"
    message = _("您的岗位没有这项权限。可以请管理员开通。")
    status = 403


class BadInput(Refusal):
    """Input that cannot be used; `fields` says where and what to do."""

    code = "bad_input"
    message = _("有几处要改。")
    status = 422

    def __init__(self, fields: dict[str, str], **values: object) -> None:
        self.fields = fields
        super().__init__(**values)

    def __str__(self) -> str:
        return " ".join(f"{name}: {text}" if name else text for name, text in self.fields.items())


class ChangedMeanwhile(Refusal):
    """Somebody else was first (a conditional UPDATE touched no row)."""

    code = "changed_meanwhile"
    message = _("没存上：这一条刚被别人改过。请刷新后再看一次。")
