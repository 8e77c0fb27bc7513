"""Uploading and matching."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.base.ledgers.declare import Ledger
from bihuan.base.texts import in_language


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Excel 或 CSV 文件"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=_("最多 50,000 行、30 MB。可以用自己的列名，下一步再对应。"),
    )


class MappingForm(forms.Form):
    """One choice of heading for each column."""

    def __init__(self, *args: Any, ledger: Ledger, headings: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [
            ("", "—"),
            *((heading, heading) for heading in dict.fromkeys(headings) if heading),
        ]
        for column in ledger.columns:
            self.fields[column.name] = forms.ChoiceField(
                label=in_language(column.title),
                required=column.required,
                choices=options,
                help_text=column.explained(),
            )
