"""What people hand in."""

from __future__ import annotations

import zipfile

from django import forms
from django.utils.translation import gettext_lazy as _

MOST_FILES, MOST_BYTES = 200, 5 * 1024 * 1024  # a pack is text; this is fifty times a large one


class PublishForm(forms.Form):
    """A pack's folder as a zip and the moment from which it holds."""

    folder = forms.FileField(
        label=_("制度包（zip 文件夹）"),
        help_text=_("里面有 pack.yaml、rules/、cases/ 和 regulation.md。"),
    )
    from_at = forms.DateTimeField(
        label=_("生效时间"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("只管此后的事实；已有期限不动。"),
    )  # fmt: skip

    def clean_folder(self) -> dict[str, str]:
        upload = self.cleaned_data["folder"]
        try:
            with zipfile.ZipFile(upload) as archive:
                return _texts(archive)
        except zipfile.BadZipFile:
            raise forms.ValidationError(
                _("这不是 zip 文件。请把制度包的文件夹压缩成 zip 再传。")
            ) from None


def _texts(archive: zipfile.ZipFile) -> dict[str, str]:
    rows = [row for row in archive.infolist() if row.filename.endswith((".yaml", ".md"))]
    if not rows:
        raise forms.ValidationError(_("压缩包里没有 .yaml 文件。"))
    if len(rows) > MOST_FILES or sum(row.file_size for row in rows) > MOST_BYTES:
        raise forms.ValidationError(_("压缩包太大：制度包最多 200 个文件、5 MB。"))
    found = {}
    for row in rows:
        if ".." in row.filename or row.filename.startswith("/"):
            raise forms.ValidationError(_("压缩包里有越界的路径。"))
        try:
            found[row.filename] = archive.read(row).decode("utf-8")
        except UnicodeDecodeError:
            raise forms.ValidationError(
                _("%(name)s 不是 UTF-8 编码。请另存为 UTF-8 再传。"), params={"name": row.filename}
            ) from None
    return found
