"""What knowledge says no to; nothing has changed then."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class WordsMissing(Refusal):
    code = "words_missing"
    message = _("请写明%(what)s。")
    status = 422


class WrongStep(Refusal):
    code = "wrong_step"
    message = _("这篇现在是“%(state)s”，不能走这一步。")


class NotByAuthor(Refusal):
    code = "not_by_author"
    message = _("发布要由没有写过这一版的人来做：您写过。")


class NothingPending(Refusal):
    code = "nothing_pending"
    message = _("没有等待审核的修改。")


class ReasonMissing(Refusal):
    code = "reason_missing"
    message = _("请写明理由。")
    status = 422


class ReviewDatePast(Refusal):
    code = "review_date_past"
    message = _("下次复核日要在今天之后。")
    status = 422


class SynonymOfItself(Refusal):
    code = "synonym_of_itself"
    message = _("两个说法是同一个词，或者其中一个已经登记过。")
    status = 422


class NotPublic(Refusal):
    code = "not_public"
    message = _("这篇没有公开，只有登录后能看。")


class WrongFiles(Refusal):
    code = "wrong_files"
    message = _("一篇最多 %(limit)d 个附件。")
    status = 422


class NotYourCircle(Refusal):
    code = "not_your_circle"
    message = _("读者里有您不在的圈子，请让那里的人来写。")
    status = 403
