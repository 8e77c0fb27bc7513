"""What cannot be done with figures of compliance."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class MonthNotEnded(Refusal):
    code = "month_not_ended"
    message = _("%(month)s 还没过完，不能封存。%(end)s 起可以。")


class NothingCounted(Refusal):
    code = "nothing_counted"
    message = _("%(month)s 没有到期的义务，没有可封存的数。")


class AlreadyFrozen(Refusal):
    code = "already_frozen"
    message = _("%(month)s 已经封存。数变了，请写明原因出更正版。")


class NotFrozen(Refusal):
    code = "not_frozen"
    message = _("%(month)s 还没有封存，先封存才能更正。")


class NothingDiffers(Refusal):
    code = "nothing_differs"
    message = _("现在数出来与第 %(edition)s 版一样，不需要更正版。")


class StillMoving(Refusal):
    code = "still_moving"
    message = _("数的时候有义务刚好变动，什么都没有存。请再点一次。")


class BundleNotThere(Refusal):
    code = "bundle_not_there"
    message = _("这个证据包还没做好，或已过期清掉。请再做一次。")
    status = 404


class LinkGone(Refusal):
    code = "promise_link_gone"
    message = _("这个链接已经失效。请向您的客户经理要一个新的。")
    status = 404


class TooOften(Refusal):
    code = "too_often"
    message = _("打开得太频繁了。请过一分钟再看。")
    status = 429
