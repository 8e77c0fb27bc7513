"""The house's rules for a password, said in the house's languages."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class LongEnough(MinimumLengthValidator):
    """Django's own check; its sentence has no Chinese since its wording changed."""

    def get_error_message(self) -> str:
        return _("密码太短，至少要 %(length)d 个字符。") % {"length": self.min_length}
