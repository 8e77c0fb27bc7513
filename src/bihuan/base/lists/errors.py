"""What is refused about views and deeds on many rows."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class TooManyViews(Refusal):
    code = "too_many_views"
    message = _("一个列表最多存 %(most)s 个自己的视图。先删掉一个。")


class NotYourView(Refusal):
    code = "not_your_view"
    message = _("这个视图是 %(owner)s 存的，只有他能改。可以另存一个自己的。")
    status = 403


class TooManyRows(Refusal):
    code = "too_many_rows"
    message = _("一次最多办 %(most)s 条，现在选了更多。加条件分几次办。")


class NothingChosen(Refusal):
    code = "nothing_chosen"
    message = _("一条也没选中。先勾选要办的行。")


class TooLateToUndo(Refusal):
    code = "too_late_to_undo"
    message = _("过了撤销的时间。要改回去，请一条一条办。")


class CannotUndo(Refusal):
    code = "cannot_undo"
    message = _("这件事没有可撤销的做法。")
