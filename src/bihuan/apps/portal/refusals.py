"""What the customer's pages say no to; nothing has changed then."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class LinkGone(Refusal):
    """Wrong, guessed, revoked and expired look the same."""

    code = "link_gone"
    message = _("这个链接打不开：可能抄漏了，也可能已经停用或过期。请重新扫码，或打电话问我们。")
    status = 404


class GuessedTooOften(LinkGone):
    """The same words; only the status tells a machine to stop."""

    code = "guessed_too_often"
    status = 429


class TooOften(Refusal):
    code = "too_often"
    message = _("这里刚才打开或提交得太频繁。请过一会儿再试；急事请打电话。")
    status = 429


class NotAPhoto(Refusal):
    code = "not_a_photo"
    message = _("“%(name)s”不是照片。可以传 JPG、PNG 或 WebP。")
    status = 415


class PhotoTooBig(Refusal):
    code = "photo_too_big"
    message = _("“%(name)s”太大，每张最多 %(limit)s MB。")
    status = 413


class TooManyPhotos(Refusal):
    code = "too_many_photos"
    message = _("照片最多 %(limit)s 张。")
    status = 422


class StaffOnlyLooks(Refusal):
    code = "staff_only_looks"
    message = _("您以员工身份登录着，只能看，不能替客户操作。")
    status = 403


class NotYours(Refusal):
    code = "not_yours"
    message = _("这个链接只能看进度，不能代表客户答复。请由最先报修的人答复，或打电话告诉我们。")
    status = 403


class AnsweredAlready(Refusal):
    code = "answered_already"
    message = _("已经答复过了，以第一次的答复为准。")


class NotAskedYet(Refusal):
    code = "not_asked_yet"
    message = _("现在还不用答复。处理好以后我们会请您确认。")


class ReasonWanted(Refusal):
    code = "reason_wanted"
    message = _("请写一句是怎么回事，方便我们接着处理。")
    status = 422


class ChasedAlready(Refusal):
    code = "chased_already"
    message = _("%(at)s 已经催过，负责的人收到了。")


class OverAlready(Refusal):
    code = "over_already"
    message = _("这张单子已经结束。又出了问题请点“又出问题了”，或重新报修。")


class NothingSaid(Refusal):
    code = "nothing_said"
    message = _("请写点什么，或选一张照片。")
    status = 422


class NoSuchHelp(Refusal):
    code = "no_such_help"
    message = _("没有这一篇，或者它已经不公开了。")
    status = 404


class PageTooOld(Refusal):
    code = "page_too_old"
    message = _("页面放太久了，请刷新后再点。")
    status = 422


class NoMailbox(Refusal):
    code = "no_mailbox"
    message = _(
        "公司还没有设置服务邮箱，发不出去。请管理员在“渠道”里设置，或把客户的答复记在需求上。"
    )


class NoWayToCustomer(Refusal):
    code = "no_way_to_customer"
    message = _(
        "发不出去：客户联系人没有可用的手机或邮箱，或者短信和邮箱都没有设置。请先补上，或改用电话记录。"
    )


class ConsentUnticked(Refusal):
    code = "consent_unticked"
    message = _("请先勾选“我已按上面的提示确认安全”。")
    status = 422
